# SPDX-License-Identifier: Apache-2.0
"""SetHandler cors-explain: the lookup goes through all that a request would go
through, and leaves no trace."""

import json
import re
from urllib.parse import urlencode

import pytest

from explain_site import (APP, CASES, EXPLAIN, IDS, OTHER, as_json, ask,
                          start, text)
from harness import Connection, metrics
from harness.place import free_port
from model import browser


@pytest.fixture(scope="module")
def server(start_server):
    return start(start_server)


@pytest.mark.parametrize("url,query,reason,line,nth", CASES,
                         ids=IDS)
def test_reason_and_line(server, url, query, reason, line, nth):
    lines = text(server, url, **query).split("\n")
    assert lines[0].startswith("Refused: " if reason else "Allowed: "), lines
    if reason:
        assert lines[1] == f"reason: {reason}"
    decided = next(part for part in lines if part.startswith("decided at: "))
    if line:
        assert decided == f"decided at: {server.place(line, nth=nth)}: {line}"
    else:
        assert re.fullmatch(r"decided at: /.*\.conf:\d+", decided)


@pytest.mark.parametrize("origin", [
    f"https://{name}.example.com" for name in ("one", "app", "x.four")])
def test_a_long_line_is_told_whole(server, origin):
    answer = as_json(server, "/long/a.txt", origin, headers="X-One")
    assert answer["directive"].split()[0] == "CORSAllowOrigin"
    assert sorted(answer["directive"].split()[1:]) == sorted(
        f"https://{name}.example.com"
        for name in ("one", "two", "three", "app", "*.four"))


# Handlers of their own, negotiation, and directories.
MORE = [("/multi/page", {}), ("/multi/page", {"origin": OTHER}),
        ("/shop/a.cgi", {"headers": "X-One"}), ("/indexed/none", {}),
        ("/indexed", {}), ("/files", {}), ("/shop", {}), ("/mobile/x", {}),
        ("/shop/a.txt", {"method": "OPTIONS"}),
        ("/shop/a.txt", {"method": "FOO"}), ("/recipe/", {"method": "PUT"}),
        ("/user/none", {"headers": "Content-Type"}),
        ("/shop/%2e%2e/any/a.txt", {}), ("/shop//a.txt", {})]


@pytest.mark.parametrize("url,query", [
    (url, query) for url, query, *_ in CASES + [(*m, 0) for m in MORE]
    if query.get("method") != "TRACE" and "/proxied" not in url], ids=str)
def test_real_answers_say_the_same(server, url, query):
    """Each request is made, and what comes back judged as a browser would."""
    names = [n.strip() for n in query.get("headers", "").split(",") if n]
    fetch = browser.Fetch(
        query.get("origin", APP),
        browser.normalise_method(query.get("method", "GET")),
        [(n, "application/json" if n == "Content-Type" else "1")
         for n in names], query.get("credentials", "omit"))
    body = None if fetch.method in ("GET", "OPTIONS") else "x"
    real = browser.run(fetch, lambda method, headers: server.request(
        method, url.partition("#")[0], headers,
        body if method != "OPTIONS" else None))
    answer = as_json(server, url, **query)
    assert (answer["verdict"] == "allowed") == (real.error is None), (
        answer["sentence"], real)
    said = [answer[name] for name in ("preflight", "actual")
            if answer[name] and answer[name]["sent"]]
    assert len(said) == len(real.sent)
    for one, r in zip(said, real.sent):
        shown = {h["name"].lower()[15:]: h["value"]
                 for h in one["response"]["headers"]
                 if h["name"].lower().startswith("access-control-")}
        assert shown == r.cors, (one, r)
        assert one["response"]["status"] in (r.status, None), (one, r)


def test_what_else_the_text_says(server):
    lines = text(server, "/shop/a.txt", method="DELETE",
                 headers="X-One").split("\n")
    assert lines[0] == (
        "Refused: the preflight would be answered without the method DELETE, "
        "so the browser will not send the request")
    assert "redirects to" in text(server, "/mobile/a.txt")
    assert "its own answer" not in text(server, "/shop/a.txt")
    assert "carries no cookie" in text(server, "/partners/a.txt",
                                       "https://partner.example",
                                       credentials="include")


@pytest.mark.parametrize("url,query,allowed", [
    ("/files/a.txt", {}, True),
    ("/files/deeper/a.txt", {"headers": "X-Deep"}, True),
    ("/files/deeper/a.txt", {"headers": "X-Other"}, False)])
def test_htaccess_is_named(server, url, query, allowed):
    said = text(server, url, **query)
    assert said.startswith("Allowed" if allowed else "Refused"), said
    name = "files/.htaccess" if allowed else "files/deeper/.htaccess"
    assert f"decided at: {server.htdocs}/{name}:1: CORSAllow" in said


@pytest.mark.parametrize("url,ok", [
    ("http://localhost:{port}/shop/a.txt", True),
    ("https://LOCALHOST/shop/a.txt", True),
    ("http://other.example/shop/a.txt", False),
    ("http://alias.example/shop/a.txt", False),
    ("http://nobody.example/shop/a.txt", False)])
