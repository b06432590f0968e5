#!/usr/bin/env python3
"""Checks the questionnaires kept as XLSForm sheets in text (questionnaires/NAME/{survey,choices,settings}.csv).

    tools/check_instruments.py                              every questionnaire beside this repository's tools
    tools/check_instruments.py --indicators papi.csv        also: every PAPI indicator is asked, with its scale
    tools/check_instruments.py --criteria sipas.csv         also: every SIPAS criterion of decision 1001 is asked
    tools/check_instruments.py --publish                    also: no placeholder of the organiser is left
    tools/check_instruments.py --self-test                  breaks copies in memory and sees that each break is found

The scoring trees beside the questionnaires are checked too: whole, weights that fit, questions and codes that exist, no cycle,
no two of one series in one year.

Every problem is printed as file:row, column, what is wrong. Exit code 0: none; 1: some; 2: wrong usage.
Only the standard library is used. The rules are those of questionnaires/README.md.
"""

import argparse
import csv
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from instruments import index  # noqa: E402
from instruments.breaks import self_test  # noqa: E402
from instruments.coverage import check_criteria, check_indicators  # noqa: E402
from instruments.rules import QUESTIONS, Check, Instrument  # noqa: E402


def summary(check):
    kinds = {}
    for _, row, kind, _ in check.order:
        if kind in QUESTIONS:
            kinds[kind] = kinds.get(kind, 0) + 1
    sections = sum(1 for _, _, kind, _ in check.order if kind == "begin_group")
    conditional = sum(1 for _, row, kind, _ in check.order if kind in QUESTIONS and row["relevant"])
    listed = ", ".join(f"{n} {k}" for k, n in sorted(kinds.items()))
    return f"{sum(kinds.values())} questions ({listed}), {conditional} of them routed, {sections} groups, {len(check.lists)} lists"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent / "questionnaires")
    parser.add_argument("--indicators", type=Path, help="CSV with indicator_code, name_en, answer_type (PAPI)")
    parser.add_argument("--criteria", type=Path, help="CSV with version, code (SIPAS)")
    parser.add_argument("--publish", action="store_true", help="refuse placeholders of the organiser")
    parser.add_argument("--self-test", action="store_true", help="test the checker itself")
    arguments = parser.parse_args()
    problems, forms = [], []
    folders = sorted(p.parent for p in arguments.folder.glob("**/survey.csv"))
    if not folders:
        parser.error(f"no survey.csv under {arguments.folder}")
    for folder in folders:
        form = Instrument.read(folder, lambda name, sheet, *rest: problems.append((f"{name}/{sheet}.csv", *rest)))
        forms.append(form)
        check = Check(form, arguments.publish)
        check.run()
        notes = [summary(check)]
        for path, prefix, rule in ((arguments.indicators, "papi", check_indicators), (arguments.criteria, "sipas", check_criteria)):
            if path and form.name.startswith(prefix):
                with path.open(encoding="utf-8-sig", newline="") as file:
                    notes.append(rule(check, list(csv.DictReader(file))))
        problems += check.problems
        print(f"{form.name}: {'; '.join(notes)}")
    definitions = index.Definitions(arguments.folder, forms)
    problems += definitions.run()
    print(f"{len(definitions.texts)} index definitions")
    for file, row, column, text in problems:
        print(f"{file}:{row}: column {column}: {text}")
    print(f"{len(problems)} problems" if problems else "no problems")
    failed = 0
    if arguments.self_test and not problems:
        failed = self_test(forms) + (index.self_test(arguments.folder, forms) if definitions.texts else 0)
    return 1 if problems or failed else 0


if __name__ == "__main__":
    sys.exit(main())
