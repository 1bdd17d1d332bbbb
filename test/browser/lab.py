# SPDX-License-Identifier: Apache-2.0
"""The world that the browsers see: host names, policies, one httpd that has
them all, and a backend behind it that answers as the query says.

    /p/POLICY/…    the backend, under a policy
    /f/POLICY/…    files, under the same policy
    /w/POLICY/…    a backend that is down
    /page.html     an empty page for every origin; the backend's own is one of
                   a public network, as the browsers are told: $public

In strings of a case, $app and so on stand for origins, $id for the case: see
cases.py.
"""

import base64
import hashlib
import json
import random
import shutil
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from harness import Backend
from model import generate, oracle

# name: (scheme, host). app and www are one site, sib too; the others are
# sites of their own. *.test is on the loopback by the browsers' settings.
HOSTS = {
    "app": ("https", "app.front.test"),
    "www": ("https", "www.front.test"),
    "partner": ("https", "partner.other.test"),
    "stranger": ("https", "stranger.evil.test"),
    "api": ("https", "api.back.test"),
    "second": ("https", "api.third.test"),
    "plainapp": ("http", "app.front.test"),
    "plainwww": ("http", "www.front.test"),
    "plainapi": ("http", "api.back.test"),
    "local": ("http", "app.localhost"),
    "localapi": ("http", "api.localhost"),
}


def origins(port, tls_port):
    """name: origin."""
    return {name: f"{scheme}://{host}:{tls_port if scheme == 'https' else port}"
            for name, (scheme, host) in HOSTS.items()}


MANY = [f"X-Many-{i:03}" for i in range(1, 121)]
# What a cross-origin page's requests may need, listed.
USUAL = {"methods": ["PUT", "PATCH", "DELETE", "QUERY"],
         "headers": ["X-One", "Content-Type", "Authorization"],
         "expose": ["X-Own", "ETag"]}
LIBRARIES = ["Content-Type", "X-Requested-With", "HX-Request", "HX-Target",
             "HX-Current-URL", "HX-Source", "HX-Request-Type", "HX-Trigger",
             "HX-Trigger-Name"]

# As in model/oracle.py, but origins by name. Not named: None.
POLICIES = {
    "bare": {},
    "nobody": {"origins": []},
    "open": {"origins": ["*"]},
    "star": {"origins": ["*"], "methods": ["*"], "headers": ["*"],
             "expose": ["*"]},
    "starauth": {"origins": ["*"], "methods": ["*"],
                 "headers": ["*", "Authorization"]},
    "plain": {"origins": ["app", "plainapp", "local"], **USUAL},
    "cred": {"origins": ["app"], "credentials": True, **USUAL},
    "credstar": {"origins": ["app"], "credentials": True, "methods": ["*"],
                 "headers": ["*"], "expose": ["*"]},
    "credstarauth": {"origins": ["app"], "credentials": True,
                     "headers": ["*", "Authorization"]},
    "many": {"origins": ["app"], "headers": MANY},
    "always": {"origins": ["app"], "credentials": True, "always": True,
               **USUAL},
    "wide": {"origins": ["https://*.front.test:*", "http://*.localhost:*"],
             **USUAL},
    "deny": {"origins": ["*"], "deny": ["stranger"], **USUAL},
    "null": {"origins": ["app", "null"], **USUAL},
    "ttl": {"origins": ["app"], "credentials": True, "max_age": 600, **USUAL},
    "ttl0": {"origins": ["app"], "max_age": 0, **USUAL},
    "timing": {"origins": ["app"], "timing": True},
    "timingstar": {"origins": ["*"], "timing": True},
    # What the libraries of test_libraries.py need, and what they lack.
    "libs": {"origins": ["app"], "credentials": True,
             "methods": ["PUT", "PATCH", "DELETE"], "headers": LIBRARIES,
             "expose": ["HX-Trigger"]},
    "libshidden": {"origins": ["app"], "headers": LIBRARIES},
    "simple": {"origins": ["app"]},
    "partners": {"origins": ["app"], "credentials": True, **USUAL},
    "public": {"origins": ["*"]},
    "several": {"use": ["partners", "public"]},
}
NAMED = ("partners", "public")
# Policies of one section more, as text.
MORE = {
    "forbid": "CORSRefusal Forbid",
    "upgrades": "CORSRefusal ForbidUpgrades",
    "pass": "CORSPreflight PassThrough",
    "off": "CORSEngine Off",
    "report": "CORSEngine ReportOnly",
    "keep": "CORSBackendHeaders Keep\n"
            "    Header set Access-Control-Allow-Origin https://evil.test",
}


def section(policy, names):
    """A policy in the form of model/oracle.py. names: as of origins()."""
    result = dict(policy)
    for key in ("origins", "deny"):
        if key in policy:
            result[key] = [generate.NULL if o == "null"
                           else oracle.pattern(names.get(o, o))
                           for o in policy[key]]
    return result


