# SPDX-License-Identifier: Apache-2.0
"""What comes before a response, after it, and around the bodies: interim
responses, trailers, bodies in chunks, WebSockets. The policy is decided by the
request's head and written to the response's head; all else is as it is without
the module."""

import itertools

import pytest
from h2 import events

from harness import Backend
from servers.control import Pair, is_cors

APP = "https://app.example"
EVIL = "https://evil.example"
BACKEND = "https://backend.example"
ORIGINS = [APP, EVIL, None]

SECTIONS = {
    "list": f"CORSAllowOrigin {APP}\nCORSExposeHeaders X-One",
    "star": "CORSAllowOrigin *",
    "keep": f"CORSAllowOrigin {APP}\nCORSBackendHeaders Keep",
    "forbid": f"CORSAllowOrigin {APP}\nCORSRefusal Forbid",
    "report": f"CORSAllowOrigin {APP}\nCORSEngine ReportOnly",
    "none": "",
}
HOSTS = ["merged.example", "apart.example"]

CONFIG = """
Protocols h2c http/1.1
ErrorDocument 404 /list/page.html
ErrorDocument 413 /list/page.html
""" + "".join(f"""
<VirtualHost 127.0.0.1:${{PORT}}>
    ServerName {host}
    MergeTrailers {merge}
    ProxyPassMatch ^/[^/]+/proxy/(.*)$ http://127.0.0.1:@/$1 upgrade=websocket
""" + "".join(f"""
    <Location /{name}/>
        <IfModule cors_module>
            {lines}
        </IfModule>
    </Location>
    <Location /{name}/small/>
        LimitRequestBody 10
    </Location>
""" for name, lines in SECTIONS.items()) + "</VirtualHost>\n"
    for host, merge in zip(HOSTS, ("On", "Off")))


def lines(pairs):
    return "".join(f"{n}: {v}\r\n" for n, v in pairs).encode()


OWN = [("Access-Control-Allow-Origin", BACKEND), ("Vary", "Cookie")]
HINTS = [("Link", "</a.css>; rel=preload"),
         ("Access-Control-Allow-Origin", "*"),
         ("Access-Control-Allow-Credentials", "true"), ("Vary", "X-Early")]
TRAILERS = [("X-Sum", "1"), ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Expose-Headers", "X-Two"), ("Vary", "X-Late")]
HINT = b"HTTP/1.1 103 Early Hints\r\n" + lines(HINTS) + b"\r\n"
INTERIM = {
    "hint": HINT, "hints": HINT * 3,
    "processing": b"HTTP/1.1 102 Processing\r\n" + lines(HINTS) + b"\r\n",
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n",
    "other": b"HTTP/1.1 199 Something\r\n" + lines(HINTS) + b"\r\n",
}
TRAILED = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
           b"Trailer: X-Sum, Access-Control-Allow-Origin\r\n" + lines(OWN)
           + b"Connection: close\r\n\r\n3\r\nabc\r\n0\r\n" + lines(TRAILERS)
           + b"\r\n")
OPENED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" \
         b"Connection: Upgrade\r\n" + lines(OWN) + b"\r\nhello"


def answer(request):
    name, _, status = request.target.strip("/").partition("-")
    if name == "trailers":
        return TRAILED
    if name == "ws" and request.all("Upgrade"):
        return OPENED
    return INTERIM.get(name, b"") + Backend.response(
        f"{status or 200} Whatever", OWN if name == "own" else [],
        request.body or b"no body")


@pytest.fixture(scope="module")
def backend(backend):
    backend.answer = answer
    backend.holds_open = "echo"
    return backend


@pytest.fixture(scope="module")
def pair(start_server, backend, mpm):
    pair = Pair(start_server, CONFIG.replace("@", str(backend.port)), mpm=mpm,
                modules=["cgi", "proxy", "proxy_http", "proxy_wstunnel"]
                + ["http2"] * (mpm == "event"),
                # A body that is too long.
                expect_log=["AH01225", "AH01270",
                                         "Connection reset by peer"])
    for name in SECTIONS:
        pair.write(f"{name}/page.html", "page")
    for server in pair.both:
        for name, place in itertools.product(SECTIONS, ("", "small/")):
            server.write_cgi(f"{name}/{place}echo.cgi", commands=(
                "printf 'Content-Type: text/plain\\n\\n'; cat; exit 0"))
    return pair


def granted(section, origin, said=None):
    """said: the backend's Access-Control-Allow-Origin, if it has one."""
    theirs = {"allow-origin": said} if said else {}
    if section in ("none", "report") or (section == "keep" and said):
        return theirs
    if section == "star":
        return {"allow-origin": "*"}
    if origin != APP:
        return {}
    return {"allow-origin": APP,
            **({"expose-headers": "X-One"} if section == "list" else {})}


def varies(section):
    return section not in ("none", "report", "star")


