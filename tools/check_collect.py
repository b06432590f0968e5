#!/usr/bin/env python3
"""Every form end to end: fetched from the running program as a client does it, filled in by both engines of ODK, handed in, read back.

    check_collect.py KHAOSAT FOLDER

KHAOSAT is the built program; FOLDER is where packages of npm are kept (they are installed there when missing). For every built-in
questionnaire and one with every type, a round is asked by the real program on loopback. JavaRosa, the engine of Collect (in the ODK Validate
jar of pyxform), and @getodk/xforms-engine, that of ODK Web Forms, fill in each form several ways and write the submission with their own
serialisers; it is posted as the client would. Then every answer is compared with what was typed in, both ways: in the XML that the API
gives back, in the flags (none: our own engine finds every answer due and valid), in the exported tables. A mangled answer must be found.
Exit code 77 when Java, pyxform, node or the packages are missing.
"""
import csv
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import urllib.parse
import uuid
import xml.etree.ElementTree as ElementTree
import zipfile
from datetime import datetime, timedelta, timezone

from collect_house import ROUND, House, Wrong, call, collect_headers, multipart, run, without_pictures

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = ["@getodk/xforms-engine@0.22.0", "jsdom@26.1.0"]
HANOI = timezone(timedelta(hours=7))
# Seed, number of the language, what came of the visit, how the interview ended, consent.
WAYS = [
    ("một", 0, "interview", "1.1", "1"),
    ("hai", 1, "interview", "1.1", "1"),
    ("ba", 0, "interview", "1.2", "1"),
    ("bốn", 1, "interview", "2.112", "0"),
    ("năm", 0, "2.24", "", ""),
]
# What an engine computes in its own way, with a reason: our engine flags it, and says what it would be.
KNOWN = {("xforms-engine", "field_area"): "Web Forms adds up trapezoids on the sphere, Collect and we measure on a plane: 0.03 % apart for this field"}


def engines(jar, modules, folder):
    """The command of each engine, by its name."""
    classes = folder / "classes"
    subprocess.run(["javac", "-nowarn", "-cp", str(jar), "-d", str(classes), str(HERE / "collect/Collect.java")],
                   check=True, timeout=300, capture_output=True)
    answers = str(HERE / "collect/answers.tsv")
    return {
        "JavaRosa": ["java", "-Duser.timezone=Asia/Ho_Chi_Minh", "-Dfile.encoding=UTF-8", "-cp", f"{jar}{os.pathsep}{classes}", "Collect", answers],
        "xforms-engine": ["node", str(HERE / "collect/web_forms.mjs"), answers, str(modules)],
    }


def fill(command, jobs):
    """All jobs of one engine; by their folder, what stood in the way, or None."""
    lines = "".join("\t".join([str(job["form"] / "form.xml"), str(job["form"] / "media"), str(job["out"]), job["seed"], str(job["language"]),
                               job["case"], job["reached"], job["finish"], job["consent"]]) + "\n" for job in jobs)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, encoding="utf-8", timeout=600, check=False,
                          env={**os.environ, "TZ": "Asia/Ho_Chi_Minh"})
    told = done.stdout.splitlines()
    if len(told) != len(jobs):
        raise Wrong(f"{command[0]}: {len(told)} of {len(jobs)} interviews, {done.stderr[-2000:]}")
    return {job["out"]: None if line == "ok" else line for job, line in zip(jobs, told)}


def uploads(job):
    """The requests that hand in an interview."""
    xml = (job["out"] / "submission.xml").read_bytes()
    if (job["out"] / "upload.bin").exists() and "mangled" not in job:
        return [((job["out"] / "upload.type").read_text(), (job["out"] / "upload.bin").read_bytes())]
    files = [(file.name, file.read_bytes()) for file in sorted((job["out"] / "files").iterdir())]
    if len(files) < 2:
        return [multipart(xml, files)]
    # In two pieces, as on a slow line: the XML goes with each.
    return [multipart(xml, files[:1], incomplete=True), multipart(xml, files[1:])]


def hand_in(house, job):
    status, headers, body = call("HEAD", f"{house.base}/submission?deviceID=collect%3Aabc", collect_headers())
    if status != 204 or body or headers.get("X-OpenRosa-Version") != "1.0":
        raise Wrong(f"HEAD submission: {status}")
    for media_type, data in uploads(job):
        status, _, body = call("POST", f"{house.base}/submission?deviceID=collect%3Aabc", {**collect_headers(), "Content-Type": media_type}, data)
        if status != 201:
            raise Wrong(f"POST submission: {status} {body.decode()}")


