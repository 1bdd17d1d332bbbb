# SPDX-License-Identifier: Apache-2.0
"""No handler is reached that would not be reached without the module.

The same directories (auth_lab.py) on two servers, with and without mod_cors;
the same requests to both, each with a number of its own in X-Id. mod_log_debug
notes which of them reach the handler phase, and for what, the backend which
reach it. What is reached with the module must be reached without.
"""

import itertools
import os
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

import auth_lab as lab
import auth_site as site
from auth_shapes import H2_SHAPES, HTTP1_SHAPES, SHAPES
from harness import Backend
from harness.client import ClientError, Connection, encode

# CORS_TEST_ALL=1 sends more shapes to all paths of all directories, for an
# hour off. Else each MPM has its third of the directories, and each directory
# some of the paths.
ALL = os.environ.get("CORS_TEST_ALL") == "1"
SOME, PATHS = (6, len(site.PATHS)) if ALL else (2, 10)
MPMS = ["prefork", "worker", "event"]

DIRECTORIES = [site.Directory(i, row)
               for i, row in enumerate(lab.pairs(lab.DIRECTORY))]


class Client:
    """Requests on one connection, for as long as the server keeps it."""

    def __init__(self, port):
        self.port = port
        self.connection = None

    def send(self, number, target, form):
        kept = self.connection
        answer = self.send_once(number, target, form)
        if kept and isinstance(answer, str):
            # It may be that the server had closed that one.
            answer = self.send_once(number, target, form)
        return answer

    def send_once(self, number, target, form):
        connection = self.connection or Connection(self.port)
        self.connection = None
        if form.absolute:
            target = f"http://{connection.host}{target}"
        pairs = [("Host", connection.host), ("X-Id", number),
                 ("Accept", "text/plain"), *form.headers]
        try:
            connection.send(
                f"{form.method} {form.target or target}"
                f" HTTP/{form.version}\r\n".encode()
                + b"".join(encode(n) + b": " + encode(v) + b"\r\n"
                           for n, v in pairs) + b"\r\n" + form.body)
            response = connection.read(form.method)
        except (ClientError, OSError) as e:
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


def plan(directories, names, seed, paths=PATHS, some=SOME):
    """(number, directory, path, shape's name): some paths of each directory
    with the plain preflight and the next few of the other shapes."""
    rng = random.Random(seed)
    others = itertools.cycle(rng.sample(names[1:], len(names) - 1))
    number = itertools.count(1)
    for directory in directories:
        for path, _ in rng.sample(site.PATHS, paths):
            for name in (names[0], *itertools.islice(others, some)):
                yield str(next(number)), directory, path, name


def url(directory, path):
    return directory.url + path.replace("@", directory.name)


@pytest.fixture(scope="module", params=MPMS)
def mpm(request):
    return request.param


@pytest.fixture(scope="module")
def directories(mpm):
    return DIRECTORIES if ALL else DIRECTORIES[MPMS.index(mpm)::len(MPMS)]


@pytest.fixture(scope="module")
def servers(start_server, mpm, directories):
    """Both servers, [with, without], and what reached handlers on each."""
    backends = [Backend(), Backend()]
    both = []
    for has_cors, backend in zip((True, False), backends):
        server = start_server(
            site.server_config(directories, backend.port, has_cors), mpm=mpm,
            modules=site.MODULES + ["http2"] * (mpm == "event"),
            cors=has_cors,
            log_level="crit log_debug:info" + " cors:warn" * has_cors)
        lab.write_users(server)
        site.write_common(server)
        for directory in directories:
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
        # Ports, the only thing that differs.
        result.setdefault(number, []).append(re.sub(r":\d+", "", name))
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


def compare(cases, answers, ran, answers_without, ran_without):
    """What ran with the module only, in words."""
    for number, directory, path, name in cases:
        more = Counter(ran.get(number, ())) \
            - Counter(ran_without.get(number, ()))
        if more:
            yield (f"{name} {url(directory, path)} reached {list(more)},"
                   f" answered {status(answers[number])}; without:"
                   f" {ran_without.get(number)},"
                   f" {status(answers_without[number])}: {directory}")


def status(answer):
    """Its status, or what went wrong with the connection."""
    return getattr(answer, "status", answer)


# ---- these answers ---------------------------------------------------------

def readers(who, origin):
    """What Access-Control-Allow-Origin may say to this origin."""
    valid = origin in (lab.APP, f"{lab.APP}.", lab.OTHER, "null", "file://")
    return {"list": {lab.APP} & {origin}, "credentials": {lab.APP} & {origin},
            "all": {"*"}, "always": {lab.APP}, "nobody": set(), "none": set(),
            "policies": {origin} if valid else set(),
            "denies": {origin} if valid and origin != lab.OTHER else set()
            }[who]


# Sections that bring a policy, or lift Off, where the outer one has none.
BRINGS = ("files-on", "sub-on", "if-origin")


