# SPDX-License-Identifier: Apache-2.0
"""SetHandler cors-metrics, and that what it counts is exact (spec.md, 7)."""

import os
import re
import signal
import threading

import pytest

from harness import metrics, until
from harness.load import children
from harness.metrics import key

APP = "https://app.example.com"
OTHER = "https://other.example"

CONFIG = """
<CORSPolicy shop>
    CORSAllowOrigin https://app.example.com
    CORSAllowMethods PUT
    CORSAllowHeaders X-Trace
</CORSPolicy>
<CORSPolicy partners>
    CORSAllowOrigin https://partner.example
    CORSAllowCredentials On
</CORSPolicy>
<Location /metrics>
    SetHandler cors-metrics
</Location>
<Location /shop>
    CORSUsePolicy shop
</Location>
<Location /own>
    CORSAllowOrigin https://app.example.com
    CORSDenyOrigin https://evil.example
</Location>
<Location /several>
    CORSUsePolicy partners shop
</Location>
<Location /forbid>
    CORSUsePolicy shop
    CORSRefusal Forbid
</Location>
<Location /report>
    CORSUsePolicy shop
    CORSEngine ReportOnly
</Location>
<Location /nobody>
    CORSEngine On
</Location>
<Location /guard>
    CORSRefusal Forbid
</Location>
<Location /fails>
    CORSUsePolicy shop
    Header set Access-Control-Allow-Origin "*"
</Location>
"""

MPMS = ["prefork", "event", "worker"]


@pytest.fixture(scope="module", params=MPMS)
def server(start_server, request):
    server = start_server(CONFIG, mpm=request.param, modules=["headers"])
    for name in ("shop", "own", "several", "forbid", "report", "nobody",
                 "guard", "fails", "plain"):
        server.write(f"{name}/a.txt", "hello")
    server.write("user/.htaccess", f"CORSAllowOrigin {APP}\n")
    server.write("user/a.txt", "hello")
    server.write("user/shop/.htaccess", "CORSUsePolicy shop\n")
    server.write("user/shop/a.txt", "hello")
    return server


def counted(server, ask, wait=0):
    """What a request adds to the counters. wait: how many of them are counted
    only when httpd logs the request."""
    before = metrics.read(server)
    ask()
    until(lambda: sum((metrics.read(server) - before).values()) >= wait,
          lambda: metrics.read(server) - before)
    return metrics.read(server) - before


def same(a, b):
    assert dict(a) == dict(b)


# --- each policy, result and reason ------------------------------------------

NULL = "null"
CASES = [
    ("shop", "GET", APP, {}, "allowed", "none"),
    ("shop", "GET", OTHER, {}, "refused-origin", "not-listed"),
    ("shop", "GET", NULL, {}, "refused-origin", "null-origin"),
    ("shop", "GET", "https://app.example.com/", {}, "refused-malformed",
     "malformed"),
    ("shop", "GET", OTHER, {"Sec-Fetch-Site": "same-origin"}, "same-origin",
     "none"),
    ("shop", "OPTIONS", APP, {"Access-Control-Request-Method": "PUT"},
     "preflight-allowed", "none"),
    ("shop", "OPTIONS", OTHER, {"Access-Control-Request-Method": "PUT"},
     "refused-origin", "not-listed"),
    ("shop", "OPTIONS", APP, {"Access-Control-Request-Method": "DELETE"},
     "refused-method", "method"),
    ("shop", "OPTIONS", APP, {"Access-Control-Request-Method": "PUT",
                              "Access-Control-Request-Headers": "x-other"},
     "refused-header", "header"),
    ("shop", "OPTIONS", APP, {"Access-Control-Request-Method": "PUT",
                              "Access-Control-Request-Headers": "a b"},
     "refused-header", "header-list"),
]


@pytest.mark.parametrize("path,method,origin,headers,result,reason", CASES,
                         ids=lambda v: str(v) if not isinstance(v, dict)
                         else "-".join(v.values()))
def test_each_reason(server, path, method, origin, headers, result, reason):
    added = counted(server, lambda: server.request(
        method, f"/{path}/a.txt", headers, origin=origin))
    same(added, {key("requests", "shop", result, reason): 1})


