# SPDX-License-Identifier: Apache-2.0
"""Attempts to make a preflight run a guarded script.

Each of them has succeeded against some design of this module. The scripts are
real ones here, in a directory that asks for a user, as are its ErrorDocuments:
a request that httpd makes of another one in the same directory, as it does for
an ErrorDocument, is not asked again.
"""

import socket

import pytest

import auth_lab as lab
from auth_lab import APP, BASIC, OTHER
from harness.client import ClientError

CODES = (400, 401, 403, 404, 405, 406, 408, 413, 417, 431, 500, 501, 502, 503)
STATUS = {"204": 204, "200": 200}

CONFIG = """
Header always set X-Path "expr=%{REQUEST_URI}"
AddLanguage de .de
AddLanguage fr .fr
<Directory ${HTDOCS}/free>
    CORSAllowOrigin @APP
    MultiviewsMatch Any
    ErrorDocument 406 /free/error.cgi
</Directory>
""".replace("@APP", APP) + "".join(f"""
<Directory ${{HTDOCS}}/{name}>
    {BASIC}
    Require valid-user
    CORSAllowOrigin {APP}
    CORSPreflight {preflight}
    CORSRefusal {refusal}
    LimitRequestBody 40
    MultiviewsMatch Any
    DirectoryIndex open.cgi
    FallbackResource /{name}/open.cgi
    <Files open.cgi>
        Require all granted
    </Files>
""" + "".join(f"    ErrorDocument {c} {document}\n" for c in CODES
              if c != 401 or not document.startswith("http"))
        .replace("@", f"/{name}") + "</Directory>\n"
    for preflight in STATUS
    for refusal in ("Silent", "Forbid")
    for kind, document in (("script", "@/error.cgi"),
                           ("open", "@/open.cgi"),
                           ("url", "http://elsewhere.example/"))
    for name in [f"{kind}-{preflight}-{refusal}"])

NAMES = [f"{kind}-{preflight}-{refusal}" for kind in ("script", "open", "url")
         for preflight in STATUS for refusal in ("Silent", "Forbid")]
SCRIPTS = ("run.cgi", "error.cgi", "open.cgi")
MODULES = ["cgi", "alias", "dir", "negotiation", "headers", "authn_core",
           "authn_file", "auth_basic", "authz_user", "authz_groupfile"]

# What httpd says of bad bodies and of headers that it does not send.
HARMLESS = [r"AH02430: Response header 'X-Path' value"]


@pytest.fixture(scope="module")
def server(start_server, mpm):
    server = start_server(CONFIG + "Protocols h2c http/1.1\n", mpm=mpm,
                          modules=MODULES + ["http2"] * (mpm == "event"),
                          expect_log=HARMLESS)
    lab.write_users(server)
    for name in [*NAMES, "free"]:
        for script in SCRIPTS:
            server.write_cgi(f"{name}/{script}")
        for text in ("page.html", "neg.html.de", "neg.html.fr"):
            server.write(f"{name}/{text}", "hello")
    return server


def preflight_headers(origin):
    return [("Origin", origin), ("Access-Control-Request-Method", "PUT")]


def ran(server, name):
    return {s: m for s in SCRIPTS if (m := server.ran(f"{name}/{s}"))}


def expected(name, origin):
    return STATUS[name.split("-")[1]] if origin == APP else 403


@pytest.mark.parametrize("path", [
    "run.cgi", "error.cgi", "open.cgi", "missing", "missing/", "",
    "neg", "run", "open", "page.html/info", "run.cgi/info"])
@pytest.mark.parametrize("name", NAMES)
def test_no_path_leads_to_a_script(server, name, path):
    for origin in (APP, OTHER, "null", f"{APP}/"):
        r = server.preflight(f"/{name}/{path}", origin,
                             extra={"Accept": "image/png"})
        assert r.status == expected(name, origin) and r.body == b""
        assert not r.all("Location") and not r.all("Content-Type")
    assert ran(server, name) == {}


BODIES = {
    "good": ([("Content-Length", "3")], b"a=b"),
    "chunked": ([("Transfer-Encoding", "chunked")], b"3\r\na=b\r\n0\r\n\r\n"),
    "bad chunk": ([("Transfer-Encoding", "chunked")], b"zz\r\n"),
    "bad trailer": ([("Transfer-Encoding", "chunked")],
                    b"1\r\na\r\n0\r\n\x00bad\r\n\r\n"),
    "long trailer": ([("Transfer-Encoding", "chunked")],
                     b"1\r\na\r\n0\r\nX: " + b"x" * 9000 + b"\r\n\r\n"),
    "unknown coding": ([("Transfer-Encoding", "magic")], b""),
    "too long": ([("Content-Length", "60")], b"x" * 60),
    "too long chunk": ([("Transfer-Encoding", "chunked")],
                       b"3c\r\n" + b"x" * 60 + b"\r\n0\r\n\r\n"),
    "huge": ([("Content-Length", "9" * 18)], b""),
    "overflow": ([("Content-Length", "9" * 30)], b""),
    "continue": ([("Content-Length", "60"), ("Expect", "100-continue")], b""),
    "expect": ([("Expect", "miracles")], b""),
}
# Those that end before they are complete; the client ends, too.
CUT = {
    "cut": ([("Content-Length", "30")], b"abc"),
    "cut chunk": ([("Transfer-Encoding", "chunked")], b"10\r\nabc"),
    "cut before": ([("Content-Length", "30")], b""),
}


