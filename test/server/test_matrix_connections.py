# SPDX-License-Identifier: Apache-2.0
"""What test_matrix.py cannot ask for a request at a time: connections on which
several requests follow one another, requests that httpd refuses before it
reads them, and those of a forward proxy; against the server without the
module.
"""

import pytest

import matrix_site
from harness import Connection
from matrix_ask import (TRANSPORTS, Shape, comparable, expect_the_same_faults,
                        others)
from matrix_rows import BY_NAME, Row
from matrix_worlds import APP, CREDENTIALED, EVIL, WORLDS

HOSTS = {w.name: w.host for w in WORLDS}
CREDS = HOSTS["creds"]
SAYS = next(w for w in WORLDS if w.name == "creds")
ORIGINS = [APP, EVIL, None]
# (address, Host). The first virtual host of an address is httpd's choice until
# it has read Host; the policies of both stand outside of sections.
PLACES = [("127.0.0.1", CREDS), ("127.0.0.1", HOSTS["plain"]),
          ("127.0.0.1", HOSTS["vhost"]), ("127.0.0.3", "forward.example")]

POLICY = f"""
<IfModule mod_cors.c>
    {CREDENTIALED}
</IfModule>
"""
# More addresses of the loopback, for what holds for a whole connection.
MORE = f"""
Listen 127.0.0.2:${{PORT}}
<VirtualHost 127.0.0.2:${{PORT}}>
    ServerName slow.example
    RequestReadTimeout header=1 body=1
    {POLICY}
</VirtualHost>
Listen 127.0.0.3:${{PORT}}
<VirtualHost 127.0.0.3:${{PORT}}>
    ServerName forward.example
    LimitRequestFields 50
    LimitRequestFieldSize 2000
    LimitRequestLine 2000
    ProxyRequests On
    {POLICY}
    <Proxy *>
        {POLICY}
    </Proxy>
</VirtualHost>
Listen 127.0.0.3:${{TLS_PORT}}
<VirtualHost 127.0.0.3:${{TLS_PORT}}>
    ServerName secure.example
    SSLEngine On
    {POLICY}
</VirtualHost>
<VirtualHost 127.0.0.1:${{TLS_PORT}}>
    ServerName strict.example
    SSLEngine On
    SSLVerifyClient optional
    {POLICY}
</VirtualHost>
"""

# To comparable(): all of the response counts.
PLAIN = Row("plain", "GET", "", 0)


@pytest.fixture(scope="module")
def pairs(start_server):
    pairs = matrix_site.Pairs(start_server, MORE)
    yield pairs
    pairs.close()


@pytest.fixture(params=list(TRANSPORTS))
def mpm(request):
    return request.param


@pytest.fixture
def pair(pairs, mpm):
    return pairs.get(mpm)


def origin_line(origin):
    return "" if origin is None else f"Origin: {origin}\r\n"


def untouched(pair, ask, status, origins=ORIGINS):
    """ask(asker, origin) gives a response of that status, the same on both
    servers, and nothing of a policy on it."""
    asker, control = pair
    for origin in origins:
        r, other = ask(asker, origin), ask(control, origin)
        assert r.status == status, r
        assert comparable(r, PLAIN, CREDS) == comparable(other, PLAIN, CREDS)
        assert r.cors == {} and r.vary == [], r
    expect_the_same_faults(asker, control)


# ---- several requests on a connection --------------------------------------

PREFLIGHT, REFUSED = Shape(APP, True), Shape(EVIL, True)
SEQUENCE = [(BY_NAME[name], shape) for name, shape in [
    ("static", PREFLIGHT), ("static", Shape(APP)), ("static", REFUSED),
    ("static", REFUSED), ("static", Shape(EVIL)), ("static", PREFLIGHT),
    ("404", Shape(APP)), ("304 by ETag", Shape(APP)), ("static", Shape(None)),
    ("cgi POST", Shape(APP)), ("cgi", PREFLIGHT), ("cgi", REFUSED),
    ("static HEAD", Shape(APP)), ("denied, 403", Shape(APP)),
    ("denied, 403", PREFLIGHT), ("401", Shape(EVIL)), ("401", PREFLIGHT),
    ("cgi own headers", Shape(EVIL)), ("rewrite gone, server", Shape(APP)),
    ("index", Shape(APP)), ("static OPTIONS", Shape(APP)),
    ("proxy", Shape(APP)), ("proxy", PREFLIGHT), ("static", Shape(APP))]]


