# SPDX-License-Identifier: Apache-2.0
"""Shared caches in front: nginx, Varnish, and a model by RFC 9111. Over long
random sequences nobody gets from a cache what the module would not have said
to him. A cache that ignores Vary is what docs/deploying.md says of it."""

import gzip
import os
import random
from collections import Counter

import pytest

from harness import Backend
from harness.client import Connection
from model.shared import SharedCache
from servers.nginx import Nginx
from servers.varnish import Varnish

SEED = int(os.environ.get("CORS_TEST_SEED", "5"))
STEPS = 1500

PARTNER = "https://partner.example"
READER = "https://reader.example"
EVIL = "https://evil.example"
ORIGINS = [PARTNER, READER, EVIL, None]

NAMED = f"""
<CORSPolicy partners>
    CORSAllowOrigin {PARTNER}
    CORSAllowCredentials On
    CORSExposeHeaders X-Secret
</CORSPolicy>
<CORSPolicy any-names>
    CORSAllowOrigin {PARTNER}
    CORSAllowCredentials On
    CORSExposeHeaders *
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
</CORSPolicy>
"""
LIST = f"CORSAllowOrigin {PARTNER} {READER}\nCORSExposeHeaders X-Secret"
SECTIONS = {
    "list": LIST,
    "several": f"CORSUsePolicy partners public\nCORSDenyOrigin {EVIL}",
    "names": "CORSUsePolicy any-names public",
    "star": "CORSAllowOrigin *",
    "star-deny": f"CORSAllowOrigin *\nCORSDenyOrigin {EVIL}",
    "always": f"CORSAllowOrigin {PARTNER}\nCORSSendOrigin Always\n"
              "CORSAllowCredentials On",
    "keep": LIST + f"\nCORSBackendHeaders Keep\nCORSDenyOrigin {EVIL}",
    "keep-star": "CORSAllowOrigin *\nCORSBackendHeaders Keep",
    "keep-always": f"CORSAllowOrigin {PARTNER}\nCORSSendOrigin Always\n"
                   "CORSBackendHeaders Keep",
    "forbid": LIST + "\nCORSRefusal Forbid",
    "nobody": "CORSEngine On",
}
SAME_FOR_ALL = ["star", "always"]

PATHS = ["a.txt", "zip.html", "none.txt", "moved", "backend"]
OLD = 1000000000
EXPIRIES = 12       # in a sequence
HOUR = 3600


def backend_answer(request):
    """Has CORS of its own, and never heard of Vary."""
    origin = (request.all("Origin") or [""])[0]
    headers = [("Content-Type", "text/plain"), ("ETag", '"b"')]
    if origin in (READER, EVIL):
        headers += [("Access-Control-Allow-Origin", origin),
                    ("Access-Control-Allow-Credentials", "true")]
    if '"b"' in request.all("If-None-Match"):
        return (b"HTTP/1.1 304 Not Modified\r\n" + "".join(
            f"{n}: {v}\r\n" for n, v in headers).encode()
            + b"Connection: close\r\n\r\n")
    # What a 304 need not have.
    return Backend.response("200 OK", [*headers, ("X-Whole", "1")])


@pytest.fixture(scope="module")
def backend(backend):
    backend.answer = backend_answer
    return backend


@pytest.fixture(scope="module")
def server(start_server, backend):
    server = start_server(NAMED + f"""
MaxKeepAliveRequests 0
KeepAliveTimeout 3600
ProxyPassMatch ^/[^/]+/backend$ http://127.0.0.1:{backend.port}/
RedirectMatch ^/[^/]+/moved$ https://elsewhere.example/
Header always set Cache-Control "public, max-age={HOUR}"
Header always set X-Secret 1
AddOutputFilterByType DEFLATE text/html
""" + "".join(f"""
<Location /{name}>
    {lines}
</Location>
""" for name, lines in SECTIONS.items()), modules=[
        "alias", "cgi", "deflate", "filter", "headers", "proxy",
        "proxy_http"], log_level="warn cors:error")
    for name in SECTIONS:
        for path in ("a.txt", "zip.html"):
            os.utime(server.write(f"{name}/{path}", path * 50), (OLD, OLD))
    return server


