# SPDX-License-Identifier: Apache-2.0
"""No handler is reached that would not be reached without the module.

The same directories (auth_lab.py) on two servers, with and without mod_cors;
the same requests to both, each with a number of its own in X-Id. mod_log_debug
notes which of them reach the handler phase, and for what, the backend which
reach it. What is reached with the module must be reached without.
"""

import itertools
import os
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

import auth_lab as lab
from harness import Backend
from harness.client import ClientError, Connection, encode

# How many shapes for each path of each directory, besides the first.
SOME = int(os.environ.get("CORS_TEST_SHAPES") or 2)

DIRECTORIES = [lab.Directory(i, row)
               for i, row in enumerate(lab.pairs(lab.DIRECTORY))]


def shape(*headers, method="OPTIONS", origin=lab.APP, asked="PUT", body=b"",
          version="1.1", absolute=False, target=None, pseudo=()):
    """One form of request; origin: one, none, or several lines."""
    pairs = [("Origin", o) for o in ([origin] if isinstance(origin, str)
                                     else origin)]
    if asked is not None:
        pairs.append(("Access-Control-Request-Method", asked))
    return SimpleNamespace(method=method, headers=[*pairs, *headers],
                           body=body, version=version, absolute=absolute,
                           target=target, pseudo=pseudo)


CHUNKED = ("Transfer-Encoding", "chunked")
UPGRADE = [("Connection", "Upgrade"), ("Upgrade", "websocket"),
           ("Sec-WebSocket-Version", "13"),
           ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]
BASIC = ("Authorization", "Basic dTpw")

SHAPES = {
    "allowed": shape(),
    "refused": shape(origin=lab.OTHER),
    "malformed": shape(origin=f"{lab.APP}/"),
    "null": shape(origin="null"),
    "two origins": shape(origin=[lab.APP, lab.OTHER]),
    "empty origin": shape(origin=""),
    "no origin": shape(origin=[]),
    "no request method": shape(asked=None),
    "empty request method": shape(asked=""),
    "many headers": shape(("Access-Control-Request-Headers",
                           "authorization,x-id," + "," * 40)),
    "override": shape(("X-HTTP-Method-Override", "GET"),
                      ("X-HTTP-Method", "GET"), ("X-Method-Override", "GET")),
    "upgrade": shape(*UPGRADE),
    "upgrade refused": shape(*UPGRADE, origin=lab.OTHER),
    "body": shape(("Content-Length", "5"), body=b"a=b&c"),
    "chunked": shape(CHUNKED, body=b"5\r\na=b&c\r\n0\r\n\r\n"),
    "bad chunk": shape(CHUNKED, body=b"zz\r\n"),
    "unknown coding": shape(("Transfer-Encoding", "magic")),
    "too long": shape(("Content-Length", "60"), body=b"x" * 60),
    "too long, refused": shape(("Content-Length", "60"), body=b"x" * 60,
                               origin=lab.OTHER),
    "too long, chunked": shape(CHUNKED, body=b"3c\r\n" + b"x" * 60
                               + b"\r\n0\r\n\r\n"),
    "expect": shape(("Expect", "100-continue"), ("Content-Length", "3"),
                    body=b"abc"),
    "expect more": shape(("Expect", "miracles")),
    "1.0": shape(version="1.0"),
    "absolute": shape(absolute=True),
    "server": shape(target="*"),
    "get": shape(method="GET"),
    "get with password": shape(BASIC, method="GET", asked=None),
    "get refused": shape(method="GET", origin=lab.OTHER),
    "post": shape(("Content-Length", "3"), method="POST", body=b"a=b"),
    "put": shape(("Content-Length", "3"), method="PUT", body=b"a=b"),
    "lower case": shape(method="options"),
    "conditional": shape(("If-None-Match", "*"), ("Range", "bytes=0-1"),
                         method="GET", origin=lab.OTHER),
    "wrong password": shape(("Authorization", "Basic dTp4")),
    "password": shape(BASIC),
    "password, refused": shape(BASIC, origin=lab.OTHER),
}


