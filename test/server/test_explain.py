# SPDX-License-Identifier: Apache-2.0
"""SetHandler cors-explain, as curl …?format=text and format=json see it: the
lookup goes through all that a request would go through, and leaves no trace."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import jsonschema
import pytest

from harness import metrics
from model import browser

APP, OTHER = "https://app.example.com", "https://evil.example"

EXPLAIN = """
<Location /explain>
    SetHandler cors-explain
    Require local
</Location>
"""
CONFIG = EXPLAIN + """
<Location /cors-metrics>
    SetHandler cors-metrics
</Location>
<CORSPolicy partners>
    CORSAllowOrigin https://partner.example
    CORSAllowCredentials On
    CORSAllowMethods PUT
</CORSPolicy>
<Location /shop>
    CORSAllowOrigin https://app.example.com
    CORSAllowMethods PUT
    CORSAllowHeaders X-One
</Location>
<Location /shop/inner>
    CORSAllowHeaders X-Inner
</Location>
<Location /denied>
    CORSAllowOrigin https://*.example.com
    CORSDenyOrigin https://app.example.com
</Location>
<Location /any>
    CORSAllowOrigin *
</Location>
<Location /off>
    CORSAllowOrigin https://app.example.com
    CORSEngine Off
</Location>
<Location /report>
    CORSAllowOrigin https://app.example.com
    CORSEngine ReportOnly
</Location>
<Location /partners>
    CORSUsePolicy partners
</Location>
<Location /noone>
    CORSUsePolicy partners
    CORSAllowCredentials Off
</Location>
<Location /forbid>
    CORSAllowOrigin https://app.example.com
    CORSRefusal Forbid
</Location>
<Location /closed>
    CORSAllowOrigin https://app.example.com
    Require ip 192.0.2.1
</Location>
<Location /user>
    CORSAllowOrigin https://app.example.com
    CORSAllowMethods PUT
    AuthType Basic
    AuthName x
    AuthUserFile ${ROOT}/none
    Require valid-user
</Location>
<Location /only-get>
    CORSAllowOrigin https://app.example.com
    CORSAllowMethods PUT
    AllowMethods GET
</Location>
<Location /pass>
    CORSAllowOrigin https://app.example.com
    CORSPreflight PassThrough
    AuthType Basic
    AuthName x
    AuthUserFile ${ROOT}/none
    Require valid-user
</Location>
<Location /ifs>
    <If "%{REQUEST_METHOD} == 'DELETE'">
        CORSAllowOrigin https://app.example.com
    </If>
    <If "%{REQUEST_METHOD} == 'OPTIONS'">
        CORSAllowOrigin https://app.example.com
        CORSAllowMethods DELETE PUT
    </If>
    <If "%{HTTP:X-Tenant} == 'one'">
        CORSAllowOrigin https://app.example.com
    </If>
    <If "%{QUERY_STRING} == 'open'">
        CORSAllowOrigin https://app.example.com
    </If>
</Location>
<Location /recipe>
    Header always set Access-Control-Allow-Origin https://app.example.com
</Location>
<Location /recipe-success>
    Header set Access-Control-Allow-Origin https://app.example.com
</Location>
SetEnvIf Origin "^https://(app)\\.example\\.com$" KNOWN=$1
<Location /setenvif>
    Header always set Access-Control-Allow-Origin %{KNOWN}e env=KNOWN
</Location>
<Directory ${HTDOCS}/dirsetenvif>
    SetEnvIf Origin "^(https://app\\.example\\.com)$" ALLOWED=$1
    Header always set Access-Control-Allow-Origin %{ALLOWED}e env=ALLOWED
</Directory>
<Location /early>
    CORSAllowOrigin https://app.example.com
</Location>
RequestHeader edit Origin ^https://edited\\.example$ \
    https://app.example.com early
<Location /keep>
    CORSAllowOrigin https://app.example.com
    CORSBackendHeaders Keep
    Header set Access-Control-Allow-Origin https://evil.example
</Location>
<Location /old>
    CORSAllowOrigin https://app.example.com
    CORSAllowMethods PUT
</Location>
DirectoryIndex index.html
<Directory ${HTDOCS}/indexed>
    <Files index.html>
        CORSAllowOrigin https://app.example.com
    </Files>
</Directory>
<Files page.html>
    CORSAllowOrigin https://app.example.com
</Files>
<Location /proxied>
    ProxyPass http://127.0.0.1:9/
    CORSAllowOrigin https://app.example.com
</Location>
<Location /several>
    CORSUsePolicy partners public
</Location>
<CORSPolicy public>
    CORSAllowOrigin *
</CORSPolicy>
<VirtualHost *:${PORT}>
    ServerName localhost
    RewriteEngine On
    RewriteRule ^/rewritten/(.*)$ /shop/$1 [PT]
    RewriteRule ^/mobile/(.*)$ /shop/$1 [R=302]
    RewriteCond %{REQUEST_METHOD} OPTIONS
    RewriteRule ^/old/ - [R=200,L]