class Link:
    """A front end, on one connection that is opened again when it ends."""

    def __init__(self, port, name="www.example"):
        self.port = port
        self.name = name
        self.connection = None

    def request(self, method, target, headers=()):
        if self.connection is None:
            self.connection = Connection(self.port)
        r = self.connection.request(method, target,
                                    [("Host", self.name), *headers])
        if (r.one("Connection") or "").lower() == "close":
            self.close()
        r.cache = (r.one("X-Cache") or "").lower()
        return r

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class NginxLink(Link):
    def __init__(self, nginx, name="www.example"):
        super().__init__(nginx.port, name)
        self.nginx = nginx

    def expire(self):
        self.nginx.expire()


class VarnishLink(Link):
    def expire(self):
        for section in SECTIONS:
            for path in PATHS:
                r = self.request("PURGE", f"/{section}/{path}")
                assert r.status == 200


class ModelLink:
    """The model needs a server's connection of its own."""

    def __init__(self, port, across):
        self.link = Link(port)
        self.cache = SharedCache(self.link.request, across)
        self.request = self.cache.request
        self.close = self.link.close

    def expire(self):
        self.cache.now += HOUR


def block(name, more):
    return f"""
    server {{
        listen 127.0.0.1:PORT;
        server_name {name};
        location / {{
            proxy_pass http://127.0.0.1:UPSTREAM;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host www.example;
            {Nginx.CACHE}
            {more}
        }}
    }}
"""


@pytest.fixture(scope="module")
def nginx(server):
    # Each with a key of its own: they share one store.
    blocks = block("www.example", 'proxy_cache_key "www $request_uri";') \
        + block("deaf.example", 'proxy_cache_key "deaf $request_uri";\n'
                "proxy_ignore_headers Vary;") \
        + block("keyed.example",
                'proxy_cache_key "keyed $request_uri $http_origin";\n'
                "proxy_ignore_headers Vary;\n"
                # It would not know compressed answers from others.
                'proxy_set_header Accept-Encoding "";')
    with Nginx(blocks.replace("UPSTREAM", str(server.port))) as nginx:
        yield nginx


@pytest.fixture(scope="module")
def varnish(server):
    with Varnish(server.port) as varnish:
        yield varnish


@pytest.fixture
def fronts():
    links = []
    yield links.append
    for link in links:
        link.close()


def shown(r):
    """What it says of CORS. Varnish unpacks for whom cannot: a list of the
    names that a response had tells of its packed form."""
    names = r.cors.get("expose-headers", "")
    return {**r.cors, "timing": r.one("Timing-Allow-Origin"),
            "expose-headers": {n.strip() for n in names.split(",")}
            - {"Content-Encoding", "Content-Length"}}


def check_304(r, want, where):
    """Its list of names may be missing, nothing else."""
    said, right = shown(r), shown(want)
    assert said.pop("expose-headers") in ({""}, right.pop("expose-headers")), \
        where
    assert said == right, where


def check_no_wider(r, want, origin, where):
    """What it lets a script of that origin have. The header of another origin
    may be left there, which lets it have nothing."""
    def reads(x):
        return bool(origin) and x.cors.get("allow-origin") in ("*", origin)

    if not reads(r):
        return
    assert reads(want), where
    said, right = shown(r), shown(want)
    assert said.pop("expose-headers") <= right.pop("expose-headers") | {""}, \
        where
    assert said == right, where


def unpacked(r):
    return gzip.decompress(r.body) if r.one("Content-Encoding") else r.body


