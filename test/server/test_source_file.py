# SPDX-License-Identifier: Apache-2.0
"""CORSAllowOriginFrom file:PATH: lists that change while the server runs."""

import os
import threading
import time

import pytest

from harness import variables
from list_site import (A, B, C, OTHER, lists, lists_before,  # noqa: F401
                       plain, says, server)
from lists import next_look, overwrite, put, reads, set_age, until_reads


# ---- what is held ----------------------------------------------------------

def test_who_is_held(server, plain):
    until_reads(server, "/plain/f.txt", A)
    for origin in ("https://x.a.example", "https://x.y.a.example",
                   "http://localhost:3000", "http://localhost",
                   "https://b.example:8000", "https://own.example"):
        assert reads(server, "/plain/f.txt", origin), origin
        assert server.preflight("/plain/f.txt", origin).status == 204
    for origin in (OTHER, "https://b.example", "https://b.example:8002",
                   "https://denied.example", "http://a.example", "null",
                   "file://", "# ours", "https://a.example.", "*", ""):
        assert not reads(server, "/plain/f.txt", origin), origin
        assert server.preflight("/plain/f.txt", origin).status == 403


def test_names_of_files(server, lists):
    until_reads(server, "/two/f.txt", A)
    put(lists / "two words.txt", f"{B}\n")
    put(lists / "two.txt", f"{C}\n")
    until_reads(server, "/two/f.txt", A, False)
    until_reads(server, "/two/f.txt", B)
    until_reads(server, "/two/f.txt", C)


def test_variables_and_the_place(server, plain):
    _, seen = variables.ask(server, "GET", "/plain/f.txt", origin=A)
    assert (seen.result, seen.origin) == ("allowed", A)
    assert reads(server, "/plain/f.txt", "https://x.a.example")
    server.wait_log(r"CORS: allowed for origin https://x\.a\.example, decided "
                    rf"at {plain}:3")
    _, seen = variables.ask_preflight(server, "/plain/f.txt", OTHER)
    assert seen.result == "refused-origin"


def test_answers_of_a_list(server):
    """Vary, credentials and conditional requests are those of any list."""
    r = server.get("/trusted/f.txt", origin=A)
    assert r.cors == {"allow-origin": A, "allow-credentials": "true"}
    assert r.vary == ["origin"]
    etag = {"If-None-Match": r.one("ETag")}
    again = server.get("/trusted/f.txt", origin=A, headers=etag)
    assert again.status == 304 and again.cors == r.cors
    assert server.get("/trusted/f.txt").vary == ["origin"]
    refused = server.get("/trusted/f.txt", origin=OTHER)
    assert not refused.cors and refused.vary == ["origin"]


# ---- what changes ----------------------------------------------------------

def test_a_change(server, plain):
    put(plain, f"{B}\n")
    until_reads(server, "/plain/f.txt", B)
    assert not reads(server, "/plain/f.txt", A)
    assert not reads(server, "/plain/f.txt", "https://x.a.example")
    assert reads(server, "/plain/f.txt", "https://own.example")
    put(plain, f"{A}\n{B}\n")
    until_reads(server, "/plain/f.txt", A)


def test_empty(server, plain):
    """An empty list is a list: it holds nobody, and nothing is wrong."""
    for text in ("", "# nobody\n"):
        put(plain, f"{A}\n")
        until_reads(server, "/plain/f.txt", A)
        put(plain, text)
        until_reads(server, "/plain/f.txt", A, False)
        assert says(server, "/plain/f.txt", A) == "refused-origin"
        assert reads(server, "/plain/f.txt", "https://own.example")


@pytest.mark.parametrize("text", [f"{B}\n", f"{A}\n{B}\n"])
def test_overwritten(server, plain, text):
    """In place, at one go, with today's time: once it has rested."""
    overwrite(plain, text, age=None)
    until_reads(server, "/plain/f.txt", B)
    assert reads(server, "/plain/f.txt", A) == (A in text)