def test_only_this_virtual_host(server, url, ok):
    r = ask(server, url.format(port=server.port))
    assert (r.status == 200) == ok, r
    if not ok:
        assert r.status == 400 and "not this virtual host" in r.text


def test_another_port_may_be_another_virtual_host(start_once):
    """One name, and a policy of its own on each port that httpd listens on; a
    port that it does not listen on is that of something in front of it."""
    second = free_port()
    server = start_once(EXPLAIN + f"""
        Listen 127.0.0.1:{second}
        <VirtualHost *:${{PORT}}>
            ServerName localhost
            CORSAllowOrigin {APP}
        </VirtualHost>
        <VirtualHost *:{second}>
            ServerName localhost
            CORSAllowOrigin {OTHER}
        </VirtualHost>
        """, modules=["authz_host"])
    for url, status in (
            (f"http://localhost:{server.port}/", 200), ("/", 200),
            (f"http://localhost:{second}/", 400),
            (f"https://localhost:{second}/", 400),
            ("https://localhost/", 200), ("http://localhost:1/", 200)):
        r = ask(server, url)
        assert r.status == status, (url, r)
        assert r.text.startswith("Allowed") == (status == 200), r
    assert "not this virtual host" in ask(
        server, f"http://localhost:{second}/").text
    # Its own page knows.
    with Connection(second) as c:
        r = c.request("GET", "/explain?" + urlencode(
            {"url": f"http://localhost:{second}/", "origin": APP,
             "format": "text"}))
    assert r.text.startswith("Refused"), r


def test_another_virtual_host_answers_for_itself(server):
    for name in ("other.example", "alias.example"):
        said = ask(server, "/shop/a.txt", OTHER, sent={"Host": name}).text
        assert said.startswith("Allowed"), said
        line = server.place("CORSAllowOrigin https://evil.example")
        assert f"decided at: {line}: " in said
        r = ask(server, f"http://{name}/shop/a.txt", OTHER,
                sent={"Host": name})
        assert r.text == said


def test_same_origin(server):
    own = f"http://localhost:{server.port}"
    assert "of the same origin" in text(server, "/plain/a.txt", own)
    assert text(server, "/plain/a.txt", "http://localhost").startswith(
        "Refused")


# --- it leaves no trace -------------------------------------------------------

def test_nothing_is_counted_logged_or_run(server):
    before = metrics.read(server, "/cors-metrics")
    seen = len(server.log.everything())
    ran = server.ran("shop/a.cgi")
    for url, query, *_ in CASES:
        text(server, url, **query)
    text(server, "/shop/a.cgi", method="PUT")
    text(server, "/shop/a.cgi", OTHER)
    assert not metrics.read(server, "/cors-metrics") - before
    added = server.log.everything()[seen:]
    assert "cors:" not in added, added
    assert server.ran("shop/a.cgi") == ran
    # A real one does leave them.
    server.get("/shop/a.cgi", OTHER)
    assert metrics.read(server, "/cors-metrics") - before
    server.wait_log("refused-origin")


def test_the_asker_is_not_the_one_looked_at(server):
    """Neither his password nor what his request says of itself goes along."""
    plain = text(server, "/user/a.txt")
    assert "status 401" in plain
    sent = {"Authorization": "Basic eDp4", "Cookie": "a=b", "X-Tenant": "two",
            "Origin": OTHER, "Access-Control-Request-Method": "PUT"}
    assert ask(server, "/user/a.txt", sent=sent).text == plain
    assert text(server, "/user/a.txt", headers="Authorization: Basic eDp4",
                ).startswith("Refused")
    assert text(server, "/ifs/a.txt", headers="X-Tenant: one",
                method="GET").startswith("Refused")


def test_explain_itself_can_be_asked_for(server):
    """It is guarded for others as for the asker: no user is taken over."""
    said = text(server, "/explain")
    assert said.startswith("Refused") and "reason: no-policy" in said


def test_the_askers_preflight_is_not_the_looked_up_one(server):
    r = ask(server, "/shop/a.txt", method="OPTIONS", format="json",
            sent={"Access-Control-Request-Method": "PUT"})
    assert json.loads(r.body)["actual"]["result"] == "allowed"


def test_over_http2(start_once):
    server = start_once("Protocols h2c http/1.1\n" + EXPLAIN
                        + "<Location /shop>\nCORSAllowOrigin "
                        "https://app.example.com\n</Location>\n",
                        modules=["http2", "authz_host"])
    query = urlencode({"url": "/shop", "origin": APP, "format": "text",
                       "headers": "X-One"})
    with server.connect_h2() as c:
        first = c.request("GET", f"/explain?{query}")
        again = c.request("GET", f"/explain?{query}")
    assert first.text == again.text
    assert first.text.startswith("Refused: the preflight would be answered "
                                 "without the header X-One")


# --- what httpd goes on to ----------------------------------------------------