def sequence(front, direct, sections, seed, encodings=True, across=False):
    """A random sequence of requests; what the cache did, counted."""
    rng = random.Random(seed)
    seen = Counter()
    expire_at = set(rng.sample(range(STEPS), EXPIRIES))
    answers, tags = {}, {}

    def answer(*key):
        """What the module says to this request, without a cache."""
        if key not in answers:
            method, target, headers = key
            answers[key] = direct.request(method, target, headers)
        return answers[key]

    for step in range(STEPS):
        section, path = rng.choice(sections), rng.choice(PATHS)
        target = f"/{section}/{path}"
        origin = rng.choice(ORIGINS)
        headers = [] if origin is None else [("Origin", origin)]
        if path == "zip.html" and encodings and rng.random() < 0.5:
            headers.append(("Accept-Encoding", "gzip"))
        method = rng.choices(["GET", "HEAD", "OPTIONS"], [16, 2, 1])[0]
        if method == "OPTIONS" and origin:
            headers.append(("Access-Control-Request-Method", "PUT"))
        want = answer(method, target, tuple(headers))
        asked = list(headers)
        if rng.random() < 0.25 and tags.get(target):
            asked.append(("If-None-Match", rng.choice(tags[target])))
        if step in expire_at:
            front.expire()
        r = front.request(method, target, asked)
        where = (f"seed {seed}, step {step}: {method} {target} {asked}", r,
                 want)
        seen[r.cache, path] += 1
        if across:
            check_no_wider(r, want, origin, where)
        elif r.status == 304:
            check_304(r, want, where)
        else:
            assert shown(r) == shown(want), where
        if r.status == 304:
            assert len(asked) > len(headers), where
            continue
        assert r.status == want.status, where
        assert set(want.vary) <= set(r.vary) | {"accept-encoding"}, where
        assert r.one("Location") == want.one("Location"), where
        if method == "GET":
            assert unpacked(r) == unpacked(want), where
            if r.status == 200 and r.one("ETag"):
                tags.setdefault(target, []).append(r.one("ETag"))
    return seen


def total(seen, *kinds):
    return sum(n for (kind, _), n in seen.items() if kind in kinds)


def not_modified(server):
    """How often httpd has answered 304."""
    log = (server.root / "access.log").read_text()
    return sum(line.endswith(" 304") for line in log.splitlines())


def check_seen(seen):
    """Nothing is proved by a cache that stores nothing."""
    assert total(seen, "hit") > 200, seen
    for path in PATHS:
        assert seen["hit", path], (path, seen)


@pytest.mark.parametrize("across", [False, True])
def test_model(server, fronts, across):
    front, direct = ModelLink(server.port, across), Link(server.port)
    fronts(front)
    fronts(direct)
    for seed in (SEED, SEED + 1):
        front.cache.stored.clear()
        seen = sequence(front, direct, list(SECTIONS), seed, across=across)
        check_seen(seen)
        assert total(seen, "revalidated") > 50
        assert bool(total(seen, "adopted")) is across


def test_nginx(server, nginx, fronts):
    front, direct = NginxLink(nginx), Link(server.port)
    fronts(front)
    fronts(direct)
    before = not_modified(server)
    seen = sequence(front, direct, list(SECTIONS), SEED)
    check_seen(seen)
    assert total(seen, "revalidated") > 50
    assert not_modified(server) > before + 50


def test_varnish(server, varnish, fronts):
    front, direct = VarnishLink(varnish.port), Link(server.port)
    fronts(front)
    fronts(direct)
    before = not_modified(server)
    seen = sequence(front, direct, list(SECTIONS), SEED)
    check_seen(seen)
    assert not_modified(server) > before + 50


def test_what_ignores_vary_hands_out_the_first(server, nginx, fronts):
    """deploying.md: perhaps one that was made for nobody; or, worse, one that
    shows another reader's origin, which the browser then refuses."""
    front = NginxLink(nginx, "deaf.example")
    fronts(front)
    for section in ("list", "several"):
        for first in (None, READER):
            target = f"/{section}/a.txt?{first is None}"
            made = front.request("GET", target, [("Origin", first)] * bool(
                first))
            assert made.cache == "miss" and made.vary == ["origin"]
            for origin in (PARTNER, EVIL, READER):
                r = front.request("GET", target, [("Origin", origin)])
                assert r.cache == "hit" and r.cors == made.cors
                assert r.cors.get("allow-origin") == first


@pytest.mark.parametrize("name, sections", [
    ("deaf.example", SAME_FOR_ALL), ("keyed.example", list(SECTIONS))])
def test_the_ways_out(server, nginx, fronts, name, sections):
    """deploying.md: the same for everybody, or Origin in the key."""
    front, direct = NginxLink(nginx, name), Link(server.port)
    fronts(front)
    fronts(direct)
    seen = sequence(front, direct, sections, SEED, encodings=False)
    check_seen(seen)
