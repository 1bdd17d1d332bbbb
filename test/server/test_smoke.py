# SPDX-License-Identifier: Apache-2.0
"""The least that must work before any other test means something."""

import pytest

APP = "https://app.example"
OTHER = "https://other.example"

CONFIG = f"""
<Location /shop>
    CORSAllowOrigin {APP}
</Location>
"""


@pytest.fixture(scope="module")
def server(start_server, mpm):
    server = start_server(CONFIG, mpm=mpm, modules=["cgi"])
    server.write("shop/a.html", "hello")
    server.write("plain.html", "hello")
    server.write_cgi("shop/run.cgi")
    return server


def test_allowed_origin_may_read(server):
    r = server.get("/shop/a.html", origin=APP)
    assert r.status == 200 and r.body == b"hello"
    assert r.cors == {"allow-origin": APP}
    assert r.vary == ["origin"]


def test_other_origin_may_not(server):
    r = server.get("/shop/a.html", origin=OTHER)
    assert r.status == 200 and r.body == b"hello"
    assert r.cors == {}
    assert r.vary == ["origin"]


def test_without_origin(server):
    r = server.get("/shop/a.html")
    assert r.status == 200
    assert r.cors == {}
    assert r.vary == ["origin"]


def test_nothing_without_a_policy(server):
    r = server.get("/plain.html", origin=APP)
    assert r.status == 200
    assert r.cors == {}
    assert r.vary == []


def test_preflight_allowed(server):
    r = server.preflight("/shop/run.cgi", APP)
    assert r.status == 204 and r.body == b""
    assert r.one("Access-Control-Allow-Origin") == APP
    assert r.vary == ["origin"]
    assert server.ran("shop/run.cgi") == []


def test_preflight_refused(server):
    r = server.preflight("/shop/a.html", OTHER)
    assert r.status == 403 and r.body == b""
    assert r.cors == {}


def test_cgi_runs(server):
    r = server.get("/shop/run.cgi", origin=APP)
    assert r.status == 200 and r.body == b"hello\n"
    assert r.cors == {"allow-origin": APP}
    assert server.ran("shop/run.cgi") == ["GET"]
