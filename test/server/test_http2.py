# SPDX-License-Identifier: Apache-2.0
"""Sections 3 and 4 over HTTP/2, where mod_http2 makes the responses."""

import pytest

APP = "https://app.example"
OTHER = "https://other.example"

CONFIG = f"""
Protocols h2c http/1.1
<Location /list>
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSAllowMethods PUT
    CORSExposeHeaders *
    CORSMaxAge 60
</Location>
<Location /star>
    CORSAllowOrigin *
    CORSExposeHeaders X-One
</Location>
<Location /two>
    CORSAllowOrigin {APP}
    CORSPreflight 200
</Location>
<Location /pass>
    CORSAllowOrigin {APP}
    CORSPreflight PassThrough
</Location>
<LocationMatch /private/>
    AuthType Basic
    AuthName test
    AuthUserFile ${{ROOT}}/users
    Require valid-user
</LocationMatch>
"""

MODULES = ["http2", "cgi", "dir", "authn_core", "authn_file", "auth_basic",
           "authz_user"]


@pytest.fixture(scope="module")
def server(start_server):
    # mod_http2 does not run with prefork.
    server = start_server(CONFIG, mpm="event", modules=MODULES)
    (server.root / "users").write_text("")
    for name in ("list", "star", "two", "pass"):
        server.write(f"{name}/a.txt", "0123456789")
        server.write(f"{name}/sub/a.txt", "0123456789")
        server.write_cgi(f"{name}/run.cgi",
                         "Content-Type: text/plain\nX-One: 1\n"
                         "Access-Control-Allow-Origin: https://x.example")
    return server


def request(server, method, path, origin=None, headers=(), body=None):
    pairs = [(n.lower(), v) for n, v in headers]
    if origin is not None:
        pairs.append(("origin", origin))
    with server.connect_h2() as c:
        return c.request(method, path, pairs, body)


def with_names(r, names):
    """Of an exposed list of names, those of interest."""
    exposed = r.cors.get("expose-headers", "").lower()
    return {n for n in names if n in [t.strip() for t in exposed.split(",")]}


ANSWERS = [
    ("GET", "a.txt", [], 200), ("HEAD", "a.txt", [], 200),
    ("GET", "a.txt", [("If-None-Match", "*")], 304),
    ("GET", "a.txt", [("Range", "bytes=0-1")], 206),
    ("GET", "none.txt", [], 404), ("GET", "sub", [], 301),
    ("GET", "run.cgi", [], 200), ("GET", "private/a.txt", [], 401),
]


@pytest.mark.parametrize("method, path, headers, status", ANSWERS)
@pytest.mark.parametrize("origin", [APP, OTHER, "not an origin", None])
def test_actual(server, method, path, headers, status, origin):
    r = request(server, method, f"/list/{path}", origin, headers)
    assert r.status == status
    assert "origin" in r.vary and len(set(r.vary)) == len(r.vary)
    if origin != APP:
        assert r.cors == {}
        return
    assert r.cors["allow-origin"] == APP
    assert r.cors["allow-credentials"] == "true"
    assert ("expose-headers" in r.cors) == (status != 304)
    if path == "a.txt" and status in (200, 206):
        assert with_names(r, {"etag", "vary", "date"}) == {"etag", "date"}
    if path == "run.cgi":
        assert with_names(r, {"x-one"}) == {"x-one"}
    r = request(server, method, f"/star/{path}", origin, headers)
    assert r.cors == {"allow-origin": "*", "expose-headers": "X-One"}
    assert r.vary == []


ASKED = [("Access-Control-Request-Method", "PUT"),
         ("Access-Control-Request-Headers", "x-one")]


@pytest.mark.parametrize("path", ["a.txt", "none.txt", "sub", "run.cgi",
                                  "private/a.txt"])
def test_preflight(server, path):
    (server.root / "ran.log").write_text("")
    r = request(server, "OPTIONS", f"/list/{path}", APP, ASKED)
    assert r.status == 204 and r.body == b""
    assert r.cors == {"allow-origin": APP, "allow-credentials": "true",
                      "allow-methods": "PUT", "max-age": "60"}
    r = request(server, "OPTIONS", f"/list/{path}", OTHER, ASKED)
    assert r.status == 403 and r.body == b"" and r.cors == {}
    assert r.one("Content-Type") is None and r.vary == ["origin"]
    r = request(server, "OPTIONS", f"/two/{path}", APP, ASKED)
    assert r.status == 200 and r.body == b""
    assert r.cors == {"allow-origin": APP} and r.one("Content-Type") is None
    assert (server.root / "ran.log").read_text() == ""


def test_passthrough(server):
    r = request(server, "OPTIONS", "/pass/run.cgi", APP, ASKED)
    assert r.status == 200 and r.body == b"hello\n"
    assert r.cors == {"allow-origin": APP}


def test_many_on_one_connection(server):
    with server.connect_h2() as c:
        for _ in range(50):
            for origin, cors in ((APP, {"allow-origin": APP}), (OTHER, {})):
                r = c.request("OPTIONS", "/two/a.txt", [
                    ("origin", origin),
                    ("access-control-request-method", "PUT")])
                assert r.cors == cors
                r = c.request("GET", "/two/a.txt", [("origin", origin)])
                assert r.cors == cors and r.body == b"0123456789"
