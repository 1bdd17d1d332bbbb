# SPDX-License-Identifier: Apache-2.0
"""Behind nginx that ends TLS, with mod_remoteip: whom CORSRefusal takes for
the server's own pages, and what deploying.md says of it."""

import re
from contextlib import ExitStack

import pytest

from harness.client import Connection
from harness.h2client import H2Connection
from harness.tls import client_context
from servers.nginx import Nginx

APP = "https://app.example"
EVIL = "https://evil.example"
SITE = "https://www.example"
CLIENT = "203.0.113.9"      # who the front says that the client is

# Two hosts: one knows that TLS ends before it, the other does not.
KNOWS, GUESSES = "www.example", "guess.example"
HOSTS = {KNOWS: f"https://{KNOWS}", GUESSES: GUESSES}

CONFIG = "".join(f"""
<VirtualHost 127.0.0.1:${{PORT}}>
    ServerName {name}
    RemoteIPHeader X-Forwarded-For
    RemoteIPInternalProxy 127.0.0.1
    ProxyPass /ws/ http://127.0.0.1:@/ upgrade=websocket
    <Location />
        CORSAllowOrigin {APP}
        CORSRefusal Forbid
    </Location>
    <Location /ws/>
        CORSRefusal ForbidUpgrades
    </Location>
    <Location /listed/>
        CORSAllowOrigin {SITE}
    </Location>
    <Location /near/>
        CORSAllowMethods PUT
        Require ip {CLIENT}
    </Location>
    <Location /far/>
        Require ip 127.0.0.1
    </Location>
</VirtualHost>
""" for name in HOSTS.values())

# How it hands Host on. name: line
FRONTS = {
    "kept": "proxy_set_header Host $http_host;",
    "no-port": "proxy_set_header Host $host;",
    "none": "",             # nginx says whom it asks: 127.0.0.1 and the port
    "fixed": f"proxy_set_header Host {KNOWS};",
}
BLOCK = """
    server {
        listen 127.0.0.1:PORT http2;
        listen 127.0.0.1:TLS_PORT ssl;
        ssl_certificate ROOT/tls.crt;
        ssl_certificate_key ROOT/tls.key;
        location / {
            proxy_pass http://127.0.0.1:UPSTREAM;
            proxy_http_version 1.1;
            proxy_set_header X-Forwarded-For $http_x_test_client;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $upgrading;
            HOST
        }
    }
"""
UPGRADES = """
    map $http_upgrade $upgrading { default upgrade; '' ''; }
"""

OPENED = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
          b"Connection: Upgrade\r\n\r\n")


@pytest.fixture(scope="module")
def backend(backend):
    backend.answer = OPENED
    return backend


@pytest.fixture(scope="module")
def server(start_server, backend, mpm):
    server = start_server(CONFIG.replace("@", str(backend.port)), mpm=mpm,
                          modules=["authz_host", "cgi", "proxy", "proxy_http",
                                   "proxy_wstunnel", "remoteip"])
    for folder in ("", "listed/", "near/", "far/"):
        server.write(f"{folder}a.txt", "hello")
    server.write_cgi("who.cgi", commands=(
        "printf 'Content-Type: text/plain\\n\\n'\n"
        "echo \"$REMOTE_ADDR $HTTP_HOST $REQUEST_SCHEME\"; exit 0"))
    return server


@pytest.fixture(scope="module")
def httpd_fronts(server, start_server):
    """httpd itself as what ends TLS. Its own X-Forwarded-For is of the
    loopback, where all of this runs."""
    return {f"httpd-{value}": start_server(f"""
<VirtualHost 127.0.0.1:${{TLS_PORT}}>
    SSLEngine On
    SSLCertificateFile ${{ROOT}}/tls.crt
    SSLCertificateKeyFile ${{ROOT}}/tls.key
    ProxyPreserveHost {value}
    ProxyPass / http://127.0.0.1:{server.port}/
</VirtualHost>
""", cors=False, log_level="warn", tls=True, modules=["proxy", "proxy_http"])
            for value in ("On", "Off")}


