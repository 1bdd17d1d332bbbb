# SPDX-License-Identifier: Apache-2.0
"""Every kind of response that httpd has, under every MPM and protocol and a
dozen policies, against the same server without the module: what the policy
says is added (sections 3 and 4 of the specification), everything else is byte
for byte the same, and each request is judged once.

    matrix_site.py    what there is to ask for
    matrix_rows.py    the requests, one kind of response each
    matrix_worlds.py  the policies, and what each should say
    matrix_ask.py     the protocols, and what must be equal
"""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

import matrix_site
from matrix_ask import (TRANSPORTS, Shape, comparable, expect_the_same_faults,
                        others, tokens)
from matrix_rows import BY_NAME, LOCATION, NOWHERE, ROWS
from matrix_worlds import APP, EVIL, MAIN, OTHER, WORLDS

# What the module's own answer to a preflight may have beside its headers.
OWN_ANSWER = {"server", "content-length", "keep-alive", "connection"}


@pytest.fixture(scope="module")
def pairs(start_server):
    pairs = matrix_site.Pairs(start_server)
    yield pairs
    pairs.close()


def cells(mpm, transport, row):
    """(world, shape) of all cells of a row. All worlds meet all rows once;
    another MPM or protocol ends in the same hooks: the main worlds, and where
    both are others, two of them."""
    elsewhere = (mpm != "event") + (transport != "1.1")
    names = ([w.name for w in WORLDS], MAIN, MAIN[:2])[elsewhere]
    for world in WORLDS:
        if world.name not in names \
                or not re.match(world.rows, row.name):
            continue
        quick = elsewhere or world.engine != "On" or world.rows
        for origin in (APP, EVIL, None) if quick else (APP, OTHER, EVIL, None):
            yield world, Shape(origin)
        # A preflight for those would be one for a file, or malformed.
        plain = row.method in ("TRACE", "CONNECT")
        for origin in () if plain else (APP, EVIL):
            yield world, Shape(origin, preflight=True)


# ---- what spec.md says of a cell -------------------------------------------

def reached(world, row):
    """Whether the request's section is known when the response is made."""
    if world.deep and row.reach == LOCATION:
        return row.page
    return row.reach != NOWHERE


def is_own(world, row, shape):
    """Whether the module answers."""
    return (shape.preflight and world.engine == "On"
            and world.preflight != "pass" and row.first == "module"
            and row.reach != NOWHERE
            and not (world.deep and row.reach == LOCATION))


def is_forbidden(world, row, shape):
    return (world.forbids and not shape.preflight and shape.origin
            not in (None, *world.allows) and row.judged
            and row.reach != NOWHERE)


def granted(world, row, shape, control):
    """Access-Control-* of the response."""
    if world.keeps and shape.origin != EVIL and control \
            and "access-control-allow-origin" in dict(control[3]):
        return None
    return world.answer(shape.origin) if shape.preflight \
        else world.actual(shape.origin)


def expected_vary(world, row, shape, control):
    """Its tokens, sorted; None: as without the module."""
    if not world.varies and not world.keeps:
        return None
    if is_own(world, row, shape):
        # mod_headers alone speaks there, and only early.
        return sorted(["origin"] + ["x-early"] * ("Vary" in world.beside))
    before = tokens(control[3])
    if "*" in before:
        return None
    added = ["origin"] + ["accept-encoding"] * (control[0] == 304)
    return sorted({*before, *added})


def check_forbidden(row, r):
    """The 403 of CORSRefusal, which says nothing of the policy. A body that is
    too long is found out while httpd reads past it."""
    assert r.status == (413 if row.status == 413 else 403) and not r.interim
    assert r.cors == {} and "origin" in r.vary and len(r.all("Vary")) == 1
    assert r.all("Cache-Control") == ["no-store"]
    assert r.all("Timing-Allow-Origin") == []
    assert b"403 Forbidden" in r.body or row.method == "HEAD"


