# SPDX-License-Identifier: Apache-2.0
"""Backends that are dead, die in the middle, or take too long: the answer that
httpd makes of it has the policy's headers, and is otherwise what it is without
the module."""

import itertools
import os
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import Backend
from harness.client import ClientError
from servers.control import Pair, check_vary

APP = "https://app.example"
BACKEND = "https://backend.example"
EVIL = "https://evil.example"
ORIGINS = [APP, BACKEND, EVIL, None]

SECTIONS = {
    "list": f"CORSAllowOrigin {APP}\nCORSExposeHeaders X-Own",
    "keep": f"CORSAllowOrigin {APP}\nCORSExposeHeaders X-Own\n"
            f"CORSBackendHeaders Keep\nCORSDenyOrigin {EVIL}",
    "star": "CORSAllowOrigin *",
}

SAYS = [("Content-Type", "text/plain"), ("X-Own", "1"),
        ("Access-Control-Allow-Origin", BACKEND), ("Vary", "Accept")]


def head(*more, status="200 OK"):
    return (f"HTTP/1.1 {status}\r\n" + "".join(
        f"{n}: {v}\r\n" for n, v in [*SAYS, *more]) + "\r\n").encode()


CHUNKED = ("Transfer-Encoding", "chunked")
BIG = b"x" * 100000         # more than httpd holds back
# What the backend sends before it closes the connection.
CUT = {
    "nothing": b"",
    "status line": b"HTTP/1.1 200 OK\r\n",
    "half a head": head()[:-8],
    "no HTTP": b"\x00\x01garbage",
    "head": head(("Content-Length", "7")),
    "length": head(("Content-Length", "7")) + b"back",
    "length, later": head(("Content-Length", "200000")) + BIG,
    "chunked head": head(CHUNKED),
    "chunked": head(CHUNKED) + b"4\r\nback",
    "chunked, no last": head(CHUNKED) + b"4\r\nback\r\n",
    "chunked, later": head(CHUNKED) + b"186a0\r\n" + BIG + b"\r\n10\r\nx",
    "chunked, wrong": head(CHUNKED) + b"not a number\r\n",
    "error": head(("Content-Length", "7"), status="500 Oops") + b"back",
}


def config(backend, dead, silent):
    live = f"http://127.0.0.1:{backend}/"
    gone = f"http://127.0.0.1:{dead}/"
    text = f"""
ErrorDocument 404 "no such page"
ErrorDocument 502 /errors/bad.html
<Proxy balancer://mended>
    BalancerMember {gone} retry=600
    BalancerMember {live} status=+H
</Proxy>
<Proxy balancer://broken>
    BalancerMember {gone} retry=0
</Proxy>
"""
    for name, lines in SECTIONS.items():
        text += f"""
ProxyPass /{name}/live/ {live}
ProxyPass /{name}/dead/ {gone} retry=0
ProxyPass /{name}/slow/ http://127.0.0.1:{silent}/ timeout=1
ProxyPass /{name}/slow-fcgi/ fcgi://127.0.0.1:{silent}/ timeout=1
ProxyPass /{name}/over/ {live}
ProxyPass /{name}/mended/ balancer://mended/
ProxyPass /{name}/broken/ balancer://broken/
<Location /{name}/over/>
    ProxyErrorOverride On
</Location>
<IfModule cors_module>
    <Location /{name}/>
        {lines}
    </Location>
</IfModule>
"""
    return text


@pytest.fixture(scope="module")
def dead():
    """A port that refuses: bound, so that nobody else gets it."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        yield s.getsockname()[1]


@pytest.fixture(scope="module")
def silent():
    """A port that takes connections and never says a word."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(100)
        yield s.getsockname()[1]


@pytest.fixture(scope="module")
def pair(start_server, mpm, backend, dead, silent):
    text = config(backend.port, dead, silent)
    pair = Pair(start_server, text, mpm=mpm, modules=[
        "proxy", "proxy_http", "proxy_fcgi", "proxy_balancer",
        "lbmethod_byrequests", "slotmem_shm"], expect_log=[
            r"\[proxy\w*:(error|warn|alert)\]",
            # The same, told by mod_http's filters.
            r"\[http:error\].*AH02468", r"\[http:error\].*AH01590"])
    pair.write("errors/bad.html", "the page for a bad gateway")
    for server in pair.both:            # the time stands in ETag
        os.utime(server.htdocs / "errors/bad.html", (10 ** 9, 10 ** 9))
    return pair


