"""The rules that every questionnaire must keep, one method each."""

import csv
import re
import unicodedata

from instruments.expression import Expression, ExpressionError

SURVEY_COLUMNS = (
    "type name label::vi label::en hint::vi hint::en required relevant constraint constraint_message::vi "
    "constraint_message::en calculation appearance choice_filter default parameters"
).split()
CHOICE_COLUMNS = "list_name name label::vi label::en".split()
SETTING_COLUMNS = "form_title form_id version default_language style instance_name".split()
SHEETS = {"survey": SURVEY_COLUMNS, "choices": CHOICE_COLUMNS, "settings": SETTING_COLUMNS}

METADATA = {"start", "end", "today", "deviceid"}
SELECTS = {"select_one", "select_multiple"}
NUMBERS = {"integer", "decimal"}
QUESTIONS = SELECTS | NUMBERS | {"text", "date", "acknowledge", "geopoint"}
SILENT = METADATA | {"end_group", "calculate"}
TYPES = QUESTIONS | SILENT | {"note", "begin_group"}

DONT_KNOW, REFUSED, NOT_APPLICABLE = "-888", "-999", "-777"
MISSING = {DONT_KNOW, REFUSED, NOT_APPLICABLE}
SUBSTANTIVE = re.compile(r"^[qgshe]_")
NAMING = {
    "q": re.compile(r"^q_\d_\d_\d(_[a-z])?$"),
    "g": re.compile(r"^g_\d_\d_[a-z]+$"),
    "s": re.compile(r"^s_(a\d(_[a-z]|_p\d)?|p\d_c\d|s\d_\d|n\d+)$"),
    "h": re.compile(r"^h_[a-eg]\d+$"),
    "e": re.compile(r"^e_[a-f]\d$"),
}
# Questionnaires put to a household, where one adult is drawn: their weights need the number of adults.
HOUSEHOLD = ("papi", "sipas")
IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]*$")
PLACEHOLDERS = ("(TÊN CƠ QUAN TỔ CHỨC)", "(SỐ ĐIỆN THOẠI LIÊN HỆ)", "(NAME OF ORGANISER)", "(CONTACT TELEPHONE)")


class Instrument:
    """The three sheets of one questionnaire: per sheet a header and rows of (row number, {column: text})."""

    def __init__(self, name, sheets, headers):
        self.name, self.sheets, self.headers = name, sheets, headers

    @classmethod
    def read(cls, folder, report):
        sheets, headers = {}, {}
        for sheet, columns in SHEETS.items():
            path = folder / f"{sheet}.csv"
            try:
                lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines(), strict=True))
            except (OSError, UnicodeDecodeError, csv.Error) as error:
                report(folder.name, sheet, 1, "-", f"cannot be read: {error}")
                lines = [columns]
            headers[sheet] = lines[0] if lines else []
            sheets[sheet] = []
            for number, cells in enumerate(lines[1:], start=2):
                if len(cells) != len(headers[sheet]):
                    report(folder.name, sheet, number, "-", f"{len(cells)} cells under {len(headers[sheet])} columns")
                sheets[sheet].append((number, dict(zip(headers[sheet], cells))))
        return cls(folder.name, sheets, headers)