def test_a_time_that_was_set_back(server, plain):
    """The same size, file and time: nobody sets back the ctime."""
    put(plain, f"{A}\n")
    until_reads(server, "/plain/f.txt", A)
    until_reads(server, "/plain/f.txt", "https://x.a.example", False)
    before = os.stat(plain)
    overwrite(plain, f"{B}\n", age=None)
    os.utime(plain, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = os.stat(plain)
    assert (before.st_size, before.st_ino, before.st_mtime_ns) == (
        after.st_size, after.st_ino, after.st_mtime_ns)
    until_reads(server, "/plain/f.txt", B)
    assert not reads(server, "/plain/f.txt", A)


def test_a_time_to_come(server, plain):
    """A file server's clock may be ahead."""
    put(plain, f"{B}\n", age=-3600)
    until_reads(server, "/plain/f.txt", B)
    assert not reads(server, "/plain/f.txt", A)


def test_away_and_back(server, plain):
    """Gone, a list holds nobody; nor does what came back until it is read."""
    away = plain.with_name("away.txt")
    plain.rename(away)
    until_reads(server, "/plain/f.txt", A, False)
    server.wait_log(r"\[cors:error\].*test\.conf:\d+: CORSAllowOriginFrom "
                    r"file:lists/plain\.txt does not answer, and holds nobody "
                    r"until it does: there is no such file")
    assert says(server, "/plain/f.txt", A) == "source-error"
    assert says(server, "/plain/f.txt", "https://own.example") == "allowed"
    assert says(server, "/plain/f.txt", "https://denied.example") \
        == "refused-origin"
    put(plain, f"{B}\n", age=0)
    next_look(server, "/plain/f.txt")
    assert not reads(server, "/plain/f.txt", A)
    until_reads(server, "/plain/f.txt", B)
    assert not reads(server, "/plain/f.txt", A)
    away.replace(plain)
    until_reads(server, "/plain/f.txt", A)


def test_a_link_is_turned(server, lists):
    until_reads(server, "/link/f.txt", A)
    put(lists / "other.txt", f"{B}\n")
    new = lists / "link.new"
    new.symlink_to("other.txt")
    new.replace(lists / "link.txt")
    until_reads(server, "/link/f.txt", B)
    assert not reads(server, "/link/f.txt", A)
    put(lists / "other.txt", f"{C}\n")
    until_reads(server, "/link/f.txt", C)


# ---- what is not complete --------------------------------------------------

def test_a_last_line_without_its_end(server, plain):
    """A torn https://api.example.co is somebody else's."""
    put(plain, f"{B}\nhttps://api.example.co", age=5)
    for _ in range(2):
        next_look(server, "/plain/f.txt")
        assert reads(server, "/plain/f.txt", A)
        assert not reads(server, "/plain/f.txt", "https://api.example.co")
    with open(plain, "a") as f:
        f.write("m\n")
    set_age(plain, 5)
    until_reads(server, "/plain/f.txt", "https://api.example.com")
    assert not reads(server, "/plain/f.txt", "https://api.example.co")


def test_a_last_line_that_has_rested(server, plain):
    put(plain, f"{B}\nhttps://api.example.com", age=11)
    until_reads(server, "/plain/f.txt", "https://api.example.com")


def test_cut_to_nothing(server, plain):
    """What writes in place cuts the file first."""
    put(plain, f"{A}\n")
    until_reads(server, "/plain/f.txt", "https://x.a.example", False)
    overwrite(plain, "", age=5)
    for _ in range(2):
        next_look(server, "/plain/f.txt")
        assert reads(server, "/plain/f.txt", A)
    overwrite(plain, f"{B}\n")
    until_reads(server, "/plain/f.txt", B)


def versions():
    """Two lists that differ, and what stands in both."""
    many = "".join(f"https://h{i}.example\n" for i in range(200))
    a = f"{A}\n{many}https://api.example.com\n"
    b = f"{many}https://api.example.com\n{B}\n"
    return a, b


def write_in_pieces(path, texts, until_told, how):
    """In place, again and again, as slowly as many small writes are."""
    while not until_told.is_set():
        for text in texts:
            with open(path, how) as f:
                data = text.encode()
                for i in range(0, len(data), 7):
                    os.write(f.fileno(), data[i:i + 7])


@pytest.mark.parametrize("how", ["wb", "r+b"], ids=["cut", "overwritten"])
def test_torn(server, plain, how):
    """While somebody writes, every answer is that of a whole version."""
    a, b = versions()
    put(plain, a)
    until_reads(server, "/plain/f.txt", "https://api.example.com")
    told = threading.Event()
    writer = threading.Thread(target=write_in_pieces, daemon=True,
                              args=(plain, (b, a), told, how))
    writer.start()
    begun, asked = time.monotonic(), 0
    try:
        # Three looks of the server, whatever it sees.
        while time.monotonic() < begun + 3:
            for origin in (A, B, "https://h7.example",
                           "https://api.example.com"):
                allowed = reads(server, "/plain/f.txt", origin)
                assert allowed == (origin != B), origin
            for origin in ("https://api.example.co", "https://h7.exampl",
                           "https://h.example"):
                assert not reads(server, "/plain/f.txt", origin), origin
            asked += 1
    finally:
        told.set()
        writer.join(30)
    assert not writer.is_alive() and asked
    overwrite(plain, b, age=None)
    until_reads(server, "/plain/f.txt", B)
    assert not reads(server, "/plain/f.txt", A)
