# SPDX-License-Identifier: Apache-2.0
"""CORSRefusal Forbid: who is answered 403, when, and with what."""

import pytest

import auth_lab as lab
from auth_lab import APP, BASIC, OTHER

DIRECTIVES = f"""
<Directory ${{HTDOCS}}/forbid>
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSExposeHeaders X-Total
    CORSRefusal Forbid
</Directory>
<Directory ${{HTDOCS}}/alone>
    CORSRefusal Forbid
</Directory>
<Directory ${{HTDOCS}}/silent>
    CORSAllowOrigin {APP}
    CORSRefusal Silent
</Directory>
<Directory ${{HTDOCS}}/upgrades>
    CORSAllowOrigin {APP}
    CORSRefusal ForbidUpgrades
</Directory>
<Directory ${{HTDOCS}}/report>
    CORSEngine ReportOnly
    CORSAllowOrigin {APP}
    CORSRefusal Forbid
</Directory>
<Directory ${{HTDOCS}}/off>
    CORSEngine Off
    CORSAllowOrigin {APP}
    CORSRefusal Forbid
</Directory>
<Directory ${{HTDOCS}}/star>
    CORSAllowOrigin *
    CORSRefusal Forbid
</Directory>
<Directory ${{HTDOCS}}/star-but>
    CORSAllowOrigin *
    CORSDenyOrigin {OTHER}
    CORSRefusal Forbid
</Directory>
<Directory ${{HTDOCS}}/always>
    CORSAllowOrigin {APP}
    CORSSendOrigin Always
    CORSTimingAllowOrigin On
    CORSRefusal Forbid
</Directory>
<Directory ${{HTDOCS}}/keep>
    CORSAllowOrigin {APP}
    CORSBackendHeaders Keep
    CORSRefusal Forbid
</Directory>
<Directory ${{HTDOCS}}/pass>
    CORSAllowOrigin {APP}
    CORSPreflight PassThrough
    CORSRefusal Forbid
</Directory>
<Directory ${{HTDOCS}}/text>
    CORSAllowOrigin {APP}
    CORSRefusal Forbid
    ErrorDocument 403 "not from there"
</Directory>
<Directory ${{HTDOCS}}/page>
    CORSAllowOrigin {APP}
    CORSRefusal Forbid
    ErrorDocument 403 /page/run.cgi
</Directory>
<Directory ${{HTDOCS}}/url>
    CORSAllowOrigin {APP}
    CORSRefusal Forbid
    ErrorDocument 403 http://elsewhere.example/
</Directory>
<Directory ${{HTDOCS}}/headers>
    CORSAllowOrigin {APP}
    CORSRefusal Forbid
    Header set Cache-Control "max-age=60"
    Header always set Cache-Control "public"
    Header always merge Cache-Control "max-age=600"
    Header always set Vary "Accept, origin"
    Header merge Vary "Origin"
    Header always set Access-Control-Allow-Origin *
    Header set Timing-Allow-Origin *
</Directory>
<Directory ${{HTDOCS}}/guarded>
    {BASIC}
    Require valid-user
    CORSAllowOrigin {APP}
    CORSRefusal Forbid
    ErrorDocument 401 /guarded/login.html
</Directory>
<Directory ${{HTDOCS}}/plain>
    ErrorDocument 404 /forbid/missing.html
    ErrorDocument 403 /alone/run.cgi
</Directory>
<Directory ${{HTDOCS}}/plain/no>
    Require all denied
</Directory>
"""

DIRECTORIES = ("forbid alone silent upgrades report off star star-but always"
               " keep pass text page url headers guarded plain").split()
MODULES = ["cgi", "alias", "dir", "headers", "env", "authn_core",
           "authn_file", "auth_basic", "authz_user", "authz_groupfile"]

# A warning of the configuration, and httpd's own denial.
HARMLESS = [r"CORSSendOrigin Always", r"AH01630: client denied"]

