# SPDX-License-Identifier: Apache-2.0
"""WebSocket handshakes, which browsers send to anybody and never check: those
of a refused origin do not reach the backend, over HTTP/1.1 and HTTP/2; and
ForbidUpgrades alone changes nothing else.
"""

import base64
import hashlib
import itertools
import os

import pytest
from h2.events import ResponseReceived, StreamReset

from auth_lab import APP, OTHER
from harness import Backend
from harness.h2client import make_response

SECTIONS = {
    "upgrades": f"CORSAllowOrigin {APP}\nCORSRefusal ForbidUpgrades",
    "forbid": f"CORSAllowOrigin {APP}\nCORSRefusal Forbid",
    "silent": f"CORSAllowOrigin {APP}",
    "alone": "CORSRefusal ForbidUpgrades",
    "forbid-alone": "CORSRefusal Forbid",
    "star": "CORSAllowOrigin *\nCORSRefusal ForbidUpgrades",
    "denied": f"CORSDenyOrigin {OTHER}\nCORSAllowOrigin *\n"
              "CORSRefusal ForbidUpgrades",
    "report": f"CORSEngine ReportOnly\nCORSAllowOrigin {APP}\n"
              "CORSRefusal ForbidUpgrades",
    "off": f"CORSEngine Off\nCORSAllowOrigin {APP}\n"
           "CORSRefusal ForbidUpgrades",
    "none": "",
}

# Which origins' handshakes pass; None: no Origin. The last is the server's.
OWN = "http://ws.example"
ORIGINS = [None, APP, OTHER, "null", f"{APP}/", "", OWN]
PASS = {name: set(ORIGINS) for name in SECTIONS}
PASS["upgrades"] = PASS["forbid"] = {None, APP, OWN}
PASS["alone"] = PASS["forbid-alone"] = {None, OWN}
PASS["denied"] = set(ORIGINS) - {OTHER, f"{APP}/", ""}

CONFIG = """
Protocols h2c http/1.1
<IfModule mod_http2.c>
    H2WebSockets On
</IfModule>
""" + "".join(f"""
<Location /{name}/>
    ProxyPass http://127.0.0.1:@/{name}/ upgrade=websocket
    {lines}
</Location>
<Location /tunnel-{name}/>
    ProxyPass ws://127.0.0.1:@/{name}/
    {lines}
</Location>
<Directory ${{HTDOCS}}/file-{name}>
    {lines}
</Directory>
""" for name, lines in SECTIONS.items())

