# SPDX-License-Identifier: Apache-2.0
"""CORSAllowOriginFrom dbd:label: real sqlite3 databases behind mod_dbd."""

import shutil
import sqlite3

import pytest

import databases
from harness import configtest, metrics, variables
from harness.place import new_directory
from lists import reads, until_reads

A = "https://a.example"
B = "https://b.example"
OTHER = "https://other.example"
OWN = "https://own.example"

# What the module makes up itself, to see whether a statement finds somebody
# whoever is asked for, ends in .invalid.
STATEMENTS = """
DBDriver sqlite3
DBDParams {path}/partners.db
DBDPrepareSQL "SELECT origin FROM partners WHERE origin = %s" plain
DBDPrepareSQL "SELECT 1 FROM partners WHERE origin = %s AND site = %s" by-site
DBDPrepareSQL "INSERT INTO asked SELECT o FROM (SELECT %s AS o) \
    WHERE o NOT LIKE '%%.invalid' RETURNING 1" asked
DBDPrepareSQL "SELECT 1 FROM others WHERE origin = %s" others
DBDPrepareSQL "SELECT 1 FROM partners a, partners b \
    WHERE %s NOT LIKE '%%.invalid'" many
"""

SECTIONS = f"""
<Location /plain>
    CORSAllowOriginFrom dbd:plain
    CORSAllowOrigin {OWN}
    CORSDenyOrigin https://denied.example
</Location>
<Location /forbid>
    CORSAllowOriginFrom dbd:plain
    CORSRefusal Forbid
</Location>
<Location /site>
    CORSAllowOriginFrom dbd:by-site
</Location>
<Location /asked>
    CORSAllowOriginFrom dbd:asked
    CORSAllowOrigin {OWN}
</Location>
<Location /others>
    CORSAllowOriginFrom dbd:others
</Location>
<Location /many>
    CORSAllowOriginFrom dbd:many
</Location>
<Location /metrics>
    SetHandler cors-metrics
</Location>
""" + variables.LOG

DIRECTORIES = ("plain", "forbid", "site", "asked", "others", "many")


@pytest.fixture(scope="module")
def path():
    path = new_directory("cors-test-db-")
    file = path / "partners.db"
    databases.make(file, A, "https://denied.example")
    databases.add(file, B, "localhost")
    databases.add(file, B, "second.example")
    with databases.database(file) as db:
        db.execute("CREATE TABLE asked (origin TEXT)")
        db.execute("INSERT INTO others VALUES (?)", (OTHER,))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module", params=["prefork", "worker", "event"])
def server(request, start_server, path):
    return start_server(
        STATEMENTS.format(path=path) + SECTIONS + """
        <VirtualHost *>
            ServerName localhost
            DocumentRoot ${HTDOCS}
        </VirtualHost>
        <VirtualHost *>
            ServerName third.example
            DocumentRoot ${HTDOCS}
        </VirtualHost>
        """ + "Protocols h2c http/1.1\n" * (request.param != "prefork"),
        mpm=request.param,
        # The others run on while one of them meets a locked database.
        expect_log=[databases.NEW_CHILD],
        modules=["dbd"] + ["http2"] * (request.param != "prefork"),
        files={f"{d}/a.txt": "hello" for d in DIRECTORIES})


def asked(path):
    with databases.database(path / "partners.db") as db:
        found = [row[0] for row in db.execute("SELECT origin FROM asked")]
        db.execute("DELETE FROM asked")
    return found


def test_rows(server, path):
    assert reads(server, "/plain/a.txt", A)
    assert server.preflight("/plain/a.txt", A).status == 204
    for origin in (OTHER, f"{A}:8443", "http://a.example",
                   "https://denied.example"):
        assert not reads(server, "/plain/a.txt", origin)
    assert server.preflight("/plain/a.txt", OTHER).status == 403
    assert server.get("/forbid/a.txt", origin=OTHER).status == 403
    assert reads(server, "/forbid/a.txt", A)


def test_added_and_removed(server, path):
    new = "https://new.example"
    assert not reads(server, "/plain/a.txt", new)
    databases.add(path / "partners.db", new)
    assert reads(server, "/plain/a.txt", new)
    databases.remove(path / "partners.db", new)
    assert not reads(server, "/plain/a.txt", new)


