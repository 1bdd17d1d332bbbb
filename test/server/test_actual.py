# SPDX-License-Identifier: Apache-2.0
"""Section 3: the headers of an ordinary response, for every row of its table,
whatever the status and whoever made the response."""

import pytest

from harness import Backend

APP = "https://app.example"
PARTNER = "https://partner.example"
EVIL = "https://evil.example"
OTHER = "https://other.example"

# Each policy, and beside it the same things that httpd can answer with.
POLICIES = {
    "plain": """
        CORSAllowOrigin *
        CORSExposeHeaders X-One X-Two""",
    "always": f"""
        CORSAllowOrigin {APP}
        CORSSendOrigin Always
        CORSAllowCredentials On
        CORSExposeHeaders X-One""",
    "always-deny": f"""
        CORSAllowOrigin {APP}
        CORSDenyOrigin {EVIL}
        CORSSendOrigin Always""",
    "list": f"""
        CORSAllowOrigin {APP} {OTHER}
        CORSAllowCredentials On
        CORSExposeHeaders X-One X-Two""",
    "bare": f"""
        CORSAllowOrigin {APP}""",
    "deny": f"""
        CORSAllowOrigin *
        CORSDenyOrigin {EVIL}
        CORSExposeHeaders X-One""",
    "several": f"""
        CORSUsePolicy partners public
        CORSDenyOrigin {EVIL}""",
    "nobody": """
        CORSEngine On""",
    "emptied": """
        CORSAllowOrigin None
        CORSExposeHeaders X-One""",
}

NAMED = f"""
<CORSPolicy partners>
    CORSAllowOrigin {PARTNER}
    CORSAllowCredentials On
    CORSExposeHeaders X-Secret
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
    CORSExposeHeaders X-One
</CORSPolicy>
"""

STAR = {"allow-origin": "*", "expose-headers": "X-One, X-Two"}
ALWAYS = {"allow-origin": APP, "allow-credentials": "true",
          "expose-headers": "X-One"}
LISTED = {"allow-credentials": "true", "expose-headers": "X-One, X-Two"}
SECRET = {"allow-credentials": "true", "expose-headers": "X-Secret"}
ONE = {"expose-headers": "X-One"}


def echo(origin, more={}):
    return {"allow-origin": origin, **more}


# policy, Origin, what is sent, whether Vary names Origin
ROWS = [
    ("plain", None, STAR, False),
    ("plain", APP, STAR, False),
    ("plain", "null", STAR, False),
    ("plain", "not an origin", STAR, False),
    ("always", None, ALWAYS, False),
    ("always", APP, ALWAYS, False),
    ("always", EVIL, ALWAYS, False),
    ("always", "not an origin", ALWAYS, False),
    ("always-deny", EVIL, {"allow-origin": APP}, False),
    ("list", APP, echo(APP, LISTED), True),
    ("list", OTHER, echo(OTHER, LISTED), True),
    ("list", EVIL, {}, True),
    ("list", None, {}, True),
    ("list", "null", {}, True),
    ("list", "not an origin", {}, True),
    ("bare", APP, echo(APP), True),
    ("bare", APP + ".", {}, True),
    ("deny", OTHER, echo(OTHER, ONE), True),
    ("deny", "null", echo("null", ONE), True),
    ("deny", "file://", echo("file://", ONE), True),
    ("deny", EVIL, {}, True),
    ("deny", EVIL + ".", {}, True),
    ("deny", None, {}, True),
    ("deny", "not an origin", {}, True),
    ("several", PARTNER, echo(PARTNER, SECRET), True),
    ("several", OTHER, echo(OTHER, ONE), True),
    ("several", EVIL, {}, True),
    ("several", None, {}, True),
    ("several", "not an origin", {}, True),
    ("nobody", APP, {}, True),
    ("nobody", None, {}, True),
    ("emptied", APP, {}, True),
]


# What httpd itself logs about some of them.
FAULTS = {
    "forbidden": ["AH01630"],
    "body too long": ["AH01225", "AH01270"],
    "CGI broken": ["End of script output before headers"],
    "proxy 502": ["AH01102", "AH00898"],
    "proxy 503": ["AH00957", "AH01114"],
}

