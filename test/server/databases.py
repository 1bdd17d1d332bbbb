# SPDX-License-Identifier: Apache-2.0
"""Databases of origins, for the tests of CORSAllowOriginFrom dbm: and dbd:.

    with database(path) as db:      # sqlite3, committed at the end
        db.execute(…)

The path is made readable for the server's user.
"""

import contextlib
import os
import sqlite3
import subprocess

from harness.host import server_user
from servers.process import find

# The module, once a minute.
SAID = r"CORSAllowOriginFrom dbd:[\w-]+ does not answer"
# mod_dbd, of a child that httpd starts while the database does not answer.
NEW_CHILD = r"\[dbd:(error|crit)\] .*AH0063[236]:"


@contextlib.contextmanager
def database(path):
    """Its directory belongs to the server's user: sqlite3 locks there."""
    path.parent.mkdir(mode=0o755, exist_ok=True)
    db = sqlite3.connect(path)
    try:
        yield db
        db.commit()
    finally:
        db.close()
    own(path.parent)
    own(path)


def own(path):
    user = server_user()
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)


def make(path, *origins, site=""):
    with database(path) as db:
        db.execute("CREATE TABLE IF NOT EXISTS partners"
                   " (origin TEXT, site TEXT)")
        db.execute("CREATE TABLE IF NOT EXISTS others (origin TEXT)")
        db.executemany("INSERT INTO partners VALUES (?, ?)",
                       [(o, site) for o in origins])


def remove(path, origin):
    with database(path) as db:
        db.execute("DELETE FROM partners WHERE origin = ?", (origin,))


def add(path, origin, site=""):
    with database(path) as db:
        db.execute("INSERT INTO partners VALUES (?, ?)", (origin, site))


def dbm(path, kind, *origins):
    """Made by httpd's own tool."""
    path.parent.mkdir(mode=0o755, exist_ok=True)
    done = subprocess.run([find("httxt2dbm"), "-f", kind, "-i", "-",
                           "-o", str(path)], text=True, capture_output=True,
                          input="".join(f"{o} yes\n" for o in origins))
    assert done.returncode == 0, done.stderr
    for made in path.parent.glob(path.name + "*"):
        made.chmod(0o644)