def granted(section, origin):
    if section == "star":
        return {"allow-origin": "*"}
    return {"allow-origin": APP, "expose-headers": "X-Own"} \
        if origin == APP else {}


def read_all(server, target, origin):
    """The response, or its head and as much of the body as came."""
    pairs = [("Host", Pair.HOST)] + [("Origin", origin)] * bool(origin)
    with server.connect() as c:
        c.send(f"GET {target} HTTP/1.1\r\n".encode() + "".join(
            f"{n}: {v}\r\n" for n, v in pairs).encode() + b"\r\n")
        r = c._read_head()
        try:
            r.body = c._read_body(r, "GET")
            r.cut = False
        except (ClientError, ConnectionResetError, ValueError):
            r.cut = True
    return r


@pytest.mark.parametrize("cut", CUT)
@pytest.mark.parametrize("section", SECTIONS)
def test_it_dies(pair, backend, section, cut):
    backend.answer = CUT[cut]
    for origin in ORIGINS:
        r, control = (read_all(s, f"/{section}/live/x", origin)
                      for s in pair.both)
        assert (r.status, r.cut) == (control.status, control.cut)
        check_vary(r, control, section != "star")
        if not r.cut:
            assert r.body == control.body
        own = control.cors
        if section == "keep" and own and origin != EVIL:
            assert r.cors == own
        else:
            assert r.cors == granted(section, origin), origin
        # What each stands for.
        if cut in ("length, later", "chunked, later"):
            assert r.status == 200 and r.cut


@pytest.mark.parametrize("where, status", [("dead", 503), ("broken", 503)])
@pytest.mark.parametrize("section", SECTIONS)
def test_it_is_dead(pair, section, where, status):
    for origin in ORIGINS:
        for method in ("GET", "HEAD", "POST"):
            r = pair.ask(method, f"/{section}/{where}/x", origin=origin,
                         vary=section != "star")
            assert r.status == status and r.cors == granted(section, origin)
        if origin:
            r = pair.cors.preflight(f"/{section}/{where}/x", origin)
            allowed = origin == APP or section == "star"
            assert r.status == (204 if allowed else 403)


@pytest.mark.parametrize("section", SECTIONS)
def test_another_member_takes_over(pair, backend, section):
    backend.answer = Backend.response("200 OK", SAYS)
    for origin in ORIGINS:
        r = pair.ask("GET", f"/{section}/mended/x", origin=origin,
                     vary=section != "star")
        assert r.status == 200 and r.body == b"backend"
        keeps = section == "keep" and origin != EVIL
        assert r.cors == (r.control.cors if keeps
                          else granted(section, origin))


# A second is the shortest timeout: all at once, for which prefork would have
# to start a child each.
@pytest.mark.parametrize("mpm", ["event"], indirect=True)
def test_it_takes_too_long(pair):
    """httpd's answer is 502 for HTTP, 504 for FastCGI."""
    def ask(case):
        section, origin, (where, status) = case
        r = pair.ask("GET", f"/{section}/{where}/x", origin=origin,
                     vary=section != "star")
        assert r.status == status and r.cors == granted(section, origin)

    cases = list(itertools.product(SECTIONS, ORIGINS, [
        ("slow", 502), ("slow-fcgi", 504)]))
    with ThreadPoolExecutor(len(cases)) as pool:
        list(pool.map(ask, cases))


@pytest.mark.parametrize("status, page", [
    ("404 Gone Fishing", b"no such page"), ("502 Whatever", b"the page for a"),
    ("500 Oops", b"this error.</p>"), ("401 Who", b"bad password")])
@pytest.mark.parametrize("section", SECTIONS)
def test_error_override(pair, backend, section, status, page):
    """httpd's page in place of the backend's. Under Keep the backend's
    headers stay as far as httpd leaves them."""
    backend.answer = Backend.response(status, SAYS + [
        ("WWW-Authenticate", "Bearer")] * (status[:3] == "401"))
    for origin in ORIGINS:
        r = pair.ask("GET", f"/{section}/over/x", origin=origin,
                     vary=section != "star")
        assert r.status == int(status[:3]) and page in r.body
        keeps = (section == "keep" and origin != EVIL
                 and "allow-origin" in r.control.cors)
        assert r.cors == (r.control.cors if keeps
                          else granted(section, origin))