def framed(row, shape):
    """The bytes of a request."""
    method = "OPTIONS" if shape.preflight else row.method
    body = "" if shape.preflight else row.body or ""
    fields = [("Host", CREDS), *row.headers, *shape.fields()]
    if body:
        fields.append(("Content-Length", str(len(body))))
    return method, (f"{method} {row.path} HTTP/1.1\r\n" + "".join(
        f"{n}: {v}\r\n" for n, v in fields) + "\r\n" + body).encode()


def seen(r, row):
    """All of it, the policy's headers too."""
    return comparable(r, row, CREDS), r.cors, r.vary


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("pipelined", [True, False])
def test_one_after_the_other(pair, pipelined, tls):
    """Each is answered as on a connection of its own, in order, and a 204 or
    403 of the module does not end the connection."""
    server = pair[0].server
    requests = [framed(row, shape) for row, shape in SEQUENCE]
    alone = []
    for (row, _), (method, data) in zip(SEQUENCE, requests):
        with server.connect(tls) as c:
            c.send(data)
            alone.append(seen(c.read(method), row))
    with server.connect(tls) as c:
        if pipelined:
            c.send(b"".join(data for _, data in requests))
        for i, (method, data) in enumerate(requests):
            if not pipelined:
                c.send(data)
            row, shape = SEQUENCE[i]
            assert seen(c.read(method), row) == alone[i], (i, row.name, shape)
    # Nothing is proved by answers that are all alike.
    assert {a[0][0] for a in alone} == {200, 204, 304, 401, 403, 404, 410}
    expect_the_same_faults(*pair)
    server.expect_log("AH01630")


@pytest.mark.parametrize("mpm", ["event", "worker"], indirect=True)
def test_upgraded_to_http2(pair):
    """The first answer over HTTP/2 is to a request that came as HTTP/1.1. (A
    preflight is answered before httpd looks at Upgrade.)"""
    for origin in ORIGINS:
        answers = []
        for asker in pair:
            _, data = framed(BY_NAME["static"], Shape(origin))
            with asker.server.connect_h2(upgrade=data) as c:
                answers.append(c.first)
        r, control = answers
        one, two = (comparable(x, PLAIN, CREDS) for x in answers)
        assert others(one, True) == others(two, True) and r.status == 200
        assert r.cors == SAYS.actual(origin) and control.cors == {}
        assert r.vary == ["origin"] and control.vary == []


# ---- what httpd refuses before it knows what is asked for ------------------

LINES = {
    "414": ("GET /" + "x" * 3000 + " HTTP/1.1", 414),
    "protocol": ("GET /a.txt HTTQ/1.1", 400),
    "no method": (" /a.txt HTTP/1.1", 400),
    "no target": ("GET", 400),
    "blanks": ("GET  /a.txt\tHTTP/1.1", 400),
}


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("address, host", PLACES)
def test_request_line(pair, name, address, host):
    line, status = LINES[name]

    def ask(asker, origin):
        with asker.server.connect(address=address) as c:
            c.send(f"{line}\r\nHost: {host}\r\n{origin_line(origin)}"
                   "\r\n".encode())
            return c.read()

    untouched(pair, ask, status)


@pytest.mark.parametrize("address, host", PLACES)
def test_no_host_400(pair, address, host):
    """Not even the first virtual host's."""
    def ask(asker, origin):
        with asker.server.connect(address=address) as c:
            c.send(f"GET http://{host}/a.txt HTTP/1.1\r\n"
                   f"{origin_line(origin)}\r\n".encode())
            return c.read()

    untouched(pair, ask, 400)


def test_too_late_408(pair, mpm):
    """Both are waited for at once, by as many children as prefork starts.
    Only of a request whose body does not come is the section known."""
    origins = ORIGINS if mpm != "prefork" else [APP]
    heads = {"header": "GET /a.txt HTTP/1.1\r\nHost: slow.example\r\n{}",
             "body": "POST /cgi/run.cgi HTTP/1.1\r\nHost: slow.example\r\n"
                     "Content-Length: 10\r\n{}\r\nx"}
    links = {(late, origin, asker is pair[0]): Connection(
        asker.server.port, address="127.0.0.2")
        for late in heads for origin in origins for asker in pair}
    try:
        for (late, origin, _), c in links.items():
            c.send(heads[late].format(origin_line(origin)).encode())
        answers = {key: c.read() for key, c in links.items()}
    finally:
        for c in links.values():
            c.close()
    for late in heads:
        for origin in origins:
            r, other = (answers[late, origin, ours] for ours in (True, False))
            assert r.status == other.status == 408
            one, two = (comparable(x, PLAIN, CREDS) for x in (r, other))
            known = late == "body"
            assert one == two or known
            assert others(one, True) == others(two, True)
            assert r.vary == ["origin"] * known
            assert r.cors == (SAYS.actual(origin) if known else {})
    expect_the_same_faults(*pair)


