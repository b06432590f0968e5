#!/usr/bin/env python3
"""Forms for ODK Collect, judged by Collect's own engine and by the converter of ODK.

check_xforms.py KHAOSAT: every built-in questionnaire and a form with every type
* as XForm through JavaRosa (the ODK Validate jar inside pyxform): it loads, with all its formulas;
* as workbook written by `questionnaire xlsx` through pyxform: the same form as from the sheets it was read from.
Exit code 77 when Java or pyxform is missing.
"""
import csv
import pathlib
import shutil
import subprocess
import sys
import tempfile

program = sys.argv[1]
try:
    import pyxform
    from pyxform.xls2xform import convert
except ImportError:
    print("SKIPPED: no pyxform")
    sys.exit(77)
jar = pathlib.Path(pyxform.__file__).parent / "validators/odk_validate/bin/ODK_Validate.jar"
if not shutil.which("java") or not jar.exists():
    print("SKIPPED: no Java or no ODK Validate")
    sys.exit(77)
HOUSE = pathlib.Path(__file__).resolve().parent.parent
EVERY = HOUSE / "tests/questionnaire/fixtures/every"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def sheets(folder):
    """The sheets as pyxform takes them."""
    book = {}
    for sheet in ("survey", "choices", "settings"):
        with (folder / f"{sheet}.csv").open(encoding="utf-8-sig", newline="") as file:
            headings, *rows = csv.reader(file)
        book[sheet] = [{heading: cell for heading, cell in zip(headings, row) if cell} for row in rows]
        book[f"{sheet}_header"] = [dict.fromkeys(headings)]
    return book


def loads(folder, name, source):
    form = run(program, "questionnaire", "xform", source)
    if form.returncode:
        return form.stderr
    path = pathlib.Path(folder) / f"{name}.xml"
    path.write_text(form.stdout, encoding="utf-8")
    # Its exit code is 0 even for a form that it refuses.
    told = run("java", "-jar", str(jar), str(path))
    return None if "Xform is valid!" in told.stdout + told.stderr else told.stdout + told.stderr


def is_written_back(folder, name, source):
    workbook = pathlib.Path(folder) / f"{name}.xlsx"
    written = run(program, "questionnaire", "xlsx", source, str(workbook))
    if written.returncode:
        return written.stderr
    again = convert(str(workbook), validate=False, warnings=[]).xform
    if source == str(EVERY):
        # `or_other` is written out; pyxform gives it words of one language only.
        return None if "<h:html" in again else "no form"
    first = convert(sheets(HOUSE / "questionnaires" / name), validate=False, warnings=[]).xform
    # Choices may be numbers in one and texts in the other; the form is text.
    return None if first == again else "pyxform makes another form of the workbook"


names = run(program, "questionnaire", "list").stdout.split()
assert names, "no built-in questionnaire"
failed = 0
with tempfile.TemporaryDirectory() as folder:
    for name, source in [(name, name) for name in names] + [("every", str(EVERY))]:
        for what, check in (("JavaRosa", loads), ("workbook", is_written_back)):
            told = check(folder, name, source)
            print(f"{name}, {what}: {'good' if told is None else told}")
            failed += told is not None
sys.exit(1 if failed else 0)