def test_an_unnamed_policy_counts_under_its_line(server):
    line = server.place("CORSAllowOrigin https://app.example.com",
                        "<Location /own>")
    same(counted(server, lambda: server.get("/own/a.txt", APP)),
         {key("requests", line, "allowed"): 1})
    same(counted(server, lambda: server.get("/own/a.txt",
                                            "https://evil.example")),
         {key("requests", line, "refused-origin", "denied"): 1})


def test_several_policies(server):
    """The one that decides; where all refuse, the line that names them."""
    same(counted(server, lambda: server.get("/several/a.txt", APP)),
         {key("requests", "shop", "allowed"): 1})
    same(counted(server, lambda: server.get("/several/a.txt",
                                            "https://partner.example")),
         {key("requests", "partners", "allowed"): 1})
    same(counted(server, lambda: server.get("/several/a.txt", OTHER)),
         {key("requests", server.place("CORSUsePolicy partners shop"),
              "refused-origin", "not-listed"): 1})


def test_sections_that_only_refuse(server):
    same(counted(server, lambda: server.get("/nobody/a.txt", OTHER)),
         {key("requests", server.place("CORSEngine On"),
              "refused-origin", "not-listed"): 1})
    line = server.place("CORSRefusal Forbid", "<Location /guard>")
    same(counted(server, lambda: server.get("/guard/a.txt", OTHER)),
         {key("requests", line, "refused-origin", "not-listed"): 1,
          key("forbidden", line): 1})


def test_forbidden(server):
    same(counted(server, lambda: server.get("/forbid/a.txt", OTHER)),
         {key("requests", "shop", "refused-origin", "not-listed"): 1,
          key("forbidden", "shop"): 1})


def test_report_only(server):
    same(counted(server, lambda: server.get("/report/a.txt", OTHER), wait=1),
         {key("requests", "shop", "refused-origin", "not-listed"): 1})


def test_headers_that_gave_way(server):
    same(counted(server, lambda: server.get("/fails/a.txt", APP)),
         {key("requests", "shop", "allowed"): 1,
          key("backend_headers_removed", "shop"): 1})


def test_policies_of_htaccess_share_one_slot(server):
    """Their number is not the administrator's to bound; a named policy that
    one uses counts under its name."""
    same(counted(server, lambda: server.get("/user/a.txt", OTHER)),
         {key("requests", ".htaccess", "refused-origin", "not-listed"): 1})
    same(counted(server, lambda: server.get("/user/shop/a.txt", APP)),
         {key("requests", "shop", "allowed"): 1})


@pytest.mark.parametrize("target,origin", [
    ("/shop/a.txt", None), ("/plain/a.txt", OTHER), ("/metrics", OTHER)])
def test_what_is_no_matter_of_a_policy_is_not_counted(server, target, origin):
    same(counted(server, lambda: server.get(target, origin)), {})


@pytest.mark.parametrize("target", ["/shop/none.txt", "/shop"])
def test_errors_and_redirects_count_once(server, target):
    same(counted(server, lambda: server.get(target, OTHER)),
         {key("requests", "shop", "refused-origin", "not-listed"): 1})


def test_requests_that_lacked_a_list(start_once):
    """Each once, however many lists failed; also where another list allows."""
    server = start_once("""
        <Location /two>
            CORSAllowOriginFrom file:none file:nothing
        </Location>
        <Location /one>
            CORSAllowOriginFrom file:none file:partners
        </Location>
        <Location /metrics>
            SetHandler cors-metrics
        </Location>
        """, files={"two/a.txt": "", "one/a.txt": "",
                    "../partners": f"{APP}\n"},
        expect_log=["does not answer, and holds nobody"])
    for name, result, reason in (("two", "source-error", "source"),
                                 ("one", "allowed", "none")):
        before = metrics.read(server)
        server.get(f"/{name}/a.txt", APP)
        changed = metrics.read(server) - before
        policy = next(labels[0] for _, labels in changed)
        assert changed == {
            ("cors_requests_total", (policy, ("result", result),
                                     ("reason", reason))): 1,
            ("cors_source_errors_total", (policy,)): 1}
    assert ("# HELP cors_source_errors Requests for which a list kept elsewhere "
            "was asked and did not answer.\n") in server.get("/metrics").text


# --- exactness ---------------------------------------------------------------