# name: method, path below the policy's, headers, body, status
RESPONSES = {
    "static 200": ("GET", "a.txt", {}, None, 200),
    "static 206": ("GET", "a.txt", {"Range": "bytes=1-3"}, None, 206),
    "static 304": ("GET", "a.txt", {"If-None-Match": "*"}, None, 304),
    "static 404": ("GET", "none.txt", {}, None, 404),
    "static 405": ("DELETE", "a.txt", {}, None, 405),
    "static 416": ("GET", "a.txt", {"Range": "bytes=900-"}, None, 416),
    "static HEAD": ("HEAD", "a.txt", {}, None, 200),
    "OPTIONS": ("OPTIONS", "a.txt", {}, None, 200),
    "directory slash": ("GET", "sub", {}, None, 301),
    "redirect": ("GET", "moved", {}, None, 302),
    "gone": ("GET", "gone", {}, None, 410),
    "authentication": ("GET", "private/a.txt", {}, None, 401),
    "forbidden": ("GET", "closed/a.txt", {}, None, 403),
    "body too long": ("POST", "small/run.cgi", {}, "x" * 100, 413),
    "CGI 200": ("GET", "run.cgi", {}, None, 200),
    "CGI POST": ("POST", "run.cgi", {}, "x", 200),
    "CGI HEAD": ("HEAD", "run.cgi", {}, None, 200),
    "CGI 201": ("PUT", "201.cgi", {}, "x", 201),
    "CGI 302": ("GET", "302.cgi", {}, None, 302),
    "CGI 404": ("GET", "404.cgi", {}, None, 404),
    "CGI 500": ("GET", "500.cgi", {}, None, 500),
    "CGI broken": ("GET", "broken.cgi", {}, None, 500),
    "proxy 200": ("GET", "proxy/200", {}, None, 200),
    "proxy 304": ("GET", "proxy/304", {"If-None-Match": '"x"'}, None, 304),
    "proxy 418": ("GET", "proxy/418", {}, None, 418),
    "proxy 500": ("GET", "proxy/500", {}, None, 500),
    "proxy 502": ("GET", "proxy/closes", {}, None, 502),
    "proxy 503": ("GET", "closed-port/", {}, None, 503),
}

# In these several policies make a full answer of the 304; see
# test_conditional.py.
WHOLE = {("several", PARTNER), ("several", OTHER), ("several", EVIL),
         ("several", "not an origin")}


def section(name, policy):
    return f"""
<Location /{name}>
    {policy}
    RedirectMatch 302 ^/{name}/moved$ https://elsewhere.example/
    RedirectMatch 410 ^/{name}/gone$
</Location>
<Location /{name}/private>
    AuthType Basic
    AuthName test
    AuthUserFile ${{ROOT}}/users
    Require valid-user
</Location>
<Location /{name}/closed>
    Require all denied
</Location>
<Location /{name}/small>
    LimitRequestBody 10
</Location>
"""


def proxied(port):
    return f"""
ProxyPassMatch ^/[^/]+/proxy/(.*)$ http://127.0.0.1:{port}/$1
ProxyPassMatch ^/[^/]+/closed-port/$ http://127.0.0.1:1/ retry=0
"""


def answer(request):
    name = request.target.strip("/")
    if name == "closes":
        return b""
    if name == "304":
        return (b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n'
                b"Connection: close\r\n\r\n")
    return Backend.response(f"{name} Whatever")


@pytest.fixture(scope="module")
def backend(backend):
    backend.answer = answer
    return backend


@pytest.fixture(scope="module")
def server(start_server, mpm, backend):
    server = start_server(
        NAMED + proxied(backend.port)
        + "".join(section(*item) for item in POLICIES.items()),
        mpm=mpm, modules=["cgi", "dir", "alias", "proxy", "proxy_http",
                          "authn_core", "authn_file", "auth_basic",
                          "authz_user"])
    (server.root / "users").write_text("")
    for name in POLICIES:
        server.write(f"{name}/a.txt", "0123456789")
        server.write(f"{name}/sub/a.txt", "0123456789")
        # mod_cgid loses the answer of a script that does not read its body.
        for script in ("run.cgi", "small/run.cgi"):
            server.write_cgi(f"{name}/{script}", commands="cat >/dev/null")
        server.write_cgi(f"{name}/302.cgi",
                         "Status: 302 Found\nLocation: https://x.example/")
        for status in ("201 Created", "404 Not Found", "500 Error"):
            server.write_cgi(f"{name}/{status[:3]}.cgi",
                             f"Status: {status}\nContent-Type: text/plain",
                             commands="cat >/dev/null")
        server.write_cgi(f"{name}/broken.cgi", commands="exit 1")
    return server


@pytest.mark.parametrize("what", RESPONSES)
@pytest.mark.parametrize(
    "policy, origin, cors, varies", ROWS,
    ids=[f"{row[0]} {row[1]}" for row in ROWS])
def test_response(server, policy, origin, cors, varies, what):
    method, path, headers, body, status = RESPONSES[what]
    if status == 304 and (policy, origin) in WHOLE:
        status = 200 if what == "static 304" else 304
    for pattern in FAULTS.get(what, ()):
        server.expect_log(pattern)
    r = server.request(method, f"/{policy}/{path}", headers, body, origin)
    assert r.status == status
    assert r.cors == cors
    expected = {"origin"} if varies else set()
    if status == 304 and varies:
        expected.add("accept-encoding")
    assert r.vary == sorted(expected)


@pytest.mark.parametrize("policy, origin, cors, varies", [
    row for row in ROWS if row[1] in (None, APP, EVIL)])
def test_interim_responses_say_nothing(server, policy, origin, cors, varies):
    """100 Continue leaves the headers of the final response where they are."""
    r = server.request("POST", f"/{policy}/small/run.cgi",
                       {"Expect": "100-continue"}, "x", origin)
    assert r.status == 200
    assert [i.status for i in r.interim] == [100]
    assert r.interim[0].cors == {} and r.interim[0].vary == []
    assert r.cors == cors


def test_outside_nothing_happens(server):
    server.write("outside.txt", "x")
    r = server.get("/outside.txt", origin=APP)
    assert r.status == 200
    assert r.cors == {} and r.vary == []
