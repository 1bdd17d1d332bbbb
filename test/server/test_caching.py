# SPDX-License-Identifier: Apache-2.0
"""Section 3 with mod_cache: what it stores for one origin is not what another
gets, before or after it asks again."""

import os

import pytest

from harness import Backend

APP = "https://app.example"
TWO = "https://two.example"
EVIL = "https://evil.example"

SECTIONS = {
    "list": f"CORSAllowOrigin {APP} {TWO}\nCORSExposeHeaders X-One",
    "star": "CORSAllowOrigin *\nCORSExposeHeaders X-One",
    "several": "CORSUsePolicy login public\n"
               f"CORSDenyOrigin {EVIL}",
}

NAMED = f"""
<CORSPolicy login>
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSExposeHeaders X-Secret
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
</CORSPolicy>
"""

LOGIN = {"allow-credentials": "true", "expose-headers": "X-Secret"}
ONE = {"expose-headers": "X-One"}


def expected(section, origin):
    if section == "star":
        return {"allow-origin": "*", **ONE}
    if origin in (None, EVIL):
        return {}
    if section == "list":
        return {"allow-origin": origin, **ONE}
    return {"allow-origin": origin, **(LOGIN if origin == APP else {})}


def config(port, quick, seconds):
    return NAMED + f"""
CacheRoot ${{ROOT}}/cache
CacheEnable disk /
CacheQuickHandler {quick}
CacheHeader on
Header set Cache-Control max-age={seconds}
Header set X-One 1
ProxyPassMatch ^/([^/]+)/proxy$ http://127.0.0.1:{port}/$1
""" + "".join(f"<Location /{name}>\n{lines}\n</Location>\n"
              for name, lines in SECTIONS.items())


@pytest.fixture(scope="module")
def backend(backend):
    backend.answer = Backend.response(headers=[
        ("Content-Type", "text/plain"), ("ETag", '"x"'),
        ("Access-Control-Allow-Origin", "*")])
    return backend


# Kept for an hour, or asked for again each time.
@pytest.fixture(scope="module", params=[
    ("On", 3600), ("Off", 3600), ("On", 0), ("Off", 0)], ids=str)
def server(start_server, mpm, backend, request):
    quick, seconds = request.param
    server = start_server(
        config(backend.port, quick, seconds), mpm=mpm, modules=[
            "cache", "cache_disk", "headers", "proxy", "proxy_http"],
        files={"../cache/.keep": ""},
        # The 304's longer Vary moves mod_cache_disk's header file, not its
        # data file: it says so, and asks the server again.
        expect_log=["AH00708"] if not seconds else [])
    os.chmod(server.root / "cache", 0o777)
    for name in SECTIONS:
        os.utime(server.write(f"{name}/a.txt", "0123456789"),
                 (1000000000, 1000000000))
    server.quick, server.seconds = quick, seconds
    return server


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("path", ["a.txt", "proxy"])
def test_each_origin_gets_its_own(server, section, path):
    hits = 0
    for round_ in range(3):
        for origin in (APP, TWO, None, EVIL, APP, EVIL, TWO, None):
            r = server.get(f"/{section}/{path}", origin)
            assert r.status == 200
            assert r.cors == expected(section, origin), (round_, origin)
            assert ("origin" in r.vary) == (section != "star")
            hits += (r.one("X-Cache") or "").startswith("HIT")
    # Nothing is proved by a cache that stores nothing.
    assert hits or not server.seconds


@pytest.mark.parametrize("section", SECTIONS)
def test_conditional_requests(server, section):
    """Stored or not, a browser's own conditional request gets no more."""
    tag = server.get(f"/{section}/a.txt").one("ETag")
    for _ in range(2):
        for origin in (APP, EVIL, TWO, None):
            r = server.get(f"/{section}/a.txt", origin,
                           {"If-None-Match": tag})
            granted = expected(section, origin)
            assert r.status in (200, 304)
            # mod_cache's own 304 names few of the stored headers.
            assert set(r.cors.items()) <= set(granted.items())


def test_a_304_of_the_quick_handler(server):
    """Where policies differ the module asks for a complete answer, since a 304
    leaves a browser what it has stored of another origin's: docs/limits.md."""
    tag = server.get("/several/a.txt", TWO).one("ETag")
    r = server.get("/several/a.txt", TWO, {"If-None-Match": tag})
    is_hit = server.quick == "On" and server.seconds
    assert r.status == (304 if is_hit else 200)
    assert r.cors == {"allow-origin": TWO}


def test_made_up_origins_do_not_fill_the_cache(server):
    def stored():
        return sum(len(files) for _, _, files in os.walk(
            server.root / "cache"))

    server.get("/list/proxy", APP)
    before = stored()
    for i in range(20):
        assert server.get("/list/proxy", f"https://x{i}.example").cors == {}
    assert stored() <= before + 1
