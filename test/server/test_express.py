# SPDX-License-Identifier: Apache-2.0
"""A Node backend with Express's own cors package behind mod_proxy_http: who is
the master of Access-Control-*, each header once, and all else as without the
module."""

import pytest

from servers.control import Pair
from servers.express import Express

APP = "https://app.example"             # httpd's policy allows it
BACKEND = "https://backend.example"     # the application's list has it
BOTH = "https://second.example"         # both lists have it
EVIL = "https://evil.example"
NOBODY = [None, EVIL, "null", "https://app.example/"]

POLICY = f"""
    CORSAllowOrigin {APP} {BOTH}
    CORSAllowMethods DELETE
    CORSAllowHeaders X-Asked
    CORSExposeHeaders X-Ours
    CORSMaxAge 55
"""
SECTIONS = {
    "replace": POLICY,
    "keep": POLICY + f"CORSBackendHeaders Keep\nCORSDenyOrigin {EVIL}",
    "pass": POLICY + "CORSPreflight PassThrough",
    "keep-pass": POLICY + "CORSBackendHeaders Keep\n"
                          "CORSPreflight PassThrough",
    "off": POLICY + "CORSEngine Off",
    "report": POLICY + "CORSEngine ReportOnly",
}

OURS = {"expose-headers": "X-Ours"}
OUR_PREFLIGHT = {"allow-methods": "DELETE", "allow-headers": "X-Asked",
                 "max-age": "55"}
THEIRS = {"allow-credentials": "true", "expose-headers": "X-Backend,ETag"}
THEIR_PREFLIGHT = {"allow-methods": "GET,PUT", "max-age": "77",
                   "allow-headers": "X-Backend-Asked",
                   "allow-credentials": "true",
                   "expose-headers": "X-Backend,ETag"}

PATHS = {"item": 200, "cookie": 200, "moved": 302, "away": 307, "empty": 204,
         "refused": 401, "broken": 500, "stream": 200, "missing": 404}


@pytest.fixture(scope="module")
def express():
    with Express() as express:
        yield express


@pytest.fixture(scope="module")
def pair(start_server, mpm, express):
    config = "".join(f"""
ProxyPass /{name}/ http://127.0.0.1:{express.port}/
ProxyPassReverse /{name}/ http://127.0.0.1:{express.port}/
<IfModule cors_module>
    <Location /{name}/>
        {lines}
    </Location>
</IfModule>
""" for name, lines in SECTIONS.items())
    return Pair(start_server, config, mpm=mpm,
                modules=["proxy", "proxy_http"])


def theirs(app, origin):
    """What the application says of an ordinary request: the cors package has
    credentials and exposed headers on every response."""
    if app == "none":
        return {}
    if app == "any":
        return {"allow-origin": "*"}
    return {**({"allow-origin": origin} if origin in (BACKEND, BOTH) else {}),
            **THEIRS}


def ours(origin):
    return {"allow-origin": origin, **OURS} if origin in (APP, BOTH) else {}


@pytest.mark.parametrize("app", ["listed", "any", "none"])
@pytest.mark.parametrize("section", ["replace", "pass", "keep", "keep-pass"])
def test_responses(pair, section, app):
    for path, status in PATHS.items():
        for origin in (APP, BACKEND, BOTH, *NOBODY):
            r = pair.ask("GET", f"/{section}/{app}/{path}", origin=origin)
            assert r.status == status
            # Nothing is proved by a control that has no headers.
            assert r.control.cors == theirs(app, origin)
            want = ours(origin)
            if "keep" in section and "allow-origin" in r.control.cors:
                want = r.control.cors
            if section == "keep" and origin == EVIL:
                want = {}
            assert r.cors == want, (path, origin)


@pytest.mark.parametrize("section", ["off", "report"])
@pytest.mark.parametrize("app", ["listed", "any", "none"])
def test_untouched(pair, section, app):
    """Not one byte is the module's."""
    preflight = [("Access-Control-Request-Method", "PUT")]
    for path in PATHS:
        for origin in (APP, BACKEND, EVIL, None):
            for method, more in (("GET", []), ("HEAD", []),
                                 ("OPTIONS", preflight)):
                r = pair.ask(method, f"/{section}/{app}/{path}", more,
                             origin=origin, vary=False)
                assert r.cors == r.control.cors
                assert r.all("Vary") == r.control.all("Vary")