class Client:
    """Requests on one connection, for as long as the server keeps it."""

    def __init__(self, port):
        self.port = port
        self.connection = None

    def send(self, number, target, form):
        connection = self.connection or Connection(self.port)
        self.connection = None
        if form.absolute:
            target = f"http://{connection.host}{target}"
        pairs = [("Host", connection.host), ("X-Id", number),
                 ("Accept", "text/plain"), *form.headers]
        connection.send(
            f"{form.method} {form.target or target} HTTP/{form.version}\r\n"
            .encode() + b"".join(encode(n) + b": " + encode(v) + b"\r\n"
                                 for n, v in pairs) + b"\r\n" + form.body)
        try:
            response = connection.read(form.method)
        except (ClientError, ConnectionResetError) as e:
            connection.close()
            return str(e)
        if "close" in (response.one("Connection") or "").lower() \
                or response.version == "HTTP/1.0" or form.version == "1.0" \
                or response.status == 101:
            connection.close()
        else:
            self.connection = connection
        return response

    def close(self):
        if self.connection:
            self.connection.close()


HTTP1_SHAPES = list(SHAPES)
# Those that HTTP/2 can say, and its own.
H2_SHAPES = [name for name, form in SHAPES.items()
             if form.version == "1.1" and not form.absolute
             and not {n for n, _ in form.headers}
             & {"Transfer-Encoding", "Connection", "Content-Length"}]
SHAPES["h2 body"] = shape(body=b"a=b&c")
SHAPES["h2 too long"] = shape(body=b"x" * 60)
SHAPES["h2 websocket"] = shape(method="CONNECT",
                               pseudo=[(":protocol", "websocket")])
H2_SHAPES += ["h2 body", "h2 too long", "h2 websocket"]


def plan(names, some):
    """(number, directory, path, shape's name): every path of every directory
    with the plain preflight and the next few of the other shapes."""
    others = itertools.cycle(names[1:])
    number = itertools.count(1)
    for directory in DIRECTORIES:
        for path, _ in lab.PATHS:
            for name in (names[0], *itertools.islice(others, some)):
                yield str(next(number)), directory, path, name


def url(directory, path):
    return directory.url + path.replace("@", directory.name)


@pytest.fixture(scope="module")
def servers(start_server, mpm):
    """Both servers, [with, without], and what reached handlers on each."""
    backends = [Backend(), Backend()]
    both = []
    for has_cors, backend in zip((True, False), backends):
        server = start_server(
            lab.server_config(DIRECTORIES, backend.port, has_cors), mpm=mpm,
            modules=lab.MODULES + ["http2"] * (mpm == "event"),
            cors=has_cors,
            log_level="crit log_debug:info" + " cors:warn" * has_cors)
        lab.write_users(server)
        for directory in DIRECTORIES:
            directory.write(server, has_cors)
        server.backend = backend
        both.append(server)
    yield both
    for backend in backends:
        backend.close()


class H2Client:
    """The same over HTTP/2."""

    def __init__(self, server):
        self.server = server
        self.connection = None

    def send(self, number, target, form):
        connection = self.connection = self.connection \
            or self.server.connect_h2()
        try:
            return connection.request(
                form.method, form.target or target,
                [("x-id", number), ("accept", "text/plain")]
                + [(n.lower(), v) for n, v in form.headers],
                form.body or None, form.pseudo)
        except ClientError as e:
            self.close()
            return str(e)

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def reached(server):
    """{number: handlers that it reached, in order}"""
    result = {}
    for number, name in re.findall(r"REACHED (\d+) (.*?)(?:, referer|\n)",
                                   server.log.recent()):
        result.setdefault(number, []).append(name)
    for request in server.backend.requests:
        for number in request.all("X-Id"):
            result.setdefault(number, []).append("backend")
    server.backend.reset()
    return result


def run(server, cases, h2=False):
    """Send them all: what was answered, what reached handlers."""
    client = H2Client(server) if h2 else Client(server.port)
    answers = {number: client.send(number, url(directory, path), SHAPES[name])
               for number, directory, path, name in cases}
    client.close()
    return answers, reached(server)


def compare(cases, answers, ran, ran_without):
    """What ran with the module only, in words."""
    for number, directory, path, name in cases:
        more = Counter(ran.get(number, ())) \
            - Counter(ran_without.get(number, ()))
        if more:
            yield (f"{name} {url(directory, path)} reached {list(more)},"
                   f" answered {status(answers[number])}: {directory}")


def status(answer):
    """Its status, or what went wrong with the connection."""
    return getattr(answer, "status", answer)


