# SPDX-License-Identifier: Apache-2.0
"""The servers of test_auth_matrix.py: many guarded directories, each with
every way to a handler that a URL can take.
"""

from auth_lab import (APP, AUTH, ENGINE, ERRORS, INNER, PREFLIGHT, REFUSAL,
                      WHO, without_cors)

# @ is the guarded directory's URL, $ its name, & the backend. In .htaccess
# httpd allows all of it but the sections.
HANDLERS = """
    Options FollowSymLinks MultiViews ExecCGI Includes
    MultiviewsMatch Any
    DirectoryIndex index.cgi
    CheckSpelling On
    Action x-act @/act.cgi
    Action x-virtual @/act.cgi virtual
    RewriteEngine On
    RewriteRule ^rw$ run.cgi [L]
    RewriteRule ^rwe$ run.cgi [END]
    RewriteRule ^rwpt$ run.cgi [PT]
    RewriteRule ^rwh$ page.html [H=send-as-is]
    RewriteRule ^rwp$ http://127.0.0.1:&/rwp [P]
    RewriteRule ^rw200$ - [R=200,L]
    RewriteRule ^rwf$ - [F]
    RewriteRule ^rwg$ - [G]
    RewriteRule ^rwr$ @/run.cgi [R=302]
    RewriteCond %{REQUEST_METHOD} =OPTIONS
    RewriteRule ^rwo$ run.cgi [L]
    RewriteCond %{HTTP:X-HTTP-Method-Override} .
    RewriteRule ^rwo$ run.cgi [L]
    RedirectMatch /red$ @/run.cgi
"""
SECTIONS = """
<Directory ${HTDOCS}@/fall>
    FallbackResource @/front.cgi
</Directory>
<Directory ${HTDOCS}@/bare>
    DirectoryIndex disabled
</Directory>
<Directory ${HTDOCS}@/list>
    DirectoryIndex disabled
    Options +Indexes
</Directory>
<Directory ${HTDOCS}@/flat>
    DirectorySlash Off
</Directory>
<Directory ${HTDOCS}@/script>
    Script OPTIONS @/act.cgi
    Script PUT @/act.cgi
</Directory>
<Directory ${HTDOCS}@/dav>
    Dav On
</Directory>
<Directory ${HTDOCS}@/onward>
    SetHandler proxy:http://127.0.0.1:&/
</Directory>
<Location @/virtual>
    SetHandler x-virtual
</Location>
<Location @/status>
    SetHandler server-status
</Location>
<Location @/pass>
    ProxyPass http://127.0.0.1:&/pass
</Location>
<Directory ${HTDOCS}/into-$>
    Require all granted
    Options FollowSymLinks MultiViews Includes
    DirectoryIndex @/index.cgi
    FallbackResource @/front.cgi
    ErrorDocument 404 @/err.cgi/outside
    ErrorDocument 405 @/err.cgi/outside
    ErrorDocument 406 @/err.cgi/outside
    AddHandler x-guarded .guarded
    Action x-guarded @/act.cgi
    RewriteEngine On
    RewriteRule ^go$ @/run.cgi [L]
    SetEnv guarded @
    RewriteRule ^gop$ http://127.0.0.1:&/gop [P]
</Directory>
"""


