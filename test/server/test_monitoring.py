# SPDX-License-Identifier: Apache-2.0
"""docs/monitoring: the alert rules and the dashboard ask for what a real
server's metrics page has, and promtool takes them."""

import json
import re
import subprocess

import pytest

from harness import until
from harness.host import ROOT

MONITORING = ROOT / "docs/monitoring"
CONFIG = """
<CORSPolicy shop>
    CORSAllowOrigin https://app.example.com
</CORSPolicy>
<Location />
    CORSUsePolicy shop
</Location>
<Location /metrics>
    SetHandler cors-metrics
</Location>
"""

SELECTOR = re.compile(r"\b(cors_\w+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)(=~|!=|=)"([^"]*)"')
SAMPLE = re.compile(r"(\w+)\{(.*)\} \d+")
# Prometheus adds it to what it reads.
ADDED = {"instance"}


@pytest.fixture(scope="module")
def page(start_server):
    """{metric: {label: values}}"""
    server = start_server(CONFIG)
    found = {}
    for name, labels in SAMPLE.findall(server.get("/metrics").text):
        for label, _, value in MATCHER.findall(labels):
            found.setdefault(name, {}).setdefault(label, set()).add(value)
    return found


def promtool(*args):
    return subprocess.run(["promtool", *args], cwd=MONITORING,
                          capture_output=True, text=True)


def dashboard():
    return json.loads((MONITORING / "dashboard.json").read_text())


def queries():
    text = (MONITORING / "alerts.yml").read_text()
    yield from re.findall(r"expr: \|\n((?: {10}.*\n)+)", text)
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def test_rules_are_valid():
    r = promtool("check", "rules", "alerts.yml")
    assert r.returncode == 0 and "4 rules found" in r.stdout, r


def test_rules_fire_when_they_should():
    r = promtool("test", "rules", "alerts_test.yml")
    assert r.returncode == 0, r.stdout + r.stderr


def test_queries_name_what_is_there(page):
    asked = [(name, MATCHER.findall(labels))
             for query in queries() for name, labels in SELECTOR.findall(query)]
    assert len(asked) > 15
    for name, matchers in asked:
        assert name in page, name
        for label, how, value in matchers:
            if label in ADDED or "$" in value:
                assert label in page[name] or label in ADDED
                continue
            assert how in ("=", "=~", "!=")
            assert any(re.fullmatch(value, have)
                       for have in page[name][label]), (name, label, value)
        # What a query groups by has to be there too.
    for query in queries():
        for labels in re.findall(r"by \(([^)]*)\)", query):
            names = {n for n, _ in SELECTOR.findall(query)}
            for label in labels.split(", "):
                assert label in ADDED or all(label in page[n] for n in names)


def test_every_metric_is_on_the_dashboard(page):
    shown = {name for panel in dashboard()["panels"]
             for target in panel["targets"]
             for name, _ in SELECTOR.findall(target["expr"])}
    assert shown == set(page) - {"cors_build_info"}


def test_every_name_of_a_metric_is_one(page):
    """Those of the dashboard's variables and titles too."""
    text = "".join((MONITORING / name).read_text()
                   for name in ("dashboard.json", "alerts.yml"))
    names = set(re.findall(r"\bcors_\w+_(?:total|info)\b", text))
    assert names and names <= set(page)


def test_dashboard_is_whole():
    d = dashboard()
    ids = [panel["id"] for panel in d["panels"]]
    assert len(set(ids)) == len(ids)
    cells = set()
    for panel in d["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24 and panel["title"] \
            and panel["description"]
        mine = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & mine
        cells |= mine
    variables = {v["name"] for v in d["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]+)", json.dumps(d["panels"])))
    assert used == variables


def test_the_sample_log_has_each_decision_on_a_line(start_server):
    text = (ROOT / "conf/examples/monitoring.conf").read_text()
    server = start_server(
        CONFIG + text.replace("${APACHE_LOG_DIR}", "${ROOT}"),
        modules=["authz_host", "status"])
    app, evil = "https://app.example.com", "https://evil.example"
    with server.connect() as c:
        for method, origin in (("GET", None), ("GET", app), ("GET", evil),
                               ("GET", 'x" cors=allowed \t\\'),
                               ("OPTIONS", app)):
            fields = [("Access-Control-Request-Method", "PUT")]
            c.request(method, "/a.txt",
                      fields + [("Origin", origin)] * (origin is not None))
    # Each line is written once its answer has gone.
    log = server.root / "cors.log"
    until(lambda: log.read_text().count("\n") >= 4, log.read_text)
    lines = log.read_text().splitlines()
    assert sorted(line.partition(" cors=")[2] for line in lines) == sorted([
        f"allowed {app} (shop)",
        f"refused-origin {evil} (shop)",
        # Escaped by the module, and once more by the log.
        r"refused-malformed x\" cors=allowed \\x09\\x5c (shop)",
        f"refused-method {app} (shop)"]), lines