MODULES = ["proxy", "proxy_http", "proxy_wstunnel", "cgi", "dir"]
HANDSHAKE = [("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
             ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]


def answer(request):
    """A WebSocket server that says yes and ends."""
    if not request.all("Upgrade"):
        return Backend.OK
    key = request.all("Sec-WebSocket-Key")[0] \
        + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    return (f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
            ).encode()


@pytest.fixture(scope="module")
def server(start_server, backend, mpm):
    server = start_server(CONFIG.replace("@", str(backend.port)), mpm=mpm,
                          modules=MODULES + ["http2"] * (mpm == "event"),
                          expect_log=[r"\[proxy"])
    for name in SECTIONS:
        server.write(f"file-{name}/page.html", "hello")
        server.write_cgi(f"file-{name}/run.cgi")
    return server


def shake(server, backend, path, origin, headers=(), upgrade="websocket"):
    """Whether a handshake reaches the backend."""
    backend.reset()
    backend.answer = answer
    pairs = [("Host", "ws.example"), *HANDSHAKE, *headers]
    pairs += [("Upgrade", u) for u in ([upgrade] if isinstance(upgrade, str)
                                       else upgrade)]
    if origin is not None:
        pairs.append(("Origin", origin))
    with server.connect() as c:
        r = c.request("GET", path, pairs)
    if r.status == 403:
        assert r.cors == {} and r.vary == ["origin"]
        assert r.all("Cache-Control") == ["no-store"]
        assert backend.requests == []
        return False
    assert r.status == 101
    assert [r.all("Upgrade") for r in backend.requests] == [["websocket"]]
    return True


@pytest.mark.parametrize("prefix", ["", "tunnel-"])
@pytest.mark.parametrize("name", SECTIONS)
def test_handshakes(server, backend, name, prefix):
    for origin in ORIGINS:
        passes = shake(server, backend, f"/{prefix}{name}/x", origin)
        assert passes == (origin in PASS[name]), origin


def test_sec_fetch_site_decides(server, backend):
    for name in ("upgrades", "forbid", "alone"):
        for site, own in (("same-origin", True), ("none", True),
                          ("same-site", False), ("cross-site", False)):
            headers = [("Sec-Fetch-Site", site)]
            for origin in (OTHER, OWN):
                assert shake(server, backend, f"/{name}/x", origin,
                             headers) is own


@pytest.mark.parametrize("upgrade", [
    "WebSocket", "WEBSOCKET", "websocket, h2c", "h2c, websocket",
    "h2c,websocket", ["h2c", "websocket"], ["websocket", "foo/2"]])
def test_however_it_is_written(server, backend, upgrade):
    """Whatever the proxy makes of it, a refused one does not reach it."""
    for name in ("upgrades", "alone", "tunnel-upgrades", "forbid"):
        assert not shake(server, backend, f"/{name}/x", OTHER,
                         upgrade=upgrade)


def test_a_handshake_to_no_proxy(server):
    """The same for a script or a file: a handler might take it."""
    for name, file in itertools.product(SECTIONS, ("run.cgi", "page.html",
                                                   "missing")):
        for origin in ORIGINS:
            headers = [("Host", "ws.example"), ("Upgrade", "websocket"),
                       *HANDSHAKE]
            if origin is not None:
                headers.append(("Origin", origin))
            with server.connect() as c:
                r = c.request("GET", f"/file-{name}/{file}", headers)
            assert (r.status != 403) == (origin in PASS[name])


def test_other_requests_pass(server, backend):
    """ForbidUpgrades is about handshakes."""
    for name in SECTIONS:
        for method, headers in (
                ("GET", []), ("POST", [("Upgrade", "h2c")]),
                ("GET", [("Upgrade", "")]), ("GET", [("Upgrade", "web")]),
                ("GET", [("Upgrade", "websockets")]),
                ("GET", [("Sec-WebSocket-Version", "13")])):
            backend.reset()
            r = server.request(method, f"/{name}/x", headers, origin=OTHER)
            forbidden = name.startswith("forbid")
            assert r.status == (403 if forbidden else 200), (name, headers)
            assert len(backend.requests) == (not forbidden)


# ---- HTTP/2 ---------------------------------------------------------------

def h2_shake(server, backend, path, origin):
    """RFC 8441; mod_http2 presents it as a handshake of HTTP/1.1. The stream
    stays open, so only its head is read."""
    backend.reset()
    backend.answer = answer
    headers = [(":method", "CONNECT"), (":protocol", "websocket"),
               (":scheme", "http"), (":path", path),
               (":authority", "ws.example"), ("sec-websocket-version", "13")]
    if origin is not None:
        headers.append(("origin", origin))
    with server.connect_h2() as c:
        c.h2.send_headers(1, headers)
        c.socket.sendall(c.h2.data_to_send())
        r = None
        while r is None:
            for event in c.h2.receive_data(c.socket.recv(65536)):
                if isinstance(event, ResponseReceived):
                    r = make_response(event.headers)
                assert r or not isinstance(event, StreamReset), event
    if r.status == 403:
        assert r.cors == {} and r.vary == ["origin"]
        assert r.all("Cache-Control") == ["no-store"]
        assert backend.requests == []
        return False
    assert r.status == 200 and len(backend.requests) == 1
    return True


@pytest.mark.parametrize("mpm", ["event"], indirect=True)
@pytest.mark.parametrize("name", SECTIONS)
def test_handshakes_over_http2(server, backend, name):
    for origin in ORIGINS:
        passes = h2_shake(server, backend, f"/{name}/x", origin)
        assert passes == (origin in PASS[name]), origin


# ---- ForbidUpgrades alone --------------------------------------------------

ALONE = """
ProxyPass /api/ http://127.0.0.1:@/ upgrade=websocket
Redirect /moved http://elsewhere.example/
ErrorDocument 404 /page.html
Header always set X-Always 1
Header set Vary Accept
<Directory ${HTDOCS}>
    FileETag MTime Size
</Directory>
"""
OLD = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nVary: Accept\r\n" \
      b"Access-Control-Allow-Credentials: true\r\nContent-Length: 2\r\n" \
      b"Connection: close\r\n\r\nhi"


@pytest.fixture(scope="module")
def pair(start_server, backend, mpm):
    """The same server with CORSRefusal ForbidUpgrades, and without mod_cors."""
    servers = []
    for cors in (True, False):
        server = start_server(
            ALONE.replace("@", str(backend.port))
            + "CORSRefusal ForbidUpgrades\n" * cors,
            mpm=mpm, cors=cors, log_level="warn",
            modules=MODULES + ["headers", "alias", "negotiation"])
        server.write("page.html", "hello")
        server.write_cgi("run.cgi", "Content-Type: text/plain\n"
                         "Access-Control-Allow-Origin: *\nVary: Origin")
        # Times stand in ETags.
        for path in (server.htdocs / "page.html", server.htdocs):
            os.utime(path, (10 ** 9, 10 ** 9))
        servers.append(server)
    return servers


def test_alone_it_changes_nothing_else(pair, backend):
    shaken = [("Upgrade", "websocket"), *HANDSHAKE]
    preflight = [("Access-Control-Request-Method", "PUT"),
                 ("Access-Control-Request-Headers", "x")]
    extras = [[], preflight, [("If-None-Match", "\"5-38d7ea4c68000\"")],
              [("If-Modified-Since", "Tue, 01 Jan 2030 00:00:00 GMT")],
              [("Range", "bytes=1-2")], [("Upgrade", "h2c")],
              [("Sec-Fetch-Site", "cross-site")]]
    cases = [(method, path, headers, origin)
             for method in ("GET", "HEAD", "POST", "OPTIONS", "TRACE", "PUT")
             for path in ("/page.html", "/page", "/run.cgi", "/missing", "/",
                          "/moved", "/api/x", "/%2f", "/a%00")
             for headers in extras for origin in (None, APP, "null")]
    # Handshakes that nobody refuses.
    cases += [("GET", path, shaken, origin) for origin in (None, OWN)
              for path in ("/page.html", "/run.cgi", "/missing", "/api/x")]
    backend.answer = lambda r: answer(r) if r.all("Upgrade") else OLD
    for method, path, headers, origin in cases:
        pairs = [("Host", "ws.example"), *headers]
        if origin is not None:
            pairs.append(("Origin", origin))
        # How a script's answer is framed depends on its speed.
        differs = {"Date"} | ({"Content-Length", "Transfer-Encoding"}
                              if path == "/run.cgi" else set())
        seen = []
        for server in pair:
            with server.connect() as c:
                r = c.request(method, path, pairs)
            # The order of Allow is random from start to start.
            seen.append((r.status, r.reason, r.body, [
                (n, sorted(v.split(",")) if n == "Allow" else v)
                for n, v in r.headers if n not in differs]))
        assert seen[0] == seen[1], (method, path, headers, origin)
