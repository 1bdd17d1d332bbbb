# SPDX-License-Identifier: Apache-2.0
"""Section 4: preflights that something else answers get the preflight headers
on that answer; those that the module answers get there before everything."""

import pytest

from harness import Backend

APP = "https://app.example"
OTHER = "https://other.example"

POLICY = f"""
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSAllowMethods PUT
    CORSAllowHeaders X-One
    CORSExposeHeaders X-Exposed
    CORSMaxAge 60
"""
ANSWER = {"allow-origin": APP, "allow-credentials": "true",
          "allow-methods": "PUT", "allow-headers": "X-One", "max-age": "60"}

SAYS = "\n".join(["Access-Control-Allow-Origin: https://backend.example",
                  "Access-Control-Allow-Methods: DELETE",
                  "Access-Control-Max-Age: 9999"])


def config(port):
    return f"""
<Location /pass>
    {POLICY}
    CORSPreflight PassThrough
</Location>
<Location /pass/private>
    AuthType Basic
    AuthName test
    AuthUserFile ${{ROOT}}/users
    Require valid-user
</Location>
<Location /pass/closed>
    Require all denied
</Location>
<Location /pass/moved>
    Redirect 302 https://elsewhere.example/
</Location>
<Location /pass/keep>
    CORSBackendHeaders Keep
</Location>
<Location /pass/always>
    CORSSendOrigin Always
</Location>
<Location /pass/reset>
    CORSPreflight None
</Location>
ProxyPass /pass/proxy http://127.0.0.1:{port}/
ProxyPass /answered/proxy http://127.0.0.1:{port}/

<Location /answered>
    {POLICY}
</Location>
<Location /answered/private>
    AuthType Basic
    AuthName test
    AuthUserFile ${{ROOT}}/users
    Require valid-user
</Location>
<Location /answered/address>
    Require ip 192.0.2.1
</Location>
<Location /answered/closed>
    Require all denied
</Location>
<Location /answered/local>
    Require local
</Location>
<Location /answered/matched>
    RedirectMatch 302 . https://elsewhere.example/
</Location>
<Directory ${{HTDOCS}}/answered/rewrite>
    RewriteEngine On
    RewriteRule ^inside$ /other/run.cgi
    RewriteRule ^outside$ https://elsewhere.example/ [R=302]
    RewriteRule ^forbidden$ - [F]
    RewriteCond %{{REQUEST_METHOD}} OPTIONS
    RewriteRule ^ok$ - [R=200,L]
</Directory>
ErrorDocument 403 /other/run.cgi
ErrorDocument 401 /other/run.cgi

RewriteEngine On
RewriteCond %{{REQUEST_METHOD}} OPTIONS
RewriteRule ^/left(-over)?/ok - [R=200,L]
RewriteCond %{{REQUEST_METHOD}} OPTIONS
RewriteRule ^/left(-over)?/empty - [R=204,L]
RewriteRule ^/left(-over)?/moved https://elsewhere.example/ [R=302,L]
RewriteRule ^/left(-over)?/renamed /answered/run.cgi [PT]
<Location /left-over>
    {POLICY}
</Location>
<LocationMatch ^/left(-over)?/redirected>
    Redirect 302 https://elsewhere.example/
</LocationMatch>

<Directory ${{HTDOCS}}/outside>
    RewriteEngine On
    RewriteRule ^in$ /answered/run.cgi
    RewriteRule ^page$ /answered/a.txt
    FallbackResource disabled
</Directory>
"""


@pytest.fixture(scope="module")
def server(start_server, mpm, backend):
    server = start_server(config(backend.port), mpm=mpm, modules=[
        "cgi", "dir", "alias", "rewrite", "proxy", "proxy_http",
        "authn_core", "authn_file", "auth_basic", "authz_user",
        "authz_host"])
    (server.root / "users").write_text("")
    for folder in ("pass", "pass/private", "pass/closed", "pass/keep",
                   "pass/reset", "pass/always", "answered", "outside",
                   "answered/private", "answered/closed", "answered/local",
                   "answered/address", "answered/rewrite", "other"):
        server.write_cgi(f"{folder}/run.cgi",
                         "Content-Type: text/plain\nX-Exposed: 1")
        server.write(f"{folder}/a.txt", "0123456789")
    for folder in ("pass", "pass/keep", "pass/always"):
        server.write_cgi(f"{folder}/says.cgi",
                         "Content-Type: text/plain\n" + SAYS)
        server.write_cgi(f"{folder}/fails.cgi",
                         "Status: 500 Oops\nContent-Type: text/plain\n" + SAYS)
    return server


@pytest.fixture(autouse=True)
def nothing_ran(server, backend):
    (server.root / "ran.log").write_text("")
    backend.reset()


def ran(server):
    return (server.root / "ran.log").read_text().split()


# path, status, what runs
PASSED = [
    ("run.cgi", 200, ["pass/run.cgi", "OPTIONS"]),
    ("says.cgi", 200, ["pass/says.cgi", "OPTIONS"]),
    ("fails.cgi", 500, ["pass/fails.cgi", "OPTIONS"]),
    ("a.txt", 200, []),
    ("none.txt", 200, []),
    ("moved", 302, []),
    ("private/run.cgi", 401, ["other/run.cgi", "GET"]),
    ("closed/run.cgi", 403, ["other/run.cgi", "GET"]),
]


