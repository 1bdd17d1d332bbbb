# SPDX-License-Identifier: Apache-2.0
"""Section 7: CORS_RESULT, CORS_ORIGIN and CORS_POLICY in access logs, in the
environment of scripts and in expressions, whatever the answer was."""

import pytest

from harness import variables

APP = "https://app.example"
OTHER = "https://other.example"
EVIL = "https://evil.example"
PARTNER = "https://partner.example"

CONFIG = f"""
<CORSPolicy partners>
    CORSAllowOrigin {PARTNER}
    CORSAllowMethods PUT
    CORSAllowHeaders X-One
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin {APP}
    CORSAllowMethods PUT
    CORSAllowHeaders X-One
    CORSDenyOrigin {OTHER}
</CORSPolicy>
<Location /named>
    CORSUsePolicy public
</Location>
<Location /several>
    CORSUsePolicy partners public
    CORSDenyOrigin {EVIL}
</Location>
<Location /plain>
    CORSAllowOrigin *
</Location>
<Location /always>
    CORSAllowOrigin {APP}
    CORSSendOrigin Always
</Location>
<Location /own>
    CORSAllowOrigin {APP}
    CORSAllowMethods PUT
    CORSAllowHeaders X-One
</Location>
<Location /off>
    CORSAllowOrigin {APP}
    CORSEngine Off
</Location>
<Location /report>
    CORSUsePolicy public
    CORSEngine ReportOnly
</Location>
<Location /pass>
    CORSUsePolicy public
    CORSPreflight PassThrough
</Location>
<LocationMatch ^/(own|named|report)/private>
    AuthType Basic
    AuthName test
    AuthUserFile ${{ROOT}}/users
    Require valid-user
</LocationMatch>
<LocationMatch ^/(own|named|report)/closed>
    Require all denied
</LocationMatch>
<LocationMatch ^/(own|named|report)/moved>
    RedirectMatch 302 . https://elsewhere.example/
</LocationMatch>
<LocationMatch ^/(own|named|report)/errors>
    ErrorDocument 404 /env.cgi
</LocationMatch>
<Directory ${{HTDOCS}}/outside>
    RewriteEngine On
    RewriteRule ^(named|report)$ /$1/a.txt
</Directory>
<Location /own/expression>
    Header always set X-Result "expr=%{{reqenv:CORS_RESULT}}"
    Header always set X-Origin "%{{CORS_ORIGIN}}e" env=CORS_ORIGIN
    Header always set X-Refused yes "expr=%{{reqenv:CORS_RESULT}} =~ /^refused/"
</Location>
"""

SAME = [("Sec-Fetch-Site", "same-origin")]

# path, Origin, more headers; status, CORS_RESULT, CORS_POLICY (None: any)
ROWS = [
    ("/own/a.txt", None, [], 200, None, None),
    ("/own/a.txt", APP, [], 200, "allowed", None),
    ("/own/a.txt", OTHER, [], 200, "refused-origin", None),
    ("/own/a.txt", "null", [], 200, "refused-origin", None),
    ("/own/a.txt", "", [], 200, "refused-malformed", None),
    ("/own/a.txt", "no origin", [], 200, "refused-malformed", None),
    ("/own/a.txt", APP + "/", [], 200, "refused-malformed", None),
    ("/own/a.txt", "https://" + "a" * 400, [], 200, "refused-malformed",
     None),
    ("/own/a.txt", OTHER, SAME, 200, "same-origin", None),
    ("/own/a.txt", APP, SAME, 200, "allowed", None),
    ("/own/a.txt", OTHER, [("Sec-Fetch-Site", "cross-site")], 200,
     "refused-origin", None),
    ("/own/a.txt", OTHER, [("Host", "other.example")], 200, "same-origin",
     None),
    ("/named/a.txt", None, [], 200, None, None),
    ("/named/a.txt", APP, [], 200, "allowed", "public"),
    ("/named/a.txt", OTHER, [], 200, "refused-origin", "public"),
    ("/several/a.txt", PARTNER, [], 200, "allowed", "partners"),
    ("/several/a.txt", APP, [], 200, "allowed", "public"),
    ("/several/a.txt", EVIL, [], 200, "refused-origin", None),
    ("/plain/a.txt", OTHER, [], 200, "allowed", None),
    ("/plain/a.txt", "no origin", [], 200, "allowed", None),
    ("/plain/a.txt", None, [], 200, None, None),
    ("/always/a.txt", APP, [], 200, "allowed", None),
    ("/always/a.txt", OTHER, [], 200, "refused-origin", None),
    ("/always/a.txt", "no origin", [], 200, "refused-malformed", None),
    ("/always/a.txt", None, [], 200, None, None),
    ("/off/a.txt", APP, [], 200, None, None),
    ("/outside.txt", APP, [], 200, None, None),
]
# Every kind of answer says the same.
for section in ("own", "named", "report"):
    for target, more, status in (
            ("a.txt", [("If-None-Match", "*")], 304),
            ("a.txt", [("Range", "bytes=1-2")], 206),
            ("none.txt", [], 404), ("private/a.txt", [], 401),
            ("closed/a.txt", [], 403), ("moved", [], 302),
            ("sub", [], 301), ("sub/", [], 200), ("errors/none.txt", [], 404),
            ("500.cgi", [], 500), ("proxy", [], 200)):
        policy = None if section == "own" else "public"
        ROWS += [
            (f"/{section}/{target}", APP, more, status, "allowed", policy),
            (f"/{section}/{target}", OTHER, more, status, "refused-origin",
             policy),
            (f"/{section}/{target}", None, more, status, None, None)]