@pytest.fixture(scope="module")
def fronts(server, httpd_fronts):
    with ExitStack() as stack:
        yield {**httpd_fronts, **{name: stack.enter_context(Nginx(UPGRADES + BLOCK.replace(
            "HOST", line).replace("UPSTREAM", str(server.port))))
               for name, line in FRONTS.items()}}


def ask(nginx, host, origin, headers=(), method="GET", target="/a.txt",
        body=None, client=CLIENT):
    pairs = [("Host", host), ("X-Test-Client", client), *headers]
    if origin is not None:
        pairs.append(("Origin", origin))
    with Connection(nginx.tls_port, tls=client_context()) as c:
        return c.request(method, target, pairs, body)


def is_own(nginx, host, origin, headers=(), **more):
    r = ask(nginx, host, origin, headers, **more)
    assert r.cors == {} and r.vary == ["origin"]
    if r.status == 403:
        assert r.all("Cache-Control") == ["no-store"]
        return False
    assert r.status == 200 and r.body == b"hello"
    return True


def test_what_httpd_sees(fronts, server):
    """The tests below mean something only if this holds."""
    for front, seen in (("kept", f"{KNOWS}:8443"), ("no-port", KNOWS),
                        ("none", f"127.0.0.1:{server.port}"),
                        ("fixed", KNOWS)):
        r = ask(fronts[front], f"{KNOWS}:8443", None, target="/who.cgi")
        assert r.text.split() == [CLIENT, seen, "https"]
    r = ask(fronts["kept"], GUESSES, None, target="/who.cgi")
    assert r.text.split() == [CLIENT, GUESSES, "http"]


# (front, Host as the client says it, Origin, own)
ROWS = [
    ("kept", KNOWS, SITE, True),
    ("kept", f"{KNOWS}:8443", f"{SITE}:8443", True),
    ("kept", f"{KNOWS}:443", SITE, True),
    ("kept", GUESSES, f"https://{GUESSES}", True),
    ("kept", f"{GUESSES}:8443", f"https://{GUESSES}:8443", True),
    ("kept", KNOWS, EVIL, False),
    ("kept", KNOWS, f"{SITE}:8443", False),
    ("kept", f"{KNOWS}:8443", SITE, False),
    ("kept", KNOWS, f"https://{GUESSES}", False),
    ("kept", GUESSES, SITE, False),
    ("kept", KNOWS, "null", False),
    # A page without TLS can be forged on its way: another's, to him who knows.
    ("kept", KNOWS, f"http://{KNOWS}", False),
    ("kept", GUESSES, f"http://{GUESSES}", True),
    ("httpd-On", KNOWS, SITE, True),
    ("httpd-On", f"{KNOWS}:8443", f"{SITE}:8443", True),
    ("httpd-On", KNOWS, f"http://{KNOWS}", False),
    ("httpd-On", KNOWS, EVIL, False),
    ("httpd-Off", KNOWS, SITE, False),
    # nginx's $host has no port.
    ("no-port", KNOWS, SITE, True),
    ("no-port", f"{KNOWS}:8443", f"{SITE}:8443", False),
    ("no-port", f"{KNOWS}:8443", SITE, True),       # another port's page
    # Without Host nobody is known.
    ("none", KNOWS, SITE, False),
    ("none", KNOWS, f"{SITE}:8443", False),
    ("none", KNOWS, f"http://{KNOWS}", False),
    ("fixed", "shop.example", "https://shop.example", False),
    ("fixed", KNOWS, SITE, True),
]


@pytest.mark.parametrize("front, host, origin, own", ROWS)
def test_by_host(fronts, front, host, origin, own):
    for method, body in (("GET", None), ("POST", "a=b")):
        assert is_own(fronts[front], host, origin, method=method,
                      body=body) is own