def test_second_parameter_is_the_servers_name(server):
    assert reads(server, "/site/a.txt", B)
    assert not reads(server, "/site/a.txt", A)
    r = server.request("GET", "/site/a.txt", [("Host", "third.example"),
                                              ("Origin", B)])
    assert r.status == 200 and not r.cors


def test_labels_are_apart(server):
    assert reads(server, "/others/a.txt", OTHER)
    assert not reads(server, "/others/a.txt", A)
    assert not reads(server, "/plain/a.txt", OTHER)


def test_many_rows_leave_the_connection_clean(server):
    for _ in range(20):
        assert reads(server, "/many/a.txt", OTHER)
        assert reads(server, "/plain/a.txt", A)


def test_http2(server):
    if server.options["mpm"] == "prefork":
        pytest.skip("mod_http2 does not work under prefork")
    with server.connect_h2() as h2:
        for origin, allowed in ((A, A), (OTHER, None)):
            r = h2.request("GET", "/plain/a.txt", [("origin", origin)])
            assert r.cors.get("allow-origin") == allowed


def test_who_is_asked_for(server, path):
    """What is no origin, and what a list in memory holds, never is."""
    asked(path)
    for origin in ("null", "", "https://a.example/", "HTTPS://a.example",
                   "' OR 1=1 --", "https://a'b.example", "%s",
                   "https://" + "a" * 320 + ".example", OWN):
        server.get("/asked/a.txt", origin=origin)
    server.get("/asked/a.txt")
    assert asked(path) == []
    longest = "https://" + ".".join(["a" * 60] * 4)
    for origin in (A, longest, "app://a--b.c", "app://" + "_" * 253):
        assert reads(server, "/asked/a.txt", origin)
        assert asked(path) == [origin]


def test_metacharacters(server):
    for origin in ("app://--", "app://_", "app://-.-", "app://" + "_" * 253,
                   "app://" + "_" * 314):
        assert not reads(server, "/plain/a.txt", origin)


def failing(server, target, origin=A):
    before = metrics.read(server)
    r, seen = variables.ask(server, "GET", target, origin=origin)
    assert seen.result == "source-error", seen
    assert "allow-origin" not in r.cors
    after = metrics.read(server) - before
    assert [n for (name, _), n in after.items()
            if name == "cors_source_errors_total"] == [1], after
    return r


def test_a_table_that_goes_away(start_once, path):
    """While the server runs. APR-util's driver for sqlite3 wants new
    connections after a change of the tables: a graceful restart."""
    file = path / "gone.db"
    databases.make(file, A)
    server = start_once(f"""
        DBDriver sqlite3
        DBDParams {file}
        DBDPrepareSQL "SELECT 1 FROM partners WHERE origin = %s" plain
        <Location /plain>
            CORSAllowOriginFrom dbd:plain
            CORSAllowOrigin {OWN}
        </Location>
        <Location /metrics>
            SetHandler cors-metrics
        </Location>
        """ + variables.LOG, modules=["dbd"],
        expect_log=[databases.SAID, r"\[dbd:error\]"],
        files={"plain/a.txt": "hello"})
    assert reads(server, "/plain/a.txt", A)
    with databases.database(file) as db:
        db.execute("ALTER TABLE partners RENAME TO gone")
    for _ in range(3):
        failing(server, "/plain/a.txt")
    assert reads(server, "/plain/a.txt", OWN)
    assert len([line for line in server.log.recent().splitlines()
                if "dbd:plain does not" in line]) in (1, 2)
    with databases.database(file) as db:
        db.execute("ALTER TABLE gone RENAME TO partners")
    server.restart(graceful=True)
    until_reads(server, "/plain/a.txt", A)


