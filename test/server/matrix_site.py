# SPDX-License-Identifier: Apache-2.0
"""The site of test_matrix.py: one of everything that httpd answers with. The
same in every virtual host, and in the server without mod_cors."""

import os
from contextlib import ExitStack

from harness import Backend
from matrix_ask import Asker
from matrix_worlds import virtual_hosts
from servers.express import Express
from servers.php import PHP as PHPServer

MODULES = """
    cgi dir alias rewrite headers autoindex negotiation asis actions include
    filter deflate brotli lua dav dav_fs status macro proxy proxy_http
    proxy_fcgi proxy_balancer lbmethod_byrequests slotmem_shm
    reqtimeout allowmethods speling authn_core authn_file auth_basic authz_user
""".split()

# Once, for the server as a whole.
GLOBAL = """
Protocols h2 h2c http/1.1
SSLCertificateFile ${ROOT}/tls.crt
SSLCertificateKeyFile ${ROOT}/tls.key
MaxKeepAliveRequests 0
KeepAliveTimeout 3600
DavLockDB ${ROOT}/run/dav
ErrorLogFormat "[%t] [%-m:%l] [pid %P] [test %{X-Test}i] %F: %E: %M"
LogFormat "%{X-Test}i|%{CORS_RESULT}e" seen
CustomLog ${ROOT}/seen.log seen
<IfModule http2_module>
    H2EarlyHints On
</IfModule>
"""

# In each virtual host; @ is the backend's port, EXPRESS that of the Node
# application, SOCKET php-fpm's.
ROWS = r"""
LimitRequestFields 50
LimitRequestFieldSize 2000
LimitRequestLine 2000

AddLanguage en .en
AddLanguage de .de
AddHandler type-map .var
AddHandler send-as-is .asis
AddHandler lua-script .lua
AddHandler acted .acted
AddOutputFilter INCLUDES .shtml
Action acted /cgi/acted.cgi virtual

<Directory ${HTDOCS}>
    Options +Includes +Indexes
    DirectoryIndex disabled
</Directory>
<Directory ${HTDOCS}/index>
    DirectoryIndex index.html
</Directory>
<Directory ${HTDOCS}/indexcgi>
    DirectoryIndex none.html index.cgi
</Directory>
<Directory ${HTDOCS}/fallback>
    FallbackResource /a.txt
</Directory>
<Directory ${HTDOCS}/fallbackcgi>
    FallbackResource /cgi/run.cgi
</Directory>
<Directory ${HTDOCS}/nolist>
    Options -Indexes
</Directory>
<Directory ${HTDOCS}/dav>
    Dav On
</Directory>
<Directory ${HTDOCS}/dir>
    RewriteEngine On
    RewriteRule ^internal$ /a.txt
    RewriteRule ^script$ /cgi/run.cgi
    RewriteRule ^moved$ /elsewhere [R=302]
    RewriteRule ^gone$ - [G]
    RewriteRule ^forbidden$ - [F]
    RewriteRule ^ok$ - [R=200,L]
    RewriteRule ^conflict$ - [R=409]
    RewriteRule ^proxy$ http://127.0.0.1:@/200 [P]
</Directory>

RewriteEngine On
RewriteRule ^/server/internal$ /a.txt [PT]
RewriteRule ^/server/moved$ /elsewhere [R=302]
RewriteRule ^/server/gone$ - [G]
RewriteRule ^/server/forbidden$ - [F]
RewriteRule ^/server/ok$ - [R=200,L]
RewriteRule ^/server/proxy$ http://127.0.0.1:@/200 [P]

<Directory ${HTDOCS}/moved>
    Redirect 308 /moved/a.txt /elsewhere
</Directory>
<Directory ${HTDOCS}/spell>
    CheckSpelling On
</Directory>

Redirect 301 /redirect/server /elsewhere
Redirect gone /redirect/gone
<Location /redirect/location>
    Redirect 307 /elsewhere
</Location>

<Location /private>
    AuthType Basic
    AuthName test
    AuthUserFile ${ROOT}/users
    Require valid-user
</Location>
<Location /denied>
    Require all denied
</Location>
<Location /small>
    LimitRequestBody 10
</Location>
<Location /methods>
    AllowMethods GET HEAD
    ErrorDocument 405 /errors/page.html
</Location>

<Location /e/local>
    ErrorDocument 404 /errors/page.html
</Location>
<Location /e/script>
    ErrorDocument 404 /errors/page.cgi
</Location>
<Location /e/text>
    ErrorDocument 404 "not here"
</Location>
<Location /e/external>
    ErrorDocument 404 https://elsewhere.example/missing
</Location>
<Location /e/lost>
    ErrorDocument 404 /errors/none.html
</Location>

# The other way round the second would share the worker of the first.
ProxyPass /upgrade/ http://127.0.0.1:@/upgrade upgrade=websocket
ProxyPass /proxy http://127.0.0.1:@/
ProxyPass /nobody http://127.0.0.1:1/ retry=0
ProxyPass /express http://127.0.0.1:EXPRESS/listed disablereuse=On
<Proxy balancer://some>
    BalancerMember http://127.0.0.1:2/ retry=600
    BalancerMember http://127.0.0.1:@/some status=+H
</Proxy>
ProxyPass /some balancer://some
<Proxy balancer://none>
    BalancerMember http://127.0.0.1:3/ retry=0
</Proxy>
ProxyPass /none balancer://none
<FilesMatch "\.php$">
    SetHandler "proxy:unix:SOCKET|fcgi://localhost"
</FilesMatch>
<Location /proxy/override>
    ProxyErrorOverride On
    ErrorDocument 404 "overridden"
    ErrorDocument 500 /errors/page.html
</Location>

<Location /zip>
    SetOutputFilter DEFLATE
</Location>
<Location /br>
    SetOutputFilter BROTLI_COMPRESS
</Location>
<Location /status>
    SetHandler server-status
</Location>
<IfModule http2_module>
    <Location /hint>
        H2PushResource add /a.txt
    </Location>
</IfModule>
<Location /set>
    Header always set X-Two 2
    Header set Vary Cookie
    Header always set Access-Control-Allow-Origin https://set.example
    Header append Access-Control-Expose-Headers X-Set
</Location>
"""