def cases():
    """A section and an Origin whose request is not forbidden."""
    return [(s, o) for s in SECTIONS for o in ORIGINS
            if (s, o) != ("forbid", EVIL)]


# ---- interim responses -----------------------------------------------------

@pytest.mark.parametrize("name", INTERIM)
def test_interim(pair, name):
    """They go through as they are, and nothing of them is in the response."""
    for section, origin in cases():
        for status in (200, 404, 503):
            r = pair.ask("GET", f"/{section}/proxy/{name}-{status}",
                         origin=origin, vary=varies(section))
            assert r.status == status
            assert r.cors == granted(section, origin)
            ours, theirs = ([(i.status, i.headers) for i in x.interim]
                            for x in (r, r.control))
            assert ours == theirs
            if name.startswith("hint"):
                assert ours == [(103, HINTS)] * (3 if name == "hints" else 1)


def test_interim_to_a_forbidden_request(pair, backend):
    backend.reset()
    backend.answer = answer
    r = pair.cors.get("/forbid/proxy/hint", EVIL)
    assert r.status == 403 and r.interim == [] and backend.requests == []


@pytest.mark.parametrize("mpm", ["event"], indirect=True)
def test_interim_over_http2(pair):
    for section, origin in cases():
        seen = []
        for server in pair.both:
            with server.connect_h2() as c:
                r = c.request("GET", f"/{section}/proxy/hint",
                              [("origin", origin)] * bool(origin))
            assert r.status == 200
            seen.append([(i.status, i.headers) for i in r.interim])
            if server is pair.cors:
                assert r.cors == granted(section, origin)
                assert r.vary == ["origin"] * varies(section)
        assert seen[0] == seen[1]


# ---- trailers --------------------------------------------------------------

def read_raw(server, section, origin):
    with server.connect() as c:
        c.send(f"GET /{section}/proxy/trailers HTTP/1.1\r\n".encode() + lines([
            ("Host", HOSTS[0]), ("TE", "trailers"), ("Connection", "close"),
            *[("Origin", origin)] * bool(origin)]) + b"\r\n")
        r = c._read_head()
        while not c.at_end():
            r.body, c.buffer = r.body + c.buffer, b""
        return r


def test_trailers_of_a_backend(pair):
    """Over HTTP/1.1 httpd drops them."""
    for section, origin in cases():
        r, control = (read_raw(s, section, origin) for s in pair.both)
        assert r.body == control.body == b"3\r\nabc\r\n0\r\n\r\n"
        assert r.cors == granted(section, origin, BACKEND)
        assert r.vary == ["cookie"] + ["origin"] * varies(section)


@pytest.mark.parametrize("mpm", ["event"], indirect=True)
def test_trailers_over_http2(pair):
    """There they go through (limits.md), and are no headers."""
    for section, origin in cases():
        seen = []
        for server in pair.both:
            with server.connect_h2() as c:
                receive, late = c._receive, []

                def watched():
                    for event in receive():
                        if isinstance(event, events.TrailersReceived):
                            late.extend(map(tuple, event.headers))
                        yield event

                c._receive = watched
                r = c.request("GET", f"/{section}/proxy/trailers",
                              [("origin", origin)] * bool(origin))
            assert r.body == b"abc"
            seen.append(late)
            if server is pair.cors:
                assert r.cors == granted(section, origin, BACKEND)
        assert seen[0] == seen[1] == [(n.lower(), v) for n, v in TRAILERS]


FRAME = [("Transfer-Encoding", "chunked")]
LATE = [("Origin", APP), ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "x-late"),
        ("Sec-Fetch-Site", "same-origin"), ("If-None-Match", "*")]


def chunked(body, trailers=(), size=4):
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in parts) + \
        b"0\r\n" + lines(trailers) + b"\r\n"


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
@pytest.mark.parametrize("path, status", [
    ("echo.cgi", 200), ("proxy/x", 200), ("proxy/x-404", 404),
    ("small/echo.cgi", 413), ("missing", 404)])
@pytest.mark.parametrize("host", HOSTS)
def test_trailers_of_a_request(pair, host, path, status, method):
    """They are no part of the head, whatever httpd makes of them later
    (MergeTrailers) and whatever answers: also an error page, whose request
    is made after the body was read."""
    for section, origin in cases():
        head = [("Host", host), *FRAME] + [("Origin", origin)] * bool(origin)
        late = [t for t in LATE if not (t[0] == "Origin" and origin)]
        seen = []
        for server in pair.both:
            with server.connect() as c:
                r = c.request(method, f"/{section}/{path}", head,
                              chunked(b"0123456789abcdef", late))
            seen.append((r.status, r.body))
            if server is pair.cors:
                cors, vary = r.cors, r.vary
        assert seen[0] == seen[1]
        assert seen[0][0] in (status, 200 if method == "OPTIONS" else status)
        # A page of a section without a policy is one of /list/.
        where = "list" if section == "none" and seen[0] == (
            status, b"page") else section
        assert cors == granted(where, origin), (section, origin)
        assert vary == ["origin"] * varies(where)


