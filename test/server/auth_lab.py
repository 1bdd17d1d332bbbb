# SPDX-License-Identifier: Apache-2.0
"""What can stand in a guarded directory, for test_auth_matrix.py and others.

Each directory is one choice from every list of DIRECTORY below; pairs() takes
few directories in which every two choices meet. The same directories, without
the lines of mod_cors, make the server to compare with. auth_site.py makes the
servers of them.
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
    "limit-options": BASIC + "Require valid-user\n<Limit OPTIONS>\n"
                             "Require all denied\n</Limit>",
    "method-options": BASIC + "<RequireAny>\nRequire method OPTIONS\n"
                              "Require valid-user\n</RequireAny>",
    # What README shows for client certificates.
    "recipe": BASIC + "<RequireAny>\nRequire valid-user\n"
                      "Require expr \"%{REQUEST_METHOD} == 'OPTIONS' && "
                      "-n %{HTTP:Origin} && "
                      "-n %{HTTP:Access-Control-Request-Method} && "
                      "-z %{ENV:REDIRECT_STATUS}\"\n</RequireAny>",
    "requested": BASIC + "<RequireAny>\nRequire valid-user\nRequire expr "
                         "\"-n %{HTTP:Access-Control-Request-Method}\"\n"
                         "</RequireAny>",
    "env": BASIC + "SetEnvIf Origin ^https://app app\n<RequireAny>\n"
                   "Require env app\nRequire valid-user\n</RequireAny>",
    "none-of": BASIC + "<RequireAll>\nRequire valid-user\n<RequireNone>\n"
                       "Require user blocked\nRequire ip 192.0.2.1\n"
                       "</RequireNone>\n</RequireAll>",
    "merging": BASIC + "AuthMerging And\nRequire valid-user",
    "alias": BASIC + "Require only-u",
    "anonymous": BASIC + "AuthBasicProvider anon\nAnonymous u\n"
                         "Anonymous_MustGiveEmail Off\nRequire valid-user",
    "fake": BASIC + "AuthBasicFake u p\nRequire valid-user",
    "owner": BASIC + "Require file-owner",
    "unless-options": BASIC + "<If \"%{REQUEST_METHOD} != 'OPTIONS'\">\n"
                              "Require valid-user\n</If>",
    "no-type": "AuthType None\nRequire valid-user",
    "wrong-type": "AuthType Nonsense\nAuthName lab\nRequire valid-user",
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
    "proxied": "".join(f"ErrorDocument {c} @/px/{c}\n" for c in CODES),
    "fallback": "".join(f"ErrorDocument {c} @/fall/{c}\n" for c in CODES),
    "missing": "".join(f"ErrorDocument {c} @/missing/{c}\n" for c in CODES),
    "rewritten": "".join(f"ErrorDocument {c} @/rw\n" for c in CODES),
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
    "files-deny": f"<FilesMatch \"^(run|index)\">\nCORSDenyOrigin {OTHER}\n"
                  "</FilesMatch>",
    "files-report": "<FilesMatch cgi>\nCORSEngine ReportOnly\n"
                    "</FilesMatch>",
    "if-method": "<If \"%{REQUEST_METHOD} == 'OPTIONS'\">\n"
                 "CORSPreflight 200\n</If>",
    "if-get": "<If \"%{REQUEST_METHOD} == 'GET'\">\nRequire all granted\n"
              "</If>",
    "if-get-off": "<If \"%{REQUEST_METHOD} == 'GET'\">\nCORSEngine Off\n"
                  "</If>\n<Else>\nCORSPreflight 200\n</Else>",
    "if-header": "<If \"-n %{HTTP:Upgrade}\">\nCORSPreflight PassThrough\n"
                 "</If>\n<If \"-n %{HTTP:X-HTTP-Method-Override}\">\n"
                 "CORSEngine Off\n</If>",
    "if-origin": f"<If \"%{{HTTP:Origin}} == '{APP}'\">\nCORSEngine On\n"
                 "CORSRefusal Forbid\n</If>\n<Else>\n"
                 "CORSEngine ReportOnly\n</Else>",
    "limit-open": "<Limit OPTIONS>\nRequire all granted\n</Limit>",
    # These stand in sub/.htaccess instead.
    "sub-off": "CORSEngine Off",
    "sub-on": "CORSEngine On\nCORSAllowOrigin *\nCORSPreflight 200\n"
              "ErrorDocument 403 @/err.cgi/sub\n",
    "sub-user": "AuthMerging And\nRequire user u",
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


def write_users(server):
    sha = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    (server.root / "users").write_text(f"{USER}:{{SHA}}{sha}\n")
    (server.root / "groups").write_text(f"staff: {USER}\n")
    a1 = hashlib.md5(f"{USER}:lab:{PASSWORD}".encode()).hexdigest()
    (server.root / "digest").write_text(f"{USER}:lab:{a1}\n")
