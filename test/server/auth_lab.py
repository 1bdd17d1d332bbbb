# SPDX-License-Identifier: Apache-2.0
"""Many guarded directories for test_auth_matrix.py: what can stand in one.

Each directory is one choice from every list of DIRECTORY below; pairs() takes
few directories in which every two choices meet. The same directories, without
the lines of mod_cors, make the server to compare with.
"""

import base64
import hashlib
import random
from itertools import combinations

APP = "https://app.example"
OTHER = "https://other.example"
USER, PASSWORD = "u", "p"

BASIC = """AuthType Basic
AuthName lab
AuthUserFile ${ROOT}/users
AuthGroupFile ${ROOT}/groups
"""
DIGEST = """AuthType Digest
AuthName lab
AuthUserFile ${ROOT}/digest
Require valid-user
"""
FORM = """AuthType form
AuthName lab
AuthFormProvider file
AuthUserFile ${ROOT}/users
Session On
SessionCookieName session path=/
Require valid-user
"""

AUTH = {
    "open": "Require all granted",
    "user": BASIC + "Require valid-user",
    "group": BASIC + "Require group staff",
    "any": BASIC + "<RequireAny>\nRequire ip 192.0.2.1\n"
                   "Require user u\n</RequireAny>",
    "all": BASIC + "<RequireAll>\nRequire ip 127.0.0.1\n"
                   "Require valid-user\n</RequireAll>",
    "not": BASIC + "<RequireAll>\nRequire valid-user\n"
                   "Require not ip 192.0.2.1\n</RequireAll>",
    "method": BASIC + "<RequireAny>\nRequire method GET\n"
                      "Require valid-user\n</RequireAny>",
    "expr": BASIC + "Require expr \"%{REMOTE_USER} == 'u'\"",
    "denied": "Require all denied",
    "ip": "Require ip 192.0.2.1",
    "denied-host": "Deny from all\nRequire all granted",
    "any-denied-host": BASIC + "Deny from all\nSatisfy Any\n"
                               "Require valid-user",
    "any-allowed-host": BASIC + "Allow from all\nSatisfy Any\n"
                                "Require valid-user",
    "all-allowed-host": BASIC + "Allow from all\nSatisfy All\n"
                                "Require valid-user",
    "all-denied-host": BASIC + "Deny from all\nSatisfy All\n"
                               "Require valid-user",
    "any-all-denied": "Deny from all\nSatisfy Any\nRequire all denied",
    "limit": BASIC + "<Limit GET POST PUT>\nRequire valid-user\n</Limit>",
    "limit-except": BASIC + "<LimitExcept OPTIONS>\nRequire valid-user\n"
                            "</LimitExcept>",
    "allowed-methods": BASIC + "AllowMethods GET POST\nRequire valid-user",
    "no-type": "AuthType None\nRequire valid-user",
    "digest": DIGEST,
    "form": FORM,
}

# What httpd says instead of an answer; @ is the directory's URL.
CODES = (400, 401, 403, 404, 405, 406, 408, 410, 413, 417, 500, 501)
ERRORS = {
    "own": "",
    "text": "".join(f"ErrorDocument {c} \"sorry {c}\"\n" for c in CODES),
    "cgi": "".join(f"ErrorDocument {c} @/err.cgi/{c}\n" for c in CODES),
    "cgi-but-401": "".join(f"ErrorDocument {c} @/err.cgi/{c}\n"
                           for c in CODES if c != 401),
    "page": "".join(f"ErrorDocument {c} @/page.html?{c}\n" for c in CODES),
    "external": "".join(f"ErrorDocument {c} http://elsewhere.example/{c}\n"
                        for c in CODES if c != 401),
}

