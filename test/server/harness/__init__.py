# SPDX-License-Identifier: Apache-2.0
"""Runs a real httpd for each test file and talks to it byte by byte.

    server.py   starts and stops httpd; reads its error log
    config.py   the configuration around the text that a test gives
    log.py      finds what no test expected in it
    client.py   a small HTTP/1.1 client that hides nothing
    h2client.py the same over HTTP/2
    backend.py  a server behind httpd's proxy that says what a test wants
    tls.py      a certificate
    fixtures.py pytest's fixtures
    wait.py     until something has happened
    place.py    directories and ports
    host.py     where httpd, its modules and mod_cors.so are

A test file usually looks like this:

    CONFIG = '''
    <Location /shop>
        CORSAllowOrigin https://app.example
    </Location>
    '''

    @pytest.fixture(scope="module")
    def server(start_server, mpm):
        server = start_server(CONFIG, mpm=mpm, modules=["headers"])
        server.write("shop/index.html", "hello")
        return server

    def test_allowed(server):
        r = server.get("/shop/index.html", origin="https://app.example")
        assert r.one("Access-Control-Allow-Origin") == "https://app.example"
"""

from .backend import Backend
from .client import Connection, Response
from .config import configtest
from .server import Server
from .wait import until

__all__ = ["Backend", "Connection", "Response", "Server", "configtest",
           "until"]