def rules(name, names):
    """The oracle's idea of a policy."""
    named = {n: section(POLICIES[n], names) for n in NAMED}
    merged = oracle.merge({}, section(POLICIES[name], names), named)
    return oracle.Rules(merged, named)


def _text(name):
    names = origins("${PORT}", "${TLS_PORT}")
    return generate.text(section(POLICIES[name], names), random.Random(1))


def _locations():
    for name in POLICIES:
        yield name, _text(name)
    for name, line in MORE.items():
        yield name, _text("plain") + f"    {line}\n"


HEAD = """
Protocols h2 http/1.1
RegisterHttpMethod QUERY
# 100 is httpd's default, and would answer 400 to a request of lab.MANY.
LimitRequestFields 200
# Each line: when it began, then what the tests ask for.
LogFormat "%{begin:usec}t\\t%m\\t%U%q\\t%>s\\t%{Origin}i\\t%{Sec-Fetch-Site}i\\t\
%{Access-Control-Request-Method}i\\t%{Access-Control-Request-Headers}i\\t\
%{Cookie}i\\t%{Content-Type}i\\t%{CORS_RESULT}e\\t%{Referer}i" wire
CustomLog ${ROOT}/wire.log wire
AddType text/javascript .js
AddType image/svg+xml .svg
AddType font/ttf .ttf
# What is usually pasted, without the module, for comparison.
<LocationMatch "^/[pf]/recipe/">
    Header always set Access-Control-Allow-Origin "expr=%{req:Origin}"
    Header always set Access-Control-Allow-Credentials true \
"expr=%{HTTP:Origin} =~ m#//app#"
    Header always set Access-Control-Allow-Headers authorization
    Header always merge Vary Origin
</LocationMatch>
<LocationMatch "^/f/[a-z0-9]+/private/">
    AuthType Basic
    AuthName lab
    AuthUserFile ${ROOT}/passwords
    Require valid-user
</LocationMatch>
<LocationMatch "^/f/[a-z0-9]+/closed/">
    Require all denied
</LocationMatch>
<LocationMatch "^/f/[a-z0-9]+/moved">
    Redirect 307 "https://api.back.test:${TLS_PORT}/f/plain/text.txt"
</LocationMatch>
RewriteEngine On
# At server level: before anybody looks for a policy.
RewriteRule "^/early/(.*)$" "/p/plain/$1" [R=307]
<Location /early>
    CORSAllowOrigin https://app.front.test:${TLS_PORT}
    CORSAllowMethods PUT
</Location>
# What can be asked about all of it; a pasted command may be long.
LimitRequestLine 65536
<Location /cors-explain>
    SetHandler cors-explain
    Require local
</Location>
RequestHeader edit Origin "^https://edited[.]test$" \
"https://app.front.test:${TLS_PORT}" early
<LocationMatch "^/f/list/">
    Header always set Access-Control-Allow-Origin "*"
    Header always set Access-Control-Allow-Methods "PUT;DELETE"
</LocationMatch>
"""

# Behind the section that it contradicts.
CONTRADICTION = """
<LocationMatch "^/f/open/contra/">
    CORSAllowCredentials On
</LocationMatch>
"""

TLS = """
<VirtualHost *:${TLS_PORT}>
    ServerName localhost:${TLS_PORT}
    SSLEngine On
    SSLCertificateFile ${ROOT}/tls.crt
    SSLCertificateKeyFile ${ROOT}/tls.key
    RewriteEngine On
    RewriteOptions Inherit
    CustomLog ${ROOT}/wire.log wire
</VirtualHost>
"""

MODULES = ["proxy", "proxy_http", "headers", "mime", "dir", "alias", "rewrite",
           "auth_basic", "authn_core", "authn_file", "authz_user", "authz_host",
           "http2"]


def config(backend_port):
    text = HEAD
    for name in NAMED:
        text += f"<CORSPolicy {name}>\n{_text(name)}</CORSPolicy>\n"
    for name, lines in _locations():
        text += f"<LocationMatch \"^/[pfw]/{name}/\">\n{lines}" \
                "</LocationMatch>\n"
    return text + f"""
AliasMatch "^/f/[a-z0-9]+/(.*)$" "${{HTDOCS}}/files/$1"
ProxyPassMatch "^/p/[a-z0-9]+/(.*)$" "http://127.0.0.1:{backend_port}/$1" \
upgrade=websocket
# Nobody listens there.
ProxyPassMatch "^/w/[a-z0-9]+/(.*)$" "http://127.0.0.1:1/$1" retry=0
""" + CONTRADICTION + TLS


# --- the backend -------------------------------------------------------------

