"""The scoring trees (index.toml, indices/*.toml): whole, fitting their ranges, their questionnaires and each other.

Independent of the Rust code: a definition that one of the two refuses is looked at again.
"""

import copy
import re
import tomllib

ROUNDING = 0.0101
MISSING = {"-888", "-999", "-777"}
CODED = {"share", "count", "mean_share", "all"}
KINDS = CODED | {"mean", "difference", "median", "mean_difference"}
AGGREGATIONS = {"sum", "mean", "linear_mean", "pooled", "points"}
CERTAINTIES = {"certain", "inferred", "recalled"}


def lines_of(text):
    """Line of each node and indicator by code, and of the heading `[index]`."""
    lines, opened = {}, None
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\[+([a-z.]+)\]+\s*$", line)
        if header:
            opened = number if header[1] in ("node", "indicator", "index") else None
            if header[1] == "index":
                lines["[index]"] = number
        code = re.match(r'code = "([^"]*)"', line)
        if code and opened:
            lines.setdefault(code[1], opened)
    return lines


def merged(name, texts, depth=0):
    """The tree of a definition with what it inherits: header, nodes and indicators by code."""
    if depth > 8:
        raise ValueError("definitions extend each other in a circle")
    document = tomllib.loads(texts[name])
    nodes, indicators = {}, {}
    if "extends" in document:
        if document["extends"] not in texts:
            raise ValueError(f"extends {document['extends']}, which does not exist")
        _, nodes, indicators = merged(document["extends"], texts, depth + 1)
    for code in document.get("remove", []):
        gone = {code}
        while True:
            below = {c for c, n in nodes.items() if n.get("parent") in gone} - gone
            if not below:
                break
            gone |= below
        if code not in nodes and code not in indicators:
            raise ValueError(f"there is no {code} to remove")
        nodes = {c: n for c, n in nodes.items() if c not in gone}
        indicators = {c: i for c, i in indicators.items() if c not in gone and i["parent"] not in gone}
    for change in document.get("every", []):
        change = copy.deepcopy(change)
        level = change.pop("level")
        if level == "indicator":
            for one in indicators.values():
                if one.get("scored", True):
                    patch(one, change)
        else:
            for one in nodes.values():
                if one["level"] == level:
                    patch(one, change)
    for kind, known in (("node", nodes), ("indicator", indicators)):
        for change in document.get(kind, []):
            patch(known.setdefault(change["code"], {}), change)
    return document.get("index", {}), nodes, indicators


def patch(one, change):
    change = copy.deepcopy(change)
    if ("scale_min" in change or "scale_max" in change) and one:
        one.pop("published_min", None), one.pop("published_max", None)
    value = change.pop("value", None)
    one.update(change)
    if value is not None:
        rule = one.setdefault("value", {})
        if "kind" in value and rule and (value["kind"] in CODED) != (rule["kind"] in CODED):
            rule.pop("codes", None), rule.pop("values", None)
        rule.update(value)


