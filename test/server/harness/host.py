# SPDX-License-Identifier: Apache-2.0
"""Where httpd, its modules and mod_cors.so are on this machine."""

import atexit
import functools
import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from .place import new_directory, passable

ROOT = Path(__file__).resolve().parents[3]

ASAN = os.environ.get("CORS_TEST_ASAN") == "1"
# Seconds until a test gives up what it waits for. Nothing takes a tenth of
# that on an idle machine; one that is busy, or a build with the sanitizers,
# is many times slower.
PATIENCE = 120

# What a test writes is for the server's user too, whatever the umask is.
os.umask(0o022)


@functools.lru_cache(maxsize=None)
def apxs(query):
    tool = os.environ.get("APXS") or shutil.which("apxs") \
        or shutil.which("apxs2")
    if not tool:
        raise RuntimeError("no apxs: on Debian install apache2-dev")
    return subprocess.run([tool, "-q", query], check=True, text=True,
                          capture_output=True).stdout.strip()


@functools.lru_cache(maxsize=None)
def httpd():
    return os.path.join(apxs("SBINDIR"), apxs("PROGNAME"))


@functools.lru_cache(maxsize=None)
def cors_module():
    """The mod_cors.so under test: CORS_MODULE, else what test/run builds. A
    copy of it, where the server's user cannot get there."""
    path = Path(os.environ.get("CORS_MODULE")
                or ROOT / "build/default/mod_cors.so")
    if not path.exists():
        raise RuntimeError(f"{path} does not exist: run test/run")
    if passable(path.resolve().parent):
        return path.resolve()
    directory = new_directory()
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return Path(shutil.copy(path, directory))


@functools.lru_cache(maxsize=None)
def built_in():
    """Names of the modules that are part of the httpd binary."""
    out = subprocess.run([httpd(), "-l"], check=True, text=True,
                         capture_output=True).stdout
    return frozenset(re.findall(r"mod_(\w+)\.c", out))


def load_module(name):
    """The LoadModule line of a module of httpd, by its name without mod_."""
    if name in built_in():
        return ""
    path = os.path.join(apxs("LIBEXECDIR"), f"mod_{name}.so")
    if not os.path.exists(path):
        raise RuntimeError(f"this httpd has no mod_{name} ({path})")
    return f"LoadModule {name}_module {path}\n"


@functools.lru_cache(maxsize=None)
def server_user():
    """Whom httpd's children run as: None unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("www-data", "apache", "httpd", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise RuntimeError("no user to run httpd's children as")


def environment():
    """The environment of httpd. Nothing of ours reaches it by accident."""
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C"}
    if ASAN:
        # httpd itself is not built with ASan, so its runtime must come
        # first. httpd frees little at exit: leaks there mean nothing.
        env["LD_PRELOAD"] = subprocess.run(
            ["gcc", "-print-file-name=libasan.so"], check=True, text=True,
            capture_output=True).stdout.strip()
        env["ASAN_OPTIONS"] = "detect_leaks=0:abort_on_error=1"
        env["UBSAN_OPTIONS"] = "print_stacktrace=1"
    return env
