# SPDX-License-Identifier: Apache-2.0
"""Instructions of one request, counted by valgrind's callgrind.

One httpd (prefork, one process, keep-alive, a file of 1 KiB) answers each case
many times over one connection. callgrind's counters start from zero once the
first are answered, and are read when the last is: their sum by the number of
requests between is the case's cost, the log and all cleaning up included.

Where a request's memory crosses from one of APR's blocks of 8 KiB into the
next decides on some two hundred instructions, and that depends on things like
the length of the temporary directory's name. So each request is longer than
the one before by a header that nobody reads, and they cross it everywhere:
what is counted is the average.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
sys.dont_write_bytecode = True

from harness import host  # noqa: E402
from harness.place import base_directory, free_port  # noqa: E402

WARM, COUNTED = 40, 200
LONGER_BY = 8192 // COUNTED
# The C library chooses memcpy and its like by the processor.
PLAIN_CPU = ("glibc.cpu.hwcaps="
             "-AVX512VL,-AVX512BW,-AVX2,-AVX,-AVX_Fast_Unaligned_Load,-BMI1,"
             "-BMI2,-MOVBE,-LZCNT,-ERMS,-FSRM,-SSE4_2,-SSE4_1,-SSSE3")
MODULES = ["mpm_prefork", "authz_core", "mime", "dir", "headers", "setenvif",
           "rewrite"]
APP = "https://app.example.com"
BAD = "https://bad.example.com"
# httpd changes to www-data, and the profile is written then.
AS_USER = ["setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups"]
SIX = "authorization,content-type,if-match,range,x-a,x-b"


def request(method="GET", origin=None, asks=None, path="/f.html"):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if origin:
        lines.append(f"Origin: {origin}")
    if asks:
        lines += ["Access-Control-Request-Method: PUT",
                  f"Access-Control-Request-Headers: {asks}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


CASES = {
    "no Origin": request(),
    "actual": request(origin=APP),
    "refused": request(origin=BAD),
    "preflight": request("OPTIONS", APP, SIX),
    "preflight refused": request("OPTIONS", BAD, SIX),
}


def reason_not():
    """Why nothing can be counted here, or None."""
    if not shutil.which("valgrind"):
        return "there is no valgrind"
    done = subprocess.run(["valgrind", "--tool=callgrind",
                           "--callgrind-out-file=/dev/null", "true"],
                          capture_output=True, text=True)
    return done.stderr.strip() or "it failed" if done.returncode else None


def configuration(root, port, policy, load, override="None"):
    return ("".join(host.load_module(name) for name in MODULES)
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
KeepAliveTimeout 300
Timeout 300
<Directory />
    AllowOverride {override}
    Require all granted
</Directory>
""" + policy)


def connect(port, process, root):
    end = time.monotonic() + 600
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=300)
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                said = (Path(root) / "stderr").read_text()
                raise RuntimeError("httpd did not start: "
                                   + said[-2000:]) from None
            time.sleep(0.02)


def wait_for_sleep(pid):
    """Until the process waits for what we send: else it depends on chance
    whether a request's reading begins with waiting."""
    # A million origins are read for minutes.
    end = time.monotonic() + 900
    while (state := Path(f"/proc/{pid}/stat").read_text()
            .rsplit(")", 1)[1][1]) != "S":
        assert state not in "ZX", "httpd has ended"
        assert time.monotonic() < end
        time.sleep(0.0005)


def ask(pid, connection, answers, text, n):
    """The nth request of a case; its answer's status and headers."""
    padding = b"X-Padding: " + b"x" * (n % COUNTED * LONGER_BY)
    assert text.endswith(b"\r\n\r\n")
    wait_for_sleep(pid)
    connection.sendall(text[:-2] + padding + b"\r\n\r\n")
    status = answers.readline().decode().strip()
    headers, length = [], 0
    while (line := answers.readline()) not in (b"\r\n", b""):
        headers.append(line.decode().strip())
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    answers.read(length)
    return status, headers


class Counted(dict):
    """Instructions by case; what was answered, in .answers."""


def tell(process, root, env, *command):
    """Tell a running callgrind something, while its httpd sleeps."""
    wait_for_sleep(process.pid)
    subprocess.run([*AS_USER, "vgdb", f"--vgdb-prefix={root}/vgdb",
                    f"--pid={process.pid}", "--cmd-time-out=300", *command],
                   check=True, env=env, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def stop(process):
    """httpd -X overlooks the signal that comes just before it waits for the next
    connection."""
    for _ in range(60):
        process.terminate()
        try:
            process.wait(2)
            return
        except subprocess.TimeoutExpired:
            pass
    process.kill()
    raise RuntimeError("httpd does not stop")


def count(policy, cases=None, load=True, override="None", files=None,
          keep=None, any_cpu=False):
    """Instructions that httpd needs for each case. files: other files below
    the document root, by name. keep: a directory for the profiles. any_cpu:
    as on a processor that has nothing special, for figures to be compared
    with those of another machine."""
    cases = cases or CASES
    env = {**host.environment(), **({"GLIBC_TUNABLES": PLAIN_CPU} if any_cpu
                                    else {})}
    with tempfile.TemporaryDirectory(dir=base_directory(),
                                     ignore_cleanup_errors=True) as root:
        documents = Path(root) / "htdocs"
        for name, text in {"f.html": "x" * 1024, **(files or {})}.items():
            (documents / name).parent.mkdir(parents=True, exist_ok=True)
            (documents / name).write_text(text)
            # Its ETag is as long at any time.
            os.utime(documents / name, (1_700_000_000, 1_700_000_000))
        port = free_port()
        (Path(root) / "httpd.conf").write_text(
            configuration(root, port, policy, load, override))
        subprocess.run(["chown", "-R", "www-data", root], check=True)
        out = f"{root}/profile"
        with open(f"{root}/stderr", "wb") as stderr:
            process = subprocess.Popen(
                [*AS_USER, "valgrind", "--tool=callgrind",
                 # Reading a million origins would take minutes.
                 "--instr-atstart=no", f"--vgdb-prefix={root}/vgdb",
                 f"--callgrind-out-file={out}", host.httpd(), "-X", "-f",
                 f"{root}/httpd.conf"],
                stdout=subprocess.DEVNULL, stderr=stderr, cwd=root,
                env=env)
        result = Counted()
        result.answers = {}
        try:
            with connect(port, process, root) as connection, \
                    connection.makefile("rb") as answers:
                asking = process.pid, connection, answers
                ask(*asking, next(iter(cases.values())), 0)
                tell(process, root, env, "instrumentation", "on")
                for n, (case, text) in enumerate(cases.items(), 1):
                    for i in range(WARM):
                        ask(*asking, text, i)
                    tell(process, root, env, "zero")
                    for i in range(COUNTED):
                        result.answers[case] = ask(*asking, text, i)
                    tell(process, root, env, "dump")
                    result[case] = total(f"{out}.{n}") / COUNTED
                    if keep:
                        shutil.copy(f"{out}.{n}", Path(keep) / (
                            case.replace(" ", "-") + ".callgrind"))
        finally:
            stop(process)
        return result


def total(profile):
    text = Path(profile).read_text()
    return int(re.search(r"^(?:totals|summary): (\d+)", text, re.M).group(1))


def added(counted, base):
    return {case: counted[case] - base[case] for case in counted}