class Definitions:
    """All definitions of a folder; `problems` collects (file, line, column, text)."""

    def __init__(self, folder, forms):
        self.forms = {form.name: form for form in forms}
        paths = sorted(folder.glob("*/index.toml")) + sorted(folder.glob("indices/*.toml"))
        self.paths = {p.parent.name if p.name == "index.toml" else p.stem: p.relative_to(folder) for p in paths}
        self.texts = {name: (folder / path).read_text(encoding="utf-8") for name, path in self.paths.items()}
        self.problems, self.headers = [], {}

    def run(self):
        for name in self.texts:
            self.lines, self.file = {}, str(self.paths[name])
            try:
                self.lines = lines_of(self.texts[name])
                header, nodes, indicators = merged(name, self.texts)
            except (ValueError, KeyError) as error:
                self.say("", "-", f"{error}")
                continue
            self.headers[name] = header
            if header.get("code") != name:
                self.say("[index]", "code", f"must be {name}")
            self.tree(header, nodes, indicators)
            for code, one in indicators.items():
                self.indicator(code, one, nodes, header.get("questionnaire"))
        self.series()
        return self.problems

    def say(self, code, column, text):
        self.problems.append((self.file, self.lines.get(code, 1), f"{code} {column}".strip(), text))

    def tree(self, header, nodes, indicators):
        root = header.get("root")
        if root not in nodes or nodes[root].get("parent"):
            self.say("[index]", "root", f"“{root}” is not a node without a parent")
        for code, node in nodes.items():
            if code in indicators:
                self.say(code, "code", "is the code of a node and of an indicator")
            absent = {"level", "name_vi", "name_en", "aggregation", "score_min", "score_max", "certainty"} - node.keys()
            if absent:
                self.say(code, "-", f"lacks {', '.join(sorted(absent))}")
                continue
            if node["aggregation"] not in AGGREGATIONS or node["certainty"] not in CERTAINTIES:
                self.say(code, "aggregation", "unknown aggregation or certainty")
            if code != root and node.get("parent") not in nodes:
                self.say(code, "parent", f"there is no parent {node.get('parent')}")
            seen, above = {code}, node.get("parent")
            while above in nodes and above not in seen:
                seen.add(above)
                above = nodes[above].get("parent")
            if above in seen:
                self.say(code, "parent", "stands below itself (cycle)")
                continue
            self.weights(code, node, nodes, indicators)

    def weights(self, code, node, nodes, indicators):
        children = [n for n in nodes.values() if n.get("parent") == code]
        scored = [i for i in indicators.values() if i.get("parent") == code and i.get("scored", True)]
        if not children and not scored:
            return self.say(code, "code", "has nothing scored below it")
        if children and scored:
            return self.say(code, "code", "has nodes and a scored indicator below it")
        for one in children + scored:
            if one.get("weight", 1) <= 0:
                self.say(one["code"], "weight", "must be above 0")
        low, high = node["score_min"], node["score_max"]
        known = all(one.get("maximum_known", True) for one in children + scored + [node])
        kind, tolerance, exact = node["aggregation"], ROUNDING, False
        if kind == "linear_mean":
            ends = sorted((node["a"], node["a"] + node["b"]))
        elif kind == "pooled":
            return None
        else:
            exact, keys = True, ("score_min", "score_max") if children else ("scale_min", "scale_max")
            total = sum(one.get("weight", 1) for one in children) if kind == "mean" else 1
            ends = [sum(one.get("weight", 1) * one[key] for one in children + scored) / total for key in keys]
            tolerance = ROUNDING * len(children) if children else 1e-9
        wrong = ends[0] < low - tolerance or ends[1] > high + tolerance
        if exact and known:
            wrong = wrong or ends[0] > low + tolerance or ends[1] < high - tolerance
        if exact and not known:
            wrong = ends[1] < high - ROUNDING
        if wrong and "range_exception" not in node:
            self.say(code, "score_max", f"the formula gives {ends[0]} to {ends[1]}, which does not fit {low} to {high}")

    def indicator(self, code, one, nodes, questionnaire):
        absent = {"parent", "name_vi", "name_en", "scale_min", "scale_max", "direction", "certainty"} - one.keys()
        if absent:
            return self.say(code, "-", f"lacks {', '.join(sorted(absent))}")
        if one["parent"] not in nodes:
            self.say(code, "parent", f"there is no parent {one['parent']}")
        if one["scale_min"] >= one["scale_max"]:
            self.say(code, "scale_max", "the scale is empty")
        rule = one.get("value")
        if not rule:
            return None
        if rule.get("kind") not in KINDS or not rule.get("questions"):
            return self.say(code, "value", "kind or questions are missing or unknown")
        if questionnaire is None:
            return None
        if questionnaire not in self.forms:
            return self.say("[index]", "questionnaire", f"there is no questionnaire {questionnaire}")
        form = self.forms[questionnaire]
        types = {row["name"]: row["type"] for _, row in form.sheets["survey"]}
        lists = {}
        for _, row in form.sheets["choices"]:
            lists.setdefault(row["list_name"], set()).add(row["name"])
        offered = set()
        for question in rule["questions"]:
            if question not in types:
                self.say(code, "questions", f"question {question} is not in {questionnaire}")
                continue
            offered |= lists.get(types[question].partition(" ")[2], set())
        if rule["kind"] in CODED:
            for wanted in rule.get("codes", []):
                if wanted not in offered and all(q in types for q in rule["questions"]):
                    self.say(code, "codes", f"no question offers {wanted}")
        return None

    def series(self):
        """Of one series and scoring, one definition holds in a year."""
        known = list(self.headers.items())
        for position, (name, one) in enumerate(known):
            for other_name, other in known[:position]:
                same = all(one.get(k, one["code"] if k == "series" else None) == other.get(k, other["code"] if k == "series" else None) for k in ("series", "scoring_en"))
                if same and one["valid_from"] <= other.get("valid_to", 9999) and other["valid_from"] <= one.get("valid_to", 9999):
                    self.lines, self.file = lines_of(self.texts[name]), str(self.paths[name])
                    self.say("[index]", "valid_from", f"holds in the same year as {other_name}")


def self_test(folder, forms):
    """Number of broken definitions that pass; each is printed."""
    cases = [
        ("weights", "par-2017", "scale_max = 14.5", "scale_max = 15.5", "does not fit"),
        ("unknown question", "sipas-2023", '"s_p1_c1"', '"s_p1_c9"', "is not in"),
        ("unknown code", "sipas-2023", 'codes = ["4", "5"]', 'codes = ["4", "6"]', "offers 6"),
        ("cycle", "sipas-2023", 'code = "policy"\nparent = "sipas"', 'code = "policy"\nparent = "P1"', "below itself"),
        ("overlap", "sipas-2022", "valid_to = 2022", "valid_to = 2023", "same year"),
        ("nothing to remove", "sipas-2022", '"P9"', '"P99"', "to remove"),
        ("extends nothing", "sipas-2022", "sipas-2023", "sipas-2099", "does not exist"),
        ("no parent", "sipas-2023", 'parent = "S1"', 'parent = "S9"', "no parent"),
    ]
    failed = 0
    for what, name, right, wrong, word in cases:
        broken = Definitions(folder, forms)
        if right not in broken.texts[name]:
            print(f"self-test “{what}”: {name} no longer holds {right!r}")
            failed += 1
            continue
        broken.texts[name] = broken.texts[name].replace(right, wrong, 1)
        if not any(word in text for _, _, _, text in broken.run()):
            failed += 1
            print(f"the broken definition “{what}” was not found: {broken.problems[:3]}")
    print(f"self-test of definitions: {len(cases)} breaks, {failed} not found")
    return failed