</VirtualHost>
<VirtualHost *:${PORT}>
    ServerName other.example
    ServerAlias alias.example
    <Location /shop>
        CORSAllowOrigin https://evil.example
    </Location>
</VirtualHost>
"""

FILES = {f"{name}/a.txt": "hello" for name in (
    "shop", "shop/inner", "denied", "any", "off", "report", "partners",
    "noone", "forbid", "closed", "user", "only-get", "pass", "ifs", "recipe",
    "recipe-success", "setenvif", "dirsetenvif", "early", "keep", "old",
    "plain", "several", "files")}
FILES |= {
    "user/a.cgi": "", "indexed/index.html": "hello",
    "files/.htaccess": "CORSAllowOrigin https://app.example.com\n",
    "files/deeper/.htaccess": "CORSAllowHeaders X-Deep\n",
    "files/deeper/a.txt": "hello", "multi/page.html": "hello",
}
MODULES = ["headers", "rewrite", "setenvif", "authn_core", "authn_file",
           "auth_basic", "authz_user", "authz_host", "allowmethods", "dir",
           "mime", "negotiation", "proxy", "proxy_http", "cgi"]


@pytest.fixture(scope="module")
def server(start_server):
    server = start_server(
        CONFIG, mpm="event", modules=MODULES, files=FILES,
        log_level="warn cors:debug",
        # What configtest says of all this, and httpd's own word on a lookup
        # that Require refuses.
        expect_log=[r"CORS0\d\d: ", "AH01630", "AH01797", "AH01623", "AH00135"])
    server.write_cgi("shop/a.cgi")
    return server


def ask(server, url, origin=APP, format="text", path="/explain", sent=(), **query):
    query = {"url": url, "origin": origin, "format": format, **query}
    return server.get(f"{path}?{urlencode(query)}", headers=sent)


def text(server, url, origin=APP, **query):
    r = ask(server, url, origin, **query)
    assert r.status == 200, r
    assert r.one("Content-Type") == "text/plain; charset=utf-8"
    assert r.one("Cache-Control") == "no-store"
    return r.text


def place(server, line, nth=1):
    """file:line of a line of the configuration."""
    lines = server.config.lstrip("\n").split("\n")
    found = [i for i, text in enumerate(lines, 1) if text.strip() == line]
    return f"{server.root}/test.conf:{found[nth - 1]}"


# (url, query, reason or None, the line that decides, which of equal ones)
A = "CORSAllowOrigin https://app.example.com"
CASES = [
    ("/shop/a.txt", {}, None, A, 1),
    ("/shop/none.txt", {}, None, A, 1),
    ("/shop/a.txt", {"origin": OTHER}, "not-listed", A, 1),
    ("/shop/a.txt", {"origin": "null"}, "null-origin", A, 1),
    ("/shop/a.txt", {"method": "PUT"}, None, A, 1),
    ("/shop/a.txt", {"method": "put"}, None, A, 1),
    ("/shop/a.txt", {"method": "DELETE"}, "method", "CORSAllowMethods PUT", 2),
    ("/shop/a.txt", {"method": "TRACE"}, "forbidden-method", A, 1),
    ("/shop/a.txt", {"headers": "X-One"}, None, A, 1),
    ("/shop/a.txt", {"headers": "X-One, X-Two"}, "header",
     "CORSAllowHeaders X-One", 1),
    ("/shop/inner/a.txt", {"headers": "X-One"}, "header",
     "CORSAllowHeaders X-Inner", 1),
    ("/shop/inner/a.txt", {"headers": "X-Inner", "method": "PUT"}, None, A, 1),
    ("/shop/a.txt", {"credentials": "include"}, "credentials", A, 1),
    ("/denied/a.txt", {}, "denied", "CORSDenyOrigin https://app.example.com",
     1),
    ("/any/a.txt", {}, None, "CORSAllowOrigin *", 1),
    ("/any/a.txt", {"credentials": "include"}, "any-with-credentials",
     "CORSAllowOrigin *", 1),
    ("/off/a.txt", {}, "engine-off", "CORSEngine Off", 1),
    ("/report/a.txt", {}, "report-only", "CORSEngine ReportOnly", 1),
    ("/partners/a.txt", {"origin": "https://partner.example", "method": "PUT",
                         "credentials": "include"}, None,
     "CORSAllowOrigin https://partner.example", 1),
    ("/partners/a.txt", {"origin": "https://partner.example",
                         "method": "DELETE"}, "method", "CORSAllowMethods PUT",
     1),
    ("/noone/a.txt", {"origin": "https://partner.example",
                      "credentials": "include"}, "credentials",
     "CORSAllowCredentials Off", 1),
    ("/forbid/a.txt", {"origin": OTHER}, "not-listed", A, 4),
    ("/forbid/a.txt", {"origin": OTHER, "method": "PUT"}, "not-listed", A, 4),
    ("/closed/a.txt", {}, None, A, 5),
    ("/closed/a.txt", {"headers": "X"}, "preflight-status", A, 5),
    ("/user/a.txt", {}, None, A, 6),
    ("/user/a.txt", {"method": "PUT"}, None, A, 6),
    ("/only-get/a.txt", {"method": "PUT"}, "preflight-status", A, 7),
    ("/pass/a.txt", {"headers": "X"}, "preflight-status", A, 8),
    ("/ifs/a.txt", {"method": "DELETE"}, None, A, 9),
    ("/ifs/a.txt", {"method": "PUT"}, "no-policy", None, 1),
    ("/ifs/a.txt?open", {}, None, A, 12),
    ("/ifs/a.txt?open#part", {}, None, A, 12),
    ("/recipe/a.txt", {}, None, None, 1),
    ("/recipe/none.txt", {}, None, None, 1),
    ("/recipe-success/a.txt", {}, None, None, 1),
    ("/recipe-success/none.txt", {}, "no-policy", None, 1),
    ("/recipe/a.txt", {"origin": OTHER}, "no-policy", None, 1),
    ("/plain/a.txt", {}, "no-policy", None, 1),
    ("/setenvif/a.txt", {}, "no-policy", None, 1),
    ("/dirsetenvif/a.txt", {}, None, None, 1),
    ("/early/a.txt", {"origin": "https://edited.example"}, "other-origin", A, 13),
    ("/keep/a.txt", {}, "backend-headers", A, 14),
    ("/keep/a.txt", {"origin": OTHER}, None, A, 14),
    ("/rewritten/a.txt", {"method": "PUT"}, None, A, 1),
    ("/old/a.txt", {"method": "PUT"}, None, A, 15),
    ("/indexed/", {}, None, A, 16),
    ("/indexed/", {"origin": OTHER}, "not-listed", A, 16),
    ("/multi/page", {}, None, A, 17),
    ("/proxied/a.txt", {}, None, A, 18),
    ("/several/a.txt", {"origin": "https://partner.example",
                        "credentials": "include"}, None,
     "CORSAllowOrigin https://partner.example", 1),
    ("/several/a.txt", {"credentials": "include"}, "credentials",
     "CORSAllowOrigin *", 2),
]


@pytest.mark.parametrize("url,query,reason,line,nth", CASES, ids=[
    " ".join([url, *query.values()]) for url, query, *_ in CASES])
def test_reason_and_line(server, url, query, reason, line, nth):
    lines = text(server, url, **query).split("\n")
    assert lines[0].startswith("Refused: " if reason else "Allowed: "), lines
    if reason:
        assert lines[1] == f"reason: {reason}"
    decided = next(part for part in lines if part.startswith("decided at: "))
    if line:
        assert decided == f"decided at: {place(server, line, nth)}: {line}"
    else:
        assert re.fullmatch(r"decided at: /.*\.conf:\d+", decided)


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


def test_another_virtual_host_answers_for_itself(server):
    for name in ("other.example", "alias.example"):
        said = ask(server, "/shop/a.txt", OTHER, sent={"Host": name}).text
        assert said.startswith("Allowed"), said
        line = place(server, "CORSAllowOrigin https://evil.example")
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


# --- who may ask --------------------------------------------------------------

ACCESS = """
RemoteIPHeader X-Client
RemoteIPInternalProxy 127.0.0.1
<Location /open>
    SetHandler cors-explain
