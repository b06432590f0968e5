#!/usr/bin/env python3
"""Does the running service do what its OpenAPI document says, for each role, whatever it is sent?

    check_contract.py KHAOSAT DATABASE [EXAMPLES]

KHAOSAT is the built program, DATABASE a SQLite file of a demonstration (it is copied). schemathesis makes requests out of the document
served by the program itself, EXAMPLES a property (default 5), and wants: no status 5xx, no status, media type, header or body that the
document does not tell, 405 with the methods that are taken. Exit code 77 where schemathesis is not installed.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROLES = ("administrator", "coordinator", "analyst", "enumerator", None)
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method"
)
SEED = "20241"
SECONDS_A_ROLE = 360


def main():
    program, database = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    examples = sys.argv[3] if len(sys.argv) > 3 else "5"
    schemathesis = Path(sys.executable).with_name("schemathesis")
    if not schemathesis.exists():
        print("SKIPPED: schemathesis is not installed, the contract was not checked")
        return 77
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "khaosat.db"
        shutil.copy(database, copy)
        # The key of the answers stands beside the database.
        key = Path(f"{database}.key")
        if key.exists():
            shutil.copy(key, f"{copy}.key")
        rounds = ["--round", "bac-giang-mo-phong"]
        tokens = {}
        for role in filter(None, ROLES):
            told = subprocess.run(
                [program, "token", "add", "--database", copy, "--role", role, "--name", role, *rounds],
                check=True, capture_output=True, text=True,
            )
            tokens[role] = re.search(r"khs_\w+", told.stdout)[0]
        service = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--database", copy],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        try:
            url = service.stdout.readline().split()[0]
            for role in ROLES:
                header = ["-H", f"Authorization: Bearer {tokens[role]}"] if role else []
                name = role or "nobody who is known"
                run = subprocess.run(
                    [schemathesis, "run", f"{url}/api/v1/openapi.json", "--url", url, *header, "--checks", CHECKS,
                     "--max-examples", examples, "--seed", SEED, "--request-timeout", "20", "--max-failures", "50", "--no-color"],
                    capture_output=True, text=True, timeout=SECONDS_A_ROLE, cwd=folder,
                )
                cases = re.search(r"(\d+) generated", run.stdout)
                print(f"{name}: {cases[1] if cases else 0} requests, exit code {run.returncode}", flush=True)
                if run.returncode != 0 or not cases or int(cases[1]) < 200:
                    failed.append(name)
                    print(run.stdout[-8000:], run.stderr[-2000:])
        finally:
            service.terminate()
            service.wait(timeout=20)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