@pytest.mark.parametrize("what", [*BODIES, *CUT])
@pytest.mark.parametrize("name", NAMES)
def test_no_body_leads_to_a_script(server, name, what):
    """At status 200 httpd followed the ErrorDocument of a bad body."""
    headers, body = {**BODIES, **CUT}[what]
    for origin in (APP, OTHER):
        with server.connect() as c:
            head = "".join(f"{n}: {v}\r\n" for n, v in [
                ("Host", c.host), *preflight_headers(origin), *headers])
            c.send(f"OPTIONS /{name}/run.cgi HTTP/1.1\r\n{head}\r\n".encode()
                   + body)
            if what in CUT:
                c.socket.shutdown(socket.SHUT_WR)
            try:
                r = c.read("OPTIONS")
            except ClientError:
                assert what in CUT      # nobody is left to answer
                continue
            assert not r.all("Location")
            assert r.body == b"" or b"hello" not in r.body
            if what in ("good", "chunked"):
                assert r.status == expected(name, origin)
    assert ran(server, name) == {}


@pytest.mark.parametrize("name", NAMES)
def test_no_header_of_others_leads_to_a_script(server, name):
    """X-Path holds a byte that httpd does not send: it answers 500 instead,
    and at status 200 it followed the ErrorDocument."""
    for origin in (APP, OTHER):
        r = server.preflight(f"/{name}/%01", origin)
        assert r.status == 500 and not r.all("Location")
        assert r.cors == {}
    assert ran(server, name) == {}


@pytest.mark.parametrize("mpm", ["event"], indirect=True)
@pytest.mark.parametrize("name", NAMES)
def test_the_same_over_http2(server, name):
    for origin in (APP, OTHER):
        headers = [(n.lower(), v) for n, v in preflight_headers(origin)]
        for path, body in (("run.cgi", None), ("neg", None), ("%01", None),
                           ("run.cgi", b"x" * 60), ("run.cgi", b"abc")):
            with server.connect_h2() as c:
                try:
                    r = c.request("OPTIONS", f"/{name}/{path}", headers, body)
                except ClientError:
                    continue            # a stream that httpd reset
            assert not r.all("Location") and b"hello" not in r.body
            if path == "run.cgi" and body != b"x" * 60:
                assert r.status == expected(name, origin)
    assert ran(server, name) == {}


@pytest.mark.parametrize("name", [n for n in NAMES if n.endswith("Forbid")])
def test_forbid_runs_no_script(server, name):
    """Where Forbid refuses a user's own request, its 403 runs none either,
    whatever the body."""
    password = [("Origin", OTHER), ("Authorization", "Basic dTpw")]
    for path in ("run.cgi", "missing", "", "open"):
        r = server.request("POST", f"/{name}/{path}", password, "a=b")
        assert r.status == 403 and not r.all("Location")
    for what in ("bad chunk", "too long", "unknown coding"):
        headers, body = BODIES[what]
        with server.connect() as c:
            r = c.request("POST", f"/{name}/run.cgi", password + headers, body)
            assert r.status in (400, 403, 413) and not r.all("Location")
            assert b"hello" not in r.body
    assert ran(server, name) == {}


def test_where_nobody_is_asked_negotiation_does_not_come_first(server):
    """Neither its 406 with a script for a page, nor its choice of one."""
    for path in ("neg", "open", "page.html", "missing"):
        r = server.preflight(f"/free/{path}", APP,
                             extra={"Accept": "image/png"})
        assert r.status == 204 and r.body == b""
    assert ran(server, "free") == {}


def test_the_scripts_do_run(server):
    """… where a user or nobody is asked for: the tests above mean it."""
    name = "script-204-Silent"
    password = {"Authorization": "Basic dTpw"}
    assert server.get(f"/{name}/run.cgi", APP, password).status == 200
    assert server.get(f"/{name}/open.cgi", APP).status == 200
    assert server.get(f"/{name}/run.cgi", APP).status == 401
    assert ran(server, name) == {"run.cgi": ["GET"], "open.cgi": ["GET"],
                                 "error.cgi": ["GET"]}