SCRIPTS = {
    "module": ("text/javascript", "export const answer = 42;\n"),
    "throws": ("text/javascript", "throw new Error('told you so');\n"),
    "worker": ("text/javascript", "postMessage({read: true});\n"),
    "style": ("text/css", "#probe { color: rgb(1, 2, 3); }\n"),
    "fragment": ("text/html", "<b>new</b>"),
    "events": ("text/event-stream", "retry: 100000\ndata: hello\n\n"),
    "svg": ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" '
            'width="2" height="2"><rect width="2" height="2" fill="lime"/>'
            "</svg>"),
}
REASONS = {200: "OK", 201: "Created", 301: "Moved Permanently", 302: "Found",
           303: "See Other", 307: "Temporary Redirect", 401: "Unauthorized",
           404: "Not Found", 500: "Internal Server Error"}


def answer(request):
    """What the backend says: ?status=, type=, to= (a redirect), h=Name:value
    (more than one), kind= (of SCRIPTS), etag=, else an echo of the request."""
    query = parse_qsl(urlsplit(request.target).query)
    get = dict(query).get
    if request.all("Upgrade"):
        return _accept_socket(request)
    headers = [tuple(v.split(":", 1)) for n, v in query if n == "h"]
    headers += [("X-Own", "own"), ("X-Other", "other")]
    if "to" in dict(query):
        headers.append(("Location", get("to")))
    if "etag" in dict(query):
        headers.append(("ETag", f'"{get("etag")}"'))
        if request.all("If-None-Match") == [f'"{get("etag")}"']:
            return Backend.response("304 Not Modified", headers, b"")
    path = urlsplit(request.target).path
    if path in OWN_PAGE:
        kind, body = OWN_PAGE[path]
        return Backend.response("200 OK", [("Content-Type", kind)],
                                body.encode())
    if get("kind") in SCRIPTS:
        kind, body = SCRIPTS[get("kind")]
        headers.append(("Content-Type", kind))
        body = body.encode()
    else:
        headers.append(("Content-Type", "application/json"))
        body = json.dumps({
            "method": request.method, "cookie": request.all("Cookie"),
            "headers": {n.lower(): v for n, v in request.headers},
            "length": len(request.body)}).encode()
    if request.method == "HEAD":
        # The length that a GET would have, and no body.
        return Backend.response("200 OK", headers, body).partition(
            b"\r\n\r\n")[0] + b"\r\n\r\n"
    status = int(get("status", "302" if "to" in dict(query) else "200"))
    return Backend.response(f"{status} {REASONS[status]}", headers, body)


def _accept_socket(request):
    key = request.all("Sec-WebSocket-Key")[0] \
        + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    return (f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
            ).encode()


# --- pages and files ---------------------------------------------------------

PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>page</title>
<link rel="icon" href="data:,">
<script src="/page.js"></script><body></body></html>
"""


def page_with(libraries, meta=""):
    scripts = "".join(f'<script src="/{name}"></script>\n'
                      for name in [*libraries, "libraries.js"])
    return PAGE.replace("<body>", f"{meta}{scripts}<body>")


def htmx_config(text):
    return f"<meta name=\"htmx-config\" content='{text}'>\n"


OWN_PAGE = {
    "/page.html": ("text/html", PAGE),
    "/page.js": ("text/javascript",
                 (Path(__file__).parent / "page.js").read_text()),
}
FILES = {
    "page.html": PAGE,
    "files/page.html": PAGE,
    "local.html": PAGE.replace("/page.js", "page.js"),
    "libraries.html": page_with(["jquery.js", "axios.js"]),
    "htmx2.html": page_with(["htmx2.js"]),
    "htmx4.html": page_with(["htmx4.js"]),
    "htmx2cors.html": page_with(["htmx2.js"],
                                htmx_config('{"selfRequestsOnly": false}')),
    "htmx4cors.html": page_with(["htmx4.js"], htmx_config('{"mode": "cors"}')),
    "files/text.txt": "text",
    "files/dir/index.html": PAGE,
    "files/private/text.txt": "secret",
    "files/closed/text.txt": "closed",
}
EXPECT_LOG = [
    r"AH00957|AH01114",             # the backend that is down
    r"AH01617|AH01618",             # a wrong password
    r"AH01630",                     # files/closed
    r"CORS011: ",                   # CONTRADICTION
]
PACKAGES = {"jquery": "jquery/dist/jquery.min.js",
            "axios": "axios/dist/axios.min.js",
            "htmx2": "htmx2/dist/htmx.min.js",
            "htmx4": "htmx.org/dist/htmx.min.js"}
# A font of Debian's package fonts-liberation.
FONT = Path("/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf")


def write_files(root, here):
    """What is not text of our own: what the tests' directory has, passwords
    (of somebody, secret)."""
    copies = {
        "page.js": here / "page.js", "libraries.js": here / "libraries.js",
        "files/font.ttf": FONT,
        **{f"{name}.js": here / "node_modules" / path
           for name, path in PACKAGES.items()}}
    for name, source in copies.items():
        target = root / "htdocs" / name
        shutil.copyfile(source, target)
        target.chmod(0o644)
    digest = base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
    (root / "passwords").write_text(f"somebody:{{SHA}}{digest}\n")
