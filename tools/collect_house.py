"""The running program with a round of all forms, and the requests of Collect: what the checks of field collection share."""
import csv
import email.utils
import hashlib
import io
import json
import pathlib
import re
import shutil
import subprocess
import urllib.error
import urllib.request
import uuid
import xml.etree.ElementTree as ElementTree

EVERY = pathlib.Path(__file__).resolve().parent.parent / "tests/questionnaire/fixtures/every"
ROUND = "hai-dong-co-2026"
LOGIN = "hoa"
LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"


class Wrong(Exception):
    """Something is not as it should be."""


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **more)
    if done.returncode:
        raise Wrong(f"{command[1:4]}: {done.stderr}")
    return done.stdout


def call(method, url, headers=None, body=None):
    """Status, headers, bytes; what is refused is an answer too."""
    request = urllib.request.Request(url, method=method, headers=headers or {}, data=body)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read()


def collect_headers():
    """What every request of Collect carries."""
    return {
        "X-OpenRosa-Version": "1.0", "Date": email.utils.formatdate(usegmt=True), "Accept-Language": "vi",
        "User-Agent": "org.odk.collect.android/v2026.2.0 Dalvik/2.1.0 (Linux; U; Android 14; SM-A155F)",
    }


def md5(data):
    return hashlib.md5(data).hexdigest()


def without_pictures(folder):
    """The form with every type; a round does not ask one with pictures beside its questions, which do not reach the phones."""
    copy = folder / "every"
    shutil.copytree(EVERY, copy)
    with (copy / "survey.csv").open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = csv.reader(file)
    kept = [at for at, heading in enumerate(headings) if not heading.startswith("media::")]
    with (copy / "survey.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([row[at] for at in kept] for row in [headings, *rows])
    return copy


class House:
    """The program with a round of all forms."""

    def __init__(self, program, folder, forms, n_cases_a_form=10):
        self.program, self.folder = program, folder
        self.database = folder / "khaosat.db"
        names = list(forms)
        n_cases = n_cases_a_form * len(names) + 4
        self.cases = [f"24-213-07207-0720711-{number}" for number in range(1, n_cases + 1)]
        rows = [
            f"{case},07207,Phường Dĩnh Kế,0720711,Thôn Mé,{at},main,{at},0.1,10" for at, case in enumerate(self.cases, 1)
        ]
        header = "unit_id,commune_code,commune_name,village_code,village_name,household_number,role,visiting_order,inclusion_probability,base_weight"
        (folder / "sample.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        self.cli("db", "migrate")
        asked = [word for source in forms.values() for word in ("--questionnaire", str(source))]
        self.cli("round", "create", "--code", ROUND, "--name", "Hai động cơ", "--sample", str(folder / "sample.csv"), *asked)
        self.cli("account", "add", "--login", LOGIN, "--name", "Nguyễn Thị Hoa", "--role", "enumerator", "--round", ROUND)
        told = self.cli("token", "add", "--role", "coordinator", "--round", ROUND, "--name", "Điều phối")
        self.coordinator = re.search(r"khs_\w+", told)[0]
        self.service = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--database", str(self.database)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.url = self.service.stdout.readline().split()[0]
        told = self.cli("account", "collect", LOGIN, "--round", ROUND, "--qr", str(folder / "qr.svg"), "--public-url", self.url)
        self.base = f"{self.url}/v1/key/{re.search(r'khs_[A-Za-z0-9_-]+', told)[0]}/projects/{ROUND}"
        status, _, body = self.api("POST", f"/api/v1/rounds/{ROUND}/assignments",
                                   {"enumerator": LOGIN, "areas": ["0720711"], "cases": [], "even_started": False})
        if status >= 300:
            raise Wrong(f"assignments: {status} {body}")

    def cli(self, *arguments):
        return run(self.program, *arguments, "--database", str(self.database))

    def api(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.coordinator}", "Content-Type": "application/json"}
        return call(method, self.url + path, headers, None if body is None else json.dumps(body).encode())

    def read(self, path):
        status, _, body = self.api("GET", path)
        if status != 200:
            raise Wrong(f"GET {path}: {status} {body[:300]}")
        return body

    def fetch(self, url):
        separator = "&" if "?" in url else "?"
        status, headers, body = call("GET", f"{url}{separator}deviceID=collect%3Aabc", collect_headers())
        if status != 200:
            raise Wrong(f"GET {url}: {status} {body[:300]}")
        return headers, body

    def forms(self):
        """As a client fetches them: list, form, manifest, files; hashes are compared. By form id: folder."""
        headers, body = self.fetch(f"{self.base}/formList")
        if "text/xml" not in headers["Content-Type"] or headers.get("X-OpenRosa-Version") != "1.0":
            raise Wrong(f"formList: {headers}")
        fetched = {}
        for form in ElementTree.fromstring(body).iter(f"{LIST}xform"):
            told = {part.tag.removeprefix(LIST): part.text for part in form}
            folder = self.folder / "forms" / told["formID"]
            (folder / "media").mkdir(parents=True)
            _, xml = self.fetch(told["downloadUrl"])
            if told["hash"] != f"md5:{md5(xml)}":
                raise Wrong(f"{told['formID']}: the list says {told['hash']}, the form is {md5(xml)}")
            (folder / "form.xml").write_bytes(xml)
            headers, manifest = self.fetch(told["manifestUrl"])
            for medium in ElementTree.fromstring(manifest).iter(f"{MANIFEST}mediaFile"):
                part = {one.tag.removeprefix(MANIFEST): one.text for one in medium}
                _, data = self.fetch(part["downloadUrl"])
                if part["hash"] != f"md5:{md5(data)}":
                    raise Wrong(f"{part['filename']}: the manifest says {part['hash']}, the file is {md5(data)}")
                (folder / "media" / part["filename"]).write_bytes(data)
            # What the engines look up must have come along; pictures are only shown.
            for source in re.findall(rb'<instance[^>]* src="jr://[^"]*/([^"/]+)"', xml):
                if not (folder / "media" / source.decode()).exists():
                    raise Wrong(f"{told['formID']}: {source.decode()} is not in the manifest")
            fetched[told["formID"]] = folder
        return fetched

    def close(self):
        self.service.terminate()
        self.service.wait(timeout=30)


def multipart(xml, files, incomplete=False):
    """A request as OkHttp makes it for Collect: names in quotes, as they are, in UTF-8."""
    boundary = str(uuid.uuid4())
    out = io.BytesIO()

    def part(name, file_name, media_type, data):
        quoted = [text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A") for text in (name, file_name or "")]
        out.write(f'--{boundary}\r\nContent-Disposition: form-data; name="{quoted[0]}"'.encode())
        if file_name:
            out.write(f'; filename="{quoted[1]}"'.encode())
        out.write((f"\r\nContent-Type: {media_type}" if media_type else "").encode() + f"\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data + b"\r\n")

    part("xml_submission_file", "2026-11-26_08-00-00.xml", "text/xml", xml)
    for name, data in files:
        part(name, name, {"csv": "text/csv", "jpg": "image/jpeg"}.get(name.rsplit(".", 1)[-1], "application/octet-stream"), data)
    if incomplete:
        part("*isIncomplete*", None, None, b"yes")
    out.write(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", out.getvalue()
