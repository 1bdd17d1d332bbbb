# SPDX-License-Identifier: Apache-2.0
"""Random policies and random fetches: what a browser's algorithm makes of the
server's responses must be what spec.md says of the policy. See model/."""

import os
import random
from collections import Counter

import pytest

from harness.client import Response
from model import browser, cache, generate, oracle

SEED = int(os.environ.get("CORS_TEST_SEED", "20"))
LOCATIONS = 120
FETCHES = 50
POLICIES = 24

# What a backend may say besides, and what a script may want to read.
OTHERS = """
<LocationMatch ^/p\\d+/>
    Header set X-Own 1
    Header always set X-Always 1
    Header always add Set-Cookie a=b
</LocationMatch>
<LocationMatch /own\\.txt$>
    Header set Access-Control-Allow-Origin *
    Header always set Access-Control-Allow-Credentials true
    Header set Access-Control-Expose-Headers X-Own
    Header set Vary Accept
</LocationMatch>
"""


class World:
    """Policies and sections, with their text and what they should mean. lists:
    as for generate.text."""

    def __init__(self, seed, lists=None):
        rng = random.Random(seed)
        named = {f"n{i}": generate.until(
            lambda: generate.policy(rng),
            lambda p: oracle.is_sound(p, p.get("deny", [])))
            for i in range(POLICIES)}
        names = sorted(named)
        self.rules = []
        blocks = [f"<CORSPolicy {name}>\n{generate.text(p, rng, lists)}"
                  "</CORSPolicy>\n" for name, p in named.items()]

        def accepted(section):
            return generate.is_accepted(section, named)

        for i in range(LOCATIONS):
            outer = generate.until(lambda: generate.section(rng, names),
                                   accepted)
            inner = generate.until(lambda: generate.inner(rng, names),
                                   accepted)
            merged = oracle.merge(oracle.merge({}, outer, named), inner,
                                  named)
            self.rules.append(oracle.Rules(merged, named))
            blocks += [f"<Location /p{i}>\n{generate.text(s, rng, lists)}"
                       "</Location>\n" for s in (outer, inner)]
        # Order of definition is free, but that of two of one path is not.
        cut = rng.randrange(len(named))
        self.text = "".join(blocks[cut:] + blocks[:cut])


@pytest.fixture(scope="module")
def world():
    return World(SEED)


@pytest.fixture(scope="module")
def server(start_server, mpm, world):
    # Warnings of section 5, and contradictions between two sections: what
    # they say is another file's matter.
    server = start_server(
        "MaxKeepAliveRequests 0\n" + OTHERS + world.text, mpm=mpm,
        modules=["headers"], log_level="warn cors:error",
        # 501 for methods that httpd does not know.
        expect_log=[r"CORS0\d\d: ", "AH00135"])
    for i in range(LOCATIONS):
        for name in ("a.txt", "own.txt"):
            # Old files: those of this very second have a weak ETag.
            os.utime(server.write(f"p{i}/{name}", "0123456789"),
                     (1000000000, 1000000000))
    return server


class Link:
    """One connection, opened again where the server has closed it."""

    def __init__(self, server):
        self.server = server
        self.connection = None

    def request(self, method, path, headers=()):
        if self.connection is None:
            self.connection = self.server.connect()
        body = None if method in ("GET", "HEAD", "OPTIONS") else "x"
        r = self.connection.request(method, path, headers, body)
        if r.one("Connection") == "close":
            self.close()
        return r

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def to(self, path):
        return lambda method, headers: self.request(method, path, headers)


@pytest.fixture
def link(server):
    link = Link(server)
    yield link
    link.close()


def check_shape(rules, response):
    """What holds for every response under a policy."""
    fields = response.cors                      # each once
    if not rules.on:
        return
    same_for_all = rules.plain or rules.always
    assert ("origin" in response.vary) == (not same_for_all)
    assert len(response.vary) == len(set(response.vary))
    if rules.plain:
        assert fields["allow-origin"] == "*"
    if "allow-credentials" in fields:
        assert fields["allow-credentials"] == "true"
        assert fields["allow-origin"] != "*"
    if response.status != 403 and "expose-headers" in fields:
        assert "allow-methods" not in fields


def kind(result):
    if result.error is None:
        return f"read, with {len(result.sent)} requests"
    return next(word for word in ("method", "header", "Credentials", "Origin")
                if word in result.error)


def test_verdicts(world, link):
    seen = Counter()
    rng = random.Random(SEED + 1)
    for i, rules in enumerate(world.rules):
        readers = [o for o in generate.ORIGINS if rules.decides(o)]
        for _ in range(FETCHES):
            fetch = generate.fetch(rng, readers)
            name = rng.choice(["a.txt", "own.txt", "none.txt"])
            result = browser.run(fetch, link.to(f"/p{i}/{name}"))
            where = f"seed {SEED}, /p{i}/{name}, {fetch}"
            if not rules.on and name == "own.txt":
                continue                    # the backend's own business
            for response in result.sent:
                check_shape(rules, response)
            policy = oracle.verdict(rules, fetch,
                                    browser.unsafe_names(fetch.headers))
            assert (result.error is None) == (policy is not None), (
                where, result.error, result.sent)
            if policy is not None:
                names = {n.lower() for n, _ in result.sent[-1].headers}
                assert result.headers == oracle.readable(
                    policy, names), where
            seen[kind(result)] += 1
    # A test that never sees one of the outcomes proves little.
    assert len(seen) == 6 and min(seen.values()) > 100, seen


def test_no_origin(world, link):
    for i, rules in enumerate(world.rules):
        r = link.request("GET", f"/p{i}/a.txt")
        check_shape(rules, r)
        assert bool(r.cors) == (rules.on and (rules.plain or rules.always))


def as_response(status, headers):
    return Response("HTTP/1.1", status, "", headers)


@pytest.mark.parametrize("revalidates", [False, True])
def test_stored_responses(world, link, revalidates):
    """Through a shared cache nobody reads what the server would not let him
    read, be it a stored response or one that a 304 has freshened."""
    rng = random.Random(SEED + 2)
    hits = freshened = 0
    for i, rules in enumerate(world.rules):
        path = f"/p{i}/a.txt"
        shared = cache.Cache(link.to(path), revalidates)
        for _ in range(FETCHES):
            origin = rng.choice([*generate.ORIGINS[:8], None])
            request = [] if origin is None else [("Origin", origin)]
            status, headers = shared.get(request)
            if origin is None:
                continue
            for mode in ("include", "omit"):
                fetch = browser.Fetch(origin, "GET", [], mode)
                got = browser.judge(fetch, as_response(status, headers))
                policy = oracle.verdict(rules, fetch, [])
                where = f"seed {SEED}, {path}, {fetch}"
                assert (got.error is None) == (policy is not None), (
                    where, got)
                if policy is not None:
                    names = {n.lower() for n, _ in headers}
                    assert got.headers <= oracle.readable(
                        policy, names), where
        hits += shared.hits
        freshened += shared.freshened
    assert (freshened if revalidates else hits) > 500
