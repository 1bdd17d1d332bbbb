# SPDX-License-Identifier: Apache-2.0
"""CORSAllowOriginFrom file:PATH: lists that are bad, or not there; policies and
sections that have one; requests that outlive a version."""

import re

import pytest

from harness import metrics, until, variables
from list_site import (A, B, C, NO_LISTS, OTHER, lists,  # noqa: F401
                       lists_before, plain, says, server)
from lists import next_look, put, reads, until_reads, until_told


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
