#!/usr/bin/env python3
"""The examples of deploy/ for nginx and haproxy, run before the service: tools/check_proxies.py [PROGRAM]

Each runs as it stands but for addresses, certificate and log file, on loopback, with a certificate made for this run. Looked at: pages over
TLS with cookies for TLS only; an address that a caller invents is not believed (guessing is stopped although each guess claims another); Collect's
key stands in no log; a request that two readers would cut differently is refused; a large upload is not gathered before it is judged.
A proxy that is not installed is skipped, and said so; none is installed by itself, for packages of servers start them. Exit code 1 when something
is wrong, 77 when there is no proxy at all."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEY = "canarykey" + "0" * 40
GUESSES = 60


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(port, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing listens on port {port}")


def nginx(folder, tls, clear, service):
    text = (ROOT / "deploy/nginx.conf").read_text()
    text = re.sub(r"listen \[::\]:\d+( ssl)?;", "", text)
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{tls} ssl;").replace("listen 80;", f"listen 127.0.0.1:{clear};")
    text = re.sub(r"/etc/letsencrypt/\S+fullchain.pem", f"{folder}/cert.pem", text)
    text = re.sub(r"/etc/letsencrypt/\S+privkey.pem", f"{folder}/key.pem", text)
    text = text.replace("/var/log/nginx/khaosat.log", f"{folder}/access.log").replace("127.0.0.1:8080", f"127.0.0.1:{service}")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\nhttp {{ {temporary}\n{text}\n}}\n")
    os.chmod(folder, 0o755)
    return ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]


def haproxy(folder, tls, _clear, service):
    text = (ROOT / "deploy/haproxy.cfg").read_text()
    text = text.replace("bind :443", f"bind 127.0.0.1:{tls}").replace("/etc/haproxy/khaosat.pem", f"{folder}/both.pem")
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{service}")
    # The log as the example writes it, to where it can be read here.
    text = text.replace("defaults\n", "global\n    log stdout format raw local0\ndefaults\n    log global\n", 1)
    (folder / "haproxy.cfg").write_text(text)
    return ["haproxy", "-db", "-f", f"{folder}/haproxy.cfg"]


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=khaosat.example",
                    "-addext", "subjectAltName=DNS:khaosat.example", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)
    (folder / "both.pem").write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())


class Front:
    """What a browser sees of the proxy."""

    def __init__(self, folder, port):
        self.port, self.context = port, ssl.create_default_context(cafile=folder / "cert.pem")

    def raw(self, request, seconds, whole=True):
        with socket.create_connection(("127.0.0.1", self.port), seconds) as plain:
            with self.context.wrap_socket(plain, server_hostname="khaosat.example") as tls:
                tls.sendall(request)
                reply = b""
                try:
                    while (whole or not reply) and (piece := tls.recv(65536)):
                        reply += piece
                except (TimeoutError, ssl.SSLError, ConnectionError):
                    pass
                return reply

    def ask(self, method, path, headers=None, body=None):
        connection = http.client.HTTPSConnection("khaosat.example", self.port, context=self.context, timeout=30)
        connection._create_connection = lambda address, *rest: socket.create_connection(("127.0.0.1", self.port), 30)
        connection.request(method, path, body, {"Host": "khaosat.example", **(headers or {})})
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        return reply.status, reply.headers, text


def look(name, front, clear, logs):
    problems = []

    def expect(true, what):
        if not true:
            problems.append(what)

    status, headers, page = front.ask("GET", "/sign-in?lang=en")
    expect(status == 200 and b"</html>" in page, f"the sign-in page: {status}")
    expect("content-security-policy" in headers, "the page has lost its policy")
    status, headers, _ = front.ask("GET", "/sign-in", {"Accept-Encoding": "gzip"})
    expect(headers.get("content-encoding") == "gzip", "pages do not travel compressed")
    statuses = []
    for guess in range(GUESSES):
        wanted = {"Content-Type": "application/json", "X-Forwarded-For": f"10.9.{guess}.1", "Forwarded": f"for=10.9.{guess}.1"}
        statuses.append(front.ask("POST", "/api/v1/session", wanted, f'{{"login":"nobody{guess}","password":"wrong wrong wrong"}}')[0])
    expect(429 in statuses, f"an invented address is believed: {sorted(set(statuses))} for {GUESSES} guesses")
    status, _, _ = front.ask("GET", f"/v1/key/{KEY}/projects/x/formList", {"X-OpenRosa-Version": "1.0"})
    expect(status in (401, 403, 404, 429), f"a key that does not exist: {status}")
    reply = front.raw(b"POST /sign-in HTTP/1.1\r\nHost: khaosat.example\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: khaosat.example\r\nConnection: close\r\n\r\n", 5)
    expect(reply.count(b"HTTP/1.1 200") == 0, f"a request cut in two: {reply[:200]!r}")
    began = time.monotonic()
    reply = front.raw(f"POST /v1/key/{KEY}/projects/x/submission HTTP/1.1\r\nHost: khaosat.example\r\nContent-Type: multipart/form-data; boundary=a\r\nContent-Length: 90000000\r\n\r\n".encode() + b"x" * 100_000, 20, whole=False)
    expect(reply.startswith(b"HTTP/1.1 4"), f"an upload nobody may send: {reply[:80]!r}")
    expect(time.monotonic() - began < 15, "the upload was gathered before it was judged")
    if clear:
        connection = http.client.HTTPConnection("127.0.0.1", clear, timeout=10)
        connection.request("GET", "/sign-in", headers={"Host": "khaosat.example"})
        expect(connection.getresponse().status == 426, "somebody who asks in clear is not told")
    time.sleep(1)
    written = logs()
    expect(len(written) > 200, "there is no log to look at")
    expect(KEY not in written, "Collect's key stands in a log")
    print(f"{name}: {GUESSES} guesses, {len(written)} bytes of log, {len(problems)} problems")
    for problem in problems:
        print(f"  {problem}")
    return problems


def main():
    if not any(shutil.which(name) for name in ("nginx", "haproxy")):
        print("SKIPPED: neither nginx nor haproxy is installed")
        sys.exit(77)
    program = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/debug/khaosat").resolve()
    problems = []
    for name, make in [("nginx", nginx), ("haproxy", haproxy)]:
        if not shutil.which(name):
            print(f"{name}: not installed, skipped")
            continue
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            certificate(folder)
            tls, clear, service = free_port(), free_port(), free_port()
            running, kept = [], []
            try:
                own_log = open(folder / "service.log", "wb")
                kept.append(own_log)
                running.append(subprocess.Popen(
                    [program, "serve", "--listen", f"127.0.0.1:{service}", "--database", folder / "proxied.db"],
                    env={**os.environ, "KHAOSAT_PUBLIC_URL": "https://khaosat.example", "KHAOSAT_TRUSTED_PROXY": "127.0.0.1"},
                    stdout=own_log, stderr=own_log))
                wait_for(service)
                proxy_log = open(folder / "proxy.log", "wb")
                kept.append(proxy_log)
                running.append(subprocess.Popen(make(folder, tls, clear, service), stdout=proxy_log, stderr=proxy_log))
                wait_for(tls)

                def logs():
                    files = [one for one in folder.iterdir() if one.suffix == ".log"]
                    return "".join(one.read_text(errors="replace") for one in files)

                problems += look(name, Front(folder, tls), clear if name == "nginx" else None, logs)
            finally:
                for one in reversed(running):
                    one.terminate()
                    one.wait()
                for file in kept:
                    file.close()
    sys.exit(1 if problems else 0)


main()
