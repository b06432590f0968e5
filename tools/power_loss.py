#!/usr/bin/env python3
"""Power loss, replayed: what is on the disk when the current goes, at any moment, and whether everything acknowledged is in it.

    tools/power_loss.py PROGRAM [STATES] [SEED]

Runs PROGRAM (a built `khaosat`) on a new SQLite database under `strace`, hands interviews over from eight threads, and records every system
call that touches the database or sends a reply. Then the disk is rebuilt as it may be after a crash between two calls, STATES times (default
500), in three ways:

    lost      whatever was written after the last completed sync of its file is gone
    mixed     of it, each 512-byte sector is kept or gone by the toss of a coin
    torn      everything is kept but the last write, which ends in the middle

and each rebuilt database is opened by another SQLite than ours (Python's), checked (`integrity_check`), its interviews opened with the key of
the answers by another program than ours (tools/sealed.py), and compared with what had been acknowledged when the current went: an interview whose reply had begun to leave must be there, byte for byte, once.

The control: the same recording, as if the program had never synced its log. Then acknowledged interviews must be missing somewhere; if they are
not, this check cannot find anything and fails.

SQLite's shared-memory file is left out: it is no part of the database and is made anew. Names of files are taken as durable from their creation
(SQLite syncs the folder when it makes its log). Exit code 77: `strace` is missing or may not trace here.
"""

import hashlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import uuid
from pathlib import Path

from sealed import Opener

PROJECT = Path(__file__).resolve().parent.parent
THREADS, INTERVIEWS = 8, 320
SECTOR = 512
CALLS = "openat,pwrite64,write,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,renameat2,sendto,writev,fallocate"


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(77)


def run(program, *arguments, folder):
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{arguments}: {done.stderr}")
    return done.stdout


def prepare(program, folder):
    """A round with everything assigned to one enumerator; its token and some of its cases."""
    frame = PROJECT / "sampling/frames/bac-giang-2019-example.csv"
    run(program, "sample", "draw", "--frame", str(frame), "--design", "papi-3x2x2x20", "--seed", "20241", "--out", "list.csv", folder=folder)
    run(program, "round", "create", "--code", "r", "--name", "Thử", "--sample", "list.csv", "--questionnaire", "sipas-2023", folder=folder)
    told = run(program, "token", "add", "--role", "enumerator", "--round", "r", "--name", "Hoa", "--days", "9", "--all-areas", folder=folder)
    token = re.search(r"[A-Za-z0-9_-]{40,}", told).group(0)
    cases = [line.split(",")[0] for line in (folder / "list.csv").read_text().splitlines() if line and not line.startswith("#")][1:]
    return token, cases


