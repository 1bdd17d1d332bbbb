# SPDX-License-Identifier: Apache-2.0
"""At LogLevel warn, httpd's default: one refusal a minute for each policy and
reason, with the number held back (spec.md, section 7), right whoever asks."""

import glob
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import host
from harness.wait import tries

APP = "https://app.example.com"
OTHER = "https://other.example"
THREADS = 8

CONFIG = f"""
<CORSPolicy shop>
    CORSAllowOrigin {APP}
</CORSPolicy>
<CORSPolicy next>
    CORSAllowOrigin {OTHER}
</CORSPolicy>
<Location /shop>
    CORSUsePolicy shop
</Location>
<Location /denied>
    CORSUsePolicy shop
    CORSDenyOrigin {OTHER}
</Location>
<Location /other>
    CORSAllowOrigin {APP}
</Location>
<Location /forbid>
    CORSAllowOrigin {APP}
    CORSRefusal Forbid
</Location>
<Location /report>
    CORSAllowOrigin {APP}
    CORSEngine ReportOnly
</Location>
<Location /trial>
    CORSUsePolicy shop
    CORSCandidatePolicy next
</Location>
<Location /loud>
    CORSAllowOrigin {APP}
    LogLevel cors:info
</Location>
<Location /quiet>
    CORSAllowOrigin {APP}
    LogLevel error
</Location>
"""

LINE = re.compile(r"\[cors:(\w+)\].* CORS: (.*)")
MORE = re.compile(r"; (\d+) more of this kind since the last such line: one a "
                  r"minute is written here, all of them with LogLevel "
                  r"cors:info")

# A clock on which a minute takes a second: httpd's waiting goes by another.
FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
FAST = {"LD_PRELOAD": "".join(FAKETIME), "FAKETIME": "+0 x60",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}
# Of httpd's clock: less than two minutes of ours.
LONG = "Timeout 6000\nKeepAliveTimeout 6000\n"
# A child has a moment to stop in.
SLOW_STOP = "AH0004[567]: child process"


def lines(server):
    """(level, text) of what the module wrote since the test began."""
    return LINE.findall(server.log.recent())


def ask_all(server, asks):
    """All of them, in many threads at once."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda ask: server.get(ask[0], origin=ask[1]), asks))


def kind(text):
    """A line without what differs between requests of one kind."""
    return re.sub(r"https://[\w.-]+", "ORIGIN", MORE.sub("", text))


@pytest.fixture(params=["prefork", "worker", "event"])
def server(start_once, request):
    return start_once(CONFIG, mpm=request.param, log_level="warn")


def test_one_line_for_each_policy_and_reason(server):
    asks = [(path, origin)
            for path in ("/shop/", "/denied/", "/other/", "/forbid/",
                         "/report/")
            for origin in (OTHER, "https://more.example", "null", "no origin")]
    ask_all(server, asks * 10)
    told = lines(server)
    assert {level for level, _ in told} == {"warn"}
    kinds = Counter(kind(text) for _, text in told)
    # shop: not listed, denied, null, malformed; the others: three each.
    assert len(kinds) == 4 + 3 * 3 and set(kinds.values()) == {1}, kinds
    for _, text in told:
        assert MORE.search(text).group(1) == "0"


def test_a_line_tells_the_cause(server):
    server.get("/forbid/", origin=OTHER)
    place = server.place(f"CORSAllowOrigin {APP}", "<Location /forbid>")
    [(_, text)] = lines(server)
    assert text.startswith(
        f"refused-origin for origin {OTHER}, decided at "
        f"{place}: no entry allows it; to allow it: "
        f"CORSAllowOrigin {OTHER}; answered 403 by CORSRefusal")


def test_a_candidate_has_its_line_too(server):
    for _ in range(3):
        server.get("/trial/", origin=APP)
    [(level, text)] = lines(server)
    assert level == "warn" and MORE.search(text)
    assert "the candidate policy next would make it refused-origin" in text


def test_other_levels(server):
    for _ in range(3):
        server.get("/loud/", origin=OTHER)
        server.get("/quiet/", origin=OTHER)
    told = lines(server)
    assert [level for level, _ in told] == ["info"] * 3
    assert not any(MORE.search(text) for _, text in told)
    server.log.expect("CORS: refused-origin for")


@pytest.mark.skipif(host.ASAN, reason="a process with both ASan and "
                    "libfaketime hangs before main")
@pytest.mark.parametrize("mpm", ["prefork", "worker", "event"])
def test_every_refusal_is_told_or_held_back(start_once, mpm):
    assert FAKETIME, "libfaketime is missing: apt-get install faketime"
    server = start_once(LONG + CONFIG, mpm=mpm, log_level="warn",
                        environment=FAST, expect_log=[SLOW_STOP])
    # prefork's own maintenance may lag behind a clock so fast.
    server.expect_log("AH00161: server reached MaxRequestWorkers")
    asked, begun = 0, time.monotonic()
    for _ in tries(0.1):
        if len(lines(server)) >= 3:
            break
        ask_all(server, [("/shop/", OTHER)] * 40)
        asked += 40
    told = lines(server)
    held = [int(MORE.search(text).group(1)) for _, text in told]
    assert held[0] == 0 and all(held[1:])
    # What was held back since the last line is told by the next.
    for _ in tries(0.1):
        if len(lines(server)) > len(told):
            break
        server.get("/shop/", origin=OTHER)
        asked += 1
    told = lines(server)
    held = [int(MORE.search(text).group(1)) for _, text in told]
    assert len(told) + sum(held) == asked
    # A minute is a second here: no more lines than minutes have begun.
    assert len(told) <= time.monotonic() - begun + 2
