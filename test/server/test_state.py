# SPDX-License-Identifier: Apache-2.0
"""Attacks on what the module remembers of a request: modules that change the
request on its way, requests that httpd makes of others, and the next request
on the same connection.
"""

import random

import pytest

from auth_lab import APP, OTHER
from harness import Backend

OWN = "http://own.example"

# ---- what the browser sent, after other modules had it ---------------------

# RequestHeader lines of the server: all that a decision reads.
MEDDLERS = {
    "nothing": "",
    "unset": "".join(f"RequestHeader unset {name}\n" for name in (
        "Origin", "Sec-Fetch-Site", "Upgrade",
        "Access-Control-Request-Method", "Access-Control-Request-Headers")),
    "set": f"RequestHeader set Origin {APP}\n"
           "RequestHeader set Host else.example\n"
           "RequestHeader set Sec-Fetch-Site same-origin\n"
           "RequestHeader set Access-Control-Request-Method PATCH\n",
    "set-other": f"RequestHeader set Origin {OTHER}\n"
                 "RequestHeader unset Sec-Fetch-Site\n",
}

# What stands where the request begins.
FIRST = {
    "none": "",
    "what": "CORSAllowMethods PUT",
    "policy": f"CORSAllowOrigin {APP}\nCORSRefusal Forbid\n"
              "CORSPreflight PassThrough\nCORSAllowMethods PUT",
}

CONFIG = "".join(f"""
<VirtualHost 127.0.0.1:${{PORT}}>
    ServerName {meddler}.example
    ServerAlias own.example
    {lines}
""" + "".join(f"""
    <Directory ${{HTDOCS}}/{first}>
        {policy}
        ErrorDocument 404 /target/run.cgi
        DirectoryIndex /target/run.cgi
        RewriteEngine On
        RewriteRule ^rewritten$ /target/run.cgi
        Action acted /target/run.cgi virtual
        AddHandler acted .acted
    </Directory>
    <Directory ${{HTDOCS}}/{first}/fall>
        FallbackResource /target/run.cgi
    </Directory>
""" for first, policy in FIRST.items()) + f"""
    <Directory ${{HTDOCS}}/target>
        CORSAllowOrigin {APP}
        CORSAllowMethods PUT
        CORSPreflight PassThrough
        CORSRefusal Forbid
    </Directory>
</VirtualHost>
""" for meddler, lines in MEDDLERS.items())

WAYS = ["missing", "index/", "rewritten", "x.acted", "fall/x", "local.cgi"]


@pytest.fixture(scope="module")
def server(start_server, mpm):
    server = start_server(CONFIG, mpm=mpm, modules=[
        "cgi", "dir", "rewrite", "actions", "headers"],
        expect_log=[r"AH10244: invalid URI path",
                    r"(AH02811|AH01264): .*script not found"])
    server.write_cgi("target/run.cgi",
                     commands="while read -r line; do :; done")
    for first in FIRST:
        server.write(f"{first}/x.acted", "x")
        server.write(f"{first}/index/x.txt", "x")
        server.write(f"{first}/fall/y.txt", "x")
        server.write_cgi(f"{first}/local.cgi", commands=(
            "while read -r line; do :; done\n"
            "printf 'Location: /target/run.cgi\\n\\n'; exit 0"))
    return server


def ask(server, meddler, method, path, origin, headers=()):
    return server.request(method, path,
                          [("Host", f"{meddler}.example"), *headers],
                          "a=b" if method == "POST" else None, origin=origin)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("meddler", MEDDLERS)
