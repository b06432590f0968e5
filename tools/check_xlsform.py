#!/usr/bin/env python3
"""Converts every questionnaire (questionnaires/NAME/{survey,choices,settings}.csv) with pyxform, the converter of ODK and KoboToolbox, so
that it can be fielded there as it is. An error or a warning of the converter is a failure; with Java, ODK Validate looks at the form as well.

    tools/check_xlsform.py            every questionnaire beside this repository's tools, and breaks in memory that must be found
    tools/check_xlsform.py FOLDER     those of a folder

Exit code 0: none; 1: some; 77: pyxform is not installed (pip install pyxform), nothing was checked.
"""

import copy
import csv
import shutil
import sys
from pathlib import Path

sys.dont_write_bytecode = True
SHEETS = ("survey", "choices", "settings")

try:
    from pyxform.errors import PyXFormError
    from pyxform.validators.odk_validate import ODKValidateError
    from pyxform.xls2xform import convert
except ImportError:
    print("SKIPPED: pyxform is not installed, the questionnaires were not converted")
    sys.exit(77)


def read(folder):
    """The sheets as pyxform takes them from a workbook: cells by heading, empty ones left out."""
    book = {}
    for sheet in SHEETS:
        with (folder / f"{sheet}.csv").open(encoding="utf-8-sig", newline="") as file:
            headings, *rows = csv.reader(file)
        book[sheet] = [{heading: cell for heading, cell in zip(headings, row) if cell} for row in rows]
        book[f"{sheet}_header"] = [dict.fromkeys(headings)]
    return book


def told(book, validate):
    """What the converter finds wrong with a form."""
    warnings = []
    try:
        form = convert(copy.deepcopy(book), warnings=warnings, validate=validate).xform
    except (PyXFormError, ODKValidateError) as error:
        return [str(error)]
    return warnings + ([] if "<h:html" in form else ["the converter gave no form"])


def breaks(book):
    """Copies that no converter may take."""
    question = next(row for row in book["survey"] if row.get("type", "").startswith("select_one"))
    place = book["survey"].index(question)
    for key, value in (("relevant", "${nowhere} = 1"), ("type", "select_one nowhere"), ("name", "tên câu hỏi")):
        broken = copy.deepcopy(book)
        broken["survey"][place][key] = value
        yield f"{key} = {value}", broken
    broken = copy.deepcopy(book)
    broken["survey"].insert(place, copy.deepcopy(question))
    yield "a question twice", broken


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "questionnaires"
    folders = sorted(path.parent for path in root.glob("*/survey.csv"))
    if not folders:
        sys.exit(f"no survey.csv under {root}")
    validate = shutil.which("java") is not None
    failed = 0
    for folder in folders:
        problems = told(read(folder), validate)
        failed += len(problems)
        print(f"{folder.name}: {len(problems)} problems" if problems else f"{folder.name}: converted")
        for problem in problems:
            print(f"  {problem}")
    for name, broken in breaks(read(folders[0])):
        if not told(broken, False):
            failed += 1
            print(f"not found: {name}")
    print("with ODK Validate" if validate else "without ODK Validate: no Java")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
