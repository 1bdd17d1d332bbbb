# SPDX-License-Identifier: Apache-2.0
"""Random policies and fetches: what cors-explain says is what the answers of
the same server are, judged by the model of a browser; and the lines that it
suggests, written where it says, turn the verdict."""

import json
import os
import random
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

import pytest

from model import browser, generate, oracle
from test_browser_model import LOCATIONS, OTHERS, SEED, Link, World

FETCHES = 25
FILES = 30                      # directories with a policy in .htaccess
EXPLAIN = """
<Location /explain>
    SetHandler cors-explain
    Require local
</Location>
"""


def htaccess(i):
    """A policy that needs no configtest to be sound."""
    rng = random.Random(SEED * 1000 + i)
    section = generate.until(
        lambda: {k: v for k, v in generate.section(rng, "xyz").items()
                 if k not in ("use", "always")},
        lambda s: generate.is_accepted(s, {}))
    return generate.text(section, rng)


@pytest.fixture(scope="module")
def world():
    lists = {}
    world = World(SEED + 7, lists)
    world.lists = lists
    return world


@pytest.fixture(scope="module")
def server(start_server, world):
    config = "MaxKeepAliveRequests 0\n" + OTHERS + EXPLAIN + world.text
    server = start_server(
        config, mpm="event", modules=["headers", "authz_host"],
        log_level="warn cors:error", expect_log=[
            r"CORS0\d\d: ", "AH00135", "CORSAllowOriginFrom \\S+ does not"],
        files={f"../{name}": text for name, text in world.lists.items()})
    for i in range(LOCATIONS):
        for name in ("a.txt", "own.txt"):
            server.write(f"p{i}/{name}", "0123456789")
    for i in range(FILES):
        server.write(f"h{i}/a.txt", "0123456789")
        server.write(f"h{i}/.htaccess", htaccess(i))
    return server


@pytest.fixture
def link(server):
    link = Link(server)
    yield link
    link.close()


def explain(link, path, fetch):
    query = urlencode({
        "url": path, "origin": fetch.origin, "method": fetch.method,
        "headers": "\n".join(f"{n}: {v}" for n, v in fetch.headers),
        "credentials": "include" if fetch.credentials == "include" else "omit",
        "format": "json"})
    r = link.request("GET", f"/explain?{query}")
    assert r.status == 200, r
    return json.loads(r.body)


def cors_of(headers, names):
    """As they would be compared: what a handler adds to is left out."""
    skip = () if names else ("access-control-expose-headers",)
    return sorted((n.lower(), v) for n, v in headers
                  if n.lower().startswith("access-control-")
                  and n.lower() not in skip)


def compare(answer, result, where):
    """Verdict, and the headers of each answer."""
    assert (answer["verdict"] == "allowed") == (result.error is None), (
        where, answer["sentence"], result.error, result.sent)
    said = [answer[name] for name in ("preflight", "actual")
            if answer[name] and answer[name]["sent"]]
    assert len(said) == len(result.sent), where
    for one, real in zip(said, result.sent):
        shown = [(h["name"], h["value"]) for h in one["response"]["headers"]]
        # With credentials the names that a response really has are listed.
        names = "*" not in str(answer["sections"])
        assert cors_of(shown, names) == cors_of(real.headers, names), (
            where, one, real)
        if one["response"]["status"]:
            assert one["response"]["status"] == real.status, (where, one)


def paths(world, rng):
    for i, rules in enumerate(world.rules):
        readers = [o for o in generate.ORIGINS if rules.decides(o)]
        yield f"/p{i}/", readers
    for i in range(FILES):
        yield f"/h{i}/", []


def check_entry(server, world, answer, fetch, where):
    """The place is a line of a list that names the origin, and the directive
    is the one that names the list."""
    name = answer["file"].removeprefix(f"{server.root}/")
    entry = world.lists[name].splitlines()[answer["line"] - 1]
    assert oracle.pattern(entry).match(fetch.origin), (where, entry)
    assert answer["directive"] == f"CORSAllowOriginFrom file:{name}", where