def test_judged_by_what_was_sent(server, meddler, first, way):
    """Forbid let everybody through where Origin was gone by the time that a
    rewrite reached it."""
    # An ErrorDocument is not forbidden; its request is, where it can be.
    refused = 404 if way == "missing" and first != "policy" else 403
    status = 404 if way == "missing" else 200
    for method in ("GET", "POST"):
        before = server.ran("target/run.cgi")
        r = ask(server, meddler, method, f"/{first}/{way}", APP)
        assert r.status == status and r.cors == {"allow-origin": APP}
        for origin, site in ((OTHER, "cross-site"), (OTHER, None),
                             ("null", "cross-site"), (f"{APP}/", None)):
            headers = [("Sec-Fetch-Site", site)] * (site is not None)
            r = ask(server, meddler, method, f"/{first}/{way}", origin,
                    headers)
            assert r.status == refused and r.cors == {}, (origin, site)
            assert r.vary == ["origin"]
        ran = server.ran("target/run.cgi")[len(before):]
        assert len(ran) == (5 if refused == 404 else 1)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("meddler", MEDDLERS)
def test_own_by_what_was_sent(server, meddler, first, way):
    status = 404 if way == "missing" else 200
    for host, headers in ((meddler, [("Sec-Fetch-Site", "same-origin")]),
                          (meddler, [])):
        r = ask(server, host, "GET", f"/{first}/{way}",
                f"http://{meddler}.example", headers)
        assert r.status == status and r.cors == {}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("meddler", MEDDLERS)
def test_no_origin_was_sent(server, meddler, first, way):
    """… whatever mod_headers sets for a backend."""
    for method in ("GET", "POST"):
        r = ask(server, meddler, method, f"/{first}/{way}", None)
        assert r.status == (404 if way == "missing" else 200)
        assert r.cors == {} and r.vary == ["origin"]


# httpd answers OPTIONS of what is missing 200.
@pytest.mark.parametrize("way", WAYS[1:])
@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("meddler", MEDDLERS)
def test_a_preflight_by_what_was_sent(server, meddler, first, way):
    """Somebody else answers it: with what a preflight gets."""
    asked = [("Access-Control-Request-Method", "PUT")]
    r = ask(server, meddler, "OPTIONS", f"/{first}/{way}", APP, asked)
    assert r.status == 200
    assert r.cors == {"allow-origin": APP, "allow-methods": "PUT"}
    r = ask(server, meddler, "OPTIONS", f"/{first}/{way}", OTHER, asked)
    assert r.status == 403 and r.cors == {}


# ---- conditions that guard a change ----------------------------------------

GUARDED = f"""
DavLockDB ${{ROOT}}/run/dav
<CORSPolicy partner>
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
</CORSPolicy>
CORSUsePolicy partner public
<Directory ${{HTDOCS}}/dav>
    Dav On
</Directory>
ProxyPass /proxy http://127.0.0.1:@/
"""


@pytest.fixture(scope="module")
def dav(start_server, backend, mpm):
    server = start_server(GUARDED.replace("@", str(backend.port)), mpm=mpm,
                          modules=["dav", "dav_fs", "proxy", "proxy_http"])
    server.write("dav/a.txt", "old")
    for path in (server.htdocs / "dav", server.htdocs / "dav/a.txt",
                 server.root / "run"):
        path.chmod(0o777)
    return server


@pytest.mark.parametrize("origin", [APP, OTHER, "null", "x", None])
def test_a_condition_of_a_change_stays(dav, backend, origin):
    """Only what can be answered 304 loses its condition."""
    for headers in ({"If-None-Match": "*"},
                    {"If-None-Match": "*", "If-Range": "\"x\"",
                     "Range": "bytes=0-1"},
                    {"If-Match": "\"x\""},
                    {"If-Unmodified-Since": "Tue, 01 Jan 1980 00:00:00 GMT"}):
        dav.expect_log("failed precondition")
        for method in ("PUT", "DELETE"):
            r = dav.request(method, "/dav/a.txt", headers,
                            "new" if method == "PUT" else None, origin=origin)
            assert r.status == 412
            assert (dav.htdocs / "dav/a.txt").read_text() == "old"
        for method in ("PUT", "POST", "PATCH", "DELETE", "PROPFIND"):
            backend.reset()
            dav.request(method, "/proxy", headers, origin=origin)
            sent = dict(backend.requests[0].headers)
            assert headers.items() <= sent.items()