# ---- bodies of requests ----------------------------------------------------

BODIES = {
    "length": ([], b"0123456789"),
    "chunks": (FRAME, chunked(b"0123456789")),
    "one chunk": (FRAME, chunked(b"0123456789", size=10)),
    "extensions": (FRAME, b"a;x=y\r\n0123456789\r\n0\r\n\r\n"),
    "expect": ([("Expect", "100-continue")], b"0123456789"),
    "expect chunks": ([("Expect", "100-continue"), *FRAME],
                      chunked(b"0123456789")),
}


def passed_on(request):
    """What the backend got, without what names the server in between."""
    return request.method, request.target, request.body, sorted(
        (n, v) for n, v in request.headers
        if not n.lower().startswith("x-forwarded"))


@pytest.mark.parametrize("kind", BODIES)
def test_bodies(pair, backend, kind):
    """The same reaches the backend and the script; with Expect the same
    interim responses come back."""
    headers, body = BODIES[kind]
    for section, origin in cases():
        for method in ("POST", "PUT", "GET"):
            backend.reset()
            backend.answer = answer
            r = pair.ask(method, f"/{section}/proxy/own", headers, body,
                         origin, vary=varies(section))
            assert r.status == 200 and r.body == b"0123456789"
            assert r.cors == granted(section, origin, BACKEND)
            assert [i.status for i in r.interim] == \
                [i.status for i in r.control.interim]
            one, two = map(passed_on, backend.requests)
            assert one == two
        r = pair.ask("POST", f"/{section}/echo.cgi", headers, body, origin,
                     vary=varies(section),
                     # A script's framing depends on its speed.
                     ignore=("content-length", "transfer-encoding"))
        assert r.body == b"0123456789" and r.cors == granted(section, origin)


@pytest.mark.parametrize("kind", [k for k in BODIES if "expect" not in k])
def test_pipelined(pair, kind):
    """All sent at once: each gets its own answer, in order."""
    headers, body = BODIES[kind]
    if kind == "length":
        headers = [("Content-Length", str(len(body)))]
    sent, expected = b"", []
    for section, origin in itertools.product(SECTIONS, ORIGINS):
        for method, path in (("POST", "proxy/x"), ("OPTIONS", "echo.cgi"),
                             ("POST", "echo.cgi"), ("PUT", "proxy/hint")):
            asks = method == "OPTIONS"
            pairs = [("Host", HOSTS[0]), *headers]
            pairs += [("Origin", origin)] * bool(origin)
            pairs += [("Access-Control-Request-Method", "POST")] * asks
            sent += f"{method} /{section}/{path} HTTP/1.1\r\n".encode()
            sent += lines(pairs) + b"\r\n" + body
            expected.append((section, origin, method, path))
    with pair.cors.connect() as c:
        c.send(sent)
        for case in expected:
            section, origin, method, path = case
            r = c.read(method)
            allowed = origin == APP or section == "star"
            answered = method == "OPTIONS" and origin \
                and section not in ("none", "report")
            forbidden = section == "forbid" and origin == EVIL
            if answered or forbidden:
                assert r.status == (204 if allowed else 403), case
            else:
                assert r.status == 200 and r.body == b"0123456789", case
                assert len(r.interim) == ("hint" in path), case
            assert r.cors.get("allow-origin") == granted(
                section, origin).get("allow-origin"), case
        assert not c.buffer


# ---- WebSockets ------------------------------------------------------------

SHAKE = [("Upgrade", "websocket"), ("Connection", "Upgrade"),
         ("Sec-WebSocket-Version", "13"),
         ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]


def test_websocket(pair, backend):
    """No policy changes the 101 (limits.md) or what follows, either way."""
    for section, origin in cases():
        seen = []
        for server in pair.both:
            backend.reset()
            backend.answer = answer
            with server.connect() as c:
                r = c.request("GET", f"/{section}/proxy/ws", [
                    ("Host", HOSTS[0]), *SHAKE,
                    *[("Origin", origin)] * bool(origin)])
                assert r.status == 101 and c._bytes(5) == b"hello"
                c.send(b"to you")
                assert c._bytes(6) == b"to you"
                assert c.at_end()
            assert len(backend.requests) == 1
            seen.append([(n, v) for n, v in r.headers if n != "Date"])
        assert seen[0] == seen[1]
        assert [v for n, v in seen[0] if is_cors(n)] == [BACKEND]


def test_websocket_that_the_backend_refuses(pair):
    """An ordinary response."""
    for section, origin in cases():
        r = pair.ask("GET", f"/{section}/proxy/own-426", SHAKE, origin=origin,
                     vary=varies(section))
        assert r.status == 426
        assert r.cors == granted(section, origin, BACKEND)
