# SPDX-License-Identifier: Apache-2.0
"""SetHandler cors-metrics: the page, who may ask for it, and mod_status."""

import re
import subprocess

import pytest

from harness import metrics

APP = "https://app.example.com"
OTHER = "https://other.example"
NULL = "null"

PAGE = """
<CORSPolicy a"b\\c>
    CORSAllowOrigin https://app.example.com
</CORSPolicy>
Include ${HTDOCS}/latin1.conf
<Location /metrics>
    SetHandler cors-metrics
</Location>
<Location /a>
    CORSUsePolicy a"b\\c
</Location>
<Location /status>
    SetHandler server-status
</Location>
AddHandler cors-metrics .metrics
<Location /closed>
    SetHandler cors-metrics
    Require ip 192.0.2.1
</Location>
<Files inside.html>
    SetHandler cors-metrics
</Files>
<If "%{REQUEST_URI} == '/if'">
    SetHandler cors-metrics
</If>
RewriteEngine On
RewriteRule ^/rewritten$ - [H=cors-metrics]
"""


@pytest.fixture(scope="module")
def page(start_server):
    server = start_server(
        PAGE, mpm="event", modules=["mime", "status", "rewrite", "authz_host"],
        files={"latin1.conf": b"<CORSPolicy \xc3\xa9\xe9>\nCORSAllowOrigin "
                              b"https://app.example.com\n</CORSPolicy>\n",
               "a.metrics": "", "a/a.txt": "", "inside.html": "",
               "user/.htaccess": "SetHandler cors-metrics\n", "user/x": "",
               "files/.htaccess": "<Files x>\nSetHandler cors-metrics\n"
                                  "</Files>\n", "files/x": "",
               "cond/.htaccess": "<If true>\nSetHandler cors-metrics\n"
                                 "</If>\n",
               "cond/x": "", "add/.htaccess": "AddHandler cors-metrics .x\n",
               "add/a.x": "",
               "expr/.htaccess": 'SetHandler "%{tolower:CORS-METRICS}"\n',
               "expr/x": "", "rewritten": "", "if": "",
               "twice/inside.html": "",
               "twice/.htaccess": "SetHandler cors-metrics\n"})
    server.write("user/deeper/x", "")
    server.get("/a/a.txt", APP)
    return server


def test_open_metrics(page):
    r = page.get("/metrics")
    assert r.one("Content-Type") == ("application/openmetrics-text; "
                                     "version=1.0.0; charset=utf-8")
    assert r.text.endswith("# EOF\n") and r.text.count("# EOF") == 1
    assert "# TYPE cors_requests counter\n" in r.text
    assert 'cors_build_info{version="0.' in r.text
    assert metrics.parse(r.text) == {
        ("cors_requests_total", (("policy", 'a\\"b\\\\c'),
                                 ("result", "allowed"), ("reason", "none"))):
        1}
    # What is no UTF-8 cannot stand in it.
    assert 'policy="\xe9?"' in r.body.decode("utf-8")