def storm(server, workers, each, target="/shop/a.txt"):
    """So many requests at once; half of them are refused."""
    failed = []

    def run(number):
        try:
            with server.connect() as c:
                for i in range(each):
                    origin = APP if (number + i) % 2 else OTHER
                    r = c.request("GET", target, {"Origin": origin})
                    assert r.status == 200
        except Exception as e:     # told by the main thread
            failed.append(e)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(workers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert not failed, failed


def test_concurrent_requests_are_all_counted(server):
    same(counted(server, lambda: storm(server, 8, 100)),
         {key("requests", "shop", "allowed"): 400,
          key("requests", "shop", "refused-origin", "not-listed"): 400})


def test_what_was_counted_outlives_its_process(server):
    server.expect_log(r"exit signal Killed")
    server.log.always.append(re.compile("exit signal Killed"))
    before = metrics.read(server)
    storm(server, 4, 50)
    old = children(server)
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not set(old) & set(children(server)))
    same(metrics.read(server) - before,
         {key("requests", "shop", "allowed"): 100,
          key("requests", "shop", "refused-origin", "not-listed"): 100})


@pytest.mark.parametrize("graceful", [True, False])
def test_values_stay_over_a_restart(server, graceful):
    server.get("/shop/a.txt", APP)
    before = metrics.read(server)
    server.restart(graceful=graceful)
    same(metrics.read(server) - before, {})
    server.get("/shop/a.txt", APP)
    same(metrics.read(server) - before,
         {key("requests", "shop", "allowed"): 1})


def test_a_child_of_the_configuration_before(server):
    """It counts nothing twice, as if its policies had gone."""
    server.get("/shop/a.txt", APP)
    before = metrics.read(server)
    with server.connect() as c:
        c.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n")
        server.restart(graceful=True)
        c.send(b"\r\n")
        r = c.read()
    assert r.status == 200
    same(metrics.parse(r.text), before)


# --- changes of the configuration --------------------------------------------

def more(n):
    return "".join(f"<Location /more/{i}>\n    CORSAllowOrigin {APP}\n"
                   f"</Location>\n" for i in range(n))


def until_read(server, good):
    """A child of the configuration before may answer once or twice."""
    def read():
        counts = metrics.read(server)
        return [counts] if good(counts) else None

    return until(read)[0]


def test_values_stay_with_their_policy(start_once):
    """Whatever is added, moved or taken away."""
    server = start_once(CONFIG, modules=["headers"])
    for name in ("shop", "own"):
        server.write(f"{name}/a.txt", "hello")
    for _ in range(3):
        server.get("/shop/a.txt", APP)
    server.get("/own/a.txt", APP)
    own = server.place("CORSAllowOrigin https://app.example.com",
                       "<Location /own>")
    shop = key("requests", "shop", "allowed")

    # 70 more policies: more than one block of slots holds; /own goes.
    # Lines below stay where they are: a line is the name of its policy.
    without = re.sub(r"(?s)<Location /own>.*?</Location>\n", "\n" * 4, CONFIG)
    gone = key("requests", "(gone)", "allowed")
    server.restart(without + more(70), graceful=True)
    counts = until_read(server, lambda c: gone in c)
    assert counts[shop] == 3 and counts[gone] == 1
    assert key("requests", own, "allowed") not in counts
    server.get("/shop/a.txt", APP)

    # What has come back has its own values again.
    server.restart(CONFIG, graceful=True)
    counts = until_read(server, lambda c: gone not in c)
    assert counts[shop] == 4
    assert counts[key("requests", own, "allowed")] == 1


def test_slots_of_policies_that_are_gone_are_used_again(start_once):
    """An edited file moves every line: the memory must not grow with each
    edit, nor the total shrink."""
    # Prefork: of 500 plain restarts under load, a child of httpd's event MPM
    # crashes in one, without the module too.
    server = start_once(CONFIG, modules=["headers"], mpm="prefork")
    server.write("own/a.txt", "hello")
    blocks = []
    for i in range(24):
        server.restart("#\n" * 40 * i + CONFIG)
        server.get("/own/a.txt", APP)
        maps = open(f"/proc/{server.process.pid}/maps").read()
        blocks.append(maps.count("/dev/zero (deleted)"))
    assert blocks[-1] == blocks[0] > 1, blocks
    assert sum(metrics.read(server).values()) == 24