</Location>
<Directory ${HTDOCS}>
    Require all granted
</Directory>
"""
GUARDED = ACCESS.replace("cors-explain\n", "cors-explain\n    %s\n")


@pytest.mark.parametrize("config,client,status", [
    (ACCESS, None, 200), (ACCESS, "192.0.2.7", 403), (ACCESS, "::1", 200),
    (ACCESS, "2001:db8::1", 403), (ACCESS, "127.1.2.3", 200),
    (GUARDED % "Require ip 192.0.2.7", "192.0.2.7", 200),
    (GUARDED % "Require all granted", "192.0.2.8", 200),
    (GUARDED % "<RequireAny>\nRequire ip 192.0.2.7\n</RequireAny>",
     "192.0.2.7", 200),
    (GUARDED % "Require local", "192.0.2.7", 403)])
def test_who_may_ask(start_once, config, client, status):
    server = start_once(config, modules=["remoteip", "authz_host"],
                        files={"shop/a.txt": ""})
    own = "Require" not in config.partition("<Directory")[0]
    if status == 403:
        server.expect_log("no Require stands beside SetHandler" if own
                          else "AH01630")
    sent = {"X-Client": client} if client else {}
    r = ask(server, "/shop/a.txt", path="/open", sent=sent)
    assert r.status == status, r
    if status == 403 and own:
        line = place(server, "SetHandler cors-explain")
        server.wait_log(f"at {line}; to let others in, write there whom")


def test_a_proxy_of_this_host_is_no_local_client(start_once):
    server = start_once(ACCESS, modules=["remoteip"],
                        files={"shop/a.txt": ""})
    for name in ("X-Forwarded-For", "Forwarded", "Via"):
        server.expect_log("no Require stands")
        assert ask(server, "/shop/a.txt", path="/open",
                   sent={name: "192.0.2.7"}).status == 403


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE"])
def test_other_methods(server, method):
    r = server.request(method, "/explain?url=/", body=b"")
    assert r.status == 405 and "Refused" not in r.text


# --- hostile input -------------------------------------------------------------

WRONG = [
    ({"url": ""}, "url is missing"),
    ({"origin": ""}, "origin is missing"),
    ({"url": "shop"}, "begins with /"),
    ({"url": "/a\x01b"}, "control bytes"),
    ({"url": "/" + "a" * 5000}, "longer than 4096"),
    ({"url": "http://"}, "no URL"),
    ({"url": "http://u:p@localhost/"}, "no URL"),
    ({"origin": APP + "/"}, "the last slash too"),
    ({"origin": APP + ":443"}, "scheme's own port"),
    ({"origin": "https://App.example.com"}, "lower case"),
    ({"origin": "https://b\xfccher.example"}, "punycode"),
    ({"origin": "<script>"}, "no browser sends"),
    ({"origin": "https://a\r\nb"}, "no browser sends"),
    ({"origin": "x" * 8000}, "no browser sends"),
    ({"method": "a b"}, "no method"),
    ({"method": "A" * 65}, "no method"),
    ({"headers": "a b"}, "no header's name"),
    ({"headers": "X\x00"}, "NUL"),
    ({"headers": "X: \x01"}, "control bytes"),
    ({"headers": ",".join(f"X-{i}" for i in range(65))}, "more than 64"),
    ({"credentials": "yes"}, "include or omit"),
    ({"format": "xml"}, "html, json or text"),
]


@pytest.mark.parametrize("query,words", WRONG,
                         ids=[words for _, words in WRONG])
def test_what_cannot_be_asked(server, query, words):
    r = ask(server, **{"url": "/shop/a.txt", **query})
    assert r.status == 400 and words in r.text, r
    if "format" in query:
        return      # the page, then
    assert not re.search(r"[^\n -~]", r.text) and len(r.text) < 600
    assert r.one("Content-Type") == "text/plain; charset=utf-8"


def test_a_broken_escape(server):
    r = server.get("/explain?url=/%zz&origin=null&format=text")
    assert r.status == 400 and "%25" in r.text


@pytest.mark.parametrize("url", [
    "/shop/<script>alert(1)</script>", "/shop/\xff\xfe", "/shop/a b",
    "/shop/../../etc/passwd", "/shop/%2e%2e/%00", "/shop/\"'", "//shop/a.txt",
    "/?" + "&" * 50, "/shop/a.txt?a=<b>"])
def test_odd_urls(server, url):
    server.expect_log("AH10244|AH00026")
    r = ask(server, url.encode("latin-1"))
    assert r.status == 200 and re.match("Allowed|Refused", r.text)
    assert not re.search(r"[^\n -~]", r.text)


def test_a_header_value_with_a_comma(server):
    said = text(server, "/shop/a.txt",
                headers="Accept: text/html, */*;q=0.1, X-One")
    assert said.startswith("Allowed"), said


# --- the other two forms ------------------------------------------------------

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "explain.schema.json").read_text())


def as_json(server, url, origin=APP, status=200, **query):
    r = ask(server, url, origin, "json", **query)
    assert r.status == status, r
    assert r.one("Content-Type") == "application/json"
    answer = json.loads(r.body.decode("utf-8", "strict"))
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return answer


def test_the_schema_itself():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_each_reason_is_documented():
    text = (DOCS / "explain.md").read_text()
    rows = re.findall(r"(?m)^\| `([a-z-]+)` \| ", text.partition(
        "## Reasons")[2].partition("##")[0])
    reasons = SCHEMA["$defs"]["answer"]["properties"]["reason"]["enum"]
    assert sorted(rows) == sorted(reasons[1:])


@pytest.mark.parametrize("url,query,reason,line,nth", CASES, ids=[
    " ".join([url, *query.values()]) for url, query, *_ in CASES])
def test_json_says_what_the_text_says(server, url, query, reason, line, nth):
    answer = as_json(server, url, **query)
    lines = text(server, url, **query).split("\n")
    assert answer["sentence"] == lines[0]
    assert answer["verdict"] == ("refused" if reason else "allowed")
    assert answer["reason"] == reason and answer["directive"] == line
    where = f"{answer['file']}:{answer['line']}"
    assert f"decided at: {where}" in "\n".join(lines)
    decided = [one["text"] for section in answer["sections"]
               for one in section["lines"] if one["decided"]]
    assert line in decided if line else not decided
    # The browser's steps end where it gives up.
    failed = [step for step in answer["steps"] if step["result"] == "failed"]
    assert [answer["steps"][-1]] == failed if reason else not failed
    for name in ("preflight", "actual"):
        sent = answer[name] and answer[name]["sent"]
        assert sent == any(step["stage"] == name for step in answer["steps"]) \
            or name == "preflight" and not answer[name]


def test_sections_are_outermost_first(server):
    answer = as_json(server, "/shop/inner/a.txt")
    assert [(s["title"], s["policy"], [one["text"] for one in s["lines"]])
            for s in answer["sections"]] == [
        ("<Location /shop>", False, [
            "CORSAllowOrigin https://app.example.com", "CORSAllowMethods PUT",
            "CORSAllowHeaders X-One"]),
        ("<Location /shop/inner>", False, ["CORSAllowHeaders X-Inner"])]
    answer = as_json(server, "/noone/a.txt")
    assert [s["title"] for s in answer["sections"]] == [
        "<Location /noone>", "<CORSPolicy partners>"]
    assert answer["sections"][1]["policy"]
    answer = as_json(server, "/files/deeper/a.txt")
    assert [(s["title"], s["file"], s["line"]) for s in answer["sections"]] \
        == [(".htaccess", f"{server.htdocs}/files/.htaccess", 1),
            (".htaccess", f"{server.htdocs}/files/deeper/.htaccess", 1)]


def test_both_requests_stand_in_it(server):
    answer = as_json(server, "/shop/a.txt?x=1", method="PUT",
                     headers="X-One: 1, Content-Type")
    preflight, actual = answer["preflight"], answer["actual"]
    asked = {h["name"]: h["value"] for h in preflight["request"]["headers"]}
    assert preflight["request"]["method"] == "OPTIONS"
    assert preflight["request"]["target"] == "/shop/a.txt?x=1"
    assert asked["Origin"] == APP and asked["Host"].startswith("localhost")
    assert asked["Access-Control-Request-Method"] == "PUT"
    assert asked["Access-Control-Request-Headers"] == "content-type,x-one"
    assert asked["Sec-Fetch-Site"] == "cross-site"
    said = {h["name"]: h["value"] for h in preflight["response"]["headers"]}
    assert preflight["response"]["status"] == 204
    assert said["Access-Control-Allow-Methods"] == "PUT"
    assert preflight["result"] == "refused-header"
    assert actual["request"]["method"] == "PUT" and not actual["sent"]
    assert as_json(server, "/shop/a.txt")["preflight"] is None


@pytest.mark.parametrize("query,words", WRONG,
                         ids=[words for _, words in WRONG])
def test_what_cannot_be_asked_as_json(server, query, words):
    if "format" in query:
        return      # the form of the answer itself
    answer = as_json(server, status=400, **{"url": "/shop/a.txt", **query})
    assert words in answer["error"]


HOSTILE = ["<script>alert(1)</script>", "\"'><img src=x onerror=y>",
           "\x01\x02\x7f\r\n", "x" * 6000, b"\xff\xfe\xc0\x80".decode("latin-1"),
           "</textarea><b>", "%s%n", "\u2028"]
FIELDS = ("url", "origin", "method", "headers", "credentials", "paste")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_text(server, field, value):
    query = {"url": "/shop/a.txt", "origin": APP, field: value.encode(
        "latin-1" if max(map(ord, value)) < 256 else "utf-8")}
    for format in ("html", "json", "text"):
        r = server.get("/explain?" + urlencode({**query, "format": format}))
        assert r.status in (200, 400), r
        body = r.body.decode("utf-8", "strict")
        if format == "html":
            checked_page(r)
            assert "<script" not in body and "<img" not in body
            assert "<b>" not in body.partition("<ol")[0]
        elif format == "json":
            json.loads(body)
        else:
            assert not re.search(r"[^\n -~]", body)


class Page(HTMLParser):
    """What stands in the page: each tag closed, attributes known."""

    VOID = {"meta", "input", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.ids = [], [], [], []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        names = [n for n, _ in attrs]
        assert len(names) == len(set(names))
        assert not any(n.startswith("on") or n in ("src", "style")
                       for n in names)
        self.ids += [v for n, v in attrs if n == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def said(self, tag):
        return [data for name, data in self.texts if name == tag]


def checked_page(r):
    assert r.one("Content-Type") == "text/html; charset=utf-8"
    page = Page(r.body.decode("utf-8", "strict"))
    nonce = next(a["nonce"] for tag, a in page.tags if tag == "style")
    assert re.fullmatch("[0-9a-f]{32}", nonce)
    assert r.one("Content-Security-Policy") == (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'")
    assert r.one("X-Content-Type-Options") == "nosniff"
    assert r.one("Referrer-Policy") == "no-referrer"
    assert len(page.ids) == len(set(page.ids))
    for tag, attrs in page.tags:
        assert tag not in ("script", "img", "link", "iframe")
        for name in ("for", "aria-labelledby", "aria-describedby"):
            assert attrs.get(name) in [None, *page.ids]
        if tag == "a":
            assert attrs["href"].startswith("https://fetch.spec.whatwg.org/#")
    return page


@pytest.mark.parametrize("url,query,reason,line,nth", CASES, ids=[
    " ".join([url, *query.values()]) for url, query, *_ in CASES])
def test_the_page_says_it_too(server, url, query, reason, line, nth):
    answer = as_json(server, url, **query)
    page = checked_page(ask(server, url, format="html",
                            **{"origin": APP, **query}))
    everything = re.sub(r"\s+", " ", "".join(t for _, t in page.texts))
    first = next(data for tag, data in page.texts if tag == "p")
    assert first == answer["sentence"] + "."
    assert (line in page.said("mark")) if line else not page.said("mark")
    for step in answer["steps"]:
        assert step["saw"] in everything and step["rule"] in everything
    for section in answer["sections"]:
        assert section["title"] in page.said("code")
        assert all(one["text"] in page.said("code") + page.said("mark")
                   for one in section["lines"])
    shown = {attrs.get("name"): attrs.get("value")
             for tag, attrs in page.tags if tag == "input"}
    assert shown["url"] == url and shown["origin"] == query.get("origin", APP)


def test_the_empty_form(server):
    r = server.get("/explain")
    assert r.status == 200
    page = checked_page(r)
    assert not any("answer" in a.get("class", "") for _, a in page.tags)
    assert server.get("/explain?format=text").status == 400


def test_two_pages_have_two_nonces(server):
    assert server.get("/explain").one("Content-Security-Policy") \
        != server.get("/explain").one("Content-Security-Policy")


def test_head(server):
    r = server.request("HEAD", "/explain?url=/&origin=null")
    assert r.status == 200 and not r.body
    assert r.one("Content-Type") == "text/html; charset=utf-8"


# --- the lines to add ---------------------------------------------------------

SUGGESTED = [
    ("/shop/a.txt", {"origin": OTHER}, "<Location /shop>", A,
     ["CORSAllowOrigin https://evil.example"]),
    ("/shop/a.txt", {"method": "DELETE"}, "<Location /shop>", None,
     ["CORSAllowMethods DELETE"]),
    ("/shop/inner/a.txt", {"headers": "X-One, X-Inner, x-two"},
     "<Location /shop/inner>", "CORSAllowHeaders X-Inner",
     ["CORSAllowHeaders X-One x-two"]),
    ("/shop/a.txt", {"origin": OTHER, "method": "DELETE",
                     "headers": "X-Two, Authorization",
                     "credentials": "include"}, "<Location /shop>", None,
     ["CORSAllowOrigin https://evil.example", "CORSAllowCredentials On",
      "CORSAllowMethods DELETE", "CORSAllowHeaders Authorization X-Two"]),
    ("/partners/a.txt", {"origin": OTHER}, "<CORSPolicy partners>",
     "CORSAllowOrigin https://partner.example",
     ["CORSAllowOrigin https://evil.example"]),
    ("/several/a.txt", {"origin": OTHER, "credentials": "include"},
     "<CORSPolicy partners>", "CORSAllowOrigin https://partner.example",
     ["CORSAllowOrigin https://evil.example"]),
    ("/off/a.txt", {}, "<Location /off>", "CORSEngine Off",
     ["CORSEngine On"]),
    ("/report/a.txt", {"origin": OTHER}, "<Location /report>", None,
     ["CORSEngine On", "CORSAllowOrigin https://evil.example"]),
    ("/noone/a.txt", {"origin": "https://partner.example",
                      "credentials": "include"}, "<Location /noone>",
     "CORSAllowCredentials Off", ["CORSAllowCredentials On"]),
    ("/plain/a%20b.txt?x", {"method": "PUT"}, "the virtual host",
     "<VirtualHost *:${PORT}>",
     ['<Location "/plain/a b.txt">', "    CORSAllowOrigin " + APP,
      "    CORSAllowMethods PUT", "</Location>"]),
    ("/shop/a.txt", {"origin": "http://site.example",
                     "credentials": "include"}, "<Location /shop>", A,
     ["CORSAllowOrigin http://site.example", "CORSAllowCredentials On",
      "CORSTolerate insecure-origins"]),
    ("/files/deeper/a.txt", {"origin": OTHER}, ".htaccess", None,
     ["CORSAllowOrigin https://evil.example"]),
    # What no line can do.
    ("/denied/a.txt", {}, None, None, []),
    ("/any/a.txt", {"credentials": "include"}, None, None, []),
    ("/shop/a.txt", {"origin": "null"}, None, None, []),
    ("/shop/a.txt", {"method": "TRACE"}, None, None, []),
    ("/shop/a.txt", {"headers": "Access-Control-Allow-Origin"}, None, None,
     []),
    ("/shop/a.txt", {"headers": "*"}, None, None, []),
    ("/closed/a.txt", {"headers": "X"}, None, None, []),
    ("/early/a.txt", {"origin": "https://edited.example"}, None, None, []),
    ("/keep/a.txt", {}, None, None, []),
    ("/plain/a*.txt", {}, None, None, []),
]


@pytest.mark.parametrize("url,query,title,after,lines", SUGGESTED, ids=[
    " ".join([url, *query.values()]) for url, query, *_ in SUGGESTED])
def test_lines_to_add(server, url, query, title, after, lines):
    answer = as_json(server, url, **query)
    assert answer["verdict"] == "refused"
    assert [s["text"] for s in answer["suggested"]] == lines
    assert (answer["advice"] is None) == bool(lines)
    for one in answer["suggested"]:
        assert one["in"] == title and one["file"] and one["line"]
    if after:
        first = answer["suggested"][0]
        assert f"{first['file']}:{first['line']}" == place(server, after)
    said = text(server, url, **query)
    page = checked_page(ask(server, url, format="html",
                            **{"origin": APP, **query}))
    for line in lines:
        assert f"write: {line}\n" in said and line in page.said("code")
    if not lines:
        assert f"advice: {answer['advice']}\n" in said
        assert answer["advice"] + "." in page.said("p")


@pytest.mark.parametrize("query,id", [
    ({"method": "patch"}, "CORS044"), ({"method": "DELETE"}, None),
    ({"origin": "https://*.example.com".replace("*.", "a.")}, None)])
def test_what_configtest_would_warn_of(server, query, id):
    answer = as_json(server, "/shop/a.txt", **query)
    assert answer["suggested"]
    assert [w.split(":")[0] for w in answer["warnings"]] == ([id] if id
                                                             else [])
    assert ("configtest would warn: CORS" in text(
        server, "/shop/a.txt", **query)) == bool(id)


def test_a_list_too_long_to_copy(start_once):
    many = " ".join(f"https://s{i}.example" for i in range(1200))
    server = start_once(
        EXPLAIN + f"<Location /many>\nCORSAllowOrigin {many}\n</Location>\n",
        modules=["authz_host"])
    answer = as_json(server, "/many", OTHER)
    assert [s["text"] for s in answer["suggested"]] \
        == ["CORSAllowOrigin https://evil.example"]
    assert len(json.dumps(answer["sections"])) < 1000


# --- what was pasted ----------------------------------------------------------

def pasted(server, text, format="html"):
    text = text.replace("PORT", str(server.port))
    return server.get("/explain?" + urlencode({"paste": text,
                                               "format": format}))


def fields(page):
    """The first form's."""
    values = {attrs["name"]: attrs.get("value") for tag, attrs in page.tags
              if tag == "input" and attrs["type"] == "text"}
    values["headers"] = page.said("textarea")[0].strip()
    values["credentials"] = any("checked" in attrs for _, attrs in page.tags)
    return values