@pytest.mark.parametrize("path, status, runs", PASSED,
                         ids=[row[0] for row in PASSED])
@pytest.mark.parametrize("origin", [APP, OTHER, "not an origin"])
def test_passed(server, path, status, runs, origin):
    if status == 403:
        server.expect_log("AH01630")
    r = server.preflight(f"/pass/{path}", origin)
    assert r.status == status
    assert r.cors == (ANSWER if origin == APP else {})
    assert r.vary == ["origin"]
    assert ran(server) == runs


@pytest.mark.parametrize("origin", [APP, OTHER])
def test_passed_to_a_backend(server, backend, origin):
    backend.answer = Backend.response("418 Teapot", [
        tuple(line.split(": ")) for line in SAYS.splitlines()])
    r = server.preflight("/pass/proxy", origin)
    assert r.status == 418 and r.body == b"backend"
    assert [q.method for q in backend.requests] == ["OPTIONS"]
    assert r.cors == (ANSWER if origin == APP else {})
    assert r.vary == ["origin"]


@pytest.mark.parametrize("origin", [APP, OTHER])
def test_passed_and_kept(server, origin):
    """Keep keeps what the handler says of a preflight, all of it."""
    r = server.preflight("/pass/keep/says.cgi", origin)
    assert r.status == 200
    assert r.cors == {"allow-origin": "https://backend.example",
                      "allow-methods": "DELETE", "max-age": "9999"}
    assert r.vary == ["origin"]
    r = server.preflight("/pass/keep/run.cgi", origin)
    assert r.cors == (ANSWER if origin == APP else {})
    assert r.vary == ["origin"]


@pytest.mark.parametrize("origin", [APP, OTHER])
def test_passed_always(server, origin):
    r = server.preflight("/pass/always/says.cgi", origin)
    assert r.status == 200 and ran(server) == ["pass/always/says.cgi",
                                               "OPTIONS"]
    assert r.cors == ANSWER and r.vary == []


def test_none_takes_it_back(server):
    r = server.preflight("/pass/reset/run.cgi", APP)
    assert r.status == 204 and r.cors == ANSWER and ran(server) == []


# Answered by the module: nothing of httpd's comes first.
@pytest.mark.parametrize("path", [
    "run.cgi", "private/run.cgi", "private/none", "local/run.cgi",
    "matched", "rewrite/inside", "rewrite/outside", "rewrite/forbidden",
    "rewrite/ok", "proxy"])
@pytest.mark.parametrize("origin", [APP, OTHER])
def test_answered_first(server, backend, path, origin):
    r = server.preflight(f"/answered/{path}", origin)
    assert r.status == (204 if origin == APP else 403)
    assert r.cors == (ANSWER if origin == APP else {})
    assert r.vary == ["origin"]
    assert r.body == b"" and r.one("Content-Type") is None
    assert r.one("WWW-Authenticate") is None
    assert ran(server) == [] and backend.requests == []


@pytest.mark.parametrize("path", ["address/run.cgi", "closed/run.cgi",
                                  "address/none"])
@pytest.mark.parametrize("origin", [APP, OTHER])
def test_host_based_denials_still_deny(server, path, origin):
    server.expect_log("AH01630")
    r = server.preflight(f"/answered/{path}", origin)
    assert r.status == 403
    assert ran(server) == ["other/run.cgi", "GET"]      # the ErrorDocument
    assert r.cors == (ANSWER if origin == APP else {})
    assert r.vary == ["origin"]


@pytest.mark.parametrize("path, status", [
    ("ok", 200), ("empty", 204), ("moved", 302), ("redirected", 302)])
@pytest.mark.parametrize("origin", [APP, OTHER])
def test_left_over_rules_of_the_server(server, path, status, origin):
    """They, and a Redirect without a path, end a request before any directory
    is known; a <Location> is."""
    r = server.preflight(f"/left-over/{path}", origin)
    assert r.status == status
    assert r.cors == (ANSWER if origin == APP else {})
    assert r.vary == ["origin"]
    r = server.preflight(f"/left/{path}", origin)
    assert r.status == status
    assert r.cors == {} and r.vary == []


def test_renamed_before_the_policy_is_known(server):
    """What counts is where the request arrives: [PT] is no redirect."""
    r = server.preflight("/left/renamed", APP)
    assert r.status == 204 and r.cors == ANSWER
    assert ran(server) == []


@pytest.mark.parametrize("path, runs", [
    ("in", ["answered/run.cgi", "OPTIONS"]), ("page", [])])
@pytest.mark.parametrize("origin", [APP, OTHER])
def test_target_of_a_redirect_that_alone_has_a_policy(server, path, runs,
                                                      origin):
    r = server.preflight(f"/outside/{path}", origin)
    assert r.status == 200
    assert ran(server) == runs
    assert r.cors == (ANSWER if origin == APP else {})
    assert r.vary == ["origin"]
