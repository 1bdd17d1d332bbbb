# SPDX-License-Identifier: Apache-2.0
"""CORSAllowOriginFrom file:PATH: lists that change while the server runs."""

import os
import re
import threading
import time

import pytest

from harness import metrics, until, variables
from lists import (ALONE, next_look, overwrite, put, reads, set_age,
                   until_reads, until_told)

A = "https://a.example"
B = "https://b.example"
C = "https://c.example"
OTHER = "https://other.example"

def make_fifo(path):
    os.mkfifo(path, 0o644)


def make_directory(path):
    path.mkdir(mode=0o755)


def make_unreadable(path):
    put(path, f"{A}\n")
    path.chmod(0)


def make_long(path):
    put(path, f"{A}\n")
    os.truncate(path, 300 * 1024 * 1024)
    set_age(path, 100)


def make_zeros(path):
    put(path, b"\0" * 100000)


NO_LISTS = {
    "fifo": (make_fifo, "it is no ordinary file"),
    "directory": (make_directory, "it is no ordinary file"),
    "device": (lambda path: path.symlink_to("/dev/zero"),
               "it is no ordinary file"),
    "unreadable": (make_unreadable, "it cannot be read"),
    "nowhere": (lambda path: path.symlink_to("nowhere"),
                "there is no such file"),
    "itself": (lambda path: path.symlink_to(path.name),
               "Too many (levels of )?symbolic links"),
    "long": (make_long, "it is longer than 256 MiB"),
    "terminal": (lambda path: path.symlink_to("/dev/tty"),
                 "it is no ordinary file"),
}

CONFIG = ALONE + f"""
<Location /plain>
    CORSAllowOriginFrom file:lists/plain.txt
    CORSAllowOrigin https://own.example
    CORSDenyOrigin https://denied.example
</Location>
<Location /two>
    CORSAllowOriginFrom "file:lists/two words.txt" file:${{ROOT}}/lists/two.txt
</Location>
<Location /trusted>
    CORSAllowOriginFrom file:lists/trusted.txt
    CORSAllowCredentials On
</Location>
<Location /bad>
    CORSAllowOriginFrom file:lists/bad.txt
</Location>
<Location /never>
    CORSAllowOriginFrom file:lists/never.txt
</Location>
<Location /link>
    CORSAllowOriginFrom file:lists/link.txt
</Location>
<CORSPolicy partners>
    CORSAllowOriginFrom file:lists/partners.txt
    CORSAllowCredentials On
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
</CORSPolicy>
<Location /policy>
    CORSUsePolicy partners
</Location>
<Location /several>
    CORSUsePolicy partners public
</Location>
<Location /candidate>
    CORSAllowOrigin {OTHER}
    CORSCandidatePolicy partners
</Location>
<Location /if>
    <If "%{{QUERY_STRING}} == 'yes'">
        CORSAllowOriginFrom file:lists/if.txt
    </If>
</Location>
<Directory ${{HTDOCS}}/merged>
    CORSAllowOriginFrom file:lists/merged.txt
</Directory>
<Location /merged/inner>
    CORSAllowMethods PUT
</Location>
<Location /merged/trusted>
    CORSAllowCredentials On
</Location>
<Location /merged/ended>
    CORSAllowOriginFrom None
</Location>
<Location /metrics>
    SetHandler cors-metrics
</Location>
""" + "".join(f"""
<Location /no-{kind}>
    CORSAllowOriginFrom file:lists/no-{kind}.txt
    CORSAllowOrigin https://own.example
</Location>
""" for kind in NO_LISTS) + variables.LOG

FILES = {f"{d}/f.txt": "hello" for d in
         ("plain", "two", "trusted", "bad", "never", "link", "policy",
          "several", "candidate", "if", "merged", "merged/inner",
          "merged/trusted", "merged/ended", "merged/htaccess",
          *(f"no-{kind}" for kind in NO_LISTS))}
FILES["merged/htaccess/.htaccess"] = "CORSAllowCredentials On\n"
FILES["policy/x.cgi"] = ""