def test_a_locked_database(server, path):
    server.expect_log(databases.SAID)
    db = sqlite3.connect(path / "partners.db", isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    try:
        failing(server, "/plain/a.txt")
        assert server.preflight("/plain/a.txt", A).status == 403
        assert reads(server, "/plain/a.txt", OWN)
        assert failing(server, "/forbid/a.txt").status == 403
        own = server.get("/forbid/a.txt", origin="http://localhost",
                         headers=[("Sec-Fetch-Site", "same-origin")])
        assert own.status == 200
    finally:
        db.execute("ROLLBACK")
        db.close()
    assert reads(server, "/plain/a.txt", A)


def test_graceful_restart(server):
    server.restart(graceful=True)
    assert reads(server, "/plain/a.txt", A)
    assert not reads(server, "/plain/a.txt", OTHER)


def test_no_database(start_once, path):
    """The statements cannot be prepared: nobody, until they can."""
    file = path / "later.db"
    server = start_once(
        STATEMENTS.format(path=path).replace("partners.db", "later.db")
        + SECTIONS, mpm="event", modules=["dbd"],
        expect_log=[r"\[dbd:(error|crit)\]", databases.SAID],
        files={"plain/a.txt": "hello"})
    r, seen = variables.ask(server, "GET", "/plain/a.txt", origin=A)
    assert seen.result == "source-error" and not r.cors
    assert reads(server, "/plain/a.txt", OWN)
    databases.make(file, A)
    with databases.database(file) as db:
        db.execute("CREATE TABLE asked (origin TEXT)")
    assert reads(server, "/plain/a.txt", A)


def test_a_label_of_another_server(start_once, path):
    server = start_once(f"""
        <VirtualHost *>
            ServerName localhost
            DocumentRoot ${{HTDOCS}}
            DBDriver sqlite3
            DBDParams {path}/partners.db
            <Location /plain>
                CORSAllowOriginFrom dbd:plain
            </Location>
        </VirtualHost>
        <VirtualHost *>
            ServerName second.example
            {STATEMENTS.format(path=path)}
            DBDKeep 3
        </VirtualHost>
        """, modules=["dbd"], expect_log=[databases.SAID],
        files={"plain/a.txt": "hello"})
    assert not reads(server, "/plain/a.txt", A)
    server.wait_log("this server has no DBDPrepareSQL of that name")


@pytest.mark.parametrize("mpm_name", ["prefork", "event"])
@pytest.mark.parametrize("statement", [
    "SELECT COUNT(*) FROM partners WHERE origin = %s",
    "SELECT EXISTS (SELECT 1 FROM partners WHERE origin = %s)",
    "SELECT 1 FROM partners WHERE %s LIKE 'https://%%'"])
def test_a_row_whoever_asks(start_once, path, mpm_name, statement):
    """It is the row that allows, and not what stands in it: who forgets that
    allows nobody, instead of everybody."""
    server = start_once(f"""
        DBDriver sqlite3
        DBDParams {path}/partners.db
        DBDPrepareSQL "{statement}" always
        <Location /all>
            CORSAllowOriginFrom dbd:always
            CORSAllowCredentials On
        </Location>
        """, mpm=mpm_name, modules=["dbd"], files={"all/a.txt": "hello"},
        expect_log=[databases.SAID])
    for origin in (A, OTHER):
        for _ in range(4):
            assert not server.get("/all/a.txt", origin=origin).cors
    server.wait_log("dbd:always does not answer, .*: it allows every origin, a "
                    "made-up one too: let it find nothing for who is not "
                    "listed \\(COUNT and EXISTS always find a row\\)$")


def test_without_mod_dbd():
    r = configtest("CORSAllowOriginFrom dbd:plain\n")
    assert r.code and "CORS064" in r.output, r.output
    assert "write LoadModule dbd_module modules/mod_dbd.so" in r.output


@pytest.mark.parametrize("statement,says", [
    ('"SELECT 1 WHERE a = %s" other', "there is no statement of this name"),
    ('"SELECT 1" plain', "the statement has 0 parameters"),
    ('"SELECT %s, %s, %s" plain', "the statement has 3 parameters"),
])
def test_check(statement, says):
    r = configtest(f"DBDPrepareSQL {statement}\n"
                   "CORSAllowOriginFrom dbd:plain\n", modules=["dbd"])
    assert r.code and "CORS065" in r.output and says in r.output, r.output