def test_explain_says_what_answers_say(server, world, link):
    seen = Counter()
    rng = random.Random(SEED + 8)
    for path, readers in paths(world, rng):
        for _ in range(FETCHES):
            fetch = generate.fetch(rng, readers)
            name = rng.choice(["a.txt", "none.txt"] if path[1] == "h"
                              else ["a.txt", "own.txt", "none.txt"])
            where = f"seed {SEED}, {path}{name}, {fetch}"
            answer = explain(link, path + name, fetch)
            compare(answer, browser.run(fetch, link.to(path + name)), where)
            if answer["verdict"] == "refused":
                assert answer["reason"] and answer["line"] > 0, where
                assert os.path.exists(answer["file"]), where
            if "/lists/" in answer["file"]:
                check_entry(server, world, answer, fetch, where)
                seen["a list"] += 1
            seen[answer["reason"]] += 1
    assert sum(seen.values()) > 3000
    for reason in (None, "not-listed", "denied", "null-origin", "method",
                   "header", "credentials", "any-with-credentials",
                   "no-policy", "engine-off", "source", "a list"):
        assert seen[reason] > 8, seen


# --- the suggested lines -------------------------------------------------------

def collect(world, link, rng):
    """Some suggestions, each for a path, with whether it touches policies."""
    for path, readers in paths(world, rng):
        for _ in range(12):
            fetch = generate.fetch(rng, readers)
            answer = explain(link, path + "a.txt", fetch)
            if answer["verdict"] == "allowed":
                assert not answer["suggested"] and not answer["advice"]
            elif answer["suggested"]:
                yield path, fetch, answer
            else:
                assert answer["advice"]


def policies(answer):
    return {s["title"] for s in answer["sections"] if s["policy"]}


def batches(found):
    """A line in a policy changes every section that uses it: no two of one
    batch share a path, or a policy."""
    rest = list(found)
    while rest:
        batch, used, later = [], set(), []
        for one in rest:
            path, _, answer = one
            mine = {path} | policies(answer)
            if mine & used:
                later.append(one)
            else:
                used |= mine
                batch.append(one)
        yield batch
        rest = later


def write(files, server, answer):
    """The lines, behind those that they belong behind."""
    for line in reversed(answer["suggested"]):
        name = line["file"] or f"{server.root}/test.conf"
        lines = files.setdefault(
            name, [[text] for text in
                   Path(name).read_text().split("\n")])
        at = (line["line"] or len(lines)) - 1
        lines[at].insert(1, line["text"])


def test_what_it_suggests_turns_the_verdict(server, world):
    link = Link(server)
    rng = random.Random(SEED + 9)
    found = list(collect(world, link, rng))
    link.close()
    rng.shuffle(found)
    assert len(found) > 300
    text = (server.root / "test.conf").read_text()
    htaccess_texts = {str(server.htdocs / f"h{i}/.htaccess"): htaccess(i)
                      for i in range(FILES)}
    tried = 0
    kinds = Counter()
    for number, batch in enumerate(batches(found)):
        if number == 4:
            break
        files = {}
        for _, _, answer in batch:
            write(files, server, answer)
        for name, lines in files.items():
            Path(name).write_text("\n".join(one for line in lines
                                            for one in line))
        server.restart()
        link = Link(server)
        for path, fetch, answer in batch:
            where = f"seed {SEED}, {path}, {fetch}, {answer['suggested']}"
            result = browser.run(fetch, link.to(path + "a.txt"))
            assert result.error is None, (where, result.error, result.sent)
            again = explain(link, path + "a.txt", fetch)
            assert again["verdict"] == "allowed", (where, again["sentence"])
            tried += 1
            kinds.update(s["text"].split()[0] for s in answer["suggested"])
        link.close()
        (server.root / "test.conf").write_text(text)
        for name, content in htaccess_texts.items():
            Path(name).write_text(content)
    server.restart()
    assert tried > 200, tried
    for kind in ("CORSAllowOrigin", "CORSAllowMethods", "CORSAllowHeaders",
                 "CORSAllowCredentials", "CORSEngine"):
        assert kinds[kind] > 5, kinds