PLAIN = f"""# ours
{A}
https://*.a.example     # all of theirs
http://localhost:*
https://b.example:8000-8001
https://denied.example
"""


@pytest.fixture(scope="module")
def server(start_server):
    server = start_server(
        CONFIG, modules=["cgi"], files=FILES,
        expect_log=[r"\[cors:error\].*lists/(bad|never)\.txt"])
    return server


@pytest.fixture(scope="module", autouse=True)
def lists_before(request):
    """The lists stand there before the server starts."""
    from harness import server as module

    make = module.make_tree

    def make_tree(root):
        make(root)
        lists = root / "lists"
        for name in ("plain", "two", "two words", "trusted", "partners", "if",
                     "merged", "one", "other",
                     *(f"no-{kind}" for kind in NO_LISTS)):
            put(lists / f"{name}.txt", PLAIN if name == "plain" else f"{A}\n")
        put(lists / "trusted.txt", f"{A}\nhttps://own.example\n")
        put(lists / "bad.txt", f"{A}\nx\n*\n")
        (lists / "link.txt").symlink_to("one.txt")

    module.make_tree = make_tree
    yield
    module.make_tree = make


@pytest.fixture
def lists(server):
    return server.root / "lists"


@pytest.fixture
def plain(server, lists):
    """A list, as it was at start, and the server has read it."""
    path = lists / "plain.txt"
    if not path.exists() or path.read_text() != PLAIN \
            or not reads(server, "/plain/f.txt", "https://x.a.example"):
        put(path, PLAIN)
        until_reads(server, "/plain/f.txt", "https://x.a.example")
    return path


def says(server, target, origin):
    return variables.ask(server, "GET", target, origin=origin)[1].result


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


# ---- what is bad -----------------------------------------------------------

def test_a_bad_version(server, plain):
    """The list before it stays, and the log has file and line."""
    put(plain, f"{B}\nb.example\n*\n{C}/\n")
    until_told(server, "/plain/f.txt",
               rf"\[cors:error\].*{plain}:2: CORS001: 'b\.example' is not "
               r"an origin.*; write https://b\.example; the list as it was "
               r"read before stays")
    server.wait_log(rf"\[cors:error\].*{plain}:3: CORS066: '\*' cannot come "
                    r"from a list kept elsewhere")
    server.wait_log(rf"\[cors:error\].*{plain}:4: CORS002: ")
    for _ in range(2):
        next_look(server, "/plain/f.txt")
        assert reads(server, "/plain/f.txt", A)
        assert not reads(server, "/plain/f.txt", B)
    assert len(re.findall(rf"{plain}:2: ", server.log.recent())) == 1
    put(plain, f"{B}\n")
    until_reads(server, "/plain/f.txt", B)


def test_bad_with_credentials(server, lists):
    """What is only bad with credentials is bad where they are on."""
    trusted = lists / "trusted.txt"
    put(trusted, f"{B}\nhttp://plain.example\n")
    until_told(server, "/trusted/f.txt",
               rf"{trusted}:2: CORS018: 'http://plain\.example'.*stays")
    assert reads(server, "/trusted/f.txt", A)
    put(trusted, f"{B}\nhttps://*.co.kr\n")
    until_told(server, "/trusted/f.txt", rf"{trusted}:2: CORS016: .*stays")
    # The private section: what an update may bring is no update here.
    put(trusted, f"{B}\n{C}\nhttps://*.github.io\n")
    until_told(server, "/trusted/f.txt", rf"{trusted}:3: CORS016: .*stays")
    assert reads(server, "/trusted/f.txt", A)
    assert not reads(server, "/trusted/f.txt", "https://x.github.io")
    put(trusted, f"{B}\nhttp://localhost:3000\n")
    until_reads(server, "/trusted/f.txt", B)
    assert reads(server, "/trusted/f.txt", "http://localhost:3000")
    put(trusted, f"{A}\nhttps://own.example\n")
    until_reads(server, "/trusted/f.txt", A)