@pytest.mark.parametrize("section", ["replace", "keep"])
def test_other_requests(pair, section):
    for method, headers, body, status in (
            ("HEAD", [], None, 200), ("POST", [], "a=b", 200),
            ("PUT", [("Expect", "100-continue")], "x", 200),
            ("DELETE", [], None, 200),
            ("GET", [("Cookie", "a=b"), ("Range", "bytes=0-1")], None, 206)):
        for origin in (APP, BACKEND, EVIL, None):
            r = pair.ask(method, f"/{section}/none/item", headers, body,
                         origin)
            assert r.status == status and r.cors == ours(origin)


@pytest.mark.parametrize("section", ["replace", "keep"])
@pytest.mark.parametrize("app", ["listed", "any", "none"])
def test_not_modified(pair, section, app):
    """Express answers 304 by itself, and its cors package speaks there too."""
    for origin in (APP, BACKEND, BOTH, EVIL, None):
        path = f"/{section}/{app}/item"
        whole = pair.ask("GET", path, origin=origin)
        asked = [("Host", Pair.HOST), ("If-None-Match", whole.one("ETag"))]
        if section == "keep" and origin:
            # Who of the two grants may differ from origin to origin, which
            # no 304 can tell a cache.
            r = pair.cors.get(path, origin, asked)
            assert r.status == 200 and r.body == whole.body
        else:
            r = pair.ask("GET", path, asked[1:], origin=origin)
            assert r.status == 304
        # A cache replaces what it stored by what the 304 has.
        assert r.cors == whole.cors
        assert set(whole.vary) <= set(r.vary)


@pytest.mark.parametrize("section", ["replace", "keep"])
@pytest.mark.parametrize("app", ["listed", "any", "none"])
def test_preflights_that_httpd_answers(pair, express, section, app):
    express.seen()
    for origin in (APP, BACKEND, BOTH, *NOBODY[1:]):
        r = pair.cors.preflight(f"/{section}/{app}/item", origin, "DELETE",
                                "x-asked")
        allowed = origin in (APP, BOTH)
        assert r.status == (204 if allowed else 403) and r.body == b""
        assert r.cors == ({"allow-origin": origin, **OUR_PREFLIGHT}
                          if allowed else {})
        assert r.vary == ["origin"] and not r.all("X-Backend")
    assert express.seen() == []


@pytest.mark.parametrize("section", ["pass", "keep-pass"])
@pytest.mark.parametrize("app, status", [("listed", 200), ("any", 204),
                                         ("none", 200)])
def test_preflights_that_the_application_answers(pair, express, section, app,
                                                 status):
    for origin in (APP, BACKEND, BOTH, EVIL):
        express.seen()
        r = pair.ask("OPTIONS", f"/{section}/{app}/item", [
            ("Access-Control-Request-Method", "DELETE"),
            ("Access-Control-Request-Headers", "x-asked")], origin=origin)
        # The package ends a preflight before any route: no X-Backend says so.
        assert r.status == status
        assert express.seen() == [f"OPTIONS /{app}/item"] * 2
        said = r.control.cors
        if app == "listed":
            assert said == {**THEIR_PREFLIGHT,
                            **({"allow-origin": origin}
                               if origin in (BACKEND, BOTH) else {})}
        if section == "keep-pass" and "allow-origin" in said:
            assert r.cors == said
        elif origin in (APP, BOTH):
            assert r.cors == {"allow-origin": origin, **OUR_PREFLIGHT}
        else:
            assert r.cors == {}


def test_what_was_removed_is_logged(pair):
    pair.ask("GET", "/replace/any/item", origin=APP)
    pair.cors.wait_log(r"\[cors:info\].*Access-Control-Allow-Origin"
                       r".*CORSBackendHeaders")
