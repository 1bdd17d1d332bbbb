# SPDX-License-Identifier: Apache-2.0
"""Section 2: which requests the module judges, and by what they said. Internal
redirects are in test_redirects.py."""

import pytest

from harness import Backend, variables

APP = "https://app.example"
OTHER = "https://other.example"
EVIL = "https://evil.example"

LONGEST = "https://" + "a" * 61 + "." + "b" * 63 + "." + "c" * 63 + "." \
    + "d" * 61 + ".x"                           # a host of 253 bytes


def config(port):
    return f"""
LimitRequestFieldSize 65536
<Location /list>
    CORSAllowOrigin {APP} {LONGEST}
</Location>
<Location /star>
    CORSAllowOrigin *
</Location>
<Location /forbid>
    CORSAllowOrigin {APP}
    CORSRefusal Forbid
</Location>
<Location /deny>
    CORSAllowOrigin *
    CORSDenyOrigin {EVIL}
</Location>
<Location /null>
    CORSAllowOrigin null
    CORSTolerate null-origin
</Location>
<Location /match>
    CORSAllowOriginMatch ".*"
</Location>
<Location /local>
    CORSAllowOrigin http://127.0.0.1 http://[::1] http://localhost:3000
    CORSAllowOrigin https://under_score.example https://dot.example.
    CORSAllowOrigin app://Some.Host-1 https://xn--bcher-kva.example
</Location>
<Location /unset>
    CORSAllowOrigin {APP}
    RequestHeader unset Origin
</Location>
<Location /set>
    CORSAllowOrigin {APP}
    RequestHeader set Origin {APP}
</Location>
<Location /unset-preflight>
    CORSAllowOrigin {APP}
    CORSPreflight PassThrough
    CORSAllowMethods PUT
    RequestHeader unset Origin
    RequestHeader unset Access-Control-Request-Method
    RequestHeader unset Access-Control-Request-Headers
</Location>
<VirtualHost *:${{PORT}}>
    ServerName default.example
</VirtualHost>
<VirtualHost *:${{PORT}}>
    ServerName early.example
    RequestHeader unset Origin early
</VirtualHost>
ProxyPassMatch ^/[^/]+/proxy$ http://127.0.0.1:{port}/
<Directory ${{HTDOCS}}>
    Options +Includes
</Directory>
AddOutputFilter INCLUDES .shtml
"""


@pytest.fixture(scope="module")
def server(start_server, mpm, backend):
    server = start_server(
        config(backend.port) + variables.LOG, mpm=mpm, modules=[
            "cgi", "headers", "include", "proxy", "proxy_http"])
    for name in ("list", "star", "deny", "null", "match", "local", "unset",
                 "set", "unset-preflight", "outside", "forbid"):
        server.write(f"{name}/a.txt", "0123456789")
        server.write_cgi(f"{name}/run.cgi")
        server.write(f"{name}/forbid.shtml",
                     '<!--#include virtual="/forbid/a.txt" -->')
        server.write(f"{name}/page.shtml",
                     '<!--#include virtual="/star/a.txt" -->'
                     '<!--#include virtual="/list/run.cgi" -->')
    return server


# --- Origin -----------------------------------------------------------------

VALID = [
    APP, OTHER, "null", "http://127.0.0.1", "http://[::1]:8080",
    "https://under_score.example", "https://a--b.example", "https://-a.example",
    "https://dot.example.", "https://a.example:1", "https://a.example:65535",
    "http://a.example:443", "https://a.example:80", "app://obsidian.md",
    "chrome-extension://abcdefgh", "moz-extension://0a1b-2c3d", "file://",
    "app://Some.Host-1", "https://localhost", LONGEST, LONGEST + ":8080",
]
MALFORMED = [
    "", "app.example", "//app.example", "https:app.example",
    "https:/app.example", "https://", "://app.example", APP + "/", APP + "/x",
    APP + "?x", APP + "#x", "https://user@app.example", "HTTPS://app.example",
    "https://App.example", APP + ":443", "http://app.example:80",
    APP + ":0", APP + ":00080", APP + ":65536", APP + ":", APP + ":8o",
    "https://a..example", "https://.example", "https://a.example..",
    "https://a b.example", "https://a\texample", "https://\xe4.example",
    "https://a%20b.example", "https://*.example", "https://127.1",
    "https://127.0.0.01", "https://256.1.1.1", "https://0x7f.0.0.1",
    "https://[::1", "https://::1", "https://[0:0:0:0:0:0:0:1]",
    "https://[::0]", "https://[::FFFF]", "https://[fe80::1%25eth0]",
    APP + " " + OTHER, APP + "," + APP, APP + ", " + OTHER, "null, " + APP,
    "NULL", "null ,", "https://" + "a" * 400 + ".example",
    LONGEST.replace(".x", ".xy"), "https://" + "a." * 130 + "example",
    "https://[1.2.3.4]", "1http://a.example", "ht~tp://a.example",
    "app://a b", "app://a/b", "https://a.example\\", "https://a.example'",
    "*",
]


