# SPDX-License-Identifier: Apache-2.0
"""CORSAllowOriginFrom file:PATH in many processes and threads: each reads its
own versions, none takes an older one for a newer, none loses memory."""

import glob
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import host, load, until
from lists import (ALONE, next_look, next_second, put, reads, set_age,
                   until_reads)

A = "https://a.example"
B = "https://b.example"
C = "https://c.example"

CONFIG = """
<Location />
    CORSAllowOriginFrom file:lists/l.txt
</Location>
"""

# Rereads of minutes in seconds. Times of files stay as they are.
FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
FAST = {"LD_PRELOAD": "".join(FAKETIME), "FAKETIME": "+0 x60",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1",
        "NO_FAKE_STAT": "1"}
# Of httpd's clock: less than two minutes of ours.
LONG = "Timeout 6000\nKeepAliveTimeout 6000\n"
# A child has a moment to stop in.
SLOW_STOP = "AH0004[567]: child process"


def start(start_once, text, config=CONFIG, **options):
    return start_once(config, files={"f.txt": "x", "../lists/l.txt": text},
                      **options)


def all_read(server, origin, should, times=40):
    """Whether so many requests, over all processes, get the same answer."""
    with ThreadPoolExecutor(8) as pool:
        return set(pool.map(lambda _: reads(server, "/f.txt", origin),
                            range(times))) == {should}


def read_by_all(server, now, before):
    """A process that none of the requests came to looks again at the first
    one of the next second."""
    until(lambda: all_read(server, now, True))
    next_second()
    assert all_read(server, now, True)
    assert all_read(server, before, False)


@pytest.mark.parametrize("mpm", ["prefork", "worker", "event"])
def test_all_processes(start_once, mpm):
    server = start(start_once, f"{A}\n", mpm=mpm,
                   config=CONFIG + "StartServers 2\n")
    path = server.root / "lists/l.txt"
    assert all_read(server, A, True)
    for now, before in ((B, A), (C, B), (A, C)):
        put(path, f"{now}\n")
        read_by_all(server, now, before)
    server.restart(graceful=True)
    put(path, f"{B}\n")
    read_by_all(server, B, A)


# A process ends after a few requests, and another takes its place.
SHORT = CONFIG + """
StartServers 1
ServerLimit 1
MinSpareServers 1
MaxSpareServers 1
MaxRequestWorkers 1
MaxConnectionsPerChild 10
"""
BUSY = "AH00161: server reached MaxRequestWorkers"


def test_a_new_process_has_no_older_list(start_once):
    """The list of the start allows whom a later one no longer did. Where the
    later one cannot be read any more, a new process holds nobody."""
    server = start(start_once, f"{A}\n{B}\n", SHORT, mpm="prefork",
                   expect_log=[BUSY])
    path = server.root / "lists/l.txt"
    assert reads(server, "/f.txt", B)
    put(path, f"{A}\n")
    until_reads(server, "/f.txt", B, False)
    for _ in range(8):
        assert not reads(server, "/f.txt", B)
        assert reads(server, "/f.txt", A)
    put(path, f"{A}\n{B}\nx\n")
    server.expect_log(r"l\.txt:3: CORS001: .*(stays|until it is mended)")
    server.expect_log(r"does not answer, and holds nobody until it does: the "
                      r"last good version of it was replaced before")

    def is_new():
        assert not reads(server, "/f.txt", B)
        return not reads(server, "/f.txt", A)

    until(is_new)
    for _ in range(8):
        assert not reads(server, "/f.txt", B)
        assert not reads(server, "/f.txt", A)
    put(path, f"{A}\n")
    until_reads(server, "/f.txt", A)
    assert not reads(server, "/f.txt", B)


def turn(link, to):
    new = link.with_name("turned")
    new.symlink_to(to)
    new.replace(link)


def test_a_link_that_is_turned_back(start_once):
    """A process that has no good version of what the link led to meanwhile has
    the one that it leads back to."""
    server = start(start_once, f"{A}\n{B}\n", SHORT, mpm="prefork",
                   expect_log=[BUSY, "does not answer, and holds nobody"])
    link = server.root / "lists/l.txt"
    put(link.with_name("one"), f"{A}\n{B}\n")
    put(link.with_name("two"), f"{A}\n")
    put(link.with_name("three"), f"{A}\nhttps://torn.exam", age=-300)
    turn(link, "one")
    server.restart()
    assert reads(server, "/f.txt", B)
    turn(link, "two")
    until_reads(server, "/f.txt", B, False)
    turn(link, "three")
    until(lambda: not reads(server, "/f.txt", A))
    turn(link, "one")
    next_look(server, "/f.txt")
    assert reads(server, "/f.txt", A) and reads(server, "/f.txt", B)


