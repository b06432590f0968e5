#!/usr/bin/env python3
"""The official client of ODK Central, pyodk, against the running program: what was handed in must come back as it was.

    check_pyodk.py KHAOSAT

A round is made with the program's commands, interviews are handed in as Collect and as the phones' client do, and a person signs in with
pyodk for a coordinator and for an analyst. Exit code 77 where pyodk is missing.
"""
import json
import logging
import pathlib
import re
import sys
import tempfile
import uuid

import collect_house as collect
from collect_house import ROUND, House, call, collect_headers, multipart

PASSWORD = "trâu vàng ăn cỏ bên sông"
MEMBER = "Submissions.khs_interview.house.member"
JOB = f"{MEMBER}.job"
PHOTO = "ảnh nhà bà Đặng.jpg"


def xml(case, head, members, instance):
    turns = "".join(
        f"<member><number>{at}</number><nickname>{name}</nickname><about><age>{age}</age><sex>female</sex></about>"
        + "".join(f"<job><title>{title}</title><hours>{hours}</hours></job>" for title, hours in jobs)
        + f"<n_jobs>{len(jobs)}</n_jobs></member>"
        for at, (name, age, jobs) in enumerate(members, 1)
    )
    return (
        f"<?xml version='1.0'?><data id=\"every\" version=\"2026-1\"><khs_started>2026-11-26T08:00:00.000+07:00</khs_started><khs_visit>"
        f"<khs_case_id>{case}</khs_case_id><khs_reached>interview</khs_reached></khs_visit><khs_interview><consent>1</consent><house><head>{head}</head>"
        f"<n_members>{len(members)}</n_members>{turns}</house><kinds><area_m2>80.5</area_m2><trust>7</trust><used>id land</used>"
        f"<built>2001-05-02</built><place>21.27 106.19 12 5</place><path>21 106 0 0; 21.5 106.25 0 0</path><photo>{PHOTO}</photo></kinds></khs_interview>"
        f"<khs_finish>1.1</khs_finish><khs_disposition>1.1</khs_disposition><meta><instanceID>{instance}</instanceID></meta></data>"
    )


def person(house, login, role):
    """Somebody with a password."""
    collect.run(house.program, "account", "add", "--login", login, "--name", login, "--role", role, "--round", ROUND, "--password-stdin",
                "--database", str(house.database), input=f"{PASSWORD}\n")


def main():
    try:
        from pyodk.client import Client
        from pyodk.errors import PyODKError
        from pyodk._utils.config import CentralConfig, Config
    except ImportError:
        print("SKIPPED: no pyodk, the reading API was not tried with it")
        return 77
    logging.disable(logging.CRITICAL)
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        house = House(program, folder, {"every": collect.without_pictures(folder), "papi-2021": "papi-2021"})
        try:
            check(house, folder, Client, PyODKError, lambda login, project: Config(
                central=CentralConfig(base_url=house.url, username=login, password=PASSWORD, default_project_id=project)))
        finally:
            house.close()
    print("pyodk reads what was handed in, reviews it, and is refused what it may not")
    return 0


