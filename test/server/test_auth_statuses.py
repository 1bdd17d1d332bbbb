# SPDX-License-Identifier: Apache-2.0
"""Every status that httpd can end a request with leads to no guarded script.

httpd goes on to an ErrorDocument by a request of its own, as GET; where both
lie in one directory, it does not ask for a user again. A RewriteRule gives each
status, before the directory is known and in it; the ErrorDocument of all of
them is a guarded script. But 401's: there httpd itself runs it.
"""

import pytest

import auth_lab as lab
from auth_lab import APP, BASIC, OTHER

STATUSES = [*range(400, 418), 421, 422, 423, 424, 426, 428, 429, 431, 451,
            *range(500, 509), 510, 511]

POLICY = f"CORSAllowOrigin {APP}\nCORSAllowMethods PUT\n"
DIRECTORIES = {
    "list": POLICY,
    "two-hundred": POLICY + "CORSPreflight 200\n",
    "pass-through": POLICY + "CORSPreflight PassThrough\n",
    "forbid": POLICY + "CORSRefusal Forbid\n",
    "off": POLICY + "CORSEngine Off\n",
    "report": POLICY + "CORSEngine ReportOnly\nCORSRefusal Forbid\n",
    "files": POLICY + "<Files error.cgi>\nCORSPreflight 200\n"
                      "CORSAllowOrigin *\n</Files>\n",
    "if": POLICY + "<If \"%{REQUEST_METHOD} == 'GET'\">\nCORSEngine Off\n"
                   "</If>\n",
}
ANSWERED = ["list", "two-hundred", "forbid", "files", "if"]

CONFIG = "RewriteEngine On\n" + "".join(
    f"RewriteRule ^/[a-z-]+/early-{code}$ - [R={code},L]\n"
    for code in STATUSES) + "".join(
    f"<Directory ${{HTDOCS}}/{name}>\n{BASIC}Require valid-user\n"
    f"{policy if '<Files' in policy else ''}RewriteEngine On\n"
    + "".join(f"RewriteRule ^late-{code}$ - [R={code},L]\n"
              for code in STATUSES)
    + f"</Directory>\n<Location /{name}>\n"
    # Known before the directory is.
    f"{policy if '<Files' not in policy else ''}"
    + "".join(f"ErrorDocument {code} /{name}/error.cgi\n"
              for code in STATUSES if code != 401)
    + "</Location>\n" for name, policy in DIRECTORIES.items())

ASKED = [("Access-Control-Request-Method", "PUT")]
SHAPES = {
    "allowed": ("OPTIONS", [("Origin", APP), *ASKED]),
    "refused": ("OPTIONS", [("Origin", OTHER), *ASKED]),
    "malformed": ("OPTIONS", [("Origin", f"{APP}/"), *ASKED]),
    "no origin": ("OPTIONS", ASKED),
    "other OPTIONS": ("OPTIONS", [("Origin", APP)]),
    "GET": ("GET", [("Origin", APP), *ASKED]),
    "GET, refused": ("GET", [("Origin", OTHER)]),
    "overridden": ("POST", [("Origin", APP), *ASKED,
                            ("X-HTTP-Method-Override", "OPTIONS")]),
}
PASSWORD = ("Authorization", "Basic dTpw")


@pytest.fixture(scope="module")
def server(start_server):
    server = start_server(
        CONFIG, log_level="crit",
        modules=["cgi", "rewrite", "authn_core", "authn_file", "auth_basic",
                 "authz_user", "authz_groupfile"])
    lab.write_users(server)
    for name in DIRECTORIES:
        server.write_cgi(f"{name}/error.cgi",
                         commands="while read -r line; do :; done")
    return server


def ask_all(server, name, way, method, headers):
    """The statuses for all; on one connection as long as it is kept."""
    seen = {}
    connection = server.connect()
    for code in STATUSES:
        r = connection.request(method, f"/{name}/{way}-{code}", headers)
        seen[code] = r.status
        if (r.one("Connection") or "").lower() == "close":
            connection.close()
            connection = server.connect()
    connection.close()
    return seen


@pytest.mark.parametrize("way", ["early", "late"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", DIRECTORIES)
def test_no_status_leads_to_a_script(server, name, shape, way):
    method, headers = SHAPES[shape]
    before = len(server.ran(f"{name}/error.cgi"))
    seen = ask_all(server, name, way, method, headers)
    assert len(server.ran(f"{name}/error.cgi")) == before
    if way == "early":
        assert seen == {code: code for code in STATUSES}
    elif shape == "allowed" and name in ANSWERED:
        assert set(seen.values()) == {200 if name == "two-hundred" else 204}
    elif shape in ("refused", "malformed") and name in ANSWERED:
        assert set(seen.values()) == {403}
    else:
        assert set(seen.values()) == {401}


@pytest.mark.parametrize("way", ["early", "late"])
@pytest.mark.parametrize("name", ["list", "pass-through"])
def test_with_a_password_each_does(server, name, way):
    """What is counted above can be seen."""
    before = len(server.ran(f"{name}/error.cgi"))
    seen = ask_all(server, name, way, "GET", [PASSWORD])
    assert seen == {code: code for code in STATUSES}
    assert len(server.ran(f"{name}/error.cgi")) == before + len(STATUSES) - 1
