# SPDX-License-Identifier: Apache-2.0
"""The server's own origin: what CORSRefusal takes for it, and what not."""

import pytest

from auth_lab import APP, OTHER

CONFIG = f"""
Protocols h2c http/1.1
CORSAllowOrigin {APP}
CORSRefusal Forbid
"""
TLS = CONFIG + """
<VirtualHost 127.0.0.1:${TLS_PORT}>
    SSLEngine On
    SSLCertificateFile ${ROOT}/tls.crt
    SSLCertificateKeyFile ${ROOT}/tls.key
    Protocols h2 http/1.1
</VirtualHost>
"""


@pytest.fixture(scope="module")
def plain(start_server, mpm):
    server = start_server(CONFIG, mpm=mpm,
                          modules=["http2"] * (mpm == "event"))
    server.write("a.txt", "hello")
    return server


@pytest.fixture(scope="module")
def terminated(start_server, mpm):
    """Behind something that ends TLS."""
    server = start_server(CONFIG, mpm=mpm, server_name="https://www.example",
                          modules=["http2"] * (mpm == "event"))
    server.write("a.txt", "hello")
    return server


@pytest.fixture(scope="module")
def tls(start_server, mpm):
    server = start_server(TLS, mpm=mpm, tls=True)
    server.write("a.txt", "hello")
    return server


def is_own(server, host, origin, headers=(), tls=False, method="GET"):
    """Whether such a request is taken for the server's own."""
    r = server.request(method, "/a.txt", [("Host", host), *headers],
                       origin=origin, tls=tls)
    assert r.cors == {}
    if r.status != 403:
        assert r.status == 200 and r.body == b"hello" and r.vary == ["origin"]
        assert not r.all("Cache-Control")
        return True
    assert r.all("Cache-Control") == ["no-store"] and r.vary == ["origin"]
    return False


# (Host, Origin, own over plain HTTP)
HOSTS = [
    ("www.example", "http://www.example", True),
    ("WWW.Example", "http://www.example", True),
    ("www.example:80", "http://www.example", True),
    ("www.example:8080", "http://www.example:8080", True),
    ("[::1]:8080", "http://[::1]:8080", True),
    ("[::1]", "http://[::1]", True),
    ("127.0.0.1", "http://127.0.0.1", True),
    ("www.example.", "http://www.example.", True),
    ("my_host", "http://my_host", True),
    # TLS may end before us.
    ("www.example", "https://www.example", True),
    ("www.example:443", "https://www.example", True),
    ("www.example:8443", "https://www.example:8443", True),

    ("www.example", "http://example", False),
    ("www.example", "http://w.example", False),
    ("www.example", "http://awww.example", False),
    ("www.example", "http://www.example.evil.example", False),
    ("www.example", "http://www.exampl", False),
    ("www.example", "http://www.example.", False),
    ("www.example.", "http://www.example", False),
    ("www.example", "http://www.example:8080", False),
    ("www.example:8080", "http://www.example", False),
    ("www.example:8080", "http://www.example:808", False),
    ("www.example:8080", "http://www.example:80800", False),
    ("www.example:443", "http://www.example", False),
    ("www.example:8080", "https://www.example", False),
    ("www.example", "https://www.example:8443", False),
    ("www.example", "ftp://www.example", False),
    ("www.example", "app://www.example", False),
    # Not as browsers write it.
    ("www.example", "http://WWW.example", False),
    ("www.example", "http://www.example/", False),
    ("www.example", "http://www.example:80", False),
    ("www.example", "http://u@www.example", False),
    ("www.example", "//www.example", False),
    ("www.example", "www.example", False),
    ("www.example", "", False),
    ("www.example", "http://www.example, http://www.example", False),
    # Never.
    ("null", "null", False),
    ("www.example", "null", False),
    ("www.example", "file://", False),
    ("www.example", "file://www.example", False),
]


@pytest.mark.parametrize("host, origin, own", HOSTS)
def test_by_host(plain, host, origin, own):
    assert is_own(plain, host, origin) is own
    assert is_own(plain, host, origin, method="POST") is own


