# SPDX-License-Identifier: Apache-2.0
"""Requests with `Upgrade: h2c`.

httpd changes the protocol where it would run a handler, and answers on stream
1 of the new connection. A preflight never gets there, and neither side of the
change opens a guarded directory.
"""

import pytest

import auth_lab as lab
from auth_lab import APP, BASIC, OTHER
from harness import Connection

CONFIG = f"""
Protocols h2c http/1.1
<Location /guarded>
    {BASIC}
    Require valid-user
    ErrorDocument 401 /guarded/error.cgi
    ErrorDocument 403 /guarded/error.cgi
    CORSAllowOrigin {APP}
</Location>
<Location /guarded/forbid>
    CORSRefusal Forbid
</Location>
"""
ASKED = ("Access-Control-Request-Method", "PUT")


@pytest.fixture(scope="module", params=["worker", "event"])
def server(start_server, request):
    server = start_server(CONFIG, mpm=request.param, modules=[
        "http2", "cgi", "authn_core", "authn_file", "auth_basic",
        "authz_user", "authz_groupfile"])
    lab.write_users(server)
    for name in ("run", "error", "forbid/run"):
        server.write_cgi(f"guarded/{name}.cgi")
    return server


def exchange(server, method, path, headers):
    """Whether the protocol changed, and the response's headers; with it on
    stream 1."""
    import h2.config
    import h2.connection
    from h2 import events
    h2c = h2.connection.H2Connection(h2.config.H2Configuration(
        client_side=True, header_encoding="latin-1"))
    settings = h2c.initiate_upgrade_connection().decode()
    with Connection(server.port) as c:
        head = "".join(f"{n}: {v}\r\n" for n, v in [
            ("Host", c.host), ("Connection", "Upgrade, HTTP2-Settings"),
            ("Upgrade", "h2c"), ("HTTP2-Settings", settings), *headers])
        c.send(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode()
               + h2c.data_to_send())
        switch = c.read(method)
        if switch.status != 101:
            return False, {":status": str(switch.status),
                           **{n.lower(): v for n, v in switch.headers}}
        assert switch.one("Upgrade") == "h2c" and switch.cors == {}
        data, response = c.buffer, None
        while True:
            for event in h2c.receive_data(data):
                if isinstance(event, events.ResponseReceived):
                    response = dict(event.headers)
                elif isinstance(event, events.StreamEnded):
                    return True, response
            c.send(h2c.data_to_send())
            data = c.socket.recv(65536)
            assert data, "closed early"


@pytest.mark.parametrize("origin, asked, status", [
    (APP, True, "204"), (OTHER, True, "403"), ("null", True, "403"),
    (f"{APP}/", True, "403"), (APP, False, "401"), (OTHER, False, "401")])
@pytest.mark.parametrize("path", ["run.cgi", "forbid/run.cgi", "missing"])
def test_upgrade(server, path, origin, asked, status):
    def ran():
        return [server.ran(f"guarded/{name}.cgi") for name in
                ("run", "forbid/run")]
    before, errors = ran(), server.ran("guarded/error.cgi")
    changed, r = exchange(server, "OPTIONS", f"/guarded/{path}",
                          [("Origin", origin)] + [ASKED] * asked)
    assert r[":status"] == status and r["vary"] == "Origin"
    assert r.get("access-control-allow-origin") == (
        APP if origin == APP else None)
    assert ran() == before
    # A 401's page is httpd's doing; a page of our 403 would be a leak.
    assert changed == (not asked and path != "forbid/run.cgi")
    if asked:
        assert server.ran("guarded/error.cgi") == errors


def test_the_script_runs_with_a_password(server):
    before = len(server.ran("guarded/run.cgi"))
    changed, r = exchange(server, "GET", "/guarded/run.cgi", [
        ("Origin", APP), ("Authorization", "Basic dTpw")])
    assert changed and r[":status"] == "200"
    assert r["access-control-allow-origin"] == APP
    assert len(server.ran("guarded/run.cgi")) == before + 1