CHROMIUM = ("Access to fetch at 'http://localhost:PORT/shop/a.txt' from "
            f"origin '{APP}' has been blocked by CORS policy: ")


@pytest.mark.parametrize("paste,expected,verdict", [
    (CHROMIUM + "Method DELETE is not allowed by Access-Control-Allow-Methods "
     "in preflight response.", {"method": "DELETE"},
     "without the method DELETE"),
    (CHROMIUM + "Request header field x-two is not allowed by "
     "Access-Control-Allow-Headers in preflight response.",
     {"headers": "x-two"}, "without the header x-two"),
    ("[Error] Origin https://evil.example is not allowed by Access-Control-"
     "Allow-Origin. Status code: 200\n[Error] Fetch API cannot load "
     "http://localhost:PORT/shop/a.txt due to access control checks.",
     {"origin": OTHER}, "without Access-Control-Allow-Origin"),
    ("curl 'http://localhost:PORT/shop/a.txt' -X PUT -H 'Origin: " + APP
     + "' -H 'X-One: 1' -b a=b", {
         "method": "PUT", "headers": "X-One: 1", "credentials": True},
     "without Access-Control-Allow-Credentials")])
def test_a_paste_fills_the_form(server, paste, expected, verdict):
    page = checked_page(pasted(server, paste))
    assert verdict in page.said("p")[0]
    assert fields(page) == {
        "url": f"http://localhost:{server.port}/shop/a.txt", "origin": APP,
        "method": "", "headers": "", "credentials": False, **expected}


