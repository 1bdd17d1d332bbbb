# SPDX-License-Identifier: Apache-2.0
"""SetHandler cors-explain, as curl …?format=text and format=json see it: the
lookup goes through all that a request would go through, and leaves no trace."""

import json
import re
from urllib.parse import urlencode

import pytest

from harness import metrics

APP, OTHER = "https://app.example.com", "https://evil.example"

CONFIG = """
<Location /explain>
    SetHandler cors-explain
    Require local
</Location>
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
    "files/deeper/a.txt": "hello",
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
        expect_log=[r"CORS0\d\d: ", "AH01630", "AH01797", "AH01623"])
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
    ("/proxied/a.txt", {}, None, A, 17),
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
    for url, query, *_ in CASES:
        text(server, url, **query)
    text(server, "/shop/a.cgi", method="PUT")
    text(server, "/shop/a.cgi", OTHER)
    assert not metrics.read(server, "/cors-metrics") - before
    added = server.log.everything()[seen:]
    assert "cors:" not in added, added
    assert not server.ran("shop/a.cgi")
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