def check(world, row, shape, r, control):
    """One cell. control: what the server without the module says; None where
    the module answers itself."""
    got = comparable(r, row, world.host)
    own = is_own(world, row, shape)
    if is_forbidden(world, row, shape):
        check_forbidden(row, r)
        return
    if not own and (world.engine != "On" or not reached(world, row) or (
            not row.carries and r.status == row.status)):
        assert got == control
        return
    if own:
        status = 403
        if world.grants(shape.origin):
            status = int(world.preflight)
        assert r.status == status and r.body == b"" and not r.interim
        extra = {n for n, _ in got[3] if n == "x-early" and world.beside}
        extra |= {n for n, _ in got[3]
                  if n == "x-two" and row.path.startswith("/set/")}
        names = {n for n, _ in others(got, True)[3]}
        assert names - extra <= OWN_ANSWER
    else:
        assert others(got, world.timing) == others(control, world.timing)
    cors = granted(world, row, shape, control)
    if cors is None:
        assert [f for f in got[3] if f[0].startswith("access-control-")] \
            == [f for f in control[3] if f[0].startswith("access-control-")]
    else:
        assert r.cors == cors
    vary = expected_vary(world, row, shape, control)
    if vary is None:
        if not own:
            assert [f for f in got[3] if f[0] == "vary"] \
                == [f for f in control[3] if f[0] == "vary"]
    else:
        assert r.vary == vary and len(r.all("Vary")) == 1
    if world.timing:
        timing = cors.get("allow-origin") if not shape.preflight else None
        assert r.one("Timing-Allow-Origin") == timing


# ---- the test --------------------------------------------------------------

def without_the_module(control, transport, wanted):
    """{key: answer} of the server without the module, for wanted: {key: (row,
    host, shape)}."""
    answers = {}
    for key, (row, host, shape) in wanted.items():
        r, _ = control.ask(transport, row, host, shape)
        if not shape.preflight:
            assert (r.status, tuple(i.status for i in r.interim)) \
                == (row.status, row.interim), (
                f"the server without mod_cors says {r!r} to {row}")
            assert r.reason.endswith(" (cut)") == row.cut, r
        answers[key] = comparable(r, row, host)
    return answers


def run_row(mpm, transport, row, asker, control):
    """All cells of a row: ([what was wrong], {number: cell})."""
    keys, wanted, got = {}, {}, {}
    for world, shape in cells(mpm, transport, row):
        like = row
        if row.whole and shape.origin in world.whole and not shape.preflight:
            like = BY_NAME[row.whole]
        # Lines of a policy do not stand there, so most worlds are one; and
        # what the module answers itself is compared with nothing.
        key = (like.name, shape, world.beside)
        if is_own(world, row, shape) or is_forbidden(world, row, shape):
            key = None
        else:
            wanted.setdefault(key, (like, world.host, shape))
        keys[world.name, shape] = key
    with ThreadPoolExecutor(1) as beside:
        task = beside.submit(without_the_module, control, transport, wanted)
        for world, shape in cells(mpm, transport, row):
            r, number = asker.ask(transport, row, world.host, shape)
            got[number] = (world, shape, r)
        answers = task.result()

    wrong = []
    for world, shape, r in got.values():
        without = answers.get(keys[world.name, shape])
        try:
            check(world, row, shape, r, without)
        except AssertionError as e:
            wrong.append(f"--- {world.name}, {row.name}, {shape}, {transport}"
                         f"\n{e}\n{r!r}\n--- without: {without}")
    return wrong, {number: cell[:2] for number, cell in got.items()}


MATRIX = [(mpm, transport, row) for mpm in TRANSPORTS
          for transport in TRANSPORTS[mpm] for row in ROWS
          if not (row.raw and transport != "1.1")
          and not (row.threaded and mpm == "prefork")
          and row.only in ("", transport[-1:] if transport[-1] == "2"
                           else "1.1")]


@pytest.mark.parametrize("mpm, transport, row", MATRIX,
                         ids=[f"{m} {t} {r.name}" for m, t, r in MATRIX])
def test_matrix(pairs, mpm, transport, row):
    asker, control = pairs.get(mpm)
    wrong, asked = run_row(mpm, transport, row, asker, control)
    results = asker.results(asked)
    decisions = asker.decisions()
    for number, (world, shape) in asked.items():
        expected = world.result(shape.origin, shape.preflight) \
            if reached(world, row) else None
        lines = [result for n, result in decisions if n == number]
        if (results[number], lines) != (expected,
                                        [expected] if expected else []):
            wrong.append(f"--- {world.name}, {row.name}, {shape}: CORS_RESULT "
                         f"{results[number]}, logged {lines}, not {expected}")
    expect_the_same_faults(asker, control)
    assert not wrong, (f"{len(wrong)} of {len(asked)} cells are wrong\n"
                       + "\n".join(wrong[:8]))
