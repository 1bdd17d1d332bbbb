# SPDX-License-Identifier: Apache-2.0
"""mod_cache on disk and in shared memory, before and behind the sections
(CacheQuickHandler), fresh and asking again, of bodies that mod_deflate and
mod_brotli pack: everybody gets his own verdict, and a form he can read."""

import itertools
import os
import random
from collections import Counter

import pytest

from harness import Backend

APP = "https://app.example"
TWO = "https://two.example"
EVIL = "https://evil.example"
ORIGINS = [APP, TWO, EVIL, None]

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
SECTIONS = {
    "list": f"CORSAllowOrigin {APP} {TWO}\nCORSExposeHeaders X-One",
    "star": "CORSAllowOrigin *\nCORSExposeHeaders X-One",
    "several": f"CORSUsePolicy login public\nCORSDenyOrigin {EVIL}",
}
STORES = {"disk": "disk", "memory": "socache"}
AGES = {"fresh": 3600, "again": 0}
PATHS = ["page.html", "text.txt", "proxy"]
FORMS = ["gzip", "br", "gzip, br", None]
STEPS = 300
SEED = int(os.environ.get("CORS_TEST_SEED", "5"))


def expected(section, origin):
    if section == "star":
        return {"allow-origin": "*", "expose-headers": "X-One"}
    if origin in (None, EVIL):
        return {}
    if section == "list":
        return {"allow-origin": origin, "expose-headers": "X-One"}
    return {"allow-origin": origin, **({
        "allow-credentials": "true", "expose-headers": "X-Secret"}
        if origin == APP else {})}


def config(port):
    # mod_deflate and mod_brotli make another ETag of their form's, which the
    # file's never is: left alone, so that asking again is answered 304.
    text = NAMED + """
MaxKeepAliveRequests 0
CacheRoot ${ROOT}/cache
CacheSocache shmcb:${ROOT}/run/cache(4194304)
CacheHeader on
CacheIgnoreCacheControl On
AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html text/plain
DeflateAlterETag NoChange
BrotliAlterETag NoChange
"""
    for quick in ("On", "Off"):
        text += f"""
<VirtualHost 127.0.0.1:${{PORT}}>
    ServerName quick-{quick.lower()}.example
    CacheQuickHandler {quick}
    ProxyPassMatch ^/.*/proxy$ http://127.0.0.1:{port}/
""" + "".join(f"    CacheEnable {kind} /{store}/\n"
              for store, kind in STORES.items()) + "</VirtualHost>\n"
    for store in STORES:
        for age, seconds in AGES.items():
            for section, lines in SECTIONS.items():
                text += f"""
<Location /{store}/{age}/{section}>
    Header set Cache-Control max-age={seconds}
    {lines}
</Location>
"""
    return text + f"ProxyPass /plain/proxy http://127.0.0.1:{port}/\n"


def content(path):
    return (path + " ") * 100


def backend_answer(request):
    if '"b"' in request.all("If-None-Match"):
        return (b'HTTP/1.1 304 Not Modified\r\nETag: "b"\r\n'
                b"Connection: close\r\n\r\n")
    return Backend.response("200 OK", [
        ("Content-Type", "text/plain"), ("ETag", '"b"'),
        ("Access-Control-Allow-Origin", "*")], content("proxy").encode())


@pytest.fixture(scope="module")
def backend(backend):
    backend.answer = backend_answer
    return backend


@pytest.fixture(scope="module")
def server(start_server, mpm, backend):
    server = start_server(config(backend.port), mpm=mpm, modules=[
        "brotli", "cache", "cache_disk", "cache_socache", "deflate", "filter",
        "headers", "mime", "proxy", "proxy_http", "socache_shmcb"],
        files={"../cache/.keep": ""},
        # Where a 304's Vary is longer than that of the 200, which was not
        # packed, they ask again, and say so.
        expect_log=["AH00708", "AH02360"])
    os.chmod(server.root / "cache", 0o777)
    folders = ["plain"] + ["/".join(parts) for parts in itertools.product(
        STORES, AGES, SECTIONS)]
    for folder, path in itertools.product(folders, PATHS[:2]):
        os.utime(server.write(f"{folder}/{path}", content(path)),
                 (10 ** 9, 10 ** 9))
    return server


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("quick", ["on", "off"])
def test_everybody_gets_his_own(server, quick, store, age):
    rng = random.Random(SEED)
    seen = Counter()
    with server.connect() as c:
        c.host = f"quick-{quick}.example"
        for _ in range(STEPS):
            form, origin = rng.choice(FORMS), rng.choice(ORIGINS)
            section, path = rng.choice(list(SECTIONS)), rng.choice(PATHS)
            headers = [("Accept-Encoding", form)] if form else []
            want = c.request("GET", f"/plain/{path}", headers)
            if origin:
                headers.append(("Origin", origin))
            asked = list(headers)
            if rng.random() < 0.2:
                asked.append(("If-None-Match", want.one("ETag")))
            r = c.request("GET", f"/{store}/{age}/{section}/{path}", asked)
            granted = expected(section, origin)
            if r.status == 304:
                assert asked != headers
                # mod_cache's own 304 names few of the stored headers.
                assert set(r.cors.items()) <= set(granted.items())
                continue
            packed = r.one("Content-Encoding")
            assert r.status == 200 and r.cors == granted, (asked, r)
            assert packed == want.one("Content-Encoding"), (asked, r)
            how = (r.one("X-Cache") or "").split()[0]
            # Without this module too (httpd 2.4.71), mod_cache_socache loses
            # the body of what it asks for a second time.
            if (store, how, r.body) != ("memory", "REVALIDATE", b""):
                assert r.body == want.body, (asked, r)
            assert set(want.vary) == {"accept-encoding"} <= set(r.vary)
            assert ("origin" in r.vary) == (section != "star")
            assert len(r.vary) == len(set(r.vary))
            seen[how, packed] += 1
    # Nothing is proved by a cache that stores nothing.
    how = "HIT" if age == "fresh" else "REVALIDATE"
    for packed in ("gzip", "br", None):
        assert seen[how, packed] > 5, seen