@pytest.mark.parametrize("host, origin, own", [
    ("www.example", "https://www.example", True),
    ("www.example:443", "https://www.example", True),
    ("www.example:8443", "https://www.example:8443", True),
    ("other.example", "https://other.example", True),
    ("www.example", "http://www.example", False),
    ("www.example:80", "http://www.example", False),
    ("www.example:8080", "http://www.example:8080", False),
    ("www.example", "https://www.example:8443", False),
    ("other.example", "https://www.example", False),
    ("null", "null", False),
])
def test_by_server_name(terminated, host, origin, own):
    assert is_own(terminated, host, origin) is own


@pytest.mark.parametrize("host, origin, own", [
    ("localhost", "https://localhost", True),
    ("localhost:443", "https://localhost", True),
    ("localhost:8443", "https://localhost:8443", True),
    ("localhost:8443", "https://localhost", False),
    ("localhost", "https://localhost:8443", False),
    # A page of the plain site is another origin.
    ("localhost", "http://localhost", False),
    ("localhost:80", "http://localhost", False),
    ("localhost:8443", "http://localhost:8443", False),
    ("null", "null", False),
])
def test_over_tls(tls, host, origin, own):
    assert is_own(tls, host, origin, tls=True) is own


@pytest.mark.parametrize("site, own", [
    ("same-origin", True), ("none", True),
    ("cross-site", False), ("same-site", False), ("", False),
    ("Same-Origin", False), ("same-origin,", False), ("anything", False),
    ("\"same-origin\"", False), ("same-origin, none", False),
])
def test_sec_fetch_site_decides_alone(plain, site, own):
    headers = [("Sec-Fetch-Site", site)]
    for origin in ("http://www.example", OTHER, "null", "http://", ""):
        assert is_own(plain, "www.example", origin, headers) is own


def test_sec_fetch_site_twice_is_none(plain):
    for second in ("same-origin", "none", "cross-site"):
        assert not is_own(plain, "www.example", "http://www.example",
                          [("Sec-Fetch-Site", "same-origin"),
                           ("Sec-Fetch-Site", second)])


@pytest.mark.parametrize("headers", [
    [("X-Forwarded-Host", "other.example"), ("X-Forwarded-Proto", "https")],
    [("X-Forwarded-Host", "other.example:443"), ("X-Forwarded-Port", "443"),
     ("X-Forwarded-Server", "other.example")],
    [("Forwarded", "host=other.example;proto=https")],
    [("X-Host", "other.example"), ("X-Original-Host", "other.example")],
    [("Referer", "https://other.example/"), ("Referer", OTHER)],
    [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
     ("Sec-Fetch-User", "?1")],
])
def test_what_others_forward_is_not_read(plain, headers):
    assert not is_own(plain, "www.example", OTHER, headers)
    assert is_own(plain, "www.example", "http://www.example", headers)


def test_without_host(plain):
    with plain.connect() as c:
        c.send(b"GET /a.txt HTTP/1.0\r\nOrigin: http://localhost\r\n\r\n")
        assert c.read().status == 403


def test_an_absolute_target_stands_for_host(plain):
    """RFC 9112, section 3.2.2."""
    for target, host, own in (("www.example", "other.example", True),
                              ("other.example", "www.example", False)):
        r = plain.request("GET", f"http://{target}/a.txt", {"Host": host},
                          origin="http://www.example")
        assert r.status == (200 if own else 403)


def test_a_preflight_is_never_own(plain):
    for headers in ([], [("Sec-Fetch-Site", "same-origin")]):
        r = plain.preflight("/a.txt", "http://www.example",
                            extra=[("Host", "www.example"), *headers])
        assert r.status == 403 and r.body == b""


@pytest.mark.parametrize("mpm", ["event"], indirect=True)
def test_over_http2(plain, terminated):
    for server, scheme in ((plain, "http"), (terminated, "https")):
        with server.connect_h2() as c:
            c.host = "www.example"
            for origin, own in ((f"{scheme}://www.example", True),
                                ("https://www.example", True),
                                (OTHER, False), ("null", False)):
                r = c.request("GET", "/a.txt", {"origin": origin})
                assert r.status == (200 if own else 403)
            r = c.request("GET", "/a.txt", {"origin": OTHER,
                                            "sec-fetch-site": "same-origin"})
            assert r.status == 200
