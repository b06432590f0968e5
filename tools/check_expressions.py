#!/usr/bin/env python3
"""The shared table of expressions, judged by both engines of ODK: JavaRosa (in the ODK Validate jar of pyxform) and xforms-engine.

check_expressions.py [FOLDER]: FOLDER has node_modules with @getodk/xforms-engine and jsdom; without it JavaRosa judges alone. Each case of
tests/questionnaire/expressions.json becomes a form with one calculation. Where an engine gives something else than the table expects, the
case must say so under `javarosa` or `xforms_engine`, with a `reason`; a difference that is not there any more is told too.
--learn writes the differences found into the table (the reasons are for people to write). Exit code 77 when an engine is missing.
"""
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE.parent / "tests/questionnaire/expressions.json"
TOKEN = re.compile(r"\s+|\$\{\s*([^}\s]+)\s*\}|[0-9]+\.?[0-9]*|\.[0-9]+|'[^']*'|\"[^\"]*\"|!=|<=|>=|[-+*=<>(),]|(?:\.\./)*\.\.|([A-Za-z_][\w:.-]*)|(\.)")
# What only a device knows, or a whole questionnaire.
ELSEWHERE = re.compile(r"\b(today|now|random|uuid|once|pulldata|position)\(")


def text(value):
    """A value of the table as the engines write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return number(float(value))
    if isinstance(value, dict):
        return str(value.get("date") or value.get("moment") or value.get("number"))
    return value


def number(value):
    if value == 0:
        return "0"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def bind_type(value):
    if isinstance(value, dict):
        return "date" if "date" in value else "dateTime"
    return "string" if isinstance(value, str) else "decimal"


def xpath(expression, repeated):
    """The expression with questions by their place; None where a bare name stands in it."""
    out, at = [], 0
    path = lambda name: f"/data/{name}" if name == "m" or name not in repeated else f"/data/m/{name}"
    while at < len(expression):
        match = TOKEN.match(expression, at)
        if not match:
            return None
        question, name, dot = match.groups()
        at = match.end()
        if question:
            out.append(f" {path(question)} ")
        elif dot:
            out.append(" /data/this_ ")
        elif name and name not in ("and", "or", "div", "mod") and expression[at:at + 1] != "(":
            return None
        else:
            out.append(match.group(0))
    joined = "".join(out)
    # The question of jr:choice-name is named in quotes.
    joined = re.sub(r"'\s*\$\{\s*(\w+)\s*\}\s*'", lambda found: f"' {path(found.group(1))} '", joined)
    return re.sub(r"(jr:choice-name\([^,]+,)\s*(/data/\w+)\s*\)", r"\1 ' \2 ')", joined)


def form(case):
    context = case.get("context", {})
    answers, turns = dict(context.get("answers", {})), context.get("turns", {})
    expression = xpath(case["expression"], turns)
    if expression is None:
        return None
    if "this" in context:
        answers["this_"] = context["this"]
    for name in re.findall(r"/data/(\w+)", expression):
        if name not in answers and name != "m":
            answers[name] = ""
    fields = {name: value for name, value in answers.items() if name not in turns}
    nodes = "".join(f"<{name}>{html.escape(text(value))}</{name}>" for name, value in fields.items())
    n_turns = len(next(iter(turns.values()), []))
    inner = [name for name in turns if name != "m"]
    for at in range(n_turns):
        nodes += "<m>" + "".join(f"<{name}>{html.escape(text(turns[name][at]))}</{name}>" for name in inner) + "</m>"
    binds = "".join(f'<bind nodeset="/data/{name}" type="{bind_type(value)}"/>' for name, value in fields.items())
    for name in inner:
        kind = bind_type(next((value for value in turns[name] if value != ""), ""))
        binds += f'<bind nodeset="/data/m/{name}" type="{kind}"/>'
    labels = context.get("labels", {})
    body = ""
    for question, words in labels.items():
        items = "".join(f"<item><label>{label}</label><value>{code}</value></item>" for code, label in words.items())
        body += f'<select1 ref="/data/{question}"><label>x</label>{items}</select1>'
    if turns:
        inputs = "".join(f'<input ref="/data/m/{name}"><label>x</label></input>' for name in inner)
        body += f'<group ref="/data/m"><repeat nodeset="/data/m">{inputs}</repeat></group>'
    return (
        '<?xml version="1.0"?><h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms"><h:head><h:title>t</h:title><model>'
        f'<instance><data id="t">{nodes}<out/><meta><instanceID/></meta></data></instance>{binds}'
        f'<bind nodeset="/data/out" type="string" calculate="string({html.escape(expression)})"/>'
        '<bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>'
        f'<h:body>{body}<input ref="/data/out"><label>x</label></input></h:body></h:html>'
    )


def near(one, two):
    try:
        return abs(float(one) - float(two)) <= 1e-9 * max(1, abs(float(two)))
    except ValueError:
        return False


def judged(command, folder):
    done = subprocess.run([*command], capture_output=True, text=True, encoding="utf-8", timeout=900, check=False, cwd=folder,
                          env={"TZ": "Asia/Ho_Chi_Minh", "PATH": "/usr/bin:/bin:/usr/local/bin"})
    answers = dict(line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)
    if not answers:
        print(done.stderr[-2000:])
    return answers


def main():
    learn = "--learn" in sys.argv
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    try:
        import pyxform
    except ImportError:
        print("SKIPPED: no pyxform")
        return 77
    jar = pathlib.Path(pyxform.__file__).parent / "validators/odk_validate/bin/ODK_Validate.jar"
    if not shutil.which("javac") or not jar.exists():
        print("SKIPPED: no Java compiler or no ODK Validate")
        return 77
    cases = json.loads(TABLE.read_text(encoding="utf-8"))
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        tried = []
        for at, case in enumerate(cases):
            if "error" in (case["expected"] if isinstance(case["expected"], dict) else {}) or ELSEWHERE.search(case["expression"]):
                continue
            xml = form(case)
            if xml is not None:
                (pathlib.Path(folder) / f"{at:04}.xml").write_text(xml, encoding="utf-8")
                tried.append(at)
        subprocess.run(["javac", "-cp", str(jar), "-d", folder, str(HERE / "expressions/Javarosa.java")], check=True, timeout=300)
        engines = [("javarosa", judged(["java", "-cp", f"{jar}:{folder}", "Javarosa", folder], folder))]
        if folders and shutil.which("node"):
            engines.append(("xforms_engine", judged(["node", str(HERE / "expressions/engine.mjs"), folder, str(pathlib.Path(folders[0]).resolve())], folder)))
        for engine, answers in engines:
            n_differ = 0
            for at in tried:
                case, got = cases[at], answers.get(f"{at:04}", "!no answer")
                expected, told = text(case["expected"]), case.get(engine)
                got = "!" if got.startswith("!") else got
                told = "!" if isinstance(told, dict) and "error" in told else text(told) if told is not None else None
                differs = got != expected and not near(got, expected)
                n_differ += differs
                if learn:
                    case.pop(engine, None)
                    if differs:
                        case[engine] = {"error": True} if got == "!" else got
                elif differs and told is None:
                    print(f"{engine}: {case['expression']}: {got} instead of {expected}")
                    wrong += 1
                elif told is not None and got != told and not near(got, told):
                    print(f"{engine}: {case['expression']}: {got}, the table says that it gives {told}")
                    wrong += 1
            print(f"{engine}: {len(tried)} cases, {n_differ} give something else")
            if len(answers) < len(tried):
                print(f"{engine}: {len(answers)} answers only")
                wrong += 1
    for case in cases:
        if ("javarosa" in case or "xforms_engine" in case) and not case.get("reason") and not learn:
            print(f"{case['expression']}: no reason for the difference")
            wrong += 1
    if learn:
        TABLE.write_text("[\n" + ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n", encoding="utf-8")
    return 1 if wrong else 0


sys.exit(main())