def test_firefox_does_not_say_whose_page_it_is(server):
    r = pasted(server, "Cross-Origin Request Blocked: The Same Origin Policy "
               "disallows reading the remote resource at "
               "http://localhost:PORT/shop/a.txt. (Reason: CORS header "
               "\u2018Access-Control-Allow-Origin\u2019 missing).")
    assert r.status == 400
    page = checked_page(r)
    assert "origin is missing" in page.said("p")[0]
    assert fields(page)["url"].endswith("/shop/a.txt")


def test_what_is_written_wins_over_what_was_pasted(server):
    r = server.get("/explain?" + urlencode({
        "paste": f"curl http://localhost:{server.port}/any/a.txt -H "
                 f"'Origin: {APP}'", "origin": OTHER, "format": "json"}))
    question = json.loads(r.body)["question"]
    assert question["origin"] == OTHER and question["url"] == "/any/a.txt"


def test_nothing_is_found_in_a_paste(server):
    r = pasted(server, "TypeError: <b>x</b>", "text")
    assert r.status == 400 and "nothing was found" in r.text


# --- who was refused lately ---------------------------------------------------

def lately(server):
    r = server.get("/explain?format=json")
    assert r.status == 200
    answer = json.loads(r.body)
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return {(row["origin"], row["header"]): row
            for row in answer["refused_lately"]["rows"]
            if row["policy"] == place(server, A)}


