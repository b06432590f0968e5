#!/usr/bin/env python3
"""Forms for ODK Collect, judged by Collect's own engine.

check_xforms.py KHAOSAT: every built-in questionnaire as XForm through JavaRosa (the ODK Validate jar inside pyxform). Exit code 77 when
Java or pyxform is missing.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

program = sys.argv[1]
try:
    import pyxform
except ImportError:
    print("SKIPPED: no pyxform")
    sys.exit(77)
jar = pathlib.Path(pyxform.__file__).parent / "validators/odk_validate/bin/ODK_Validate.jar"
if not shutil.which("java") or not jar.exists():
    print("SKIPPED: no Java or no ODK Validate")
    sys.exit(77)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


names = run(program, "questionnaire", "list").stdout.split()
assert names, "no built-in questionnaire"
failed = 0
with tempfile.TemporaryDirectory() as folder:
    for name in names:
        form = run(program, "questionnaire", "xform", name)
        if form.returncode:
            print(f"{name}: {form.stderr}")
            failed += 1
            continue
        path = pathlib.Path(folder) / f"{name}.xml"
        path.write_text(form.stdout, encoding="utf-8")
        # Its exit code is 0 even for a form that it refuses.
        told = run("java", "-jar", str(jar), str(path))
        is_valid = "Xform is valid!" in told.stdout + told.stderr
        print(f"{name}: {'valid' if is_valid else told.stdout + told.stderr}")
        failed += not is_valid
sys.exit(1 if failed else 0)