def test_bad_at_start(server, lists):
    """The server started; the list holds nobody until it is mended, without a
    restart."""
    before = metrics.read(server)
    assert says(server, "/bad/f.txt", A) == "source-error"
    r = server.preflight("/bad/f.txt", A)
    assert r.status == 403 and not r.cors and r.vary == ["origin"]
    counted = metrics.read(server) - before
    assert sum(n for (name, _), n in counted.items()
               if name == "cors_source_errors_total") == 2
    assert sum(n for (name, labels), n in counted.items()
               if name == "cors_requests_total"
               and ("result", "source-error") in labels) == 2
    put(lists / "bad.txt", f"{A}\n")
    until_reads(server, "/bad/f.txt", A)
    put(lists / "bad.txt", f"x\n{B}\n")
    until_told(server, "/bad/f.txt",
               r"bad\.txt:1: CORS001: .*as it was read before stays")
    assert reads(server, "/bad/f.txt", A)


def test_a_failure_is_told_once_a_minute(server, lists):
    for _ in range(30):
        assert not reads(server, "/never/f.txt", A)
    said = re.findall(r"never\.txt does not answer", server.log.everything())
    # The minute may end in between.
    assert len(said) <= 4


def test_no_list(server, lists):
    """Whatever comes to stand there, nobody is held and nothing blocks; and
    once a list is there again, it is read."""
    for kind in NO_LISTS:
        assert reads(server, f"/no-{kind}/f.txt", A)
    for kind, (make, _) in NO_LISTS.items():
        (lists / f"no-{kind}.txt").unlink()
        make(lists / f"no-{kind}.txt")
    server.expect_log(r"no-\w+\.txt does not answer")
    for kind, (_, said) in NO_LISTS.items():
        until(lambda: says(server, f"/no-{kind}/f.txt", A) == "source-error")
        assert reads(server, f"/no-{kind}/f.txt", "https://own.example")
        server.wait_log(rf"no-{kind}\.txt does not answer, and holds nobody "
                        rf"until it does: {said}")
    for kind in NO_LISTS:
        path = lists / f"no-{kind}.txt"
        path.rmdir() if kind == "directory" else path.unlink()
        put(path, f"{B}\n")
    for kind in NO_LISTS:
        until_reads(server, f"/no-{kind}/f.txt", B)
        assert not reads(server, f"/no-{kind}/f.txt", A)


# ---- policies, sections ----------------------------------------------------

def test_policies(server, lists):
    put(lists / "partners.txt", f"{A}\n")
    until_reads(server, "/policy/f.txt", A)
    r = server.get("/several/f.txt", origin=A)
    assert r.cors == {"allow-origin": A, "allow-credentials": "true"}
    r = server.get("/several/f.txt", origin=B)
    assert r.cors == {"allow-origin": B}
    put(lists / "partners.txt", f"{B}\n")
    until_reads(server, "/policy/f.txt", B)
    r = server.get("/several/f.txt", origin=A)
    assert r.cors == {"allow-origin": A}
    # It fails: whoever was a partner is everybody else.
    (lists / "partners.txt").rename(lists / "partners.away")
    until(lambda: says(server, "/policy/f.txt", B) == "source-error")
    server.expect_log(r"partners\.txt does not answer")
    r, seen = variables.ask(server, "GET", "/several/f.txt", origin=B)
    assert r.cors == {"allow-origin": B} and seen.result == "allowed"
    assert seen.policy == "public"
    (lists / "partners.away").rename(lists / "partners.txt")
    until_reads(server, "/policy/f.txt", B)


def test_a_candidate(server, lists):
    put(lists / "partners.txt", f"{A}\n")
    until_reads(server, "/policy/f.txt", A)
    assert reads(server, "/candidate/f.txt", OTHER)
    assert not reads(server, "/candidate/f.txt", A)
    server.wait_log(r"the candidate policy partners would make it allowed")


def test_if(server, lists):
    assert server.get("/if/f.txt", origin=A).cors == {}
    until_reads(server, "/if/f.txt?yes", A)
    put(lists / "if.txt", f"{B}\n")
    until_reads(server, "/if/f.txt?yes", B)
    assert not reads(server, "/if/f.txt?yes", A)


