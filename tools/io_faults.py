#!/usr/bin/env python3
"""The disk fails, or the program is killed, at the Nth system call: nothing acknowledged is lost, and nothing is acknowledged that is not kept.

    tools/io_faults.py PROGRAM [RUNS] [SEED]

Each run starts PROGRAM (a built `khaosat`) on a copy of a new SQLite database under `strace`, which lets one call fail (or kills the program at
it), hands interviews over one after the other, ends the program, starts it again without strace, sends once more what was refused, and then looks
into the database with another SQLite than ours. Calls and numbers are taken in turn: sync and write with an I/O error, write without room, kills at
write, sync and at the sending of a reply, reads with an I/O error. RUNS (default 24) of them, those that hit nothing counted apart.

    after a failed sync or write        no interview is acknowledged until the program is started again
    after a write without room          507, and the next one is taken
    always                              every acknowledged interview is there once, byte for byte; what was refused is taken afterwards

Exit code 77: `strace` is missing or may not trace here.
"""

import hashlib
import http.client
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from power_loss import prepare, skip
from sealed import Opener

INTERVIEWS = 14
#: What is injected, by name: strace's words, and whether writing must have stopped once something was refused.
FAULTS = {
    "sync fails": ("fdatasync,fsync", "error=EIO", True),
    "write fails": ("pwrite64", "error=EIO", True),
    "no room": ("pwrite64", "error=ENOSPC", False),
    "killed at a write": ("pwrite64", "signal=SIGKILL", False),
    "killed at a sync": ("fdatasync,fsync", "signal=SIGKILL", False),
    "killed at a reply": ("sendto,writev,write", "signal=SIGKILL", False),
    "read fails": ("pread64", "error=EIO", False),
}


class Server:
    def __init__(self, program, folder, inject=None):
        serve = [program, "serve", "--listen", "127.0.0.1:0", "--database", "khaosat.db"]
        self.child = subprocess.Popen(serve, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.child.stdout.readline()
        self.port = int(line.split("127.0.0.1:")[1].split()[0]) if "127.0.0.1:" in line else None
        self.strace = None
        if inject and self.port:
            # Once it serves: what counts is what happens to interviews.
            command = ["strace", "-f", "-p", str(self.child.pid), *inject, "-o", "calls.log"]
            self.strace = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
            if "attached" not in self.strace.stderr.readline():
                self.end()
                skip("strace cannot trace here")

    def put(self, name, body, token):
        """The status of a reply, or None when there was none."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            connection.request("PUT", f"/api/v1/responses/{name}", body,
                               {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
            reply = connection.getresponse()
            reply.read()
            connection.close()
            return reply.status
        except (OSError, http.client.HTTPException):
            return None

    def end(self):
        self.child.kill()
        self.child.wait(timeout=60)
        if self.strace:
            self.strace.wait(timeout=60)


def inject(calls, what, number):
    # What is not traced is not injected.
    return ["-e", f"trace={calls}", "-e", "signal=none", "-s", "0", "-e", f"inject={calls}:{what}:when={number}"]


def one_run(program, start, fault, number, cases, token, seed):
    """What went wrong, and whether anything was refused or cut."""
    calls, what, stops = FAULTS[fault]
    folder = start.parent / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(start, folder)
    wrong, acknowledged, refused, sent = [], set(), [], {}
    server = Server(program, folder, inject(calls, what, number))
    chance = random.Random(f"{seed}/{fault}/{number}")
    for at in range(INTERVIEWS):
        name = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        body = json.dumps({"round": "r", "questionnaire": "sipas-2023", "case_id": cases[at], "disposition": "1.1",
                           "answers": {"note": "x" * chance.choice([10, 3_000, 30_000])}}).encode()
        sent[name] = body
        status = server.put(name, body, token) if server.port else None
        if status == 201:
            if stops and refused:
                wrong.append(f"acknowledged after {len(refused)} refusals")
            acknowledged.add(name)
        else:
            refused.append((name, status))
    if fault == "no room" and len([1 for _, status in refused if status]) > 2:
        wrong.append(f"still refused after one write without room: {[status for _, status in refused]}")
    server.end()
    again = Server(program, folder)
    if not again.port:
        return [*wrong, "it does not start again"], True
    for name, _ in refused:
        if again.put(name, sent[name], token) not in (200, 201):
            wrong.append(f"{name} is not taken after the restart")
    again.end()
    connection = sqlite3.connect(folder / "khaosat.db")
    checked = connection.execute("PRAGMA integrity_check").fetchall()
    rows = [(name, body, sha256) for name, _, body, sha256 in Opener(folder / "khaosat.db.key").bodies(connection)]
    connection.close()
    if checked != [("ok",)]:
        wrong.append(f"integrity: {checked[:2]}")
    kept = [name for name, _, _ in rows]
    wrong += [f"{name} is torn" for name, body, sha256 in rows if body is None or body != sent.get(name) or hashlib.sha256(body).hexdigest() != sha256]
    wrong += [f"{name} is there twice" for name in set(kept) if kept.count(name) > 1]
    wrong += [f"{name} is lost" for name in sent if name not in kept]
    return wrong, bool(refused)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = str(Path(sys.argv[1]).resolve())
    n_runs = int(sys.argv[2]) if len(sys.argv) > 2 else 24
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    if not shutil.which("strace"):
        skip("strace is not installed")
    print(f"SEED={seed}")
    with tempfile.TemporaryDirectory() as place:
        start = Path(place).resolve() / "start"
        start.mkdir()
        token, cases = prepare(program, start)
        hit, failed = {name: 0 for name in FAULTS}, 0
        for run in range(n_runs):
            fault = list(FAULTS)[run % len(FAULTS)]
            number = 1 + run // len(FAULTS)
            wrong, did_something = one_run(program, start, fault, number, cases, token, seed)
            hit[fault] += did_something
            if wrong:
                failed += 1
                print(f"{fault}, call {number}: {'; '.join(wrong[:4])}")
        print(f"{n_runs} runs, {failed} with a fault; runs in which something was refused or cut: {hit}")
        if n_runs >= 2 * len(FAULTS) and not (hit["sync fails"] and hit["write fails"] and hit["killed at a write"]):
            sys.exit("no fault was felt: this check cannot fail")
        sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