# ---- the headers of these answers ------------------------------------------

def readers(who, origin):
    """What Access-Control-Allow-Origin may say to this origin."""
    valid = origin in (lab.APP, lab.OTHER, "null")
    return {"list": {lab.APP} & {origin}, "credentials": {lab.APP} & {origin},
            "all": {"*"}, "always": {lab.APP}, "nobody": set(), "none": set(),
            "policies": {origin} if valid else set(),
            "denies": {origin} if valid and origin != lab.OTHER else set()
            }[who]


def touches_nothing(row):
    """No answer here is the module's, and none has a header of it."""
    if row["engine"] in ("Off", "ReportOnly"):
        return row["inner"] != "files-on"
    return (row["engine"] == "default" and row["who"] == "none"
            and row["refusal"] in ("default", "Silent")
            and row["inner"] in ("no-inner", "files-open", "if-get"))


def essence(answer):
    """An answer without what differs between servers and from start to
    start."""
    return status(answer), sorted(
        (n, v) for n, v in getattr(answer, "headers", ())
        if n.lower() not in ("date", "allow", "etag", "www-authenticate",
                             "last-modified", "location"))


def find_wrong(directory, form, answer, without):
    """What is wrong with the headers of an answer, or None."""
    row = directory.row
    if touches_nothing(row):
        return None if essence(answer) == essence(without) else "changed"
    if isinstance(answer, str):
        return None
    origins = [v for n, v in form.headers if n == "Origin"]
    asked = dict(form.headers).get("Access-Control-Request-Method")
    preflight = form.method == "OPTIONS" and origins and asked
    cors = answer.cors              # fails where one stands twice
    if len(set(answer.vary)) < len(answer.vary):
        return "Vary names something twice"
    granted = readers(row["who"], origins[0] if len(origins) == 1 else None)
    if row["inner"] == "files-on":
        granted = granted | {"*"}
    if cors and cors.get("allow-origin") not in granted:
        return "grants too much"
    if "allow-credentials" in cors and (
            row["who"] not in ("credentials", "policies")
            or cors["allow-origin"] != lab.APP):
        return "lends credentials"
    if "expose-headers" in cors if preflight else set(cors) & {
            "allow-methods", "allow-headers", "max-age"}:
        return "mixes preflight and actual"
    return None


def check_headers(cases, answers, answers_without):
    for number, directory, path, name in cases:
        answer, without = answers[number], answers_without[number]
        wrong = find_wrong(directory, SHAPES[name], answer, without)
        if wrong:
            yield (f"{wrong}: {name} {url(directory, path)}: {directory}\n"
                   f"{answer!r}\nwithout:\n{without!r}")


def test_every_handler_can_be_reached(servers):
    """Else the test below proves nothing."""
    cases = [(str(i), directory, path, "get with password")
             for i, (directory, (path, _))
             in enumerate(itertools.product(DIRECTORIES[:40], lab.PATHS))]
    for server in servers:
        _, ran = run(server, cases)
        seen = {path for number, _, path, _ in cases if number in ran}
        assert {path for path, runs in lab.PATHS if runs} <= seen


def find_more(servers, cases, h2=False):
    """Run cases on both servers; what was answered on each."""
    with ThreadPoolExecutor(2) as pool:
        (answers, ran), (answers_without, ran_without) = pool.map(
            run, servers, [cases, cases], [h2, h2])
    found = list(compare(cases, answers, ran, ran_without))
    assert not found, f"{len(found)}:\n" + "\n".join(found[:20])
    found = list(check_headers(cases, answers, answers_without))
    assert not found, f"{len(found)}:\n" + "\n".join(found[:5])
    # Handlers do run here, and preflights are answered before them.
    assert len(ran_without) > len(ran) > 500
    statuses = Counter(map(status, answers.values()))
    assert statuses[204] > 100 and statuses[403] > 100
    assert 204 not in map(status, answers_without.values())


def test_no_handler_that_would_not_run_without_the_module(servers):
    find_more(servers, list(plan(HTTP1_SHAPES, SOME)))


# mod_http2 does not serve prefork.
@pytest.mark.parametrize("mpm", ["event"], indirect=True)
def test_the_same_over_http2(servers):
    find_more(servers, list(plan(H2_SHAPES, 1))[::5], h2=True)
