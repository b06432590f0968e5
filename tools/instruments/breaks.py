"""The checker's own test: break a copy of a questionnaire in memory and see that the break is found."""

import copy
import unicodedata

from instruments.coverage import check_criteria, check_indicators
from instruments.rules import HOUSEHOLD, Check


def breaks(form):
    """(what is broken, how, a word of the problem that must appear): the checker's own test."""
    names = [row["name"] for _, row in form.sheets["survey"]]
    number = next(row["name"] for _, row in form.sheets["survey"] if row["type"] == "integer")
    later = next(row["name"] for _, row in form.sheets["survey"][names.index(number) + 1 :] if row["type"].startswith("select_one"))
    choice = next(row for _, row in form.sheets["survey"][names.index("sex") + 1 :] if row["type"].startswith("select_one"))
    list_name = choice["type"].split()[1]
    rated = next(row["type"].split()[1] for _, row in form.sheets["survey"] if row["type"].startswith("select_one satisfaction"))
    gate = choice["name"]

    def row_of(form, name):
        return next(row for _, row in form.sheets["survey"] if row["name"] == name)

    def at(name, column, value):
        return lambda form: row_of(form, name).__setitem__(column, value)

    def drop(sheet, keep):
        return lambda form: form.sheets.__setitem__(sheet, [r for r in form.sheets[sheet] if keep(r[1])])

    found = [
        ("unknown type", at(number, "type", "range"), "unknown type"),
        ("duplicate name", at(gate, "name", "sex"), "already"),
        ("bad name", at(gate, "name", "Tuổi"), "not a name"),
        ("unclosed group", drop("survey", lambda r: (r["type"], r["name"]) != ("end_group", "sec_closing")), "never closed"),
        ("wrong group closed", lambda form: next(r for _, r in form.sheets["survey"] if r["type"] == "end_group").__setitem__("name", "x"), "closes"),
        ("list gone", drop("choices", lambda r: r["list_name"] != list_name), "does not exist"),
        ("unknown reference", at(gate, "relevant", "${age} = 1"), "not a question above"),
        ("later reference", at(number, "relevant", f"${{{later}}} = 1"), "not a question above"),
        ("code not in list", at(gate, "relevant", "${sex} = 3"), "not in list"),
        ("open bracket", at(number, "constraint", "(. >= 1 or . = -888 or . = -999"), "was expected"),
        ("unknown function", at(number, "relevant", "pulldata('a')"), "known function"),
        ("no English", at(gate, "label::en", ""), "missing"),
        ("hint in one language", at(gate, "hint::vi", ""), "missing"),
        ("constraint without message", at(number, "constraint_message::vi", ""), "missing"),
        ("decomposed accents", at(gate, "label::vi", unicodedata.normalize("NFD", "Bậc học")), "NFC"),
        ("not required", at(gate, "required", ""), "must be answered"),
        ("number without -888", at(number, "constraint", ". >= 1 or . = -999"), "let -888"),
        ("no refusal code", drop("choices", lambda r: (r["list_name"], r["name"]) != (rated, "-999")), "lacks code -999"),
        ("asked without consent", at("sec_respondent", "relevant", ""), "without consent"),
        ("consent not first", drop("survey", lambda r: r["name"] != "consent"), "first question"),
        ("form id", lambda form: form.sheets["settings"][0][1].__setitem__("form_id", "x"), "must be"),
        ("code twice", lambda form: form.sheets["choices"].append(form.sheets["choices"][-1]), "stands twice"),
        ("missing code read out", lambda form: next(r for _, r in form.sheets["choices"] if r["name"] == "-888").__setitem__("label::vi", "Không biết"), "never read out"),
    ]
    if form.name.startswith(HOUSEHOLD):
        found.append(("no adults count", drop("survey", lambda r: r["name"] != "n_adults"), "n_adults"))
    return found


def uncovered(form):
    """Lists that the form does not cover: (rule, row of the list, a word of the problem that must appear)."""

    def indicator(code, answer_type):
        return [{"indicator_code": code, "name_en": "made up", "answer_type": answer_type}]

    if form.name.startswith("papi"):
        return [
            (check_indicators, indicator("9.9.9", "yes_no"), "is not asked"),
            (check_indicators, indicator("6.1.6", "count of 9 yes/no criteria"), "10 questions for 9"),
            (check_indicators, indicator("5.1.3", "scale 1-4"), "answers 1 to 5, scale 1 to 4"),
            (check_indicators, indicator("5.1.3", "scale 1-5"), "belongs to no indicator"),
        ]
    if not form.name.startswith("sipas"):
        return []
    return [(check_criteria, [{"version": "1001/x", "code": code} for code in ("P1", "C1", "C9")], "s_p1_c9 is not asked")]


def self_test(forms):
    """Number of breaks that went unseen, over all forms; each is printed."""
    tried, failed = 0, 0
    for form in forms:
        cases = []
        for what, breaking, word in breaks(form):
            broken = copy.deepcopy(form)
            breaking(broken)
            cases.append((what, word, Check(broken).run()))
        for rule, rows, word in uncovered(form):
            check = Check(form)
            check.run()
            rule(check, rows)
            cases.append((f"{rule.__name__} {rows[0]}", word, check.problems))
        tried += len(cases)
        for what, word, problems in cases:
            if not any(word in text for _, _, _, text in problems):
                failed += 1
                print(f"{form.name}: the break “{what}” was not found; problems: {problems[:3]}")
    print(f"self-test: {tried} breaks, {failed} not found")
    return failed