def test_merged(server, lists):
    merged = lists / "merged.txt"
    put(merged, f"{A}\n")
    for where in ("", "inner/", "trusted/", "htaccess/"):
        until_reads(server, f"/merged/{where}f.txt", A)
    for where in ("trusted/", "htaccess/"):
        r = server.get(f"/merged/{where}f.txt", origin=A)
        assert r.cors == {"allow-origin": A, "allow-credentials": "true"}
    assert not reads(server, "/merged/ended/f.txt", A)
    assert server.preflight("/merged/inner/f.txt", A, "PUT").cors[
        "allow-methods"] == "PUT"


@pytest.mark.parametrize("entry", ["http://plain.example", "https://*.co.kr",
                                   "https://*.github.io",
                                   "moz-extension://*"])
def test_credentials_that_configtest_has_not_seen(server, lists, entry):
    """Sections that meet in a request, and .htaccess: nobody is held where an
    entry is not fit for them; without them, all are."""
    merged = lists / "merged.txt"
    put(merged, f"{A}\n")
    for where in ("", "trusted/", "htaccess/"):
        until_reads(server, f"/merged/{where}f.txt", A)
    put(merged, f"{A}\n{entry}\n")
    for where in ("trusted/", "htaccess/"):
        until_reads(server, f"/merged/{where}f.txt", A, False)
        assert says(server, f"/merged/{where}f.txt", A) == "source-error"
    assert reads(server, "/merged/f.txt", A)
    assert reads(server, "/merged/f.txt", entry.replace("*", "x"))
    server.expect_log(r"merged\.txt does not answer, and holds nobody until "
                      r"it does: an entry of it is not fit for credentials")
    put(merged, f"{A}\n")
    for where in ("trusted/", "htaccess/"):
        until_reads(server, f"/merged/{where}f.txt", A)


# ---- requests that outlive a version ---------------------------------------

@pytest.mark.parametrize("later", [[B], [B, C, OTHER]],
                         ids=["the next", "the third"])
def test_ends_as_it_began(server, lists, later):
    """A request that began with one version ends with it: headers and log,
    when the version has long gone."""
    server.write("policy/x.cgi", "#!/bin/sh\ncat >/dev/null\n"
                 "printf 'Content-Type: text/plain\\n\\nend'\n", mode=0o755)
    partners = lists / "partners.txt"
    # So long that nothing else comes to lie where it was.
    many = "".join(f"https://h{n}.example\n" for n in range(20000))
    put(partners, f"# a line\n{A}\n{many}")
    until_reads(server, "/policy/f.txt", A)
    begun = [server.connect() for _ in range(3)]
    for n, connection in enumerate(begun):
        connection.send(f"POST /policy/x.cgi HTTP/1.1\r\nHost: localhost\r\n"
                        f"Origin: {A}\r\nContent-Length: 2\r\nX-Test: o{n}\r\n"
                        "Expect: 100-continue\r\n\r\n".encode())
        # The handler reads: the decision is behind.
        assert b"100" in connection.socket.recv(1000)
    for origin in later:
        put(partners, f"{origin}\n")
        until_reads(server, "/policy/f.txt", origin)
    for n, connection in enumerate(begun):
        connection.send(b"ab")
        with connection:
            r = connection.read("POST")
        assert r.cors == {"allow-origin": A, "allow-credentials": "true"}
        assert variables.find(server, f"o{n}").result == "allowed"
    assert not reads(server, "/policy/f.txt", A)


def test_graceful_restart(server, lists, plain):
    put(plain, f"{A}\n")
    until_reads(server, "/plain/f.txt", A)
    with server.connect() as connection:
        connection.send(b"GET /plain/f.txt HTTP/1.1\r\nHost: localhost\r\n")
        put(plain, f"{B}\n")
        server.restart(graceful=True)
        connection.send(f"Origin: {A}\r\nConnection: close\r\n\r\n".encode())
        assert connection.read().status == 200
    until_reads(server, "/plain/f.txt", B)
    until_reads(server, "/plain/f.txt", A, False)
    put(plain, f"{C}\n")
    until_reads(server, "/plain/f.txt", C)