def touches_nothing(directory, path):
    """No answer here is the module's, and none has a header of it."""
    row = directory.row
    if path == "/status" or ("~" in path and row["section"] == "Location"):
        # Says how much was served; is outside of the <Location>.
        return False
    if row["engine"] in ("Off", "ReportOnly"):
        return row["inner"] not in BRINGS
    return (row["engine"] == "default" and row["who"] == "none"
            and row["refusal"] in ("default", "Silent")
            and row["inner"] not in (*BRINGS, "files-forbid", "if-method"))


def essence(answer):
    """An answer without what differs between servers and from start to
    start."""
    return status(answer), sorted(
        (n, v) for n, v in getattr(answer, "headers", ())
        if n.lower() not in ("date", "expires", "allow", "etag", "location",
                             "last-modified", "www-authenticate",
                             "upgrade", "connection"))


def is_preflight(form):
    asked = [v for n, v in form.headers if v.strip(" \t")
             and n == "Access-Control-Request-Method"]
    return form.method == "OPTIONS" and asked and "Origin" in dict(
        form.headers)


def guards_less(directory, form, answer, without):
    """Where httpd alone says 401 or 403, so does the module's server, with
    the same body; but to a preflight."""
    if status(without) not in (401, 403) or is_preflight(form):
        return False
    if status(answer) != without.status:
        return True
    forbids = directory.row["refusal"] == "Forbid" \
        or directory.row["inner"] in ("files-forbid", "if-origin")
    return answer.body != without.body and not (
        forbids and answer.status == 403)


def may_read(row, origins):
    """What Access-Control-Allow-Origin may say here."""
    origin = origins[0] if len(origins) == 1 else None
    granted = readers(row["who"], origin)
    if row["inner"] in ("files-on", "sub-on"):
        granted = granted | {"*"}
    if row["inner"] == "files-deny" and row["who"] == "all":
        granted = granted | readers("denies", origin)
    return granted


def find_wrong(directory, path, form, answer, without):
    """What is wrong with an answer, or None."""
    row = directory.row
    if touches_nothing(directory, path):
        return None if essence(answer) == essence(without) else "changed"
    if guards_less(directory, form, answer, without):
        return "guards less"
    if isinstance(answer, str):
        return None
    cors = answer.cors              # fails where one stands twice
    if len(set(answer.vary)) < len(answer.vary):
        return "Vary names something twice"
    if cors and cors.get("allow-origin") not in may_read(
            row, [v for n, v in form.headers if n == "Origin"]):
        return "grants too much"
    if "allow-credentials" in cors and (
            row["who"] not in ("credentials", "policies")
            or cors["allow-origin"] != lab.APP):
        return "lends credentials"
    if "expose-headers" in cors if is_preflight(form) else set(cors) & {
            "allow-methods", "allow-headers", "max-age"}:
        return "mixes preflight and actual"
    return None


def check_answers(cases, answers, answers_without):
    for number, directory, path, name in cases:
        answer, without = answers[number], answers_without[number]
        wrong = find_wrong(directory, path, SHAPES[name], answer, without)
        if wrong:
            yield (f"{wrong}: {name} {url(directory, path)}: {directory}\n"
                   f"{answer!r}\nwithout:\n{without!r}")


def test_every_handler_can_be_reached(servers, directories):
    """Else the test below proves nothing."""
    cases = [(str(i), directory, path, "get with password")
             for i, (directory, (path, _))
             in enumerate(itertools.product(directories[:15], site.PATHS))]
    for server in servers:
        _, ran = run(server, cases)
        seen = {path for number, _, path, _ in cases if number in ran}
        assert {path for path, runs in site.PATHS if runs} <= seen


def find_more(servers, cases, h2=False):
    """Run cases on both servers; what was answered on each."""
    with ThreadPoolExecutor(2) as pool:
        (answers, ran), (answers_without, ran_without) = pool.map(
            run, servers, [cases, cases], [h2, h2])
    found = list(compare(cases, answers, ran, answers_without, ran_without))
    assert not found, f"{len(found)}:\n" + "\n".join(found[:20])
    found = list(check_answers(cases, answers, answers_without))
    assert not found, f"{len(found)}:\n" + "\n".join(found[:20])
    # Handlers do run here, and preflights are answered before them.
    assert len(ran_without) > len(ran) > 500
    statuses = Counter(map(status, answers.values()))
    assert statuses[204] > 100 and statuses[403] > 100
    assert 204 not in map(status, answers_without.values())


def test_no_handler_that_would_not_run_without_the_module(servers, mpm,
                                                          directories):
    find_more(servers, list(plan(directories, HTTP1_SHAPES, mpm)))


# mod_http2 does not serve prefork.
@pytest.mark.parametrize("mpm", ["event"], indirect=True)
def test_the_same_over_http2(servers, directories):
    find_more(servers, list(plan(directories, H2_SHAPES, "h2", 5, 1)),
              h2=True)