def leaves(element, place, found):
    children = list(element)
    if not children:
        if element.text:
            found[place] = element.text
        return found
    seen = {}
    for child in children:
        name = child.tag.split("}")[-1]
        seen[name] = seen.get(name, 0) + 1
        leaves(child, f"{place}/{name}" + (f"[{seen[name]}]" if seen[name] > 1 else ""), found)
    return found


def moment(text):
    instant = datetime.fromisoformat(text)
    return instant.astimezone(HANOI) if instant.tzinfo else instant.replace(tzinfo=HANOI)


def same(kind, typed, got):
    """Whether what came is what was typed."""
    if kind == "decimal":
        return float(got) == float(typed)
    if kind == "time":
        return moment(f"2026-01-01T{got}").strftime("%H:%M:%S") == f"{typed}:00"
    if kind == "dateTime":
        return moment(got) == moment(typed)
    if kind == "geo":
        points = [[[float(number) for number in point.split()] for point in text.split(";") if point.strip()] for text in (typed, got)]
        return [[*point, 0, 0][:4] for point in points[0]] == [[*point, 0, 0][:4] for point in points[1]]
    # Web Forms composes what is typed (NFC).
    return unicodedata.normalize("NFC", got) == unicodedata.normalize("NFC", typed)


def differences(job, body, files):
    """Everything that is not as it was typed in, of the submission that came back and its files."""
    typed = job["typed"]
    got = leaves(ElementTree.fromstring(body), "/data", {})
    told = [f"{place}: nothing came, typed was {one['text']!r}" for place, one in typed.items() if place not in got and one["text"]]
    told += [f"{place}: {text!r} came, nothing was typed" for place, text in got.items() if place not in typed]
    for place, one in typed.items():
        if place in got and not same(one["kind"], one["text"], got[place]):
            told.append(f"{place}: {got[place]!r} came, typed was {one['text']!r}")
    own = {unicodedata.normalize("NFC", file.name): hashlib.sha256(file.read_bytes()).hexdigest() for file in (job["out"] / "files").iterdir()}
    if own != files:
        told.append(f"files: {files} came, sent were {own}")
    return told