WHO = {
    "list": f"CORSAllowOrigin {APP} https://also.example",
    "all": "CORSAllowOrigin *",
    "nobody": "CORSAllowOrigin None",
    "denies": f"CORSAllowOrigin *\nCORSDenyOrigin {OTHER}",
    "credentials": f"CORSAllowOrigin {APP}\nCORSAllowCredentials On\n"
                   "CORSAllowMethods *\nCORSAllowHeaders * Authorization\n"
                   "CORSExposeHeaders *\nCORSMaxAge 600",
    "always": f"CORSAllowOrigin {APP}\nCORSSendOrigin Always",
    "policies": "CORSUsePolicy partner public",
    "none": "",
}
ENGINE = {"default": "", **{name: f"CORSEngine {name}\n"
                            for name in ("On", "Off", "ReportOnly")}}
PREFLIGHT = {"default": "", **{name: f"CORSPreflight {name}\n"
                               for name in ("204", "200", "PassThrough")}}
REFUSAL = {"default": "", **{name: f"CORSRefusal {name}\n"
                             for name in ("Silent", "ForbidUpgrades",
                                          "Forbid")}}

# Sections inside.
INNER = {
    "no-inner": "",
    "files-off": "<FilesMatch \"^(run|index|front)\">\nCORSEngine Off\n"
                 "</FilesMatch>",
    "files-on": "<Files run.cgi>\nCORSEngine On\nCORSAllowOrigin *\n"
                "CORSPreflight PassThrough\n</Files>",
    "files-forbid": "<FilesMatch cgi>\nCORSRefusal Forbid\n"
                    "CORSPreflight 200\n</FilesMatch>",
    "files-open": "<FilesMatch \"^(err|page)\">\nRequire all granted\n"
                  "</FilesMatch>",
    "if-method": "<If \"%{REQUEST_METHOD} == 'OPTIONS'\">\n"
                 "CORSPreflight 200\n</If>",
    "if-get": "<If \"%{REQUEST_METHOD} == 'GET'\">\nRequire all granted\n"
              "</If>",
    "if-header": "<If \"-n %{HTTP:Upgrade}\">\nCORSPreflight PassThrough\n"
                 "</If>\n<If \"-n %{HTTP:X-HTTP-Method-Override}\">\n"
                 "CORSEngine Off\n</If>",
}

SECTION = {name: name for name in ("Directory", "Location", ".htaccess")}

DIRECTORY = {"auth": AUTH, "errors": ERRORS, "who": WHO, "engine": ENGINE,
             "preflight": PREFLIGHT, "refusal": REFUSAL, "inner": INNER,
             "section": SECTION}


def pairs(lists, seed=1):
    """Few dicts of one name from every list, so that every two names of
    different lists stand together in one of them."""
    rng = random.Random(seed)
    keys = list(lists)
    missing = {((a, x), (b, y)) for a, b in combinations(keys, 2)
               for x in lists[a] for y in lists[b]}
    chosen = []
    while missing:
        best, most = None, -1
        start = rng.choice(sorted(missing))
        for _ in range(30):
            row = {k: rng.choice(list(lists[k])) for k in keys}
            row.update(start)
            met = sum(p in missing for p in combinations(row.items(), 2))
            if met > most:
                best, most = row, met
        missing -= set(combinations(best.items(), 2))
        chosen.append(best)
    return chosen