class Directory:
    """One guarded directory below htdocs."""

    def __init__(self, number, row):
        self.row = dict(row)
        if row["auth"] == "allowed-methods" and row["section"] == ".htaccess":
            self.row["section"] = "Directory"   # not allowed in .htaccess
        self.name = f"g{number}"
        self.url = f"/{self.name}"

    def __repr__(self):
        return " ".join(f"{k}={v}" for k, v in self.row.items())

    def fill(self, text, backend=""):
        return (text.replace("@", self.url).replace("$>", f"{self.name}>")
                .replace("&", str(backend)) if backend
                else text.replace("@", self.url))

    def inner(self):
        return "" if self.row["inner"].startswith("sub-") \
            else INNER[self.row["inner"]]

    def policy(self):
        return self.fill("\n".join([
            AUTH[self.row["auth"]], ERRORS[self.row["errors"]],
            "LimitRequestBody 40",
            WHO[self.row["who"]], ENGINE[self.row["engine"]],
            PREFLIGHT[self.row["preflight"]], REFUSAL[self.row["refusal"]],
            ""]))

    def config(self, backend):
        """What makes handlers run here, and the section that guards them."""
        kind = self.row["section"]
        text = self.fill(SECTIONS, backend)
        handlers = self.fill(HANDLERS, backend)
        section = f"<Directory ${{HTDOCS}}{self.url}>\n"
        if kind == ".htaccess":
            return f"{section}{handlers}</Directory>\n{text}"
        if kind == "Directory":
            return (f"{section}{handlers}{self.policy()}{self.inner()}\n"
                    f"</Directory>\n{text}")
        text = (f"{section}{handlers}</Directory>\n{text}"
                f"<Location {self.url}>\n{self.policy()}</Location>\n")
        if self.inner().startswith("<Files"):
            return f"{text}{section}{self.inner()}\n</Directory>\n"
        return f"{text}<Location {self.url}>\n{self.inner()}\n</Location>\n"

    def htaccess(self, text, server, has_cors):
        return (text if has_cors else without_cors(text)).replace(
            "${ROOT}", str(server.root))

    def write(self, server, has_cors):
        """Everything here is a link to what write_common() wrote."""
        top, common = server.htdocs / self.name, server.htdocs / "common"
        (server.htdocs / f"into-{self.name}").symlink_to("outside")
        sub = self.row["inner"].startswith("sub-")
        if self.row["section"] != ".htaccess" and not sub:
            top.symlink_to(common)
            return
        top.mkdir(mode=0o755)
        for path in common.iterdir():
            if not sub or path.name != "sub":
                (top / path.name).symlink_to(path)
        if sub:
            text = AUTH["user"] + "\n" + self.fill(INNER[self.row["inner"]])
            server.write(f"{self.name}/sub/.htaccess",
                         self.htaccess(text, server, has_cors))
            (top / "sub/index.cgi").symlink_to(common / "sub/index.cgi")
        if self.row["section"] == ".htaccess":
            server.write(f"{self.name}/.htaccess", self.htaccess(
                self.policy() + self.inner(), server, has_cors))


def write_common(server):
    """The files of all directories, once."""
    for name in ("index.cgi", "run.cgi", "front.cgi", "act.cgi", "err.cgi",
                 "multi.cgi", "sub/index.cgi", "page.html", "thing.act",
                 "neg.html.de", "neg.html.fr", "bare/x.txt", "fall/x.txt",
                 "list/x.txt", "flat/index.cgi", "script/x.txt", "dav/x.txt",
                 "onward/x.txt"):
        server.write(f"common/{name}", "Content-Type: text/plain\n\ntext\n")
    server.write("common/page.shtml", '<!--#include virtual="run.cgi" -->')
    server.write("common/map.var",
                 "URI: run.cgi\n\nURI: run.cgi\nContent-type: text/plain\n"
                 "\nURI: page.html\nContent-type: text/html\n")
    server.write("common/image.map", "default run.cgi\n")
    for name in ("x.txt", "x.guarded"):
        server.write(f"outside/{name}", "text")
    server.write("outside/page.shtml",
                 '<!--#include virtual="$guarded/run.cgi" -->')


