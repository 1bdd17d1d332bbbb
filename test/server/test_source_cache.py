# SPDX-License-Identifier: Apache-2.0
"""CORSSourceCache: answers of a database that are kept for a while."""

import contextlib
import shutil
import socket
import sqlite3
import time

import pytest

import databases
from harness import configtest, variables
from harness.place import new_directory
from lists import ALONE, reads, until_reads
from servers.frozen import frozen, thaw, waiting
from servers.stores import Memcached, Redis

A = "https://a.example"
B = "https://b.example"
NEW = "https://new.example"
TARGET = "/plain/a.txt"

CONFIG = """
CORSSourceCache {cache}
DBDriver sqlite3
DBDParams {path}/partners.db
DBDPrepareSQL "SELECT 1 FROM partners WHERE origin = %s" plain
DBDPrepareSQL "SELECT 1 FROM others WHERE origin = %s" others
DBDPrepareSQL "SELECT 1 FROM partners WHERE origin = %s AND site = %s" site
<Location /plain>
    CORSAllowOriginFrom dbd:plain
</Location>
<Location /others>
    CORSAllowOriginFrom dbd:others
</Location>
<Location /site>
    CORSAllowOriginFrom dbd:site
</Location>
"""

FILES = {f"{d}/a.txt": "hello" for d in ("plain", "others", "site")}


@pytest.fixture
def path():
    path = new_directory("cors-test-db-")
    databases.make(path / "partners.db", A)
    yield path
    shutil.rmtree(path)