def test_refused_lately(server):
    origin, odd = "https://lately.example", "<b>&\xe9"
    for _ in range(3):
        server.get("/shop/a.txt", origin)
    server.preflight("/shop/a.txt", APP, "PUT", "x-lately")
    server.get("/shop/a.txt", odd)
    rows = lately(server)
    row = rows[origin, None]
    assert (row["count"], row["method"], row["header"], row["reason"],
            row["lines"]) == (3, "GET", None, "not-listed",
                              [f"CORSAllowOrigin {origin}"])
    assert rows[APP, "x-lately"]["reason"] == "header"
    page = checked_page(server.get("/explain"))
    assert {origin, f"CORSAllowOrigin {origin}", "<b>&\ufffd"} \
        <= set(page.said("code"))
    assert origin in str(as_json(server, "/any/a.txt")["refused_lately"])


def test_a_lookup_is_no_refusal(server):
    text(server, "/shop/a.txt", "https://nobody-sent.example")
    assert "nobody-sent" not in str(lately(server))


# --- odds and ends ------------------------------------------------------------

def test_the_target_is_as_browsers_write_it(server):
    r = ask(server, b"/shop/a b\xff?c=<d>#e", format="json")
    assert json.loads(r.body)["question"]["url"] \
        == "/shop/a%20b%FF?c=%3Cd%3E"


