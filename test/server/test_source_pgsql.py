# SPDX-License-Identifier: Apache-2.0
"""CORSAllowOriginFrom dbd:label with PostgreSQL, whose driver in APR-util tells
an error as if no row were found, and connects again without its statements."""

import time

import pytest

import databases
from harness import until, variables
from harness.load import children
from lists import ALONE, reads, until_reads
from servers.frozen import freeze, frozen, thaw, waiting
from servers.postgres import Postgres

A = "https://a.example"
B = "https://b.example"
NEW = "https://new.example"

CONFIG = """
DBDriver pgsql
DBDParams "host=127.0.0.1 port={port} user=test dbname=postgres connect_timeout=5"
DBDPrepareSQL "SELECT 1 FROM partners WHERE origin = %s" plain
DBDPrepareSQL "SELECT 1 FROM partners WHERE origin = %s AND site = %s" by_site
DBDPrepareSQL "SELECT 1 FROM partners a, partners b WHERE a.origin = %s" many
<Location /plain>
    CORSAllowOriginFrom dbd:plain
    CORSAllowCredentials On
</Location>
<Location /site>
    CORSAllowOriginFrom dbd:by_site
</Location>
<Location /many>
    CORSAllowOriginFrom dbd:many
</Location>
"""

FILES = {f"{d}/a.txt": "hello" for d in ("plain", "site", "many")}


def configuration(postgres):
    return CONFIG.format(port=postgres.port) + variables.LOG


@pytest.fixture(scope="module")
def postgres():
    with Postgres() as server:
        done = server.sql("CREATE TABLE partners (origin text, site text);"
                          f"INSERT INTO partners VALUES ('{A}', 'localhost'),"
                          f" ('{B}', 'b.example')")
        assert done.returncode == 0, done.stderr
        yield server


@pytest.fixture(scope="module", params=["prefork", "worker", "event"])
def server(request, start_server, postgres):
    return start_server(configuration(postgres), mpm=request.param,
                        modules=["dbd"], files=FILES,
                        expect_log=[databases.SAID, databases.NEW_CHILD])


def result(server, target, origin):
    r, seen = variables.ask(server, "GET", target, origin=origin)
    assert bool(r.cors) == (seen.result == "allowed")
    return seen.result


def test_rows(server, postgres):
    assert reads(server, "/plain/a.txt", A)
    assert reads(server, "/plain/a.txt", B)
    assert server.preflight("/plain/a.txt", A).status == 204
    for origin in (NEW, "http://a.example", f"{A}:8443", "app://--"):
        assert result(server, "/plain/a.txt", origin) == "refused-origin"
    assert reads(server, "/site/a.txt", A)
    assert result(server, "/site/a.txt", B) == "refused-origin"
    for _ in range(5):
        assert reads(server, "/many/a.txt", A)
        assert reads(server, "/plain/a.txt", A)
    postgres.sql(f"INSERT INTO partners VALUES ('{NEW}', '')")
    assert reads(server, "/plain/a.txt", NEW)
    postgres.sql(f"DELETE FROM partners WHERE origin = '{NEW}'")
    assert result(server, "/plain/a.txt", NEW) == "refused-origin"


def test_broken_connections(server, postgres):
    """Nobody is refused for it, and nobody let in."""
    for target in ("/plain/a.txt", "/site/a.txt"):
        assert reads(server, target, A)
    for _ in range(3):
        postgres.break_connections()
        for _ in range(4):
            assert result(server, "/plain/a.txt", B) == "allowed"
            assert result(server, "/plain/a.txt", NEW) == "refused-origin"
            assert result(server, "/site/a.txt", A) == "allowed"


def test_a_table_that_goes_away(server, postgres):
    assert reads(server, "/plain/a.txt", A)
    postgres.sql("ALTER TABLE partners RENAME TO gone")
    try:
        for _ in range(3):
            assert result(server, "/plain/a.txt", A) == "source-error"
        server.wait_log(databases.SAID
                        + '.*the statement failed: .*"partners"')
        postgres.break_connections()
        assert result(server, "/plain/a.txt", A) == "source-error"
    finally:
        postgres.sql("ALTER TABLE gone RENAME TO partners")
    until_reads(server, "/plain/a.txt", A)
    assert result(server, "/plain/a.txt", NEW) == "refused-origin"


def test_started_again(start_once):
    with Postgres() as postgres:
        postgres.sql("CREATE TABLE partners (origin text, site text);"
                     f"INSERT INTO partners VALUES ('{A}', 'localhost')")
        server = start_once(configuration(postgres), mpm="event",
                            modules=["dbd"], files=FILES,
                            expect_log=[databases.SAID, r"\[dbd:(error|crit)\]"])
        assert reads(server, "/plain/a.txt", A)
        postgres.restart()
        until_reads(server, "/plain/a.txt", A)
        assert result(server, "/plain/a.txt", NEW) == "refused-origin"


def test_stopped(start_once, postgres):
    """It takes connections and answers nothing: those who ask wait, but not
    those who come when that has gone on for some seconds."""
    server = start_once(ALONE + configuration(postgres), modules=["dbd"],
                        files=FILES, expect_log=[databases.SAID])
    assert result(server, "/plain/a.txt", A) == "allowed"
    freeze(postgres.process.pid)
    stopped = [postgres.process.pid, *children(postgres)]
    with frozen(*stopped), waiting(server, "/plain/a.txt", A, postgres) as one:
        # What the module takes for late, and a little more.
        time.sleep(5.2)
        # Who waits as well is told nothing before the client gives up.
        for _ in range(5):
            assert result(server, "/plain/a.txt", A) == "source-error"
        server.wait_log("the database has not answered for seconds: it is "
                        "left alone until it does, and tried again in "
                        "twenty seconds or later")
        thaw(*stopped)
        assert one.read().cors["allow-origin"] == A
    until_reads(server, "/plain/a.txt", A)


def test_one_connection_is_lost(start_once, postgres):
    """Whoever has it waits. Some seconds later others do without the source; and
    then one tries it again, and has another connection."""
    server = start_once(ALONE + configuration(postgres), modules=["dbd"],
                        files=FILES, expect_log=[databases.SAID])
    assert result(server, "/plain/a.txt", A) == "allowed"
    lost = postgres.backends()
    with frozen(*lost), waiting(server, "/plain/a.txt", A, postgres) as one:
        assert result(server, "/plain/a.txt", A) == "allowed"
        until(lambda: result(server, "/plain/a.txt", A) == "source-error")
        until_reads(server, "/plain/a.txt", A)
        thaw(*lost)
        assert one.read().cors["allow-origin"] == A