def label(text):
    return text if len(text) < 40 else f"{text[:20]}… {len(text)} bytes"


@pytest.mark.parametrize("origin", VALID, ids=label)
def test_valid_origin(server, origin):
    """* with denies echoes whatever is an origin, as it was sent."""
    r, seen = variables.ask(server, "GET", "/deny/a.txt", origin=origin)
    assert r.cors == {"allow-origin": origin}
    assert seen.result == "allowed"


@pytest.mark.parametrize("origin", MALFORMED, ids=label)
def test_malformed_origin(server, origin):
    """Refused like one that is not listed, and never echoed."""
    for path in ("deny", "match", "list", "null"):
        r, seen = variables.ask(server, "GET", f"/{path}/a.txt",
                                origin=origin)
        assert r.status == 200 and r.cors == {} and r.vary == ["origin"]
        assert seen.result == "refused-malformed"
        r = server.preflight(f"/{path}/a.txt", origin)
        assert r.status == 403 and r.cors == {} and r.vary == ["origin"]


@pytest.mark.parametrize("origin", MALFORMED, ids=label)
def test_a_plain_star_does_not_look(server, origin):
    r = server.get("/star/a.txt", origin)
    assert r.cors == {"allow-origin": "*"} and r.vary == []


@pytest.mark.parametrize("lines", [
    [APP, APP], [APP, OTHER], [APP, ""], ["", APP], ["null", "null"]],
    ids=str)
def test_origin_twice(server, lines):
    headers = [("Origin", line) for line in lines]
    for path in ("list", "deny", "match", "null"):
        r, seen = variables.ask(server, "GET", f"/{path}/a.txt", headers)
        assert r.cors == {} and r.vary == ["origin"]
        assert seen.result == "refused-malformed"
        r = server.request("OPTIONS", f"/{path}/a.txt", [
            *headers, ("Access-Control-Request-Method", "PUT")])
        assert r.status == 403 and r.cors == {}
    assert server.request("GET", "/star/a.txt", headers).cors == {
        "allow-origin": "*"}


@pytest.mark.parametrize("origin, allowed", [
    (" " + APP + " ", True), ("\t" + APP, True), (APP + ".", False),
    (LONGEST, True), (LONGEST + ".", False)])
def test_blanks_around_are_no_part_of_a_value(server, origin, allowed):
    r = server.get("/list/a.txt", origin)
    assert r.cors == ({"allow-origin": origin.strip()} if allowed else {})


@pytest.mark.parametrize("path, origin, allowed", [
    ("null", "null", True), ("null", "file://", True), ("null", APP, False),
    ("list", "null", False), ("match", "null", False),
    ("match", "file://", False), ("match", OTHER, True),
    ("local", "http://127.0.0.1", True), ("local", "http://[::1]", True),
    ("local", "http://localhost:3000", True),
    ("local", "http://localhost", False),
    ("local", "https://under_score.example", True),
    ("local", "https://dot.example.", True),
    ("local", "https://dot.example", False),
    ("local", "app://Some.Host-1", True),
    ("local", "app://some.host-1", False),
    ("local", "https://xn--bcher-kva.example", True),
])
def test_matched(server, path, origin, allowed):
    r = server.get(f"/{path}/a.txt", origin)
    assert r.cors == ({"allow-origin": origin} if allowed else {})


# --- the request as it came -------------------------------------------------

