# SPDX-License-Identifier: Apache-2.0
"""Section 4: which answer a preflight gets, and that it is the same whatever
was asked for and whatever stands at the URL."""

import pytest

from harness import variables

APP = "https://app.example"
PARTNER = "https://partner.example"
EVIL = "https://evil.example"
OTHER = "https://other.example"

POLICIES = {
    "bare": f"CORSAllowOrigin {APP}",
    "full": f"""
        CORSAllowOrigin {APP}
        CORSAllowCredentials On
        CORSAllowMethods PUT PATCH PROPFIND
        CORSAllowHeaders X-One Content-Type Authorization
        CORSExposeHeaders X-Secret
        CORSTimingAllowOrigin On
        CORSMaxAge 10min""",
    "star": """
        CORSAllowOrigin *
        CORSAllowMethods *
        CORSAllowHeaders * Authorization
        CORSExposeHeaders X-One
        CORSMaxAge 0""",
    "deny": f"""
        CORSAllowOrigin *
        CORSDenyOrigin {EVIL}
        CORSAllowMethods PUT""",
    "always": f"""
        CORSAllowOrigin {APP}
        CORSSendOrigin Always
        CORSAllowCredentials On
        CORSAllowMethods PUT""",
    "several": f"""
        CORSUsePolicy partners public
        CORSDenyOrigin {EVIL}
        CORSMaxAge 60""",
    "nobody": "CORSEngine On",
    "s200": f"""
        CORSAllowOrigin {APP}
        CORSPreflight 200
        CORSAllowHeaders X-One""",
}

NAMED = f"""
<CORSPolicy partners>
    CORSAllowOrigin {PARTNER}
    CORSAllowCredentials On
    CORSAllowMethods DELETE
    CORSAllowHeaders X-Partner
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
    CORSAllowHeaders X-Public
    CORSExposeHeaders X-Exposed
    CORSMaxAge 5
</CORSPolicy>
"""

FULL = {"allow-origin": APP, "allow-credentials": "true",
        "allow-methods": "PUT, PATCH, PROPFIND",
        "allow-headers": "X-One, Content-Type, Authorization",
        "max-age": "600"}
STAR = {"allow-origin": "*", "allow-methods": "*",
        "allow-headers": "*, Authorization", "max-age": "0"}
ALWAYS = {"allow-origin": APP, "allow-credentials": "true",
          "allow-methods": "PUT"}
PARTNERS = {"allow-origin": PARTNER, "allow-credentials": "true",
            "allow-methods": "DELETE", "allow-headers": "X-Partner",
            "max-age": "60"}
PUBLIC = {"allow-origin": OTHER, "allow-headers": "X-Public",
          "max-age": "60"}
MALFORMED = ["", "app.example", APP + "/", APP + ", " + APP, "https://a b",
             "https://" + "a" * 400, APP + ":443", "HTTPS://app.example"]

# policy, Origin, status, headers, Vary
ROWS = [
    ("bare", APP, 204, {"allow-origin": APP}, ["origin"]),
    ("bare", OTHER, 403, {}, ["origin"]),
    ("bare", "null", 403, {}, ["origin"]),
    ("full", APP, 204, FULL, ["origin"]),
    ("full", OTHER, 403, {}, ["origin"]),
    ("star", APP, 204, STAR, []),
    ("star", "null", 204, STAR, []),
    ("deny", APP, 204, {"allow-origin": APP, "allow-methods": "PUT"},
     ["origin"]),
    ("deny", "null", 204, {"allow-origin": "null", "allow-methods": "PUT"},
     ["origin"]),
    ("deny", EVIL, 403, {}, ["origin"]),
    ("always", APP, 204, ALWAYS, []),
    ("always", OTHER, 204, ALWAYS, []),
    ("always", "not an origin", 204, ALWAYS, []),
    ("several", PARTNER, 204, PARTNERS, ["origin"]),
    ("several", OTHER, 204, PUBLIC, ["origin"]),
    ("several", EVIL, 403, {}, ["origin"]),
    ("nobody", APP, 403, {}, ["origin"]),
    ("s200", APP, 200, {"allow-origin": APP, "allow-headers": "X-One"},
     ["origin"]),
    ("s200", OTHER, 403, {}, ["origin"]),
    *((policy, origin, 403, {}, ["origin"])
      for policy in ("bare", "full", "deny", "several", "nobody", "s200")
      for origin in MALFORMED),
]
IDS = [f"{row[0]} {row[1][:30]}" for row in ROWS]