def test_open_metrics_by_its_own_parser(page, tmp_path):
    """promtool reads OpenMetrics where it imports old samples: those have
    times, which the page leaves out."""
    text = re.sub(r"(?m)^([^#].*)$", r"\1 1700000000", page.get("/metrics")
                  .text)
    (tmp_path / "page").write_text(text, encoding="utf-8")
    done = subprocess.run(["promtool", "tsdb", "create-blocks-from",
                           "openmetrics", tmp_path / "page",
                           tmp_path / "data"], text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr + text


def check_metrics(text):
    return subprocess.run(["promtool", "check", "metrics"], input=text,
                          text=True, capture_output=True, timeout=30)


def test_promtool_finds_nothing(page):
    r = page.get("/metrics", headers={"Accept": "text/plain;version=0.0.4"})
    assert r.one("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    done = check_metrics(r.text)
    assert done.returncode == 0 and not done.stderr, done.stderr + r.text
    assert "cors_requests_total" in r.text and "# EOF" not in r.text


@pytest.mark.parametrize("accept,form", [
    (None, "open"), ("*/*", "open"), ("text/html,*/*;q=0.8", "open"),
    ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "open"),
    ("text/plain;version=0.0.4;q=1,*/*;q=0.1", "plain")])
def test_which_format(page, accept, form):
    r = page.get("/metrics", headers={"Accept": accept} if accept else ())
    assert r.one("Content-Type").startswith(
        "text/plain" if form == "plain" else "application/openmetrics-text")
    assert r.vary == ["accept"]


def test_head_and_other_methods(page):
    r = page.request("HEAD", "/metrics")
    assert r.status == 200 and not r.body
    assert r.one("Content-Type").startswith("application/openmetrics-text")
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        r = page.request(method, "/metrics", body=b"")
        assert r.status == 405, r
        assert {m.strip() for m in r.one("Allow").split(",")} \
            >= {"GET", "HEAD"}
        assert "cors_requests" not in r.text


@pytest.mark.parametrize("target", ["/metrics", "/metrics/x", "/inside.html",
                                    "/if"])
def test_where_the_server_says_so(page, target):
    assert "cors_build" in page.get(target).text


@pytest.mark.parametrize("target", [
    "/user/x", "/user/deeper/x", "/files/x", "/cond/x", "/add/a.x",
    "/expr/x", "/a.metrics", "/rewritten"])
def test_where_anybody_could_say_so(page, target):
    r = page.get(target)
    assert r.status == 404 and "cors_" not in r.text, r


def test_httpds_require_holds(page):
    page.expect_log("AH01630: client denied by server configuration")
    assert page.get("/closed").status == 403


def test_server_configuration_wins_over_htaccess(page):
    """<Files> of the server is merged after .htaccess."""
    assert page.get("/twice/inside.html").status == 200


def test_no_series_stands_twice(start_once):
    """Names that differ in what the format cannot hold count together."""
    names = [b"a\xfe", b"a\xff", b"a?", b"a\x01", b".htaccess", b"(gone)"]
    conf = b"".join(
        b"<CORSPolicy \"%s\">\nCORSAllowOrigin https://app.example.com\n"
        b"</CORSPolicy>\n<Location /%d>\nCORSUsePolicy \"%s\"\n</Location>\n"
        % (name, i, name) for i, name in enumerate(names))
    server = start_once("""
        Include ${HTDOCS}/names.conf
        <Location /metrics>
            SetHandler cors-metrics
        </Location>
        """, files={"names.conf": conf, **{f"{i}/a.txt": "hello"
                                           for i in range(len(names))}})
    for i in range(len(names)):
        for _ in range(i + 1):
            server.get(f"/{i}/a.txt", APP)
    text = server.get("/metrics").text
    series = [line.rpartition(" ")[0] for line in text.splitlines()
              if not line.startswith("#")]
    assert len(series) == len(set(series)), text
    assert {policy: n for (_, ((_, policy), *_)), n
            in metrics.parse(text).items()} == {"a?": 1 + 2 + 3 + 4,
                                                ".htaccess": 5, "(gone)": 6}


# --- mod_status --------------------------------------------------------------

def test_status_totals(page):
    before = dict(re.findall(r"(?m)^(CORS\w+): (\d+)$",
                             page.get("/status?auto").text))
    assert set(before) == {"CORSAllowed", "CORSPreflightAllowed",
                           "CORSSameOrigin", "CORSRefusedOrigin",
                           "CORSRefusedMethod", "CORSRefusedHeader",
                           "CORSRefusedMalformed", "CORSSourceError"}
    page.get("/a/a.txt", OTHER)
    page.get("/a/a.txt", NULL)
    page.get("/a/a.txt", APP)
    after = dict(re.findall(r"(?m)^(CORS\w+): (\d+)$",
                            page.get("/status?auto").text))
    assert {k: int(after[k]) - int(before[k]) for k in after
            if after[k] != before[k]} == {"CORSAllowed": 1,
                                          "CORSRefusedOrigin": 2}
    html = page.get("/status").text
    assert f"<dt>refused-origin: {after['CORSRefusedOrigin']}</dt>" in html