FORM = [("Content-Type", "application/x-www-form-urlencoded"),
        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")]


@pytest.fixture(scope="module")
def server(start_server, mpm):
    server = start_server(DIRECTIVES, mpm=mpm, modules=MODULES,
                          expect_log=HARMLESS)
    lab.write_users(server)
    for name in DIRECTORIES:
        server.write(f"{name}/page.html", "hello")
        server.write_cgi(f"{name}/run.cgi",
                         "Content-Type: text/plain\nX-Total: 7",
                         commands="while read -r line; do :; done")
    server.write("guarded/login.html", "who are you?")
    server.write("plain/no/x.txt", "secret")
    server.write("forbid/missing.html", "no such page")
    return server


def is_forbidden(r, page="Forbidden"):
    """The 403 and all that it must and must not say."""
    assert r.status == 403
    assert r.cors == {} and not r.all("Timing-Allow-Origin")
    assert r.vary == ["origin"]
    assert r.all("Cache-Control") == ["no-store"]
    assert len(r.all("Vary")) == 1 and not r.all("Location")
    assert page in r.text and "hello" not in r.text
    return True


REFUSED = [OTHER, "null", f"{APP}/", "", "https://app.example:444",
           "http://app.example", "https://sub.app.example", "x" * 400,
           "file://", "chrome-extension://abc"]


@pytest.mark.parametrize("origin", REFUSED)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_refused(server, method, origin):
    for directory in ("forbid", "alone"):
        for name in ("run.cgi", "page.html", "missing"):
            r = server.request(method, f"/{directory}/{name}",
                               body="a=b" if method[0] == "P" else None,
                               origin=origin)
            assert is_forbidden(r)
        assert server.ran(f"{directory}/run.cgi") == []


def test_two_origins_are_none(server):
    for second in (APP, OTHER):
        r = server.get("/forbid/run.cgi", APP, [("Origin", second)])
        assert is_forbidden(r)
    assert server.ran("forbid/run.cgi") == []


def test_head_has_no_body(server):
    r = server.request("HEAD", "/forbid/page.html", origin=OTHER)
    assert r.status == 403 and r.vary == ["origin"]
    assert r.all("Cache-Control") == ["no-store"]


@pytest.mark.parametrize("directory", ["forbid", "alone", "star-but", "keep",
                                       "always", "pass"])
def test_cross_site_form(server, directory):
    r = server.request("POST", f"/{directory}/run.cgi", FORM, "a=b",
                       origin=OTHER)
    assert is_forbidden(r)
    assert server.ran(f"{directory}/run.cgi") == []
    server.wait_log(r"CORSRefusal.*login, payment.*CORSRefusal Silent")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_allowed_and_without_origin(server, method):
    body = "a=b" if method == "POST" else None
    cors = {"allow-origin": APP, "allow-credentials": "true",
            "expose-headers": "X-Total"}
    before = len(server.ran("forbid/run.cgi"))
    r = server.request(method, "/forbid/run.cgi", FORM, body, origin=APP)
    assert r.status == 200 and r.cors == cors
    r = server.request(method, "/forbid/run.cgi", FORM, body)
    assert r.status == 200 and r.cors == {} and r.vary == ["origin"]
    assert not r.all("Cache-Control")
    r = server.request(method, "/alone/run.cgi", FORM, body)
    assert r.status == 200 and r.cors == {} and r.vary == ["origin"]
    assert server.ran("forbid/run.cgi")[before:] == [method] * 2


@pytest.mark.parametrize("directory, vary", [
    ("silent", ["origin"]), ("upgrades", ["origin"]), ("report", []),
    ("off", []), ("star", [])])
def test_not_forbidden(server, directory, vary):
    for origin in REFUSED:
        r = server.request("POST", f"/{directory}/run.cgi", FORM, "a=b",
                           origin=origin)
        assert r.status == 200 and r.body == b"hello\n" and r.vary == vary
        assert r.cors == ({"allow-origin": "*"} if directory == "star" else {})
        assert not r.all("Cache-Control")


def test_a_preflight_is_answered_as_without(server):
    for directory in ("forbid", "keep", "text", "page", "url", "guarded"):
        before = server.ran(f"{directory}/run.cgi")
        r = server.preflight(f"/{directory}/run.cgi", OTHER)
        assert r.status == 403 and r.body == b"" and r.cors == {}
        assert r.vary == ["origin"]
        r = server.preflight(f"/{directory}/run.cgi", APP)
        assert r.status == 204 and r.cors["allow-origin"] == APP
        assert server.ran(f"{directory}/run.cgi") == before


def test_a_preflight_passed_through_is_forbidden(server):
    assert is_forbidden(server.preflight("/pass/run.cgi", OTHER))
    assert server.ran("pass/run.cgi") == []
    r = server.preflight("/pass/run.cgi", APP)
    assert r.status == 200 and r.cors["allow-origin"] == APP
    assert server.ran("pass/run.cgi") == ["OPTIONS"]


@pytest.mark.parametrize("directory, page", [
    ("text", "not from there"), ("page", "Forbidden"), ("url", "Forbidden"),
    ("headers", "Forbidden"), ("always", "Forbidden"), ("keep", "Forbidden")])
def test_what_it_says(server, directory, page):
    for method in ("GET", "POST"):
        r = server.request(method, f"/{directory}/run.cgi", origin=OTHER)
        if directory == "headers":
            assert r.vary == ["accept", "origin"]
            assert r.all("Cache-Control") == ["no-store"]
            assert r.status == 403 and r.cors == {}
            assert len(r.all("Vary")) == 1
        else:
            assert is_forbidden(r, page)
    assert server.ran(f"{directory}/run.cgi") == []


def test_whom_httpd_asks_is_asked_first(server):
    """… and the page of the 401 is in the section that forbids."""
    r = server.get("/guarded/run.cgi", OTHER)
    assert r.status == 401 and r.body == b"who are you?" and r.cors == {}
    password = {"Authorization": "Basic dTpw"}
    assert is_forbidden(server.get("/guarded/run.cgi", OTHER, password))
    assert server.ran("guarded/run.cgi") == []
    assert server.get("/guarded/run.cgi", APP, password).status == 200


def test_an_error_page_is_not_forbidden(server):
    """It stands where Forbid says no, the request does not."""
    for origin in (OTHER, "null", APP):
        r = server.get("/plain/missing", origin)
        assert r.status == 404 and r.body == b"no such page"
    before = server.ran("alone/run.cgi")
    r = server.get("/plain/no/x.txt", OTHER)
    assert r.status == 403 and r.body == b"hello\n"
    assert not r.all("Cache-Control")
    assert server.ran("alone/run.cgi") == before + ["GET"]


# ---- the connection after it ----------------------------------------------

# A body that looks like a request, to whoever does not read it.
SMUGGLED = b"GET /silent/run.cgi HTTP/1.1\r\nHost: a\r\nX: 0\r\n\r\n"
SMUGGLED += b"." * (50 - len(SMUGGLED))


FRAMES = {
    "length": ([("Content-Length", "50")], SMUGGLED),
    "chunks": ([("Transfer-Encoding", "chunked")],
               b"1e\r\n" + SMUGGLED[:30] + b"\r\n14\r\n" + SMUGGLED[30:]
               + b"\r\n0\r\nX-Trailer: 1\r\n\r\n"),
}


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("method, origin, status", [
    ("OPTIONS", APP, 204), ("OPTIONS", OTHER, 403), ("POST", OTHER, 403)])
def test_the_connection_goes_on(server, method, origin, status, kind):
    """All sent at once: what follows the body is the next request, and what
    is in the body is none."""
    framing, body = FRAMES[kind]
    asked = [("Access-Control-Request-Method", "PUT")]
    head = "".join(f"{n}: {v}\r\n" for n, v in [
        ("Host", "localhost"), ("Origin", origin), *framing,
        *asked * (method == "OPTIONS")])
    one = f"{method} /forbid/run.cgi HTTP/1.1\r\n{head}\r\n".encode() + body
    before = len(server.ran("silent/run.cgi"))
    with server.connect() as c:
        c.send((one + f"GET /silent/page.html HTTP/1.1\r\nHost: localhost\r\n"
                f"Origin: {APP}\r\n\r\n".encode()) * 3)
        for _ in range(3):
            r = c.read(method)
            assert r.status == status and not r.all("Connection")
            r = c.read("GET")
            assert r.status == 200 and r.body == b"hello"
            assert r.cors == {"allow-origin": APP}
        assert not c.buffer
    assert len(server.ran("silent/run.cgi")) == before


def test_a_client_that_waits_to_continue(server):
    """It is told no before it sends the body."""
    with server.connect() as c:
        c.send(f"POST /forbid/run.cgi HTTP/1.1\r\nHost: localhost\r\n"
               f"Origin: {OTHER}\r\nContent-Length: 3\r\n"
               f"Expect: 100-continue\r\n\r\n".encode())
        r = c.read("POST")
        assert is_forbidden(r) and r.interim == []