OWN = ("Access-Control-Allow-Origin: https://backend.example\n"
       "Access-Control-Allow-Methods: DELETE\n"
       "access-control-expose-headers: X-Backend\n")

# name below cgi/: (headers, body); "nph-" ones begin with a status line.
SCRIPTS = {
    "run": ("Content-Type: text/plain\nX-Two: 2", "ran"),
    "201": ("Status: 201 Made\nLocation: https://elsewhere.example/1\n"
            "Content-Type: text/plain", "made"),
    "204": ("Status: 204 Nothing", ""),
    "304": ('Status: 304 Not Modified\nETag: "x"', ""),
    "404": ("Status: 404 No\nContent-Type: text/plain\n" + OWN, "no"),
    "500": ("Status: 500 Oops\nContent-Type: text/plain\nVary: Cookie\n" + OWN,
            "oops"),
    "moved": ("Location: https://elsewhere.example/\nVary: Cookie", ""),
    "local": ("Location: /a.txt\nVary: Cookie", ""),
    "own": ("Content-Type: text/plain\n" + OWN, "own"),
    "twice": ("Content-Type: text/plain\nVary: Origin\nVary: origin, Cookie\n"
              "Set-Cookie: a=b\nSet-Cookie: c=d\n" + OWN + OWN, "twice"),
    "vary": ("Content-Type: text/plain\nVary: Accept\nVary: Accept, Cookie",
             "vary"),
    "star": ("Content-Type: text/plain\nVary: *", "star"),
    "acted": ("Content-Type: text/plain\nVary: Accept\n" + OWN, "acted"),
    "nph-run": ("HTTP/1.0 200 Mine\nContent-Type: text/plain\n"
                "Connection: close\nVary: Cookie\n" + OWN, "nph"),
}

PHP = r"""<?php
header('Access-Control-Allow-Origin: https://backend.example');
header('access-control-allow-credentials: true');
header('Vary: Accept');
header('Vary: origin', false);
header('ETag: "php"');
http_response_code((int) ($_GET['status'] ?? 200));
echo $_SERVER['REQUEST_METHOD'];
"""

FILES = {
    "php/app.php": PHP,
    "a.txt": "0123456789" * 30,
    "list/one.txt": "1",
    "index/index.html": "index",
    "fallback/x": "x",
    "fallbackcgi/x": "x",
    "dir/x": "x",
    "private/a.txt": "secret",
    "denied/a.txt": "denied",
    "closed/x/a.txt": "closed",
    "small/a.txt": "small",
    "methods/a.txt": "methods",
    "errors/page.html": "the page",
    "zip/a.txt": "0123456789" * 30,
    "br/a.txt": "0123456789" * 30,
    "hint/a.txt": "hint",
    "set/a.txt": "set",
    "dav/a.txt": "dav",
    "dav/put.txt": "put",
    "nolist/x": "x",
    "moved/x": "x",
    "spell/a.txt": "x",
    "multi/doc.html.en": "English",
    "multi/doc.html.de": "deutsch",
    "map/doc.var": "URI: doc\n\nURI: one.html\nContent-type: text/html\n"
                   "Content-language: en\n\nURI: two.html\n"
                   "Content-type: text/html\nContent-language: de\n\n",
    "map/one.html": "one",
    "map/two.html": "two",
    "include/page.shtml": '<!--#include virtual="/cgi/own.cgi" -->|'
                          '<!--#include virtual="/a.txt" -->',
    "asis/page.asis": "Status: 299 As it is\nContent-Type: text/plain\n"
                      "Vary: Cookie\nAccess-Control-Allow-Origin: *\n\nas is",
    "asis/x.acted": "x",
    "lua/page.lua": "function handle(r)\n r.content_type = 'text/plain'\n"
                    " r.headers_out['X-Two'] = '2'\n"
                    " r.err_headers_out['Vary'] = 'Cookie'\n"
                    " r.headers_out['Access-Control-Allow-Origin'] = '*'\n"
                    " r:puts('lua')\n return apache2.OK\nend\n",
    "lua/404.lua": "function handle(r)\n"
                   " r.err_headers_out['Access-Control-Max-Age'] = '9'\n"
                   " return 404\nend\n",
    "lua/broken.lua": "function handle(r)\n error('broken')\nend\n",
    "bad/.htaccess": "Nonsense\n",
    "bad/a.txt": "bad",
}