# (path below the directory's URL, with @ for its name;
#  does a GET with a password reach a handler there)
PATHS = [
    ("/run.cgi", 1), ("/run.cgi/path/info", 1), ("/page.html", 0),
    ("/missing", 0), ("/missing/", 0), ("/", 1), ("", 0), ("/sub/", 1),
    ("/sub", 0), ("/bare/", 0), ("/multi", 1), ("/neg", 0), ("/fall/any", 1),
    ("/thing.act", 1), ("/virtual/x", 1), ("/rw", 1), ("/rwp", 1),
    ("/rw200", 0), ("/rwf", 0), ("/rwg", 0), ("/rwr", 0), ("/red", 0),
    ("/px/a", 1), ("/srv", 1), ("/srvp", 1), ("/srvf", 0), ("/srvg", 0),
    ("/srv200", 0), ("/moved", 0), ("/alias", 1), ("/a%2frun.cgi", 0),
    ("/%01", 0), ("//run.cgi", 1), ("/./sub/../%72un.cgi", 1),
    ("/err.cgi/direct", 1), ("/../into-@/", 1), ("/../into-@/any", 1),
    # other handlers
    ("/map.var", 1), ("/image.map", 1), ("/page.shtml", 1), ("/status", 1),
    ("/list/", 1), ("/flat", 1), ("/script/x.txt", 0), ("/dav/x.txt", 1),
    ("/dav/", 1), ("/onward/x", 1), ("/pass/x", 1), ("/run.cgj", 0),
    # rewriting, by flag and by what the request says
    ("/rwe", 1), ("/rwpt", 1), ("/rwh", 1), ("/rwo", 0), ("/srve", 1),
    ("/srvr", 0), ("/srvo", 0),
    # the same file by other names
    ("/run.cgi;v=1", 0), ("/run.cgi?_method=GET", 1), ("/run.cgi/", 1),
    ("/run.cgi%2f", 0), ("/run.cgi%00", 0), ("/run.cgi%20", 0),
    ("/run.cgi.", 0), ("/..%2f@/run.cgi", 0), ("/%2e%2e/@/run.cgi", 1),
    ("/x/..;/run.cgi", 0), ("/%252e%252e/@/run.cgi", 0), ("\\run.cgi", 0),
    ("/../~@/run.cgi", 1), ("///sub//", 1),
    # from outside
    ("/../into-@/go", 1), ("/../into-@/gop", 1), ("/../into-@/x.guarded", 1),
    ("/../into-@/x.txt", 0), ("/../into-@/page.shtml", 1),
]

SERVER = """
Protocols h2c http/1.1
KeepAlive On
MaxKeepAliveRequests 0
TraceEnable On
AccessFileName .htaccess
AddHandler x-act .act
AddHandler send-as-is .cgi
AddHandler type-map .var
AddHandler imap-file .map
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
UserDir ${{HTDOCS}}/*
DavLockDB ${{ROOT}}/run/dav
<AuthzProviderAlias user only-u u>
</AuthzProviderAlias>
LogMessage "REACHED %{{req:X-Id}} %{{HANDLER}} \\
%{{REQUEST_URI}}?%{{QUERY_STRING}}" hook=handler
AddLanguage de .de
AddLanguage fr .fr
<IfModule mod_http2.c>
    H2WebSockets On
</IfModule>
<CORSPolicy partner>
    CORSAllowOrigin {app}
    CORSAllowCredentials On
    CORSAllowMethods PUT
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
</CORSPolicy>
ProxyPassMatch ^/(g[0-9]+)/px/ http://127.0.0.1:{backend}/px
RedirectMatch ^/(g[0-9]+)/moved$ /$1/run.cgi
ScriptAliasMatch ^/(g[0-9]+)/alias$ ${{HTDOCS}}/$1/run.cgi
RewriteEngine On
RewriteRule ^/(g[0-9]+)/srv$ /$1/run.cgi [PT]
RewriteRule ^/(g[0-9]+)/srve$ /$1/run.cgi [PT,END]
RewriteRule ^/(g[0-9]+)/srvr$ /$1/run.cgi [R=307,L]
RewriteRule ^/(g[0-9]+)/srvp$ http://127.0.0.1:{backend}/srvp [P]
RewriteRule ^/(g[0-9]+)/srvf$ - [F]
RewriteRule ^/(g[0-9]+)/srvg$ - [G]
RewriteRule ^/(g[0-9]+)/srv200$ - [R=200,L]
RewriteCond %{{REQUEST_METHOD}} =OPTIONS
RewriteRule ^/(g[0-9]+)/srvo$ /$1/run.cgi [PT]
"""

MODULES = ["mime", "asis", "log_debug", "alias", "dir", "negotiation",
           "rewrite", "actions", "proxy", "proxy_http", "headers", "setenvif",
           "env", "userdir", "dav", "dav_fs", "imagemap", "include", "speling",
           "autoindex", "status", "access_compat", "allowmethods",
           "authn_core", "authn_file", "authn_anon", "auth_basic",
           "auth_digest", "auth_form", "request", "session",
           "session_cookie", "authz_host", "authz_user", "authz_groupfile",
           "authz_owner"]


def server_config(directories, backend_port, has_cors):
    text = SERVER.format(app=APP, backend=backend_port) + "".join(
        d.config(backend_port) for d in directories)
    return text if has_cors else without_cors(text)