class Check:
    """Runs the rules on one instrument; `problems` collects (file, row, column, text)."""

    def __init__(self, instrument, publish=False):
        self.form, self.publish, self.problems = instrument, publish, []
        self.lists, self.questions, self.order = {}, {}, []

    def say(self, sheet, row, column, text):
        self.problems.append((f"{self.form.name}/{sheet}.csv", row, column, text))

    def run(self):
        self.headers()
        if self.problems:
            return self.problems
        self.text()
        self.choices()
        self.settings()
        self.survey()
        self.consent_first()
        self.parts()
        return self.problems

    def headers(self):
        for sheet, columns in SHEETS.items():
            if self.form.headers[sheet] != columns:
                self.say(sheet, 1, "-", f"columns must be {','.join(columns)}")

    def text(self):
        for sheet, rows in self.form.sheets.items():
            for number, row in rows:
                for column, cell in row.items():
                    if cell != unicodedata.normalize("NFC", cell):
                        self.say(sheet, number, column, "text is not in Unicode form NFC")
                    if cell != cell.strip() or "  " in cell or any(unicodedata.category(c) == "Cc" for c in cell):
                        self.say(sheet, number, column, "stray spaces or control characters")
                    if self.publish and any(mark in cell for mark in PLACEHOLDERS):
                        self.say(sheet, number, column, "fill in the placeholder in capital letters")

    def both_languages(self, sheet, number, row, column, needed):
        vi, en = row[f"{column}::vi"], row[f"{column}::en"]
        for language, cell, other in (("vi", vi, en), ("en", en, vi)):
            if not cell and (needed or other):
                self.say(sheet, number, f"{column}::{language}", "text is missing")

    def choices(self):
        for number, row in self.form.sheets["choices"]:
            codes = self.lists.setdefault(row["list_name"], {})
            if not IDENTIFIER.match(row["list_name"]):
                self.say("choices", number, "list_name", f"“{row['list_name']}” is not a name")
            if not re.match(r"^(-?\d+|[a-z][a-z0-9_]*)$", row["name"]):
                self.say("choices", number, "name", f"“{row['name']}” is not a code")
            if row["name"] in codes:
                self.say("choices", number, "name", f"code {row['name']} stands twice in list {row['list_name']}")
            if row["name"].startswith("-") and row["name"] not in MISSING:
                self.say("choices", number, "name", f"a negative code must be one of {sorted(MISSING)}")
            codes[row["name"]] = number
            self.both_languages("choices", number, row, "label", True)
            for language in ("vi", "en"):
                if row["name"] in MISSING and not re.match(r"^\[.*\]$", row[f"label::{language}"]):
                    self.say("choices", number, f"label::{language}", "a missing code is never read out: put it in [ ]")

    def settings(self):
        rows = self.form.sheets["settings"]
        if len(rows) != 1:
            return self.say("settings", 2, "-", "exactly one row is needed")
        number, row = rows[0]
        for column, wanted in (("form_id", self.form.name), ("default_language", "vi")):
            if row[column] != wanted:
                self.say("settings", number, column, f"must be {wanted}")
        for column in ("form_title", "version"):
            if not row[column]:
                self.say("settings", number, column, "text is missing")

    def survey(self):
        groups, used, names, number = [], set(), {}, 1
        for number, row in self.form.sheets["survey"]:
            kind, _, list_name = row["type"].partition(" ")
            if kind not in TYPES:
                self.say("survey", number, "type", f"unknown type “{row['type']}”")
                continue
            if kind == "end_group":
                if not groups or groups[-1][0] != row["name"]:
                    self.say("survey", number, "name", f"closes “{row['name']}”, open is “{groups[-1][0] if groups else 'none'}”")
                if groups:
                    groups.pop()
                continue
            if not IDENTIFIER.match(row["name"]):
                self.say("survey", number, "name", f"“{row['name']}” is not a name (a-z, 0-9, _)")
            if row["name"] in names:
                self.say("survey", number, "name", f"“{row['name']}” stands already in row {names[row['name']]}")
            names[row["name"]] = number
            self.both_languages("survey", number, row, "label", kind not in SILENT)
            self.both_languages("survey", number, row, "hint", False)
            self.expressions(number, row, groups)
            if kind == "begin_group":
                groups.append((row["name"], number, row["relevant"]))
            if kind in QUESTIONS:
                self.question(number, row, kind, list_name)
                used.add(list_name)
            self.questions[row["name"]] = (kind, list_name)
            self.order.append((number, row, kind, any("${consent} = 1" in g[2] for g in groups)))
        for name, opened, _ in groups:
            self.say("survey", opened, "type", f"group “{name}” is never closed (last row {number})")
        for list_name in sorted(set(self.lists) - used):
            self.say("choices", min(self.lists[list_name].values()), "list_name", f"list “{list_name}” is not used")

    def question(self, number, row, kind, list_name):
        name = row["name"]
        prefix = name.split("_")[0]
        if prefix in NAMING and not NAMING[prefix].match(name):
            self.say("survey", number, "name", f"“{name}” breaks the naming rule {NAMING[prefix].pattern}")
        if kind != "text" and row["required"] != "yes":
            self.say("survey", number, "required", "every question but free text must be answered (yes)")
        if kind in SELECTS and list_name not in self.lists:
            return self.say("survey", number, "type", f"choice list “{list_name}” does not exist")
        if kind in SELECTS and SUBSTANTIVE.match(name):
            self.missing_codes(number, list_name)
        if kind in NUMBERS:
            for code in (DONT_KNOW, REFUSED):
                if f". = {code}" not in row["constraint"]:
                    self.say("survey", number, "constraint", f"must let {code} through")
        if SUBSTANTIVE.match(name) and not (row["hint::vi"] and row["hint::en"]):
            self.say("survey", number, "hint::vi", "the hint must say what is read out and what is not")

    def missing_codes(self, number, list_name):
        # In a test of knowledge “does not know” is an answer (0), not a missing value.
        dont_know = "0" if list_name.startswith("know_") else DONT_KNOW
        for code in (dont_know, REFUSED):
            if code not in self.lists[list_name]:
                self.say("survey", number, "type", f"list “{list_name}” lacks code {code}")

    def expressions(self, number, row, groups):
        for column in ("relevant", "constraint", "calculation", "choice_filter"):
            if not row[column]:
                continue
            try:
                expression = Expression(row[column])
            except ExpressionError as error:
                self.say("survey", number, column, str(error))
                continue
            for name in expression.references:
                if name not in self.questions or self.questions[name][0] in ("note", "begin_group"):
                    self.say("survey", number, column, f"${{{name}}} is not a question above this row")
            own = tuple(row["type"].partition(" ")[::2])
            for pair in expression.compared + expression.selected:
                self.known_code(number, column, pair, own)
        self.both_languages("survey", number, row, "constraint_message", bool(row["constraint"]))

    def known_code(self, number, column, pair, own):
        """A choice question may only be compared with a code of its own list."""
        references = [p for p in pair if p and p[0] == "reference"]
        literals = [p for p in pair if p and p[0] == "literal"]
        if len(references) != 1 or len(literals) != 1:
            return
        name, code = references[0][1], literals[0][1]
        kind, list_name = own if name == "." else self.questions.get(name, ("", ""))
        if kind in SELECTS and list_name in self.lists and code not in self.lists[list_name]:
            self.say("survey", number, column, f"code {code} is not in list “{list_name}” of {name}")

    def consent_first(self):
        asked = [(n, r, k, inside) for n, r, k, inside in self.order if k in QUESTIONS]
        if not asked or asked[0][1]["name"] != "consent":
            row = asked[0][0] if asked else 2
            return self.say("survey", row, "name", "the first question must be “consent”")
        if set(self.lists.get(self.questions["consent"][1], {})) != {"0", "1"}:
            self.say("survey", asked[0][0], "type", "consent is answered 1 or 0")
        for number, row, kind, inside in self.order[self.order.index(asked[0]) + 1 :]:
            guarded = inside or "${consent}" in row["relevant"]
            if not guarded and kind in QUESTIONS | {"note", "calculate"}:
                self.say("survey", number, "relevant", "asked without consent: must depend on ${consent}")
        if self.form.name.startswith(HOUSEHOLD) and "n_adults" not in self.questions:
            self.say("survey", asked[0][0], "name", "“n_adults” (adults in the household) is missing")

    def parts(self):
        """Parts of one indicator are lettered a, b, c … without a gap and without a bare twin."""
        letters = {}
        for number, row, _, _ in self.order:
            match = re.match(r"^([qs]_\w*\d)_([a-z])$", row["name"])
            if match:
                letters.setdefault(match[1], []).append((match[2], number))
        for stem, parts in letters.items():
            wanted = [chr(ord("a") + i) for i in range(len(parts))]
            if sorted(p[0] for p in parts) != wanted or stem in self.questions:
                self.say("survey", parts[0][1], "name", f"parts of {stem} must be {', '.join(wanted)} and no bare {stem}")

    def codes(self, name):
        kind, list_name = self.questions[name]
        return [int(c) for c in self.lists.get(list_name, {}) if re.match(r"^\d+$", c)] if kind in SELECTS else []

    def asked_for(self, stem):
        return [n for n in self.questions if n == stem or re.match(rf"^{stem}(_[a-z]|_p\d|_\d)$", n)]
