# SPDX-License-Identifier: Apache-2.0
"""CORSEngine ReportOnly decides, logs and counts, but every response is byte
for byte what it is without the module; so is one under Off."""

import json
import os

import pytest

from harness import Backend, variables
from servers.control import Pair

APP = "https://app.example"
PARTNER = "https://partner.example"
EVIL = "https://evil.example"
ORIGINS = [None, APP, PARTNER, EVIL, "null", "not an origin", ""]

NAMED = f"""
<CORSPolicy partners>
    CORSAllowOrigin {PARTNER}
    CORSAllowCredentials On
    CORSExposeHeaders X-Secret
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
</CORSPolicy>
<CORSPolicy trial>
    CORSAllowOrigin {APP}
    CORSEngine ReportOnly
</CORSPolicy>
"""

POLICIES = {
    "list": f"""
        CORSAllowOrigin {APP}
        CORSAllowCredentials On
        CORSAllowMethods PUT
        CORSAllowHeaders X-One
        CORSExposeHeaders X-Two
        CORSMaxAge 60
        CORSTimingAllowOrigin On""",
    "star": "CORSAllowOrigin *",
    "always": f"CORSAllowOrigin {APP}\nCORSSendOrigin Always",
    "several": f"CORSUsePolicy partners public\nCORSDenyOrigin {EVIL}",
    "forbid": f"CORSAllowOrigin {APP}\nCORSRefusal Forbid",
    "upgrades": f"CORSAllowOrigin {APP}\nCORSRefusal ForbidUpgrades",
    "keep": f"CORSAllowOrigin {APP}\nCORSBackendHeaders Keep",
    "pass": f"CORSAllowOrigin {APP}\nCORSPreflight PassThrough",
    "nobody": "CORSAllowOrigin None",
    "trial": "CORSUsePolicy trial",
}
OFF = ["list", "several", "forbid"]     # the same with CORSEngine Off


def section(name, lines, engine):
    return f"""
<Location /{name}>
    <IfModule cors_module>
        {lines}
        {engine}
    </IfModule>
    ErrorDocument 404 /{name}/error.cgi
    Header set X-Two 2
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
<Location /{name}/headers>
    Header always set Access-Control-Allow-Origin *
    Header set Vary Accept
</Location>
"""


def config(port):
    text = "<IfModule cors_module>\n" + NAMED + "</IfModule>\n"
    for name, lines in POLICIES.items():
        engine = "" if name == "trial" else "CORSEngine ReportOnly"
        text += section(name, lines, engine)
    for name in OFF:
        text += section(f"off-{name}", POLICIES[name], "CORSEngine Off")
    return text + variables.LOG + f"""
AddOutputFilter INCLUDES .shtml
<Directory ${{HTDOCS}}>
    Options +Includes
</Directory>
DirectoryIndex index.shtml
ProxyPassMatch ^/[^/]+/proxy$ http://127.0.0.1:{port}/
"""


@pytest.fixture(scope="module")
def backend(backend):
    backend.answer = lambda request: Backend.response(
        headers=[("Access-Control-Allow-Origin", "*"), ("Vary", "Origin")],
        body=json.dumps([request.method, sorted(
            h for h in request.headers if not h[0].startswith("X-Forwarded")
            and h[0] != "Via")]).encode())
    return backend


def start(start_server, port, **options):
    server = start_server(config(port), modules=[
        "cgi", "dir", "headers", "include", "proxy", "proxy_http",
        "authn_core", "authn_file", "auth_basic", "authz_user"],
        server_name="site.example", **options)
    (server.root / "users").write_text("")
    # Only what the shell does itself: there are thousands of runs.
    environment = (
        "printf 'Content-Type: text/plain\\n\\n'\nread -r body\n"
        "echo \"$body|$REQUEST_METHOD|$HTTP_ORIGIN|$HTTP_IF_NONE_MATCH|"
        "$HTTP_ACCESS_CONTROL_REQUEST_METHOD|$CORS_RESULT|$CORS_ORIGIN|"
        "$CORS_POLICY|$REDIRECT_CORS_RESULT|$REDIRECT_STATUS\"\nexit 0")
    for name in (*POLICIES, *(f"off-{name}" for name in OFF)):
        for path in ("a.txt", "private/a.txt", "closed/a.txt",
                     "headers/a.txt"):
            set_old(server.write(f"{name}/{path}", "0123456789"))
        set_old(server.write(
            f"{name}/index.shtml", '<!--#echo var="CORS_RESULT" -->'
            '<!--#include virtual="run.cgi" -->'))
        server.write_cgi(f"{name}/run.cgi", commands=environment)
        server.write_cgi(f"{name}/error.cgi", commands=environment)
    return server


def set_old(path):
    """The two servers' files must have the same age, and so the same ETag."""
    os.utime(path, (1000000000, 1000000000))


@pytest.fixture(scope="module")
def both(start_server, mpm, backend):
    return (start(start_server, backend.port, mpm=mpm),
            start(start_server, backend.port, mpm=mpm, cors=False,
                  log_level="warn"))


PREFLIGHT = [("Access-Control-Request-Method", "PUT"),
             ("Access-Control-Request-Headers", "x-one")]
UPGRADE = [("Connection", "Upgrade"), ("Upgrade", "websocket"),
           ("Sec-WebSocket-Version", "13"),
           ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]