# Below each policy's path: what could answer, and must not.
PATHS = ["", "a.txt", "missing", "sub", "run.cgi", "run.cgi/info?q=1",
         "broken.cgi", "proxy", "closed-port", "moved", "gone", "rewritten",
         "small", "negotiated"]

ASKED = [("GET", None), ("PUT", None), ("DELETE", "x-one"), ("put", "X-TWO"),
         ("TRACE", "authorization"), ("bad method", "bad header"),
         ("PATCH", ", ,x-one,,"), ("PUT", "content-type,x-one"), ("P" * 500,
         "x" * 500), ("PUT", "")]


@pytest.fixture(scope="module")
def server(start_server, mpm, backend):
    config = NAMED + variables.LOG + "".join(f"""
        <Location /{name}>
            {lines}
            RedirectMatch 302 /moved$ https://elsewhere.example/
            RedirectMatch 410 /gone$
            RewriteEngine On
            RewriteRule /rewritten$ /run.cgi
        </Location>
        <Location /{name}/small>
            LimitRequestBody 10
        </Location>
        """ for name, lines in POLICIES.items())
    config += f"""
        ProxyPassMatch ^/[^/]+/proxy$ http://127.0.0.1:{backend.port}/
        ProxyPassMatch ^/[^/]+/closed-port$ http://127.0.0.1:1/
        ErrorDocument 403 /error.cgi
        DirectoryIndex run.cgi
        """
    server = start_server(config, mpm=mpm, modules=[
        "cgi", "dir", "alias", "rewrite", "negotiation", "proxy",
        "proxy_http"])
    for name in POLICIES:
        server.write(f"{name}/a.txt", "0123456789")
        server.write(f"{name}/sub/a.txt", "0123456789")
        server.write_cgi(f"{name}/run.cgi")
        server.write_cgi(f"{name}/negotiated.cgi")
        server.write_cgi(f"{name}/broken.cgi", commands="exit 1")
    server.write_cgi("error.cgi")
    server.write_cgi("run.cgi")
    return server


def constant(r):
    """A response without what any two differ in."""
    return (r.status, r.body,
            sorted((n, v) for n, v in r.headers if n != "Date"))


@pytest.mark.parametrize("policy, origin, status, cors, vary", ROWS, ids=IDS)
def test_answer(server, policy, origin, status, cors, vary):
    r = server.preflight(f"/{policy}/a.txt", origin)
    assert r.status == status
    assert r.cors == cors
    assert r.vary == vary
    assert r.body == b""
    assert r.one("Content-Type") is None
    assert r.one("Content-Length") == (None if status == 204 else "0")
    assert r.one("Transfer-Encoding") is None
    assert r.one("Timing-Allow-Origin") is None


@pytest.mark.parametrize("policy, origin, status, cors, vary", ROWS, ids=IDS)
def test_same_for_every_resource(server, backend, policy, origin, status,
                                 cors, vary):
    backend.reset()
    answers = {path: constant(server.preflight(f"/{policy}/{path}", origin))
               for path in PATHS}
    assert all(a == answers[""] for a in answers.values()), answers
    assert backend.requests == []
    assert (server.root / "ran.log").read_text() == ""


@pytest.mark.parametrize("policy, origin, status, cors, vary",
                         [row for row in ROWS if row[1] not in MALFORMED],
                         ids=[i for i, row in zip(IDS, ROWS)
                              if row[1] not in MALFORMED])
def test_same_whatever_was_asked(server, policy, origin, status, cors, vary):
    """The browser compares; its console then names what is at fault."""
    first = constant(server.preflight(f"/{policy}/a.txt", origin))
    for method, headers in ASKED:
        r = server.preflight(f"/{policy}/a.txt", origin, method, headers)
        assert constant(r) == first, (method, headers)


