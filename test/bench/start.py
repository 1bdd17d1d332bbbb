# SPDX-License-Identifier: Apache-2.0
"""What a hundred thousand origins add to httpd's start: processor time until it
serves, its two readings of the configuration included."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
sys.dont_write_bytecode = True

from harness import host  # noqa: E402
from harness.place import base_directory, free_port  # noqa: E402
from rows import row  # noqa: E402

ORIGINS = 100_000


def origins(a_line):
    return "".join(
        "CORSAllowOrigin "
        + " ".join(f"https://h{i}.example" for i in range(n, n + a_line))
        + "\n" for n in range(0, ORIGINS, a_line))


def seconds(text):
    """Of a start and a stop."""
    with tempfile.TemporaryDirectory(dir=base_directory()) as root:
        conf, log = Path(root) / "httpd.conf", Path(root) / "error.log"
        conf.write_text(
            f"ServerRoot {root}\nDefaultRuntimeDir {root}\nPidFile pid\n"
            f"ServerName localhost\nListen 127.0.0.1:{free_port()}\nErrorLog {log}\n"
            "StartServers 1\nMinSpareThreads 1\nThreadsPerChild 1\n"
            + "".join(host.load_module(name)
                      for name in ("mpm_event", "authz_core", "setenvif"))
            + f"LoadModule cors_module {host.cors_module()}\n" + text)
        process = subprocess.Popen(
            [host.httpd(), "-f", str(conf), "-DFOREGROUND"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 120
        while not (log.exists()
                   and "resuming normal operations" in log.read_text()):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.01)
        process.terminate()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
        return used.ru_utime + used.ru_stime


def main():
    texts = {"nothing": "", "long": origins(100), "short": origins(1),
             "other": "".join(f"SetEnvIf Origin ^https://h{i}\\.example$ ok\n"
                              for i in range(ORIGINS))}
    took = {name: min(seconds(text) for _ in range(3))
            for name, text in texts.items()}
    for name, what, goal in (
            ("long", "100,000 origins, a hundred on a line", 0.3),
            ("short", "100,000 origins, each on a line of its own", None),
            ("other", "100,000 SetEnvIf lines, for comparison", None)):
        row("start", what, round(took[name] - took["nothing"], 3), "s", goal)


if __name__ == "__main__":
    main()