@pytest.mark.parametrize("mpm, http2", [
    ("event", False), ("event", True), ("worker", False), ("worker", True),
    ("prefork", False)], indirect=["mpm"])
def test_misdirected_421(pair, http2):
    """Another host than that of the TLS handshake, with other rules."""
    def ask(asker, origin):
        fields = [] if origin is None else [("origin", origin)]
        if http2:
            with asker.server.connect_h2(tls=True) as c:
                c.host = "strict.example"
                return c.request("GET", "/a.txt", fields)
        with asker.server.connect(tls=True) as c:
            return c.request("GET", "/a.txt",
                             [("Host", "strict.example"), *fields])

    untouched(pair, ask, 421)


@pytest.mark.parametrize("path, fields, status", [
    ("/a.txt", [("x-long", "x" * 3000)], 431),
    ("/a.txt", [(f"x-{i}", "y") for i in range(80)], 431),
    ("/a.txt", [("expect", "miracles")], 417),
    ("/" + "x" * 3000, [], 414),
    ("/%zz", [], 400),
    ("/a%2fb", [], 404),
], ids=["long field", "many fields", "417", "414", "escape", "slash"])
@pytest.mark.parametrize("address, host", PLACES)
@pytest.mark.parametrize("mpm", ["event", "worker"], indirect=True)
def test_refused_over_http2(pair, address, host, path, fields, status):
    def ask(asker, origin):
        with asker.server.connect_h2(address=address) as c:
            c.host = host
            return c.request("GET", path, fields + (
                [] if origin is None else [("origin", origin)]))

    untouched(pair, ask, status)


@pytest.mark.parametrize("mpm", ["event", "worker"], indirect=True)
def test_nph_over_http2(pair):
    """Its output is no answer there. (httpd logs it twice.)"""
    def ask(asker, origin):
        with asker.server.connect_h2() as c:
            c.host = CREDS
            return c.request("GET", "/cgi/nph-run.cgi", (
                [] if origin is None else [("origin", origin)]))

    untouched(pair, ask, 500)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.3"])
def test_plain_http_to_the_tls_port(pair, address):
    def ask(asker, origin):
        with Connection(asker.server.tls_port, address=address) as c:
            return c.request("GET", "/a.txt", [("Host", CREDS)] + (
                [] if origin is None else [("Origin", origin)]))

    untouched(pair, ask, 400)


# ---- a forward proxy -------------------------------------------------------

ASKED = [("Access-Control-Request-Method", "PUT")]


@pytest.mark.parametrize("method, path", [
    ("GET", "200"), ("GET", "own"), ("GET", "304"), ("GET", "404"),
    ("HEAD", "200"), ("POST", "200"), ("OPTIONS", "own"), ("GET", "early")])
def test_forward_proxy(pair, pairs, method, path):
    """Others' servers say what they say: the policy of the proxy's own site
    has no word in it."""
    asker, control = pair
    target = f"http://127.0.0.1:{pairs.behind.backend.port}/{path}"
    for origin in ORIGINS:
        fields = ASKED if method == "OPTIONS" else []
        fields = fields + ([] if origin is None else [("Origin", origin)])
        answers = []
        for server in (asker.server, control.server):
            with Connection(server.port, address="127.0.0.3") as c:
                answers.append(c.request(
                    method, target, [("Host", "other.example"), *fields],
                    "x" if method == "POST" else None))
        one, two = (comparable(r, PLAIN, CREDS) for r in answers)
        assert one == two
        # The site's own pages have a policy.
        with Connection(asker.server.port, address="127.0.0.3") as c:
            r = c.request("GET", "/a.txt", [("Host", "forward.example")] + (
                [] if origin is None else [("Origin", origin)]))
        assert r.vary == ["origin"] and bool(r.cors) == (origin == APP)


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_forward_proxy_to_nobody(pair, method):
    def ask(asker, origin):
        with Connection(asker.server.port, address="127.0.0.3") as c:
            return c.request(method, "http://127.0.0.1:1/", [
                ("Host", "127.0.0.1:1"), *ASKED] + (
                    [] if origin is None else [("Origin", origin)]))

    untouched(pair, ask, 503)