def check(house, folder, Client, PyODKError, config):
    person(house, "lan", "coordinator")
    person(house, "binh", "analyst")
    instances = [f"uuid:{uuid.uuid4()}" for _ in range(3)]
    members = [("Đỗ Văn Ba", 40, [("Giáo viên", 40), ("Làm ruộng", 7.5)]), ("Lan", 7, [])]
    sent = xml(house.cases[0], "Nguyễn Thị Hoa", members, instances[0])
    photo = b"\xff\xd8 one \r\n--\x00"
    for at, (text, files) in enumerate([(sent, [(PHOTO, photo)]), (xml(house.cases[1], "Trần", members[1:], instances[1]), [])]):
        media_type, body = multipart(text.encode(), files)
        status, _, told = call("POST", f"{house.base}/submission", {**collect_headers(), "Content-Type": media_type}, body)
        assert status == 201, (at, status, told)
    # One from the phones' own client.
    own = {"round": ROUND, "questionnaire": "every", "case_id": house.cases[2], "disposition": "1.1",
           "device_started_at": "2026-11-26T09:00:00+07:00", "answers": {"consent": "1", "head": "Phạm", "n_members": 1, "area_m2": 12.5,
           "member": [{"number": 1, "nickname": "Tí", "age": 20, "sex": "male", "n_jobs": 0}], "used": ["id", "health"]}}
    key = re.search(r"/key/([^/]+)/", house.base)[1]
    status, _, told = call("PUT", f"{house.url}/api/v1/responses/{instances[2].removeprefix('uuid:')}",
                           {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}, json.dumps(own).encode())
    assert status == 201, (status, told)

    with Client(config=config("lan", None), cache_path=folder / "lan.toml") as client:
        projects = client.projects.list()
        assert [project.description for project in projects] == [ROUND], projects
        project = projects[0].id
        assert client.projects.get(project).name == "Hai động cơ"
    with Client(config=config("lan", project), cache_path=folder / "lan.toml") as client:
        read_forms(client, house)
        read_submissions(client, instances, sent, photo)
        read_tables(client, instances)
        review(client, instances, PyODKError)
        refused(client, PyODKError)
    with Client(config=config("binh", project), cache_path=folder / "binh.toml") as client:
        rows = client.submissions.get_table(form_id="every", expand="*")["value"]
        answers = json.dumps([row["khs_interview"] for row in rows], ensure_ascii=False)
        assert not any(name in answers for name in ("Nguyễn", "Trần", "Văn Ba", "21.27", "106.19", PHOTO)), "an analyst is told no person"
        assert rows[1]["khs_interview"]["house"]["member"][0]["about"]["age"] == 7
        refuses(PyODKError, 403.1, lambda: client.submissions.review(instances[0], "approved", form_id="every"))
    wrong = config("lan", project)
    wrong.central.password = "sai"
    refuses(PyODKError, 401.2, lambda: Client(config=wrong, cache_path=folder / "wrong.toml").open())


def read_forms(client, house):
    forms = {form.xmlFormId: form for form in client.forms.list()}
    assert set(forms) == {"every", "papi-2021"} and forms["every"].state == "open", forms
    fetched = client.forms.get_xml("every", encoding=None)
    assert collect.md5(fetched) == client.forms.get("every").hash
    assert (house.forms()["every"] / "form.xml").read_bytes() == fetched, "the form that Collect gets"
    fields = {field["path"]: field for field in client.get(f"projects/{forms['every'].projectId}/forms/every/fields").json()}
    assert fields["/khs_interview/house/member/job/hours"]["type"] == "decimal" and fields["/khs_interview/house/member"]["type"] == "repeat"
    assert fields["/khs_interview/kinds/photo"]["binary"] is True and fields["/khs_interview/kinds/used"]["selectMultiple"] is True


def read_submissions(client, instances, sent, photo):
    listed = client.submissions.list(form_id="every")
    assert [one.instanceId for one in listed] == instances[::-1], "the newest first"
    assert client.submissions.get(instances[0], form_id="every") == listed[2]
    base = f"projects/{client.project_id}/forms/every/submissions"
    assert client.get(f"{base}/{instances[0]}.xml").content.decode() == sent, "byte for byte"
    assert "<nickname>Tí</nickname>" in client.get(f"{base}/{instances[2]}.xml").content.decode(), "answers of another client as XML"
    files = client.get(f"{base}/{instances[0]}/attachments").json()
    assert files == [{"name": PHOTO, "exists": True}], files
    missing = client.get(f"{base}/{instances[1]}/attachments").json()
    assert missing == [{"name": PHOTO, "exists": False}], missing
    assert client.get(f"{base}/{instances[0]}/attachments/{client.session.urlquote(PHOTO)}").content == photo