def exported(house, form_id):
    """The tables of a form by name, as codes: the interviews, and a table for each repeat."""
    query = f"format=csv&questionnaire={form_id}&identifying=yes&joined=yes&lang=en"
    archive = zipfile.ZipFile(io.BytesIO(house.read(f"/api/v1/rounds/{ROUND}/export?{query}")))
    return {name: list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")))) for name in archive.namelist() if name.endswith(".csv")}


def main():
    program, modules = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    try:
        import pyxform
    except ImportError:
        print("SKIPPED: no pyxform, the engines of ODK did not fill in the forms")
        return 77
    jar = pathlib.Path(pyxform.__file__).parent / "validators/odk_validate/bin/ODK_Validate.jar"
    if not shutil.which("javac") or not jar.exists():
        print("SKIPPED: no Java compiler or no ODK Validate, the engines of ODK did not fill in the forms")
        return 77
    if not (modules / "node_modules/@getodk/xforms-engine").is_dir():
        modules.mkdir(parents=True, exist_ok=True)
        done = shutil.which("npm") and subprocess.run(
            ["npm", "install", "--prefix", str(modules), "--no-save", "--silent", "--no-audit", "--no-fund", *PACKAGES],
            capture_output=True, timeout=300, check=False)
        if not done or done.returncode:
            print("SKIPPED: no npm or no @getodk/xforms-engine, the engines of ODK did not fill in the forms")
            return 77
    with tempfile.TemporaryDirectory() as folder:
        return judge(program, jar, modules, pathlib.Path(folder))


def judge(program, jar, modules, folder):
    names = run(program, "questionnaire", "list").split()
    forms = {name: name for name in names} | {"every": without_pictures(folder)}
    house = House(program, folder, forms)
    try:
        fetched = house.forms()
        if set(fetched) != set(forms):
            raise Wrong(f"the list names {sorted(fetched)}, the round asks {sorted(forms)}")
        cases = iter(house.cases)
        told = {}
        jobs = []
        for engine, command in engines(jar, modules, folder).items():
            mine = [
                {"engine": engine, "form_id": form_id, "form": path, "out": folder / "out" / engine / form_id / seed, "case": next(cases),
                 "seed": seed, "language": language, "reached": reached, "finish": finish, "consent": consent}
                for form_id, path in fetched.items() for seed, language, reached, finish, consent in WAYS
            ]
            faults = fill(command, mine)
            for job in mine:
                told[job["out"]] = [faults[job["out"]]] if faults[job["out"]] else []
            jobs += mine
        for job in jobs:
            if not told[job["out"]]:
                told[job["out"]] = interview(house, job)
        told["exports"] = tables(house, [job for job in jobs if not told[job["out"]]])
        told["negative control"] = control(house, next(job for job in jobs if not told[job["out"]] and job["form_id"] == "every"), next(cases))
        told["both engines"] = alike(jobs)
    finally:
        house.close()
    return tell(jobs, told)


def interview(house, job):
    """Hands an interview in, reads it back, hands it in again."""
    lines = (job["out"] / "typed.jsonl").read_text(encoding="utf-8").split("\n")
    job["typed"] = {one["place"]: one for one in map(json.loads, filter(None, lines))}
    job["uuid"] = job["typed"]["/data/meta/instanceID"]["text"].removeprefix("uuid:")
    try:
        for _ in range(2):
            hand_in(house, job)
            kept = json.loads(house.read(f"/api/v1/responses/{job['uuid']}"))
            if len(kept["versions"]) != 1:
                return [f"{len(kept['versions'])} rows"]
        version, job["kept"] = kept["versions"][0], kept
        sent = (job["out"] / "submission.xml").read_bytes()
        told = [] if version["body"].encode() == sent else ["the bytes are not those that were sent"]
        told += differences(job, version["body"], {file["name"]: file["sha256"] for file in kept["files"]})
        for file in kept["files"]:
            data = house.read(f"/api/v1/responses/{job['uuid']}/files/{urllib.parse.quote(file['name'])}")
            if hashlib.sha256(data).hexdigest() != file["sha256"]:
                told.append(f"{file['name']}: other bytes come back")
        told += [f"flag {flag['code']}: {flag['detail']}" for flag in version["receipt"]["flags"] if (job["engine"], flag.get("question")) not in KNOWN]
        expected = job["case"], job["reached"] if job["reached"] != "interview" else job["finish"]
        if (version["case_id"], version["disposition"]) != expected:
            told.append(f"{version['case_id']} {version['disposition']}, expected {expected}")
        return told
    except Wrong as wrong:
        return [str(wrong)]


def control(house, job, case):
    """One answer is mangled on its way: that one must be found, and no other."""
    place, one = next((place, one) for place, one in job["typed"].items() if one["kind"] == "string" and place.endswith("/head"))
    xml = (job["out"] / "submission.xml").read_text(encoding="utf-8")
    other = str(uuid.uuid4())
    mangled = xml.replace(job["uuid"], other).replace(job["case"], case)
    wrong = ElementTree.fromstring(mangled)
    target = next(element for element in wrong.iter() if element.tag.split("}")[-1] == "head")
    target.text = target.text[:-1] + "ỵ"
    out = job["out"].parent / "mangled"
    shutil.copytree(job["out"], out)
    (out / "submission.xml").write_bytes(ElementTree.tostring(wrong, encoding="utf-8"))
    texts = {place: {**one, "text": one["text"].replace(job["uuid"], other).replace(job["case"], case)} for place, one in job["typed"].items()}
    mine = {**job, "out": out, "case": case, "uuid": other, "typed": texts, "mangled": True}
    hand_in(house, mine)
    kept = json.loads(house.read(f"/api/v1/responses/{other}"))
    found = differences(mine, kept["versions"][0]["body"], {file["name"]: file["sha256"] for file in kept["files"]})
    if len(found) == 1 and found[0].startswith(f"{place}:"):
        return []
    return [f"of one mangled answer at {place} the comparison says {found}"]


QUESTION = re.compile(r"/([^/\[]+)(?:\[(\d+)\])?")


def tables(house, jobs):
    """What the program has understood: every answer in the exported tables, and in these tables no answer that nobody gave."""
    told = []
    for form_id in sorted({job["form_id"] for job in jobs}):
        files = exported(house, form_id)
        books = {name: rows for name, rows in files.items() if name.endswith(".codebook.csv")}
        answers = {name.removesuffix(".codebook.csv"): [row["name"] for row in rows if row["group"] == "answer"] for name, rows in books.items()}
        by_table = {stem.split(".", 1)[1] if "." in stem else "": (files[f"{stem}.csv"], names) for stem, names in answers.items()}
        counting = [job for job in jobs if job["form_id"] == form_id and job["reached"] == "interview" and job["finish"] in ("1.1", "1.2")]
        rows = by_table[""][0]
        if len(rows) != len(counting):
            told.append(f"{form_id}: {len(rows)} rows, {len(counting)} interviews that count")
        for job in counting:
            told += [f"{form_id}, {job['engine']}, {job['seed']}: {fault}" for fault in one_interview(job, by_table)]
    return told


def one_interview(job, by_table):
    """Differences between an interview and its rows."""
    told, seen = [], set()
    rows = {("", ()): [row for row in by_table[""][0] if row["response_uuid"] == job["uuid"]]}
    for name, (table, _) in by_table.items():
        for row in table if name else []:
            if row["response_uuid"] == job["uuid"]:
                rows.setdefault((name, tuple(map(int, re.findall(r"\[(\d+)\]", row["key"])))), []).append(row)
    if any(len(found) != 1 for found in rows.values()):
        return [f"rows: { {key: len(found) for key, found in rows.items()} }"]
    for place, one in job["typed"].items():
        if not place.startswith("/data/khs_interview/") or "/khs_count_" in place:
            continue
        parts = QUESTION.findall(place)
        inside = [(name, int(turn or 1)) for name, turn in parts[:-1] if name in by_table]
        table, question = (inside[-1][0] if inside else ""), parts[-1][0]
        found = rows.get((table, tuple(turn for _, turn in inside)))
        if not found:
            told.append(f"{place}: there is no row")
            continue
        columns = [name for name in by_table[table][1] if name == question or name.startswith(f"{question}/")]
        seen |= {(table, tuple(turn for _, turn in inside), name) for name in columns}
        cells = {name.removeprefix(question).lstrip("/"): found[0][name] for name in columns}
        if (job["engine"], question) in KNOWN:
            continue
        if not cells or not same_cells(one, cells):
            told.append(f"{place}: the table says {cells}, typed was {one['text']!r}")
    for (table, turns), found in rows.items():
        for name in by_table[table][1]:
            # -777: not asked, as the codebook says.
            if (table, turns, name) not in seen and found[0][name] not in ("", "-777"):
                told.append(f"{table or 'interview'}{list(turns)} {name}: the table says {found[0][name]!r}, nothing was typed")
    return told


def same_cells(one, cells):
    typed, only = one["text"], cells.get("")
    if set(cells) == {"latitude", "longitude", "accuracy"}:
        latitude, longitude, _, accuracy = map(float, typed.split())
        return [float(cells["latitude"]), float(cells["longitude"]), float(cells["accuracy"] or 0)] == [latitude, longitude, accuracy]
    if only is None:
        return cells == {code: str(at) for at, code in enumerate(typed.split(), 1)}
    if one["kind"] == "select":
        return sorted(only.split()) == sorted(typed.split())
    if typed == "OK":
        return only == "1"
    if one["kind"] in ("string", "computed", "file"):
        text = unicodedata.normalize("NFC", typed).strip()
        # Text that a spreadsheet would run as a formula.
        if only in (text, f"'{text}"):
            return True
        try:
            return float(only) == float(text)
        except ValueError:
            return False
    return same(one["kind"], typed, only)


def alike(jobs):
    """Both engines were told the same: they must have asked the same, and taken the same answers but for free texts."""
    told = []
    by_engine = {}
    for job in jobs:
        if "typed" in job:
            by_engine.setdefault(job["engine"], {})[job["form_id"], job["seed"]] = {
                place: one["text"] for place, one in job["typed"].items()
                if one["kind"] not in ("computed", "string", "file") and not place.startswith("/data/khs_visit")
            }
    first, second = by_engine.values()
    for key in sorted(set(first) & set(second)):
        for place in sorted(set(first[key]) | set(second[key])):
            if first[key].get(place) != second[key].get(place):
                told.append(f"{'/'.join(key)} {place}: {' and '.join(f'{engine} {answers[key].get(place)!r}' for engine, answers in by_engine.items())}")
    return told


def tell(jobs, told):
    failed = 0
    for what, faults in told.items():
        if faults:
            failed += 1
            print(f"{'/'.join(what.parts[-3:]) if isinstance(what, pathlib.Path) else what}:")
            for fault in faults[:12]:
                print(f"  {fault[:900]}")
    for engine in sorted({job["engine"] for job in jobs}):
        mine = [job for job in jobs if job["engine"] == engine]
        n_answers = sum(one["kind"] != "computed" for job in mine for one in job.get("typed", {}).values())
        print(f"{engine}: {len(mine)} interviews of {len({job['form_id'] for job in mine})} forms, {n_answers} answers typed in, {sum(not told[job['out']] for job in mine)} as typed")
    print(f"{failed} faults" if failed else "everything came as it was typed in")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