def record(program, folder, token, cases, log):
    """Interviews are handed over while strace writes down what the program does. What was sent, by UUID."""
    command = ["strace", "-f", "-y", "-xx", "-s", "140000", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(log), program,
               "serve", "--listen", "127.0.0.1:0", "--database", "khaosat.db"]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = server.stdout.readline()
    address = re.search(r"127\.0\.0\.1:(\d+)", line)
    if not address:
        told = server.stderr.read()
        skip(f"strace cannot trace here: {told.strip()[:200]}") if "ptrace" in told or "PTRACE" in told else sys.exit(line + told)
    sent, lock = {}, threading.Lock()

    def work(number):
        made = random.Random(number)
        for turn in range(INTERVIEWS // THREADS):
            at = number * (INTERVIEWS // THREADS) + turn
            name = str(uuid.UUID(int=at + (1 << 126), version=4))
            note = "".join(made.choice("abcdefghijklmnopqrstuvwxyz ") for _ in range(made.choice([40, 900, 6_000])))
            body = json.dumps({"round": "r", "questionnaire": "sipas-2023", "case_id": cases[at % len(cases)], "disposition": "1.1",
                               "answers": {"note": f"{at} {note}"}}).encode()
            with lock:
                sent[name] = body
            connection = http.client.HTTPConnection("127.0.0.1", int(address.group(1)), timeout=60)
            connection.request("PUT", f"/api/v1/responses/{name}", body,
                               {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
            reply = connection.getresponse()
            told = reply.read()
            connection.close()
            if reply.status != 201:
                raise SystemExit(f"{reply.status}: {told[:300]}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    # The child of strace is the program: it is killed, not asked, so that it writes nothing at its end.
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    server.wait(timeout=60)
    return sent


STARTED = re.compile(r"^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$")
WHOLE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)(.*)$")
FILE = re.compile(r"^\d+<((?:\\x[0-9a-f]{2})+|[^>]*)>")
HEX = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


def unhex(text):
    return bytes.fromhex(text.replace("\\x", ""))


def calls(log):
    """(pid, name, arguments, is_start, result) in the order of the log; a call that was interrupted by others comes twice."""
    open_calls = {}
    for line in log.read_text(errors="replace").splitlines():
        if found := STARTED.match(line):
            pid, name, arguments = found.groups()
            open_calls[pid] = (name, arguments)
            yield pid, name, arguments, True, None
        elif found := RESUMED.match(line):
            pid, name, rest = found.groups()
            started = open_calls.pop(pid, None)
            result = re.search(r"\) += (-?\d+|\?)", rest)
            if started and result:
                yield pid, name, started[1] + rest[: result.start()], False, result.group(1)
        elif found := WHOLE.match(line):
            pid, name, arguments, result, _ = found.groups()
            yield pid, name, arguments, True, None
            yield pid, name, arguments, False, result


def events(log, folder):
    """What matters, in order: ('write', file, offset, bytes), ('size', file, length), ('sync', file, number of the event at which the sync
    began), ('gone', file), ('told', bytes of a reply)."""
    wanted = {str(folder / name): name for name in ("khaosat.db", "khaosat.db-wal")}
    made, sync_began = [], {}
    for pid, name, arguments, is_start, result in calls(log):
        described = FILE.match(arguments)
        path = described and described.group(1)
        if path and path.startswith("\\x"):
            path = unhex(path).decode(errors="replace")
        file = wanted.get(path or "")
        if name in ("fsync", "fdatasync") and file:
            if is_start:
                sync_began[pid] = len(made)
            elif result == "0":
                made.append(("sync", file, sync_began.pop(pid, len(made))))
        elif name == "pwrite64" and file and is_start:
            data = HEX.search(arguments)
            if data.group(2):
                sys.exit("a write was longer than what strace kept of it")
            offset = int(arguments.rsplit(",", 1)[1])
            made.append(("write", file, offset, unhex(data.group(1))))
        elif name == "write" and file:
            sys.exit(f"an unexpected way to write: {arguments[:80]}")
        elif name == "ftruncate" and file and is_start:
            made.append(("size", file, int(arguments.rsplit(",", 1)[1])))
        elif name == "fallocate" and file and not is_start and result == "0":
            sys.exit("an unexpected fallocate")
        elif name in ("unlink", "unlinkat") and not is_start and result == "0":
            gone = HEX.search(arguments)
            at = gone and wanted.get(unhex(gone.group(1)).decode(errors="replace"))
            if at:
                made.append(("gone", at))
        elif name in ("write", "sendto", "writev") and is_start and path and path.startswith(("socket:", "TCP", "TCPv6")):
            made.append(("told", b"".join(unhex(part) for part, _ in HEX.findall(arguments))))
    return made


class File:
    """A file: what is surely on the disk, and what was written since."""

    def __init__(self, data):
        self.kept, self.pending = bytearray(data), []

    @staticmethod
    def apply(data, change):
        kind, *rest = change
        if kind == "size":
            length = rest[0]
            del data[length:]
            data.extend(bytes(length - len(data)))
        else:
            offset, written = rest
            if len(data) < offset + len(written):
                data.extend(bytes(offset + len(written) - len(data)))
            data[offset : offset + len(written)] = written

    def sync(self, began):
        for at, change in [one for one in self.pending if one[0] < began]:
            self.apply(self.kept, change)
        self.pending = [one for one in self.pending if one[0] >= began]

    def after_crash(self, how, chance):
        data = bytearray(self.kept)
        for number, (_, change) in enumerate(self.pending):
            is_last = number == len(self.pending) - 1
            if how == "lost":
                continue
            if change[0] == "size":
                if how == "torn" or chance.random() < 0.5:
                    self.apply(data, change)
                continue
            _, offset, written = change
            if how == "torn":
                cut = chance.randrange(0, len(written) // SECTOR + 1) * SECTOR if is_last else len(written)
                self.apply(data, ("write", offset, written[:cut]))
            else:
                for start in range(0, len(written), SECTOR):
                    if chance.random() < 0.5:
                        self.apply(data, ("write", offset + start, written[start : start + SECTOR]))
        return data


UUID = re.compile(rb'"uuid":"([0-9a-f-]{36})"')


def states(made, start, wanted, never_synced, seed):
    """At each wanted number of an event: the files after a crash there, and the UUIDs that were acknowledged by then."""
    files = {name: File(data) for name, data in start.items()}
    acknowledged, wanted = set(), set(wanted)
    for number, event in enumerate(made):
        if number in wanted:
            for how in ("lost", "mixed", "torn"):
                chance = random.Random(f"{seed}/{number}/{how}")
                yield number, how, {name: file.after_crash(how, chance) for name, file in files.items()}, set(acknowledged)
        kind, *rest = event
        if kind in ("write", "size"):
            files.setdefault(rest[0], File(b"")).pending.append((number, (kind, *rest[1:])))
        elif kind == "sync":
            if rest[0] not in never_synced:
                files[rest[0]].sync(rest[1])
        elif kind == "gone":
            files.pop(rest[0], None)
        elif b" 201 Created" in rest[0][:40] or b"HTTP/1.1 201" in rest[0][:40]:
            acknowledged.update(one.decode() for one in UUID.findall(rest[0]))


def faults(folder, files, acknowledged, sent, opener):
    """What is wrong with a disk after a crash."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    try:
        connection = sqlite3.connect(folder / "khaosat.db")
        checked = connection.execute("PRAGMA integrity_check").fetchall()
        rows = list(opener.bodies(connection))
        connection.close()
    except sqlite3.DatabaseError as error:
        return [f"it does not open: {error}"]
    found = [] if checked == [("ok",)] else [f"integrity: {checked[:2]}"]
    kept = {}
    for name, version, body, sha256 in rows:
        if name in kept or version != 1:
            found.append(f"{name} is there twice")
        if body is None or hashlib.sha256(body).hexdigest() != sha256 or body != sent.get(name):
            found.append(f"{name} is torn, or does not open")
        kept[name] = body
    lost = acknowledged - kept.keys()
    return found + ([f"{len(lost)} acknowledged interviews are lost"] if lost else [])


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = str(Path(sys.argv[1]).resolve())
    n_states = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    if not shutil.which("strace"):
        skip("strace is not installed")
    print(f"SEED={seed}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        token, cases = prepare(program, folder)
        start = {"khaosat.db": (folder / "khaosat.db").read_bytes()}
        if (folder / "khaosat.db-wal").exists():
            sys.exit("the commands before left a log: the start is not settled")
        # The key was on the disk before the first interview, and is not written again.
        opener = Opener(folder / "khaosat.db.key")
        sent = record(program, folder, token, cases, folder / "calls.log")
        made = events(folder / "calls.log", folder)
        kinds = {kind: sum(1 for one in made if one[0] == kind) for kind in ("write", "sync", "size", "told")}
        n_told = len(set().union(*(UUID.findall(one[1]) for one in made if one[0] == "told")))
        print(f"{len(made)} events: {kinds}; {n_told} of {len(sent)} interviews acknowledged in the log")
        if n_told != len(sent) or not kinds["sync"]:
            sys.exit("the log does not show all replies and syncs: the replay would prove nothing")
        chance = random.Random(seed)
        wanted = sorted(chance.sample(range(1, len(made)), min(max(1, n_states // 3), len(made) - 1)))
        n_seen = n_bad = 0
        for number, how, files, acknowledged in states(made, start, wanted, set(), seed):
            n_seen += 1
            wrong = faults(folder / "disk", files, acknowledged, sent, opener)
            if wrong:
                n_bad += 1
                print(f"crash before event {number}, {how}: {'; '.join(wrong[:3])}")
        n_control = 0
        for number, how, files, acknowledged in states(made, start, wanted[-40:], {"khaosat.db-wal"}, seed):
            n_control += bool(faults(folder / "disk", files, acknowledged, sent, opener))
        print(f"{n_seen} states of the disk, {n_bad} with a fault; control without syncs of the log: {n_control} of {3 * len(wanted[-40:])} with a fault")
        if not n_control:
            sys.exit("the control found nothing: this check cannot fail")
        sys.exit(1 if n_bad else 0)


if __name__ == "__main__":
    main()