@pytest.mark.skipif(not host.server_user(), reason="needs root")
@pytest.mark.parametrize("mpm", ["prefork", "event"])
def test_a_list_that_only_root_can_read(start_once, mpm):
    """It is told before the first change of it, which nobody could read."""
    server = start(start_once, f"{A}\n", mpm=mpm)
    path = server.root / "lists/l.txt"
    path.chmod(0o600)
    set_age(path, 100)
    server.restart()
    assert reads(server, "/f.txt", A)
    server.wait_log("/lists/l.txt: it cannot be read: give httpd's User the "
                    "right to; the list as it was read at start stays until "
                    "the file changes, and then holds nobody$")
    server.expect_log("does not answer, and holds nobody")
    put(path, f"{A}\n")
    path.chmod(0o600)
    until_reads(server, "/f.txt", A, False)
    path.chmod(0o644)
    until_reads(server, "/f.txt", A)


def test_a_new_process_keeps_the_list_of_the_start(start_once):
    """Where no process had a later one, it is the last good one."""
    server = start(start_once, f"{A}\n", SHORT, mpm="prefork",
                   expect_log=[BUSY])
    put(server.root / "lists/l.txt", f"{A}\n{B}\nx\n")
    server.expect_log(r"l\.txt:3: CORS001: .*stays")
    for _ in range(12):
        assert reads(server, "/f.txt", A)
        assert not reads(server, "/f.txt", B)
    assert server.log.recent().count("l.txt:3: CORS001") in (1, 2)


def many(n, count=100_000):
    return "".join([A, "\n", f"https://v{n}.example\n"]
                   + [f"https://h{i}.v{n}.example\n" for i in range(count)])


def test_nobody_is_served_from_the_list_of_the_start(start_once):
    """Threads that come while the first one reads wait for it."""
    server = start(start_once, f"{B}\n", ALONE + CONFIG)
    put(server.root / "lists/l.txt", many(1))
    with ThreadPoolExecutor(12) as pool:
        allowed = list(pool.map(lambda _: reads(server, "/f.txt", B),
                                range(12)))
    assert not any(allowed)
    assert reads(server, "/f.txt", "https://v1.example")


def keep_asking(pipe, stop, asked, wrong):
    """Always somebody who is in every version: 204, and else 403."""
    one = load.batch([load.request("OPTIONS", "/f.txt", [
        ("Origin", A), ("Access-Control-Request-Method", "GET")])] * 50)
    try:
        while not stop.is_set():
            statuses = pipe.send(one)
            assert statuses == [b"204"] * 50 + [b"200"], statuses
            asked.append(1)
    except Exception as e:
        wrong.append(repr(e))


@pytest.mark.skipif(host.ASAN, reason="a process with both ASan and "
                    "libfaketime hangs before main")
def test_memory_under_load(start_once):
    """A hundred thousand origins, read again and again while requests come:
    none is lost, and old versions are freed."""
    assert FAKETIME, "libfaketime is missing: apt-get install faketime"
    server = start(start_once, many(0),
                   ALONE + "MaxKeepAliveRequests 0\n" + LONG + CONFIG,
                   environment=FAST, log_level="warn",
                   expect_log=[SLOW_STOP])
    child, = load.children(server)
    path = server.root / "lists/l.txt"
    stop, asked, wrong = threading.Event(), [], []
    pipes = [load.Pipe(server) for _ in range(3)]
    clients = [threading.Thread(target=keep_asking, daemon=True,
                                args=(pipe, stop, asked, wrong))
               for pipe in pipes]
    for client in clients:
        client.start()
    sizes = []
    try:
        for n in range(1, 31):
            put(path, many(n), age=100_000)
            until_reads(server, "/f.txt", f"https://v{n}.example")
            assert not wrong, wrong
            sizes.append(load.anonymous_kib(child))
    finally:
        stop.set()
        for client in clients:
            client.join(60)
    assert not any(client.is_alive() for client in clients)
    for pipe in pipes:
        pipe.socket.close()
    assert not wrong and len(asked) > 30
    assert not reads(server, "/f.txt", "https://v29.example")
    # And where nobody uses the version that is replaced.
    for n in range(31, 51):
        put(path, many(n), age=100_000)
        until_reads(server, "/f.txt", f"https://v{n}.example")
        sizes.append(load.anonymous_kib(child))
    # One is about 15 MiB: a leak of each would add 300.
    assert max(sizes[10:]) <= max(sizes[:10]) + 40 * 1024, sizes
    assert load.children(server) == [child]