# path, Origin, method and headers asked for; status, CORS_RESULT
PREFLIGHTS = [
    ("/own/a.txt", APP, "PUT", "x-one", 204, "preflight-allowed"),
    ("/own/a.txt", APP, "GET", None, 204, "preflight-allowed"),
    ("/own/a.txt", APP, "MOVE", "x-one", 204, "refused-method"),
    ("/own/a.txt", APP, "PUT", "x-two", 204, "refused-header"),
    ("/own/a.txt", APP, "MOVE", "x-two", 204, "refused-method"),
    ("/own/a.txt", OTHER, "PUT", None, 403, "refused-origin"),
    ("/own/a.txt", "no origin", "PUT", None, 403, "refused-malformed"),
    ("/own/private/a.txt", APP, "PUT", None, 204, "preflight-allowed"),
    ("/own/private/a.txt", OTHER, "PUT", None, 403, "refused-origin"),
    ("/own/closed/a.txt", APP, "PUT", None, 403, "preflight-allowed"),
    ("/several/a.txt", EVIL, "PUT", None, 403, "refused-origin"),
    ("/several/a.txt", OTHER, "PUT", None, 403, "refused-origin"),
    ("/several/a.txt", PARTNER, "PUT", None, 204, "preflight-allowed"),
    ("/plain/a.txt", OTHER, "GET", None, 204, "preflight-allowed"),
    ("/plain/a.txt", OTHER, "PUT", None, 204, "refused-method"),
    ("/always/a.txt", APP, "GET", None, 204, "preflight-allowed"),
    ("/always/a.txt", OTHER, "GET", None, 204, "refused-origin"),
    ("/off/a.txt", APP, "PUT", None, 200, None),
    ("/report/a.txt", APP, "PUT", None, 200, "preflight-allowed"),
    ("/report/a.txt", APP, "MOVE", None, 200, "refused-method"),
    ("/report/a.txt", OTHER, "PUT", None, 200, "refused-origin"),
    ("/pass/env.cgi", APP, "PUT", "x-one", 200, "preflight-allowed"),
    ("/pass/env.cgi", APP, "PUT", "x-two", 200, "refused-header"),
    ("/pass/env.cgi", OTHER, "PUT", None, 200, "refused-origin"),
]


@pytest.fixture(scope="module")
def server(start_server, mpm, backend):
    server = start_server(
        CONFIG + variables.LOG + "ProxyPassMatch ^/[^/]+/proxy$ "
        f"http://127.0.0.1:{backend.port}/\n", mpm=mpm, modules=[
            "cgi", "dir", "alias", "headers", "rewrite", "proxy", "proxy_http",
            "authn_core", "authn_file", "auth_basic", "authz_user"])
    (server.root / "users").write_text("")
    env = "env | grep -E '^(REDIRECT_)?CORS_' | sort; exit 0"
    head = "printf 'Content-Type: text/plain\\n\\n'; "
    server.write("outside.txt", "x")
    server.write("outside/a.txt", "x")
    server.write_cgi("env.cgi", commands=head + env)
    for name in ("own", "named", "several", "plain", "always", "off",
                 "report", "pass"):
        server.write(f"{name}/a.txt", "0123456789")
        server.write(f"{name}/sub/index.html", "index")
        server.write_cgi(f"{name}/env.cgi", commands=head + env)
        server.write_cgi(f"{name}/500.cgi", "Status: 500 Oops\n"
                         "Content-Type: text/plain")
    return server