ON = EXPLAIN + """
ErrorDocument 404 /error.html
<Directory ${HTDOCS}/app>
    RewriteEngine On
    RewriteCond %{REQUEST_FILENAME} !-f
    RewriteRule ^(.*)$ /front/index.html
</Directory>
<Directory ${HTDOCS}/app/off>
    CORSEngine Off
    RewriteEngine On
    RewriteRule ^(.*)$ /front/index.html
</Directory>
<Directory ${HTDOCS}/steps>
    RewriteEngine On
    RewriteCond %{ENV:REDIRECT_STATUS} ^$
    RewriteRule ^once$ once [E=SEEN:1]
    RewriteRule ^one$ two [L]
    RewriteRule ^two$ three [L]
    RewriteRule ^three$ /front/index.html
    RewriteRule ^gone$ missing
    RewriteRule ^ping$ pong [L]
    RewriteRule ^pong$ ping [L]
    RewriteCond %{ENV:REDIRECT_SEEN} 1
    RewriteRule ^last$ /front/index.html
    RewriteRule ^first$ last [E=SEEN:1]
</Directory>
<Location /away>
    CORSAllowOrigin https://app.example.com
    ErrorDocument 404 http://elsewhere.example/
</Location>
<Location /dav>
    DAV On
    CORSAllowOrigin https://app.example.com
    CORSAllowMethods PROPFIND
</Location>
DavLockDB ${ROOT}/run/locks
<Files index.html>
    CORSAllowOrigin https://app.example.com
    CORSAllowMethods PUT
</Files>
<Files error.html>
    CORSAllowOrigin https://app.example.com
</Files>
<Location /private>
    CORSAllowOrigin https://own.example
</Location>
<Location /caf\u00e9>
    CORSAllowOrigin https://own.example
</Location>
"""


@pytest.fixture(scope="module")
def going_on(start_server):
    return start_server(ON, modules=["rewrite", "authz_host", "dav", "dav_fs"],
                        expect_log=["AH00124"], files={
        "front/index.html": "hello", "error.html": "hello",
        "app/off/x": "", "private/a.txt": "",
        "steps/x": "", "away/a.txt": "hello", "dav/a.txt": "hello"})


@pytest.mark.parametrize("url,origin,allowed", [
    ("/app/any/thing", APP, True), ("/app/any/thing", OTHER, False),
    ("/app/off/thing", APP, False), ("/none", APP, True),
    ("/none", OTHER, False), ("/private/none", APP, False),
    ("/private/none", "https://own.example", True),
    ("/steps/one", APP, True), ("/steps/three", OTHER, False),
    ("/steps/gone", APP, True), ("/steps/first", APP, True),
    ("/steps/last", OTHER, False), ("/steps/once", APP, True),
    ("/away/none", APP, True), ("/away/a.txt/info", APP, True),
    ("/away/a.txt/info", OTHER, False)])
def test_it_follows_where_httpd_goes(going_on, url, origin, allowed):
    """The first policy on the way is the one that holds."""
    answer = as_json(going_on, url, origin)
    assert answer["verdict"] == ("allowed" if allowed else "refused")
    real = going_on.get(url, origin)
    assert bool(real.cors) == allowed
    assert answer["actual"]["response"]["status"] in (real.status, None)
    for method in ("PUT", "DELETE"):
        answer = as_json(going_on, url, origin, method=method)
        preflight = going_on.preflight(url, origin, method)
        said = {h["name"].lower()[15:]: h["value"]
                for h in answer["preflight"]["response"]["headers"]
                if h["name"].lower().startswith("access-control-")}
        assert said == preflight.cors, answer
        assert answer["preflight"]["response"]["status"] in (
            preflight.status, None)


def test_it_ends_where_httpd_does(going_on):
    """A rule that goes round: httpd gives up after ten steps."""
    going_on.expect_log("AH00124|AH00135")
    answer = as_json(going_on, "/steps/ping")
    assert answer["verdict"] == "refused"
    assert not going_on.get("/steps/ping", APP).cors


def test_status_of_a_redirecting_error_document(going_on):
    answer = as_json(going_on, "/away/none")
    response = answer["actual"]["response"]
    assert response["status"] == 302 == going_on.get("/away/none", APP).status
    assert {"name": "Location", "value": "http://elsewhere.example/"} \
        in response["headers"]
    assert "redirects to http://elsewhere.example/" in " ".join(
        answer["notes"])


def test_methods_of_webdav(going_on):
    """Whatever mod_dav will say, it is not for httpd's own handler to say."""
    answer = as_json(going_on, "/dav/a.txt", method="PROPFIND")
    assert answer["verdict"] == "allowed"
    assert answer["actual"]["response"]["status"] is None
    assert "dav-handler" in answer["actual"]["by"]


def test_the_text_is_ascii(going_on):
    """A terminal may take other bytes for commands."""
    said = text(going_on, "/caf\u00e9/a.txt", OTHER)
    assert "in <Location /caf\\xc3\\xa9>" in said
    assert not re.search(r"[^\n -~]", said)
    answer = as_json(going_on, "/caf\u00e9/a.txt", OTHER)
    assert answer["suggested"][0]["in"] == "<Location /caf\u00e9>"