def test_the_connection_goes_on(server):
    with server.connect() as c:
        for policy, origin, status, *_ in ROWS:
            r = c.request("OPTIONS", f"/{policy}/a.txt", [
                ("Origin", origin), ("Access-Control-Request-Method", "PUT")])
            assert r.status == status
        assert c.request("GET", "/bare/a.txt").body == b"0123456789"


@pytest.mark.parametrize("framing", ["length", "chunked", "continue"])
@pytest.mark.parametrize("origin", [APP, OTHER])
def test_a_body_is_no_request(server, framing, origin):
    """What follows a preflight's head on the connection is its body, never
    the next request."""
    inner = "GET /bare/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
    headers = [("Origin", origin), ("Access-Control-Request-Method", "PUT")]
    body = inner
    if framing == "chunked":
        headers.append(("Transfer-Encoding", "chunked"))
        body = f"{len(inner):x}\r\n{inner}\r\n0\r\n\r\n"
    elif framing == "continue":
        headers.append(("Expect", "100-continue"))
    with server.connect() as c:
        r = c.request("OPTIONS", "/bare/a.txt", headers, body)
        assert r.status == (204 if origin == APP else 403)
        if r.one("Connection") == "close":
            assert c.at_end()
        else:
            r = c.request("GET", "/bare/a.txt", {"Origin": APP})
            assert r.status == 200 and r.body == b"0123456789"


@pytest.mark.parametrize("method, headers", [
    ("OPTIONS", {}),
    ("OPTIONS", {"Origin": APP}),
    ("OPTIONS", {"Origin": APP, "Access-Control-Request-Method": ""}),
    ("OPTIONS", {"Origin": APP, "Access-Control-Request-Headers": "x-one"}),
    ("OPTIONS", {"Access-Control-Request-Method": "PUT"}),
    ("OPTIONS", {"Origin": OTHER}),
    ("GET", {"Origin": APP, "Access-Control-Request-Method": "PUT"}),
    ("options", {"Origin": APP, "Access-Control-Request-Method": "PUT"}),
], ids=str)
def test_what_is_no_preflight_goes_to_its_handler(server, method, headers):
    """It is an ordinary request: section 3."""
    (server.root / "ran.log").write_text("")
    r = server.request(method, "/full/run.cgi", headers)
    assert r.status == 200 and r.body == b"hello\n"
    assert server.ran("full/run.cgi") == [method]
    allowed = headers.get("Origin") == APP
    assert r.cors == ({"allow-origin": APP, "allow-credentials": "true",
                       "expose-headers": "X-Secret"} if allowed else {})
    assert r.vary == ["origin"]
    (server.root / "ran.log").write_text("")


# policy, method, Access-Control-Request-Headers, CORS_RESULT
JUDGED = [
    ("bare", "GET", None, "preflight-allowed"),
    ("bare", "HEAD", "", "preflight-allowed"),
    ("bare", "POST", None, "preflight-allowed"),
    ("bare", "PUT", None, "refused-method"),
    ("bare", "get", None, "refused-method"),
    ("bare", "POST", "content-type", "refused-header"),
    ("full", "PUT", "x-one,content-type,authorization", "preflight-allowed"),
    ("full", "PUT", "AUTHORIZATION , X-ONE", "preflight-allowed"),
    ("full", "PUT", "x-one,x-one", "preflight-allowed"),
    ("full", "put", "x-one", "refused-method"),
    ("full", "DELETE", "x-two", "refused-method"),
    ("full", "PUT", "x-one,x-two", "refused-header"),
    ("full", "PUT", "x-one x-two", "refused-header"),
    ("full", "PUT", "*", "refused-header"),
    ("full", "*", None, "refused-method"),
    ("star", "ANY", "x-any", "preflight-allowed"),
    ("star", "ANY", "authorization", "preflight-allowed"),
    ("star", "TRACE", None, "refused-method"),
    ("star", "no token", None, "refused-method"),
    ("star", "ANY", "no token", "refused-header"),
]


@pytest.mark.parametrize("policy, method, headers, result", JUDGED, ids=str)
def test_judged_for_the_log(server, policy, method, headers, result):
    """The same answer, and the verdict that the browser comes to."""
    r, seen = variables.ask_preflight(server, f"/{policy}/a.txt", APP, method,
                                      headers)
    assert r.status == 204
    assert seen.result == result and seen.status == "204"