def read_tables(client, instances):
    table = client.submissions.get_table(form_id="every", count=True, expand="*")
    rows = table["value"]
    assert table["@odata.count"] == 3 and [row["__id"] for row in rows] == instances[::-1]
    first = rows[2]["khs_interview"]
    assert (first["house"]["head"], first["house"]["n_members"], first["kinds"]["area_m2"], first["kinds"]["trust"]) == ("Nguyễn Thị Hoa", 2, 80.5, 7)
    assert (first["kinds"]["used"], first["kinds"]["built"], first["kinds"]["photo"], first["kinds"]["film"]) == ("id land", "2001-05-02", PHOTO, None)
    assert first["kinds"]["place"] == {"type": "Point", "coordinates": [106.19, 21.27, 12], "properties": {"accuracy": 5}}
    assert [(turn["nickname"], turn["about"]["age"], [(job["title"], job["hours"]) for job in turn["job"]]) for turn in first["house"]["member"]] == [
        ("Đỗ Văn Ba", 40, [("Giáo viên", 40), ("Làm ruộng", 7.5)]), ("Lan", 7, [])]
    own = rows[0]["khs_interview"]
    assert (own["house"]["head"], own["kinds"]["used"], own["house"]["member"][0]["nickname"]) == ("Phạm", "id health", "Tí")
    assert rows[2]["__system"]["attachmentsPresent"] == 1 and rows[1]["__system"]["attachmentsExpected"] == 1
    members = client.submissions.get_table(form_id="every", table_name=MEMBER)["value"]
    assert [(row["__Submissions-id"], row["nickname"]) for row in members] == [
        (instances[2], "Tí"), (instances[1], "Lan"), (instances[0], "Đỗ Văn Ba"), (instances[0], "Lan")]
    jobs = client.submissions.get_table(form_id="every", table_name=JOB)["value"]
    assert [(row["__Submissions-khs_interview-house-member-id"], row["title"]) for row in jobs] == [(members[2]["__id"], "Giáo viên"), (members[2]["__id"], "Làm ruộng")]
    assert {turn["__id"] for turn in first["house"]["member"]} == {members[2]["__id"], members[3]["__id"]}
    page = client.submissions.get_table(form_id="every", top=2, skip=1)
    assert [row["__id"] for row in page["value"]] == [instances[1], instances[0]] and "@odata.nextLink" not in page
    page = client.submissions.get_table(form_id="every", top=1)
    assert client.session.get(page["@odata.nextLink"]).json()["value"][0]["__id"] == instances[1]
    assert client.submissions.get_table(form_id="every", wkt=True)["value"][2]["khs_interview"]["kinds"]["place"] == "POINT (106.19 21.27 12)"
    of_day = client.submissions.get_table(form_id="every", filter="__system/submissionDate ge 2020-01-01 and __system/submissionDate le now()")
    assert len(of_day["value"]) == 3 and client.submissions.get_table(form_id="every", filter="year(__system/submissionDate) lt 2020")["value"] == []
    selected = client.submissions.get_table(form_id="every", select="__id,khs_interview/consent")["value"][0]
    assert selected == {"__id": instances[2], "khs_interview": {"consent": "1"}}, selected
    service = client.get(f"projects/{client.project_id}/forms/every.svc").json()
    assert [one["name"] for one in service["value"]] == ["Submissions", MEMBER, JOB]
    assert "Edm.GeographyPoint" in client.get(f"projects/{client.project_id}/forms/every.svc/$metadata").text


def review(client, instances, PyODKError):
    client.submissions.review(instances[0], "approved", form_id="every", comment="đã nghe lại băng")
    assert client.submissions.get(instances[0], form_id="every").reviewState == "approved"
    refuses(PyODKError, 400.8, lambda: client.submissions.review(instances[1], "hasIssues", form_id="every"))
    refuses(PyODKError, 400.8, lambda: client.submissions.review(instances[1], "edited", form_id="every"))
    path = f"projects/{client.project_id}/forms/every/submissions/{instances[1]}"
    assert client.patch(path, json={"reviewState": "hasIssues", "comment": "hỏi lại tuổi"}).status_code == 200
    assert client.submissions.get(instances[1], form_id="every").reviewState == "hasIssues"
    client.submissions.add_comment(instances[1], "gọi lại sau 17 giờ", form_id="every")
    assert [comment.body for comment in client.submissions.list_comments(instances[1], form_id="every")] == ["gọi lại sau 17 giờ", "hỏi lại tuổi"]
    for words, expected in (("eq 'approved'", [instances[0]]), ("eq 'hasIssues'", [instances[1]]), ("eq null", [instances[2]])):
        found = client.submissions.get_table(form_id="every", filter=f"__system/reviewState {words}")["value"]
        assert [row["__id"] for row in found] == expected, (words, found)


def refused(client, PyODKError):
    refuses(PyODKError, 404.1, lambda: client.forms.get("no-form"))
    refuses(PyODKError, 404.1, lambda: client.submissions.get(f"uuid:{uuid.uuid4()}", form_id="every"))
    refuses(PyODKError, 403.1, lambda: client.projects.get(1))
    refuses(PyODKError, 501.4, lambda: client.submissions.get_table(form_id="every", filter="age gt 30"))
    refuses(PyODKError, 400.18, lambda: client.submissions.get_table(form_id="every", filter="__id eq"))


def refuses(PyODKError, code, act):
    try:
        act()
    except PyODKError as refusal:
        assert refusal.is_central_error(code), f"{code} expected: {refusal.args[0][:500]}"
    else:
        raise AssertionError(f"{code} expected, nothing refused")


if __name__ == "__main__":
    sys.exit(main())