@pytest.mark.parametrize("path, origin, headers, status, result, policy",
                         ROWS)
def test_in_the_access_log(server, path, origin, headers, status, result,
                           policy):
    server.expect_log("AH01630")
    r, seen = variables.ask(server, "GET", path, headers, origin=origin)
    assert r.status == status and seen.status == str(status)
    assert seen.result == result
    if result is None:
        assert seen.origin is None and seen.policy is None
    elif result != "refused-malformed":
        assert seen.origin == origin
    if policy is not None:
        assert seen.policy == policy


@pytest.mark.parametrize("path, origin, method, headers, status, result",
                         PREFLIGHTS)
def test_of_a_preflight(server, path, origin, method, headers, status,
                        result):
    server.expect_log("AH01630")
    r, seen = variables.ask_preflight(server, path, origin, method, headers)
    assert r.status == status and seen.status == str(status)
    assert seen.result == result


def environment(r):
    return dict(line.split("=", 1) for line in r.text.splitlines())


@pytest.mark.parametrize("section, origin, expected", [
    ("named", APP, {"CORS_RESULT": "allowed", "CORS_ORIGIN": APP,
                    "CORS_POLICY": "public"}),
    ("named", OTHER, {"CORS_RESULT": "refused-origin", "CORS_ORIGIN": OTHER,
                      "CORS_POLICY": "public"}),
    ("several", PARTNER, {"CORS_RESULT": "allowed", "CORS_ORIGIN": PARTNER,
                          "CORS_POLICY": "partners"}),
    ("named", None, {}),
    ("off", APP, {}),
    ("report", APP, {}),
    ("report", OTHER, {}),
])
def test_in_a_script(server, section, origin, expected):
    assert environment(server.get(f"/{section}/env.cgi", origin)) == expected


@pytest.mark.parametrize("origin, result", [
    (APP, "allowed"), (OTHER, "refused-origin")])
def test_in_an_error_page(server, origin, result):
    """The request that answers has them too, not only REDIRECT_CORS_*."""
    r = server.get("/named/errors/none.txt", origin)
    assert r.status == 404
    seen = environment(r)
    assert seen["CORS_RESULT"] == result and seen["CORS_ORIGIN"] == origin
    assert seen["CORS_POLICY"] == "public"


@pytest.mark.parametrize("origin", [
    "https://\xe4.example", "https://a\\b", "https://a\tb",
    'https://a"b', "https://$(x)", "x" * 1000])
def test_escaped(server, origin):
    """What came with the request is printable wherever it is written."""
    seen = environment(server.get("/named/env.cgi", origin))
    assert seen["CORS_RESULT"] == "refused-malformed"
    text = seen["CORS_ORIGIN"]
    assert text.isascii() and text.isprintable() and len(text) <= 1000
    if not origin.isascii():
        assert "\\xe4" in text
    assert "\\\\" not in text and "\t" not in text
    r, logged = variables.ask(server, "GET", "/named/a.txt", origin=origin)
    assert r.status == 200 and logged.origin.isascii()
    server.wait_log("refused-malformed for origin ")
    assert server.log.recent().isascii()


@pytest.mark.parametrize("origin, result, refused", [
    (APP, "allowed", None), (OTHER, "refused-origin", "yes"),
    (None, "", None)])
@pytest.mark.parametrize("path", ["a.txt", "none.txt"])
def test_in_expressions(server, path, origin, result, refused):
    server.write("own/expression/a.txt", "x")
    r = server.get(f"/own/expression/{path}", origin)
    assert r.one("X-Result") == result
    assert r.one("X-Origin") == origin
    assert r.one("X-Refused") == refused


@pytest.mark.parametrize("origin, result", [
    (APP, "allowed"), (OTHER, "refused-origin"), (None, None)])
@pytest.mark.parametrize("section", ["named", "report"])
def test_where_only_the_target_has_a_policy(server, section, origin, result):
    r, seen = variables.ask(server, "GET", f"/outside/{section}",
                            origin=origin)
    assert r.status == 200 and r.body == b"0123456789"
    assert seen.result == result
    assert seen.policy == (result and "public")