def test_the_askers_preflight_is_not_the_looked_up_one(server):
    r = ask(server, "/shop/a.txt", method="OPTIONS", format="json",
            sent={"Access-Control-Request-Method": "PUT"})
    assert json.loads(r.body)["actual"]["result"] == "allowed"


GUARD = """
<Location /guarded>
    SetHandler cors-explain
    AuthType Basic
    AuthName x
    AuthUserFile ${HTDOCS}/users
    Require valid-user
    CORSAllowOrigin https://app.example.com
</Location>
<CORSPolicy logged-in>
    CORSAllowOrigin https://one.example
    CORSAllowCredentials On
</CORSPolicy>
<CORSPolicy readers>
    CORSAllowOrigin https://two.example
</CORSPolicy>
<Location /two>
    CORSUsePolicy logged-in readers
    Require all granted
</Location>
AddOutputFilter INCLUDES .shtml
<Directory ${HTDOCS}>
    Options +Includes
</Directory>
<Location /open>
    SetHandler cors-explain
    Require all granted
</Location>
"""


@pytest.fixture(scope="module", params=["prefork", "worker", "event"])
def guarded(start_server, request):
    return start_server(
        GUARD, mpm=request.param,
        modules=["mime", "include", "authn_core", "authn_file", "auth_basic",
                 "authz_user", "authz_host"],
        files={"users": "x:{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI=\n",  # x
               "two/a.txt": "", "page.shtml": "[<!--#include virtual=\"/open"
               "?url=/two&origin=null&format=text\" -->]"})


