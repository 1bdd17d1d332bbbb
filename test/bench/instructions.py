# SPDX-License-Identifier: Apache-2.0
"""Instructions that the module adds to a request, by callgrind.

The difference between a long and a short run, divided by the requests between
them, is one request's cost without the start; what the same httpd needs without
the module is taken off. prefork, one process, keep-alive, a file of 1 KiB.
"""

import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
sys.dont_write_bytecode = True

from harness import host  # noqa: E402

SHORT, LONG = 50, 250
APP = "Origin: https://app.example.com\r\n"
ASKS = ("Access-Control-Request-Method: PUT\r\n"
        "Access-Control-Request-Headers: content-type,x-a\r\n")
CASES = {
    "no Origin": ("GET", ""),
    "actual": ("GET", APP),
    "refused": ("GET", APP.replace("app", "bad")),
    "preflight": ("OPTIONS", APP + ASKS),
    "preflight refused": ("OPTIONS", APP.replace("app", "bad") + ASKS),
}
POLICY = """
CORSAllowOrigin https://app.example.com
CORSAllowCredentials On
CORSAllowMethods PUT DELETE
CORSAllowHeaders Content-Type X-A
CORSMaxAge 600
CORSExposeHeaders X-B
"""
CONFIGURATIONS = {      # policy, goals in the order of the cases (issue 7)
    "no policy": ("", [200] * 5),
    "one policy": (POLICY, [1600, 3000, None, 300, 300]),
    "plain *": ("CORSAllowOrigin *\n", [1300, 1550, None, None, None]),
}


def configuration(root, port, policy, load):
    names = ["mpm_prefork", "authz_core", "mime", "dir", "headers", "setenvif"]
    return ("".join(host.load_module(name) for name in names)
            + (f"LoadModule cors_module {host.cors_module()}\n" if load
               else "") + f"""
ServerRoot {root}
DefaultRuntimeDir {root}
PidFile {root}/pid
Listen 127.0.0.1:{port}
ServerName localhost
DocumentRoot {root}/htdocs
ErrorLog {root}/error.log
TypesConfig /etc/mime.types
MaxKeepAliveRequests 0
<Directory />
    AllowOverride None
    Require all granted
</Directory>
""" + policy)


def connect(port, process):
    end = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.02)


def ask(connection, request, times):
    answers = connection.makefile("rb")
    for _ in range(times):
        connection.sendall(request)
        length = 0
        while (line := answers.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answers.read(length)


def run(policy, request, times, load):
    """All instructions of one httpd that answers so many requests."""
    with tempfile.TemporaryDirectory() as root:
        (Path(root) / "htdocs").mkdir()
        (Path(root) / "htdocs/f.html").write_text("x" * 1024)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        (Path(root) / "httpd.conf").write_text(
            configuration(root, port, policy, load))
        subprocess.run(["chown", "-R", "www-data", root], check=True)
        out = f"{root}/callgrind.out"
        process = subprocess.Popen(
            ["setpriv", "--reuid=www-data", "--regid=www-data",
             "--clear-groups", "valgrind", "--tool=callgrind",
             f"--callgrind-out-file={out}", host.httpd(), "-X", "-f",
             f"{root}/httpd.conf"], stderr=subprocess.DEVNULL, cwd=root)
        try:
            with connect(port, process) as connection:
                ask(connection, request, times)
        finally:
            process.terminate()
            process.wait()
        return int(re.search(r"^(?:totals|summary): (\d+)",
                             Path(out).read_text(), re.M).group(1))


def cost(policy, case, load=True):
    method, headers = CASES[case]
    request = (f"{method} /f.html HTTP/1.1\r\nHost: localhost\r\n{headers}"
               "\r\n").encode()
    return (run(policy, request, LONG, load)
            - run(policy, request, SHORT, load)) / (LONG - SHORT)


def main():
    bare = {case: cost("", case, load=False) for case in CASES}
    print("instructions over the same httpd without the module (goal)")
    for name, (policy, goals) in CONFIGURATIONS.items():
        print(f"{name}:")
        for case, goal in zip(CASES, goals):
            added = cost(policy, case) - bare[case]
            print(f"    {case:18} {added:+8.0f}"
                  + (f"   ({goal:+})" if goal else ""))


if __name__ == "__main__":
    main()
