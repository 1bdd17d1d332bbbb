# SPDX-License-Identifier: Apache-2.0
"""A server with a section for each verdict of cors-explain, and what tests ask
of it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import jsonschema


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
<Location /long>
    CORSAllowOrigin https://one.example.com https://two.example.com https://three.example.com https://app.example.com https://*.four.example.com
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


def start(start_server):
    server = start_server(
        CONFIG, mpm="event", modules=MODULES, files=FILES,
        log_level="warn cors:debug",
        # What configtest says of all this, and httpd's own word on a lookup
        # that Require refuses.
        expect_log=[r"CORS0\d\d: ", "AH01630", "AH01797", "AH01623", "AH00135"])
    server.write_cgi("shop/a.cgi")
    return server


def ask(server, url, origin=APP, format="text", path="/explain", sent=(),
        **query):
    query = {"url": url, "origin": origin, "format": format, **query}
    return server.get(f"{path}?{urlencode(query)}", headers=sent)


def text(server, url, origin=APP, **query):
    r = ask(server, url, origin, **query)
    assert r.status == 200, r
    assert r.one("Content-Type") == "text/plain; charset=utf-8"
    assert r.one("Cache-Control") == "no-store"
    return r.text


DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "explain.schema.json").read_text())


def as_json(server, url, origin=APP, status=200, **query):
    r = ask(server, url, origin, "json", **query)
    assert r.status == status, r
    assert r.one("Content-Type") == "application/json"
    answer = json.loads(r.body.decode("utf-8", "strict"))
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return answer


class Page(HTMLParser):
    """What stands in the page: each tag closed, attributes known."""

    VOID = {"meta", "link", "input", "br"}

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
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
    assert r.one("X-Content-Type-Options") == "nosniff"
    assert r.one("Referrer-Policy") == "no-referrer"
    assert len(page.ids) == len(set(page.ids))
    for tag, attrs in page.tags:
        assert tag not in ("script", "img", "iframe")
        # No icon: without the link browsers ask for /favicon.ico.
        assert tag != "link" or attrs == {"rel": "icon", "href": "data:,"}
        for name in ("for", "aria-labelledby", "aria-describedby"):
            assert attrs.get(name) in [None, *page.ids]
        if tag == "a":
            assert attrs["href"].startswith("https://fetch.spec.whatwg.org/#")
    return page


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


# The names of the tests that go through all of them.
IDS = [" ".join([url, *query.values()]) for url, query, *_ in CASES]