@pytest.mark.parametrize("front", FRONTS)
def test_browsers_say_so_themselves(fronts, front):
    """Sec-Fetch-Site decides alone, whatever the front makes of Host."""
    for site, own in (("same-origin", True), ("none", True),
                      ("same-site", False), ("cross-site", False)):
        for origin in (SITE, EVIL, f"http://{KNOWS}", "null"):
            assert is_own(fronts[front], KNOWS, origin,
                          [("Sec-Fetch-Site", site)]) is own


@pytest.mark.parametrize("front", FRONTS)
def test_what_is_listed_passes_anyway(fronts, front):
    """deploying.md's way out where Host is lost: it may then read as well."""
    r = ask(fronts[front], KNOWS, SITE, target="/listed/a.txt")
    assert r.status == 200 and r.cors == {"allow-origin": SITE}
    assert ask(fronts[front], KNOWS, EVIL,
               target="/listed/a.txt").status == 403


@pytest.mark.parametrize("front", FRONTS)
def test_the_front_s_fields_are_not_read(fronts, front):
    """X-Forwarded-Host and -Proto stand there; a client may send the rest."""
    for headers in ([("Forwarded", "host=evil.example;proto=https")],
                    [("X-Forwarded-Server", "evil.example")],
                    [("X-Original-Host", "evil.example")]):
        assert not is_own(fronts[front], KNOWS, EVIL, headers)


def test_over_http2(fronts):
    """Host is :authority's there."""
    for host, origin, own in ((KNOWS, SITE, True),
                              (f"{KNOWS}:8443", f"{SITE}:8443", True),
                              (KNOWS, f"{SITE}:8443", False),
                              (KNOWS, EVIL, False)):
        with H2Connection(fronts["kept"].port) as c:
            c.host = host
            r = c.request("GET", "/a.txt", [("origin", origin)])
        assert r.status == (200 if own else 403)
        assert r.cors == {} and r.vary == ["origin"]


def test_preflights(fronts):
    """Of the policy's origins; the server's own sends none."""
    for nginx in fronts.values():
        for origin, status in ((APP, 204), (SITE, 403), (EVIL, 403)):
            r = ask(nginx, KNOWS, origin, [
                ("Access-Control-Request-Method", "PUT")], "OPTIONS")
            assert r.status == status
            assert r.cors == ({"allow-origin": APP} if origin == APP else {})


@pytest.mark.parametrize("front", ["kept", "none"])
def test_handshakes(fronts, backend, front):
    """Through the front and httpd's proxy to the backend, or to nobody."""
    handshake = [("Upgrade", "websocket"), ("Connection", "Upgrade"),
                 ("Sec-WebSocket-Version", "13"),
                 ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]
    for origin, passes in ((SITE, front == "kept"), (APP, True),
                           (EVIL, False), (f"http://{KNOWS}", False),
                           (None, True)):
        backend.reset()
        backend.answer = OPENED
        r = ask(fronts[front], KNOWS, origin, handshake, target="/ws/x")
        assert r.status == (101 if passes else 403)
        assert len(backend.requests) == passes


def test_addresses(fronts, server):
    """mod_remoteip's are what Require ip and the log know, for preflights
    and refusals as well."""
    asked = [("Access-Control-Request-Method", "PUT")]
    nginx = fronts["kept"]
    for folder, near in (("near", True), ("far", False)):
        target = f"/{folder}/a.txt"
        r = ask(nginx, KNOWS, APP, target=target)
        assert r.status == (200 if near else 403)
        assert r.cors == {"allow-origin": APP}
        r = ask(nginx, KNOWS, APP, asked, "OPTIONS", target)
        assert r.status == (204 if near else 403)
    server.expect_log("AH01630")
    r = ask(nginx, KNOWS, APP, target="/near/a.txt", client="198.51.100.1")
    assert r.status == 403
    ask(nginx, KNOWS, "https://told.example")
    server.wait_log(rf"\[client {re.escape(CLIENT)}(:\d+)?\] CORS: "
                    r"refused-origin for origin https://told\.example")
