# SPDX-License-Identifier: Apache-2.0
"""How long configtest takes with many origins, beside httpd reading as many
SetEnvIf lines. Prints ratios; asserts nothing: a timing is no test."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "server"))
sys.dont_write_bytecode = True

from harness import host  # noqa: E402

COUNTS = [1000, 10000, 100000]


def lines(kind, n):
    if kind == "SetEnvIf":
        return "".join(f'SetEnvIf Origin "^https://h{i}\\.example$" ok\n'
                       for i in range(n))
    if kind == "origins":
        return "".join(f"CORSAllowOrigin https://h{i}.example\n"
                       for i in range(n))
    return "".join(f"CORSAllowOrigin https://*.h{i}.example\n"
                   for i in range(n))


def seconds(text):
    with tempfile.TemporaryDirectory() as d:
        conf = Path(d) / "httpd.conf"
        conf.write_text(
            f"ServerRoot {d}\nDefaultRuntimeDir {d}\nServerName localhost\n"
            f"ErrorLog {d}/error.log\n"
            + "".join(host.load_module(name)
                      for name in ("mpm_event", "authz_core", "setenvif"))
            + f"LoadModule cors_module {host.cors_module()}\n" + text)
        begin = time.monotonic()
        done = subprocess.run([host.httpd(), "-t", "-f", str(conf)],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[:500]
        return time.monotonic() - begin


def main():
    nothing = min(seconds("") for _ in range(3))
    print(f"{'lines':>8} {'SetEnvIf':>10} {'origins':>10} {'subdomains':>11}"
          "   origins / SetEnvIf")
    for n in COUNTS:
        took = {k: max(seconds(lines(k, n)) - nothing, 1e-4)
                for k in ("SetEnvIf", "origins", "subdomains")}
        print(f"{n:8} {took['SetEnvIf']:9.3f}s {took['origins']:9.3f}s"
              f" {took['subdomains']:10.3f}s"
              f"   {took['origins'] / took['SetEnvIf']:.2f} (goal: under 2)")


if __name__ == "__main__":
    main()