@contextlib.contextmanager
def failing(path):
    """The database answers nobody."""
    db = sqlite3.connect(path / "partners.db", isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        db.execute("ROLLBACK")
        db.close()


def start(start_once, path, cache, mpm="event", more="", module="shmcb"):
    return start_once(CONFIG.format(path=path, cache=cache)
                      + variables.LOG + more, mpm=mpm,
                      modules=["dbd", f"socache_{module}"],
                      expect_log=[databases.SAID, databases.NEW_CHILD],
                      files=FILES)


@pytest.mark.parametrize("mpm_name", ["prefork", "worker", "event"])
def test_kept_while_the_database_fails(start_once, path, mpm_name):
    server = start(start_once, path, "shmcb 1h 1h", mpm_name)
    assert reads(server, TARGET, A)
    assert not reads(server, TARGET, B)
    with failing(path):
        for _ in range(4):
            assert reads(server, TARGET, A)
            r, seen = variables.ask(server, "GET", TARGET, origin=B)
            assert seen.result == "refused-origin" and not r.cors
        r, seen = variables.ask(server, "GET", TARGET, origin=NEW)
        assert seen.result == "source-error" and not r.cors
        # What failed is not kept.
    databases.add(path / "partners.db", NEW)
    assert reads(server, TARGET, NEW)


def test_a_flood_of_unknown_origins(start_once, path):
    """20,000 of them through a cache of the least size."""
    server = start(start_once, path, "shmcb:${ROOT}/run/cache(8192) 1h 1h")
    assert reads(server, TARGET, A)
    with server.connect() as connection:
        for i in range(20000):
            r = connection.request("GET", TARGET, [
                ("Host", f"localhost:{server.port}"),
                ("Origin", f"https://x{i}.example")])
            assert r.status == 200 and not r.cors
            if i % 90 == 89:
                connection.close()
                connection = server.connect()
    with failing(path):
        assert reads(server, TARGET, A)


def test_expiry(start_once, path):
    server = start(start_once, path, "shmcb 2 1", more=ALONE)
    assert reads(server, TARGET, A)
    assert not reads(server, TARGET, NEW)
    databases.remove(path / "partners.db", A)
    databases.add(path / "partners.db", NEW)
    until_reads(server, TARGET, A, False)
    until_reads(server, TARGET, NEW)


def test_nothing_is_kept_for_no_time(start_once, path):
    server = start(start_once, path, "shmcb 0 0")
    assert reads(server, TARGET, A)
    assert not reads(server, TARGET, NEW)
    databases.remove(path / "partners.db", A)
    databases.add(path / "partners.db", NEW)
    assert not reads(server, TARGET, A)
    assert reads(server, TARGET, NEW)


def test_labels_and_servers_are_apart(start_once, path):
    databases.add(path / "partners.db", B, "localhost")
    server = start(start_once, path, "shmcb 1h 1h", more="""
        <VirtualHost *>
            ServerName localhost
            DocumentRoot ${HTDOCS}
        </VirtualHost>
        <VirtualHost *>
            ServerName second.example
            DocumentRoot ${HTDOCS}
        </VirtualHost>
        """)
    for _ in range(2):
        assert reads(server, TARGET, A)
        assert not reads(server, "/others/a.txt", A)
        assert reads(server, "/site/a.txt", B)
        second = server.request("GET", "/site/a.txt", [
            ("Host", "second.example"), ("Origin", B)])
        assert second.status == 200 and not second.cors


def test_graceful_restart(start_once, path):
    server = start(start_once, path, "shmcb 1h 1h")
    for _ in range(3):
        assert reads(server, TARGET, A)
        server.restart(graceful=True)
    databases.add(path / "partners.db", NEW)
    assert reads(server, TARGET, NEW)


@pytest.mark.parametrize("store,module", [(Redis, "redis"),
                                          (Memcached, "memcache")])
def test_a_cache_for_several_servers(start_once, path, store, module):
    """Who was allowed by one server's database is by the other, whose
    database has no rows."""
    empty = path / "other"
    databases.make(empty / "partners.db")
    with store() as running:
        cache = f"{module}:127.0.0.1:{running.port} 1h 1"
        name = "ServerName shop.example:80\n"
        both = [start(start_once, where, cache, more=name, module=module)
                for where in (path, empty)]
        assert not reads(both[1], TARGET, A)
        assert reads(both[0], TARGET, A)
        until_reads(both[1], TARGET, A)
        assert not reads(both[1], TARGET, B)


def test_another_statement_of_the_same_name(start_once, path):
    """Nobody is allowed by what a wider one has found: neither at once on
    another server, nor after a restart."""
    narrow = CONFIG.replace('origin = %s" plain',
                            'origin = %s AND site = \'x\'" plain')
    assert narrow != CONFIG
    with Redis() as redis:
        cache = f"redis:127.0.0.1:{redis.port} 1h 1h"
        name = "ServerName shop.example:80\n"
        wide = start(start_once, path, cache, more=name, module="redis")
        other = start_once(name + narrow.format(path=path, cache=cache),
                           modules=["dbd", "socache_redis"], files=FILES)
        assert reads(wide, TARGET, A)
        assert reads(wide, "/site/a.txt", A) is False
        assert not reads(other, TARGET, A)
        assert reads(wide, TARGET, A)
        assert not reads(wide, TARGET, B)
        wide.restart(name + narrow.format(path=path, cache=cache))
        assert not reads(wide, TARGET, A)
        wide.restart(name + CONFIG.format(path=path, cache=cache))
        with failing(path):
            assert reads(wide, TARGET, A)


def ask_redis(port, *words):
    """The bulk strings of one answer."""
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        s.sendall(b"*%d\r\n" % len(words) + b"".join(
            b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        with s.makefile("rb") as f:
            first = f.readline()
            if first[:1] not in b"*$":
                return []
            found = []
            for i in range(int(first[1:]) if first[:1] == b"*" else 1):
                size = f.readline() if first[:1] == b"*" else first
                found.append(f.read(int(size[1:]) + 2)[:-2])
            return found


def test_a_foreign_entry_allows_nobody(start_once, path):
    """Another question's answer under the key of one that was allowed."""
    databases.add(path / "partners.db", B)
    with Redis() as redis:
        server = start(start_once, path, f"redis:127.0.0.1:{redis.port} 1h 1h",
                       module="redis")
        assert reads(server, TARGET, A)
        key_a, = ask_redis(redis.port, b"KEYS", b"*")
        assert reads(server, TARGET, B)
        key_b, = set(ask_redis(redis.port, b"KEYS", b"*")) - {key_a}
        with failing(path):
            assert reads(server, TARGET, B)
            value, = ask_redis(redis.port, b"GET", key_a)
            ask_redis(redis.port, b"SET", key_b, value)
            assert not reads(server, TARGET, B)
            assert reads(server, TARGET, A)


@pytest.mark.parametrize("module", ["redis", "memcache"])
def test_a_cache_that_fails(start_once, path, module):
    """Nobody listens there: the database is asked."""
    server = start_once(
        CONFIG.format(path=path, cache=f"{module}:127.0.0.1:1"),
        modules=["dbd", f"socache_{module}"], files=FILES,
        expect_log=[databases.SAID, rf"\[socache_{module}:\w+\]"])
    for _ in range(2):
        assert reads(server, TARGET, A)
        assert not reads(server, TARGET, B)


@pytest.mark.parametrize("store,module", [(Redis, "redis"),
                                          (Memcached, "memcache")])
def test_a_cache_that_never_answers(start_once, path, store, module):
    """It takes connections and says nothing: the request that finds that out
    waits for it, nobody else does; and once it answers, so does that one."""
    with store() as running:
        server = start(start_once, path, f"{module}:127.0.0.1:{running.port} "
                       "1h 1h", more=ALONE, module=module)
        assert reads(server, TARGET, A)
        with frozen(running.process.pid), \
                waiting(server, TARGET, A, running) as one:
            # What the module takes for late, and a little more.
            time.sleep(1.1)
            # Who waits as well is told nothing before the client gives up.
            for _ in range(10):
                assert reads(server, TARGET, A)
                assert not reads(server, TARGET, B)
            server.wait_log("CORSSourceCache does not answer in time: the "
                            "database is asked without it")
            thaw(running.process.pid)
            assert one.read().cors["allow-origin"] == A
        # Kept where it was before.
        with failing(path):
            until_reads(server, TARGET, A)


@pytest.mark.parametrize("line,says", [
    ("CORSSourceCache nonsense:x", "there is no cache \"nonsense\": write"),
    ("CORSSourceCache redis", "; write redis:HOST:PORT"),
    ("CORSSourceCache redis:", "; write redis:HOST:PORT"),
    ("CORSSourceCache redis:localhost:99999",
     '"localhost:99999" has no port that can be: write redis:HOST:PORT, with a '
     "port from 1 to 65535"),
    ("CORSSourceCache redis:localhost:1,[::1]:0",
     '"[::1]:0" has no port that can be'),
    ("CORSSourceCache memcache:localhost:", "write memcache:HOST:PORT, with"),
    ("CORSSourceCache memcache:localhost:6379x", "write memcache:HOST:PORT, "),
    ("CORSSourceCache shmcb soon", "\"soon\" is no duration"),
    ("CORSSourceCache shmcb 1 25h", "\"25h\" is no duration of at most a day"),
    ("CORSSourceCache none\nCORSSourceCache none", "stands twice"),
    ("<VirtualHost *>\nCORSSourceCache shmcb\n</VirtualHost>",
     "holds for the whole server: write it outside"),
    ("<Location />\nCORSSourceCache shmcb\n</Location>",
     "CORSSourceCache not allowed in"),
])
def test_what_is_wrong(line, says):
    r = configtest(line + "\n", modules=["socache_shmcb", "socache_redis",
                                         "socache_memcache"])
    assert r.code and says in r.output, r.output


def test_none():
    for line in ("None", "shmcb", "shmcb 5min", "shmcb 1h 5s",
                 "redis:localhost:6379,[::1]:1", "redis:localhost",
                 "redis:[::1]"):
        r = configtest(f"CORSSourceCache {line}\n",
                       modules=["socache_shmcb", "socache_redis"])
        assert r.code == 0, r.output