@pytest.mark.parametrize("path", ["a.txt", "run.cgi", "proxy", "none.txt"])
def test_unset_changes_nothing_here(server, backend, path):
    """RequestHeader unset Origin hides it from the backend alone."""
    backend.reset()
    r = server.get(f"/unset/{path}", APP)
    assert r.cors == {"allow-origin": APP} and r.vary == ["origin"]
    assert server.get(f"/unset/{path}", OTHER).cors == {}
    assert server.get(f"/unset/{path}").cors == {}
    assert [q.all("Origin") for q in backend.requests] == (
        [[]] * 3 if path == "proxy" else [])
    assert server.preflight(f"/unset/{path}", APP).status == 204
    assert server.preflight(f"/unset/{path}", OTHER).status == 403


def test_unset_early_comes_before_the_module(server):
    host = [("Host", "early.example")]
    r, seen = variables.ask(server, "GET", "/list/a.txt", host, origin=APP)
    assert r.cors == {} and r.vary == ["origin"] and seen.result is None


def test_set_grants_nothing(server, backend):
    backend.reset()
    assert server.get("/set/proxy", OTHER).cors == {}
    assert server.get("/set/proxy").cors == {}
    assert [q.all("Origin") for q in backend.requests] == [[APP]] * 2
    assert server.preflight("/set/proxy", OTHER).status == 403


def test_unset_of_what_a_preflight_asked(server, backend):
    """The request lists are gone when the headers are written."""
    backend.reset()
    r = server.preflight("/unset-preflight/proxy", APP, "PUT", "x-one")
    assert r.status == 200
    assert r.cors == {"allow-origin": APP, "allow-methods": "PUT"}
    assert backend.requests[0].all("Access-Control-Request-Method") == []


# --- main requests only -----------------------------------------------------

@pytest.mark.parametrize("path, origin, cors, vary", [
    ("outside", APP, {}, []),
    ("outside", None, {}, []),
    ("list", APP, {"allow-origin": APP}, ["origin"]),
    ("list", OTHER, {}, ["origin"]),
    ("star", OTHER, {"allow-origin": "*"}, []),
])
def test_subrequests_answer_nobody(server, path, origin, cors, vary):
    r = server.get(f"/{path}/page.shtml", origin)
    assert r.status == 200 and r.body == b"0123456789hello\n"
    assert r.cors == cors and r.vary == vary


@pytest.mark.parametrize("folder", ["outside", "list"])
def test_subrequests_are_neither_forbidden_nor_judged(server, folder):
    """Not even where the same request from outside would be."""
    assert server.get("/forbid/a.txt", OTHER).status == 403
    begin = len(server.log.recent())
    r = server.get(f"/{folder}/forbid.shtml", OTHER)
    assert r.status == 200 and r.body == b"0123456789"
    judged = server.log.recent()[begin:].count("CORS: ")
    assert judged == (folder == "list")


def test_other_methods_of_section_2(server):
    """TRACE is no CORS request of any browser; still it gets no more."""
    r = server.request("TRACE", "/list/a.txt", origin=OTHER)
    assert r.status == 200 and r.cors == {}


def test_options_star(server):
    """No section holds for it."""
    r = server.preflight("*", APP)
    assert r.status == 200 and r.cors == {}


# --- a forward proxy --------------------------------------------------------

FORWARD = f"""
ProxyRequests On
CORSAllowOrigin {APP}
CORSRefusal Forbid
<Proxy *>
    CORSAllowOrigin {APP}
    CORSAllowMethods PUT
</Proxy>
"""


@pytest.fixture(scope="module")
def forward(start_server, mpm):
    return start_server(FORWARD + variables.LOG, mpm=mpm, modules=[
        "proxy", "proxy_http"])


@pytest.mark.parametrize("origin", [APP, OTHER, None])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_forward_proxy_untouched(forward, backend, method, origin):
    backend.reset()
    said = [("Access-Control-Allow-Origin", "https://site.example"),
            ("Vary", "Accept")]
    backend.answer = Backend.response(headers=said)
    r, seen = variables.ask(
        forward, method, f"http://127.0.0.1:{backend.port}/x", [
            ("Host", f"127.0.0.1:{backend.port}"),
            ("Access-Control-Request-Method", "PUT")], origin=origin)
    assert r.status == 200 and r.body == b"backend"
    assert backend.requests[0].method == method
    assert r.cors == {"allow-origin": "https://site.example"}
    assert r.vary == ["accept"]
    assert seen.result is None


def test_other_requests_of_that_server_are_judged(forward):
    forward.write("a.txt", "x")
    assert forward.get("/a.txt", APP).cors == {"allow-origin": APP}
    assert forward.get("/a.txt", OTHER).status == 403