def script(headers, body):
    """Of the shell's own commands: there are thousands of runs."""
    text = f"{headers}\n\n{body}".replace("%", "%%").replace("\n", "\\n")
    return ("#!/bin/sh\nwhile read -r line; do :; done\n"
            f"printf '{text}'\n")


def write(server):
    """The files, all of one age: both servers' ETags must be the same."""
    for name, text in FILES.items():
        server.write(name, text)
    for name, (headers, body) in SCRIPTS.items():
        server.write(f"cgi/{name}.cgi", script(headers.rstrip("\n"), body),
                     0o755)
    server.write("errors/page.cgi",
                 script("Content-Type: text/plain\nVary: Accept", "sorry"),
                 0o755)
    server.write("indexcgi/index.cgi", script(
        "Content-Type: text/plain\nVary: Accept\n" + OWN.rstrip("\n"),
        "index"), 0o755)
    server.write("small/run.cgi", script(*SCRIPTS["run"]), 0o755)
    server.write("cgi/broken.cgi", "#!/bin/sh\nexit 1\n", 0o755)
    (server.root / "users").write_text("")
    for path in (server.root / "run", server.htdocs / "dav",
                 server.htdocs / "dav/put.txt"):
        path.chmod(0o777)
    for folder, _, names in os.walk(server.htdocs):
        for name in [".", *names]:
            os.utime(os.path.join(folder, name), (1000000000, 1000000000))
    (server.htdocs / "closed").chmod(0)


def answer(request):
    """What the backend says to /NAME."""
    name = request.target.strip("/").rpartition("/")[2]
    own = [tuple(line.split(": ")) for line in OWN.splitlines()]
    if name == "closes":
        return b""
    if name == "cut":
        # More than httpd holds back.
        return Backend.response("200 OK", own, b"x" * 100000)[:-1]
    if name == "304":
        return (b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nVary: Cookie\r\n'
                b"Connection: close\r\n\r\n")
    if name == "upgrade" and request.all("Upgrade"):
        return (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nVary: Cookie\r\n"
                + OWN.replace("\n", "\r\n").encode() + b"\r\n")
    if name == "early":
        return (b"HTTP/1.1 103 Early Hints\r\nLink: </a.txt>; rel=preload\r\n"
                b"Access-Control-Allow-Origin: *\r\n\r\n"
                + Backend.response(headers=own))
    if name == "own":
        return Backend.response("200 OK", [*own, ("Vary", "Accept"),
                                           ("Vary", "Cookie")])
    if not name.isdigit():
        name = "200"
    return Backend.response(f"{name} Whatever", own if name > "3" else [])


class Behind:
    """What is behind the proxy: a server of the tests, php-fpm, Express."""

    def __init__(self):
        self.backend = Backend()
        self.backend.answer = answer
        self.others = ExitStack()
        self.php = self.others.enter_context(PHPServer())
        self.express = self.others.enter_context(Express())

    def close(self):
        self.others.close()
        self.backend.close()

    def fill(self, text):
        return text.replace("@", str(self.backend.port)).replace(
            "EXPRESS", str(self.express.port)).replace(
            "SOCKET", str(self.php.socket))


class Pairs:
    """By MPM, started when first asked for: askers of the server with the
    module and of the one without it. more: further lines of the
    configuration."""

    def __init__(self, start_server, more=""):
        self.start_server = start_server
        self.more = more
        self.behind = Behind()
        self.started = {}

    def get(self, mpm):
        if mpm not in self.started:
            self.started[mpm] = [self._start(mpm, cors)
                                 for cors in (True, False)]
        return self.started[mpm]

    def _start(self, mpm, cors):
        fill = self.behind.fill
        server = self.start_server(
            GLOBAL + virtual_hosts() + fill(self.more), mpm=mpm,
            modules=MODULES + ["http2"] * (mpm != "prefork"), cors=cors,
            tls=True, files={"../rows.conf": fill(ROWS)},
            log_level="warn" + (" cors:debug" if cors else ""),
            expect_log=["AH01909"])     # one certificate for all names
        write(server)
        return Asker(server)

    def close(self):
        for askers in self.started.values():
            for asker in askers:
                asker.close()
                # To be removed.
                (asker.server.htdocs / "closed").chmod(0o755)
        self.behind.close()