REQUESTS = [
    ("GET", "a.txt", [], None),
    ("HEAD", "a.txt", [], None),
    ("GET", "a.txt", [("If-None-Match", "*")], None),
    ("GET", "a.txt", [("If-Modified-Since", "Fri, 01 Jan 2010 00:00:00 GMT"),
                      ("Range", "bytes=0-1")], None),
    ("GET", "a.txt", UPGRADE, None),
    ("OPTIONS", "a.txt", PREFLIGHT, None),
    ("OPTIONS", "run.cgi", PREFLIGHT, None),
    ("OPTIONS", "private/a.txt", PREFLIGHT, None),
    ("OPTIONS", "none.txt", [], None),
    ("GET", "none.txt", [], None),
    ("GET", "headers/a.txt", [], None),
    ("OPTIONS", "headers/a.txt", PREFLIGHT, None),
    ("GET", "private/a.txt", [], None),
    ("GET", "closed/a.txt", [], None),
    ("POST", "run.cgi", [], "body"),
    ("GET", "run.cgi", [("If-None-Match", '"x"')], None),
    ("GET", "", [], None),
    ("GET", "proxy", [("If-None-Match", '"x"'), ("Cookie", "a=b")], None),
    ("OPTIONS", "proxy", PREFLIGHT, None),
    ("DELETE", "a.txt", [], None),
]


def ask(server, name, request, origin):
    method, path, headers, body = request
    headers = [("Host", "site.example"), *headers]
    r = server.request(method, f"/{name}/{path}", headers, body, origin)
    # Each child of httpd has an order of its own in Allow, and the framing of
    # what a script says depends on how fast it says it.
    left_out = ["Date"]
    if not path.endswith("a.txt"):
        left_out += ["Content-Length", "Transfer-Encoding"]
    return (r.version, r.status, r.reason, r.interim, r.body, [
        (n, sorted(v.split(",")) if n == "Allow" else v)
        for n, v in r.headers if n not in left_out])


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda q: f"{q[0]} {q[1]}")
@pytest.mark.parametrize("engine", ["", "off-"])
def test_as_without_the_module(both, request_, engine):
    for server in both:
        server.expect_log("AH01630")
    for policy in OFF if engine else POLICIES:
        for origin in ORIGINS if request_[1] == "a.txt" else ORIGINS[:4]:
            with_it, without = (ask(server, engine + policy, request_, origin)
                                for server in both)
            assert with_it == without, (policy, origin)


@pytest.mark.parametrize("policy, origin, result", [
    ("list", APP, "allowed"), ("list", EVIL, "refused-origin"),
    ("list", None, None), ("star", EVIL, "allowed"),
    ("several", EVIL, "refused-origin"), ("several", PARTNER, "allowed"),
    ("forbid", EVIL, "refused-origin"), ("nobody", APP, "refused-origin"),
    ("trial", APP, "allowed"), ("trial", EVIL, "refused-origin"),
    ("list", "not an origin", "refused-malformed"),
])
@pytest.mark.parametrize("path, status", [
    ("a.txt", 200), ("none.txt", 404), ("private/a.txt", 401), ("", 200)])
def test_it_is_logged(both, policy, origin, result, path, status):
    r, seen = variables.ask(both[0], "GET", f"/{policy}/{path}",
                            origin=origin)
    assert r.status == status
    assert seen.result == result
    if result and result.startswith("refused"):
        both[0].wait_log(f"cors:info.*{result} .*ReportOnly")


def test_off_is_not_logged(both):
    for origin in ORIGINS:
        _, seen = variables.ask(both[0], "GET", "/off-list/a.txt",
                                origin=origin)
        assert seen.result is None
    assert "CORS: " not in both[0].log.recent()


# ---- with mod_cache --------------------------------------------------------

STORED = {"ReportOnly": f"CORSAllowOrigin {APP}\nCORSEngine ReportOnly",
          "Off": f"CORSAllowOrigin {APP}\nCORSEngine Off"}


@pytest.mark.parametrize("quick", ["On", "Off"])
def test_a_cache_stores_the_same(start_once, quick):
    """Under a policy in force the answers to refused origins are not stored,
    nor those where Origin was hidden."""
    backend = Backend()
    backend.answer = Backend.response(headers=[
        ("Access-Control-Allow-Origin", "*"), ("Vary", "Accept"),
        ("ETag", '"x"'), ("Cache-Control", "max-age=1000")])
    config = f"CacheRoot ${{ROOT}}/cache\nCacheQuickHandler {quick}\n" + "".join(
        f"ProxyPass /{path}{name} http://127.0.0.1:{backend.port}/\n"
        f"CacheEnable disk /{path}{name}\n"
        f"<Location /{path}{name}>\n{more}\n"
        f"<IfModule cors_module>\n{lines}\n</IfModule>\n</Location>\n"
        for name, lines in STORED.items()
        for path, more in (("", ""), ("hidden/", "RequestHeader unset Origin")))
    pair = Pair(start_once, config, modules=[
        "cache", "cache_disk", "proxy", "proxy_http", "headers"])
    try:
        for server in pair.both:
            (server.root / "cache").mkdir()
            (server.root / "cache").chmod(0o777)
        for target in [f"/{path}{name}/x" for path in ("", "hidden/")
                       for name in STORED]:
            seen = []
            for origin in (EVIL, APP, None, EVIL, PARTNER):
                for headers in ([], [("If-None-Match", '"x"')]):
                    r = pair.ask("GET", target, headers, origin=origin,
                                 vary=False)
                    assert r.cors == r.control.cors
                    seen.append(r.status)
            assert seen == [200, 304] * 5
            # Once for each server, the rest came from the cache.
            assert len(backend.requests) == 2, target
            backend.requests.clear()
    finally:
        backend.close()
