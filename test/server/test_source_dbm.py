# SPDX-License-Identifier: Apache-2.0
"""CORSAllowOriginFrom dbm:[type:]path: files that httxt2dbm makes."""

import fcntl
import os

import pytest

import databases
from harness import configtest, metrics, variables
from lists import reads

A = "https://a.example"
B = "https://b.example"
OTHER = "https://other.example"
LONG = "https://" + "a" * 60 + "." + "b" * 60 + ".example"

CONFIG = f"""
<Location /sdbm>
    CORSAllowOriginFrom dbm:sdbm:lists/s
    CORSDenyOrigin {B}
</Location>
<Location /db>
    CORSAllowOriginFrom dbm:db:${{ROOT}}/lists/d.db
</Location>
<Location /gdbm>
    CORSAllowOriginFrom dbm:gdbm:lists/g.db
    CORSAllowOrigin https://own.example
    CORSRefusal Forbid
</Location>
<Location /pipe>
    CORSAllowOriginFrom dbm:db:lists/pipe
</Location>
<Location /damaged>
    CORSAllowOriginFrom dbm:sdbm:lists/damaged
</Location>
<Location /metrics>
    SetHandler cors-metrics
</Location>
""" + variables.LOG

# Nobody has made the files when the server starts.
AT_START = r"CORS065"


@pytest.fixture(scope="module")
def server(start_server, mpm):
    server = start_server(CONFIG, mpm=mpm, expect_log=[AT_START],
                          files={f"{d}/a.txt": "hello"
                                 for d in ("sdbm", "db", "gdbm", "pipe",
                                           "damaged")})
    lists = server.root / "lists"
    databases.dbm(lists / "s", "sdbm", A, B, LONG)
    databases.dbm(lists / "d.db", "db", A)
    databases.dbm(lists / "g.db", "gdbm", A)
    return server


@pytest.mark.parametrize("target", ["/sdbm/a.txt", "/db/a.txt", "/gdbm/a.txt"])
def test_a_key_allows(server, target):
    assert reads(server, target, A)
    assert server.preflight(target, A).status == 204
    for origin in (OTHER, "https://a.exampl", "https://a.example.",
                   f"{A}:8443", "http://a.example", "null", f"{A}\0"):
        assert "allow-origin" not in server.get(target, origin=origin).cors
    assert server.preflight(target, OTHER).status == 403


def test_long_and_denied(server):
    assert reads(server, "/sdbm/a.txt", LONG)
    assert not reads(server, "/sdbm/a.txt", B)


def test_a_file_made_anew_holds_at_once(server):
    path = server.root / "lists/d.db"
    path.rename(path.with_name("kept"))
    databases.dbm(path, "db", OTHER)
    try:
        assert reads(server, "/db/a.txt", OTHER)
        assert not reads(server, "/db/a.txt", A)
    finally:
        path.unlink()
        path.with_name("kept").rename(path)
    assert reads(server, "/db/a.txt", A)


def test_failing(server):
    """Without its file it holds nobody; other lists do, and so do the
    server's own pages under Forbid."""
    path = server.root / "lists/g.db"
    before = metrics.read(server)
    path.rename(path.with_name("away"))
    try:
        for _ in range(3):
            assert server.get("/gdbm/a.txt", origin=A).status == 403
        assert server.preflight("/gdbm/a.txt", A).status == 403
        assert reads(server, "/gdbm/a.txt", "https://own.example")
        r, seen = variables.ask(server, "GET", "/gdbm/a.txt", origin=A)
        assert seen.result == "source-error"
        own = server.get("/gdbm/a.txt", origin="http://localhost",
                         headers=[("Sec-Fetch-Site", "same-origin")])
        assert own.status == 200
    finally:
        path.with_name("away").rename(path)
    after = metrics.read(server) - before
    assert sum(n for (name, _), n in after.items()
               if name == "cors_source_errors_total") == 6, after
    said = "CORSAllowOriginFrom dbm:gdbm:lists/g.db does not answer"
    server.wait_log(said)
    assert server.log.recent().count(said) in (1, 2)
    assert reads(server, "/gdbm/a.txt", A)


def answers_nobody(server, target, said):
    """Neither a list nor a handler waits for what never comes: the client
    would give up before."""
    r, seen = variables.ask(server, "GET", target, origin=A)
    assert r.status == 200 and not r.cors and seen.result == "source-error"
    server.wait_log(f"{said}$")


@pytest.mark.parametrize("name,target", [("s.dir", "/sdbm/a.txt"),
                                         ("d.db", "/db/a.txt")])
def test_a_lock_stops_nobody(server, name, target):
    """Somebody writes, and has stopped in the middle of it."""
    with open(server.root / "lists" / name, "r+b") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        answers_nobody(server, target, "somebody has it locked for writing: "
                       "make a new file beside it and rename that")
    assert reads(server, target, A)


def test_a_pipe(server):
    path = server.root / "lists/pipe"
    os.mkfifo(path)
    path.chmod(0o666)
    answers_nobody(server, "/pipe/a.txt", "/pipe is no ordinary file")


def test_damaged(server):
    """It is not taken for a list without this entry."""
    path = server.root / "lists/damaged"
    databases.dbm(path, "sdbm", A)
    assert reads(server, "/damaged/a.txt", A)
    pages = path.with_name("damaged.pag")
    pages.write_bytes(bytes(b ^ 0x5a for b in pages.read_bytes()))
    answers_nobody(server, "/damaged/a.txt", "/damaged cannot be read: it is "
                   "damaged")


@pytest.mark.parametrize("argument,says", [
    ("dbm:nonsense:x", 'this APR-util has no DBM type "nonsense"'),
    ("dbm:sdbm:no/such", "cannot be opened as a DBM file of type sdbm: "
                         "such.dir: No such file or directory"),
    ("dbm:gdbm:htdocs", "; htdocs is no ordinary file"),
    ("dbm:gdbm:test.conf", "it is damaged, or of another type"),
    ("dbm:./a:b", "cannot be opened as a DBM file of type default"),
])
def test_check(argument, says):
    r = configtest(f"CORSAllowOriginFrom {argument}\n")
    assert r.code and "CORS065" in r.output and says in r.output, r.output


@pytest.mark.parametrize("argument", ["dbm:sdbm:", "dbm::x"])
def test_arguments(argument):
    r = configtest(f"CORSAllowOriginFrom {argument}\n")
    assert r.code and "write dbm:PATH or dbm:TYPE:PATH" in r.output, r.output


def test_providers_are_named():
    r = configtest("CORSAllowOriginFrom ldap:x\n")
    assert r.code and "file:PATH" in r.output
    assert "dbm:PATH" in r.output and "dbd:QUERY" in r.output, r.output