def test_the_askers_user_is_not_taken_over(guarded):
    """Though the very same sections hold."""
    sent = {"Authorization": "Basic eDp4"}
    assert ask(guarded, "/guarded", path="/guarded").status == 401
    r = ask(guarded, "/guarded", path="/guarded", sent=sent, format="json")
    answer = json.loads(r.body)
    assert answer["actual"]["response"]["status"] == 401
    assert answer["verdict"] == "allowed"


def test_no_page_includes_it(guarded):
    guarded.expect_log("AH01379|unable to include")
    body = guarded.get("/page.shtml").text
    assert body.startswith("[") and "Refused" not in body
    assert "Refused" in guarded.get("/open?url=/two&origin=null&format=text"
                                    ).text


@pytest.mark.parametrize("credentials,policy", [
    ("include", "logged-in"), ("omit", "readers")])
def test_of_several_policies_the_one_that_fits(guarded, credentials, policy):
    answer = as_json(guarded, "/two/a.txt", "https://new.example",
                     path="/open", credentials=credentials)
    assert [(s["text"], s["in"]) for s in answer["suggested"]] == [
        ("CORSAllowOrigin https://new.example", f"<CORSPolicy {policy}>")]


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
    return start_server(ON, modules=["rewrite", "authz_host"], files={
        "front/index.html": "hello", "error.html": "hello",
        "app/off/x": "", "private/a.txt": ""})


@pytest.mark.parametrize("url,origin,allowed", [
    ("/app/any/thing", APP, True), ("/app/any/thing", OTHER, False),
    ("/app/off/thing", APP, False), ("/none", APP, True),
    ("/none", OTHER, False), ("/private/none", APP, False),
    ("/private/none", "https://own.example", True)])
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


def test_the_text_is_ascii(going_on):
    """A terminal may take other bytes for commands."""
    said = text(going_on, "/caf\u00e9/a.txt", OTHER)
    assert "in <Location /caf\\xc3\\xa9>" in said
    assert not re.search(r"[^\n -~]", said)
    answer = as_json(going_on, "/caf\u00e9/a.txt", OTHER)
    assert answer["suggested"][0]["in"] == "<Location /caf\u00e9>"