def test_options_of_dav(dav):
    """mod_dav answers what is no preflight, the module what is one."""
    r = dav.request("OPTIONS", "/dav/a.txt", origin=APP)
    assert r.status == 200 and r.all("DAV") and "LOCK" in r.one("Allow")
    assert r.cors == {"allow-origin": APP, "allow-credentials": "true"}
    r = dav.preflight("/dav/a.txt", APP, "PROPFIND")
    assert r.status == 204 and not r.all("DAV") and not r.all("Allow")
    r = dav.request("PROPFIND", "/dav/a.txt", {"Depth": "0"}, origin=OTHER)
    assert r.status == 207 and r.cors == {"allow-origin": OTHER}


# ---- one connection, many requests -----------------------------------------

def test_nothing_is_remembered_on_a_connection(server):
    """Random requests in a row are answered as each one alone."""
    rng = random.Random(3)
    cases = []
    for _ in range(250):
        method = rng.choice(["GET", "POST", "OPTIONS", "HEAD"])
        headers = [("Host", f"{rng.choice(list(MEDDLERS))}.example")]
        headers += [("Origin", o) for o in rng.choice(
            [[], [APP], [OTHER], [OWN], ["null"], [APP, OTHER]])]
        if method == "OPTIONS":
            headers.append(("Access-Control-Request-Method", "PUT"))
        path = f"/{rng.choice([*FIRST, 'target', 'gone'])}/" \
               f"{rng.choice([*WAYS, 'run.cgi', '%zz', ''])}"
        cases.append((method, path, headers,
                      "a=b" if method == "POST" else None))
    alone = []
    for case in cases:
        with server.connect() as c:
            alone.append(c.request(*case))
    connection = server.connect()
    for case, one in zip(cases, alone):
        r = connection.request(*case)
        assert (r.status, r.cors, r.vary) == (one.status, one.cors,
                                              one.vary), case
        if "close" in (r.one("Connection") or ""):
            connection.close()
            connection = server.connect()
    connection.close()


# ---- others' requests, stored answers --------------------------------------

FORWARD = f"""
ProxyRequests On
CORSAllowOrigin {APP}
CORSRefusal Forbid
ErrorDocument 403 /page.html
ErrorDocument 502 /page.html
ErrorDocument 503 /page.html
<Proxy http://127.0.0.1:2/>
    Require all denied
</Proxy>
CacheEnable disk /
CacheRoot ${{ROOT}}/cache
ProxyPass /off http://127.0.0.1:@/
<Location /off>
    CORSEngine Off
</Location>
"""


@pytest.fixture(scope="module")
def proxy(start_server, backend, mpm):
    server = start_server(
        FORWARD.replace("@", str(backend.port)), mpm=mpm,
        log_level="crit cors:debug",
        modules=["proxy", "proxy_http", "cache", "cache_disk"])
    (server.root / "cache").mkdir()
    (server.root / "cache").chmod(0o777)
    server.write("page.html", "page")
    return server


@pytest.mark.parametrize("port, status", [(1, 503), (2, 403)])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_errors_of_a_forward_proxy_are_not_ours(proxy, method, port, status):
    """Nor is their page, though it stands in our section."""
    asked = [("Access-Control-Request-Method", "PUT")]
    for origin in (APP, OTHER, "null"):
        r = proxy.request(method, f"http://127.0.0.1:{port}/", asked,
                          origin=origin)
        assert r.status == status and r.body == b"page"
        assert r.cors == {} and r.vary == []
    assert proxy.get("/page.html", OTHER).status == 403


def test_a_stored_answer_under_off(proxy, backend):
    """The cache answers before any section is known: its 304 too."""
    backend.reset()
    backend.answer = Backend.response(headers=[
        ("ETag", "\"x\""), ("Cache-Control", "max-age=1000")])
    for _ in range(3):
        for headers, status in (({}, 200), ({"If-None-Match": "\"x\""}, 304)):
            for origin in (APP, OTHER, None):
                r = proxy.get("/off", origin, headers)
                assert r.status == status
                assert r.cors == {} and r.vary == []
    assert len(backend.requests) == 1