def without_cors(text):
    """The same lines without those of mod_cors."""
    return "".join(line + "\n" for line in text.splitlines()
                   if not line.lstrip().startswith(("CORS", "<CORS",
                                                    "</CORS")))


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

    def policy(self):
        return "\n".join([
            AUTH[self.row["auth"]], ERRORS[self.row["errors"]],
            "LimitRequestBody 40",
            WHO[self.row["who"]], ENGINE[self.row["engine"]],
            PREFLIGHT[self.row["preflight"]], REFUSAL[self.row["refusal"]],
            ""]).replace("@", self.url)

    def config(self, backend_port):
        """What makes handlers run here, and the section that guards them."""
        kind = self.row["section"]
        text = f"""
<Directory ${{HTDOCS}}{self.url}>
    Options FollowSymLinks MultiViews ExecCGI
    MultiviewsMatch Any
    DirectoryIndex index.cgi
    Action x-act {self.url}/act.cgi
    Action x-virtual {self.url}/act.cgi virtual
    RewriteEngine On
    RewriteRule ^rw$ run.cgi [L]
    RewriteRule ^rwp$ http://127.0.0.1:{backend_port}/rwp [P]
    RewriteRule ^rw200$ - [R=200,L]
    RewriteRule ^rwf$ - [F]
    RewriteRule ^rwg$ - [G]
    RewriteRule ^rwr$ {self.url}/run.cgi [R=302]
    RedirectMatch /red$ {self.url}/run.cgi
</Directory>
<Directory ${{HTDOCS}}{self.url}/fall>
    FallbackResource {self.url}/front.cgi
</Directory>
<Directory ${{HTDOCS}}{self.url}/bare>
    DirectoryIndex disabled
</Directory>
<Directory ${{HTDOCS}}/into-{self.name}>
    Require all granted
    DirectoryIndex {self.url}/index.cgi
    FallbackResource {self.url}/front.cgi
    ErrorDocument 404 {self.url}/err.cgi/outside
</Directory>
<Location {self.url}/virtual>
    SetHandler x-virtual
</Location>
"""
        if kind == ".htaccess":
            return text
        inner = INNER[self.row["inner"]]
        if kind == "Directory":
            return text + (f"<Directory ${{HTDOCS}}{self.url}>\n"
                           f"{self.policy()}{inner}\n</Directory>\n")
        text += f"<Location {self.url}>\n{self.policy()}</Location>\n"
        if inner.startswith("<Files"):
            return text + (f"<Directory ${{HTDOCS}}{self.url}>\n{inner}\n"
                           "</Directory>\n")
        return text + f"<Location {self.url}>\n{inner}\n</Location>\n"

    def write(self, server, has_cors):
        for name in ("index.cgi", "run.cgi", "front.cgi", "act.cgi",
                     "err.cgi", "multi.cgi", "sub/index.cgi", "page.html",
                     "thing.act", "neg.html.de", "neg.html.fr", "bare/x.txt",
                     "fall/x.txt"):
            server.write(f"{self.name}/{name}",
                         "Content-Type: text/plain\n\ntext\n")
        server.write(f"into-{self.name}/x.txt", "text")
        if self.row["section"] == ".htaccess":
            text = self.policy() + INNER[self.row["inner"]]
            server.write(f"{self.name}/.htaccess",
                         (text if has_cors else without_cors(text)).replace(
                             "${ROOT}", str(server.root)))


# (path below the directory's URL, does a GET with a password reach a handler)
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
]

SERVER = """
Protocols h2c http/1.1
KeepAlive On
MaxKeepAliveRequests 0
AccessFileName .htaccess
AddHandler x-act .act
AddHandler send-as-is .cgi
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
RewriteRule ^/(g[0-9]+)/srvp$ http://127.0.0.1:{backend}/srvp [P]
RewriteRule ^/(g[0-9]+)/srvf$ - [F]
RewriteRule ^/(g[0-9]+)/srvg$ - [G]
RewriteRule ^/(g[0-9]+)/srv200$ - [R=200,L]
"""

MODULES = ["mime", "asis", "log_debug", "alias", "dir", "negotiation",
           "rewrite", "actions", "proxy", "proxy_http", "headers",
           "access_compat", "allowmethods", "authn_core", "authn_file",
           "auth_basic", "auth_digest", "auth_form", "request", "session",
           "session_cookie", "authz_host", "authz_user", "authz_groupfile"]


def server_config(directories, backend_port, has_cors):
    text = SERVER.format(app=APP, backend=backend_port) + "".join(
        d.config(backend_port) for d in directories)
    return text if has_cors else without_cors(text)


def write_users(server):
    sha = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    (server.root / "users").write_text(f"{USER}:{{SHA}}{sha}\n")
    (server.root / "groups").write_text(f"staff: {USER}\n")
    a1 = hashlib.md5(f"{USER}:lab:{PASSWORD}".encode()).hexdigest()
    (server.root / "digest").write_text(f"{USER}:lab:{a1}\n")
