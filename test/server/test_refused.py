# SPDX-License-Identifier: Apache-2.0
"""The table of who was refused lately: right under threads, processes that
die, restarts and floods, on three MPMs (httpd/refused.c)."""

import json
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import until
from harness.client import ClientError
from harness.load import children
from harness.wait import tries

APP = "https://app.example.com"
ROWS = 512              # SETS times CORS_FREQUENT_WAYS
THREADS = 8

CONFIG = f"""
MaxKeepAliveRequests 0
<Location /explain>
    SetHandler cors-explain
    Require all granted
</Location>
<Location /shop>
    CORSAllowOrigin {APP}
</Location>
<Location /other>
    CORSAllowOrigin {APP}
    CORSDenyOrigin https://denied.example
</Location>
"""


@pytest.fixture(params=["prefork", "worker", "event"])
def server(start_once, request):
    return start_once(CONFIG, mpm=request.param, log_level="warn")


def lately(server):
    r = server.get("/explain?format=json")
    assert r.status == 200
    return json.loads(r.body)["refused_lately"]


def count(server, origin):
    return sum(row["count"] for row in lately(server)["rows"]
               if row["origin"] == origin)


def refuse(server, origins, target="/shop/"):
    """One after the other: none is missed."""
    with server.connect() as c:
        for origin in origins:
            c.request("GET", target, {"Origin": origin})


def storm(server, origins, target="/shop/"):
    """Many threads, each with a connection of its own."""
    def run(mine):
        with server.connect() as c:
            for origin in mine:
                c.request("GET", target, {"Origin": origin})

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(run, [origins[i::THREADS] for i in range(THREADS)]))


def test_every_refusal_is_in_the_table_or_missed(server):
    origins = [f"https://o{i % 40}.example" for i in range(1200)]
    storm(server, origins)
    table = lately(server)
    assert sum(row["count"] for row in table["rows"]) + table["missed"] \
        == len(origins)
    assert len(table["rows"]) == 40
    assert table["missed"] < len(origins) / 100
    assert all(row["error"] == 0 for row in table["rows"])


def test_most_frequent_first(server):
    refuse(server, ["https://seldom.example"] * 2 + ["https://often.example"]
           * 30 + ["https://sometimes.example"] * 10)
    assert [row["origin"] for row in lately(server)["rows"]] == [
        "https://often.example", "https://sometimes.example",
        "https://seldom.example"]


def test_one_origin_by_policy_and_reason(server):
    refuse(server, ["https://denied.example"] * 3)
    refuse(server, ["https://denied.example"] * 5, "/other/")
    rows = lately(server)["rows"]
    assert [(row["count"], row["reason"], bool(row["lines"]))
            for row in rows] == [(5, "denied", False), (3, "not-listed", True)]
    assert rows[0]["policy"] != rows[1]["policy"]


def test_half_a_name_is_offered_to_nobody(server):
    name = "x-" + "n" * 80
    server.preflight("/shop/", APP, "GET", name)
    [row] = lately(server)["rows"]
    assert name.startswith(row["header"]) and row["header"] != name
    assert row["lines"] == []


@pytest.mark.parametrize("graceful", [True, False])
def test_rows_stay_over_a_restart(server, graceful):
    refuse(server, ["https://stays.example"] * 7)
    server.restart(graceful=graceful)
    assert count(server, "https://stays.example") == 7
    refuse(server, ["https://stays.example"])
    assert count(server, "https://stays.example") == 8


def test_a_child_that_dies_takes_nothing_along(server):
    server.log.always.append(re.compile("exit signal Killed"))
    refuse(server, ["https://dies.example"] * 50)
    for _ in range(3):
        old = set(children(server))
        with ThreadPoolExecutor(1) as pool:
            busy = pool.submit(pool_refusals, server)
            for pid in old:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            busy.result()
        until(lambda: not old & set(children(server)))
    assert count(server, "https://dies.example") >= 50
    # No lock is held for good: a row of every set can be written again.
    before = lately(server)
    for n, _ in enumerate(tries(0.1)):
        storm(server, [f"https://after{n}-{i}.example" for i in range(200)])
        table = lately(server)
        if table["missed"] == before["missed"]:
            break
        before = table
    else:
        raise AssertionError(table)
    assert any(row["origin"].startswith("https://after")
               for row in table["rows"])


def pool_refusals(server):
    """Requests whose connections may be cut."""
    for i in range(100):
        try:
            server.get("/shop/", f"https://during{i}.example")
        except (OSError, ClientError):
            pass


def test_a_flood_grows_nothing(server):
    """Thousands of made-up origins, of up to eight KiB, and one real one."""
    flood = [f"https://{'a' * (i % 200)}{i}.attacker.example"
             for i in range(4000)]
    flood[::50] = ["https://real.example"] * len(flood[::50])
    flood[1::50] = ["x" * 8000] * len(flood[1::50])
    storm(server, flood)
    table = lately(server)
    assert len(table["rows"]) <= ROWS
    assert count(server, "https://real.example") >= 80 - table["missed"]
    assert all(len(row["origin"]) <= 320 for row in table["rows"])
    long = [row for row in table["rows"] if row["origin"] == "x" * 320]
    assert long and long[0]["cut"] and not long[0]["lines"]


def test_no_address_is_kept(server):
    server.get("/shop/", "https://who.example")
    [row] = lately(server)["rows"]
    assert "127.0.0.1" not in json.dumps(row)
