# SPDX-License-Identifier: Apache-2.0
"""A preflight is answered before httpd asks for a user, whoever would ask;
what denies by host still denies; and an actual request is asked as ever, with
the CORS headers on what it is told.
"""

import pytest

import auth_lab as lab
from auth_lab import APP, BASIC, OTHER

POLICY = f"""
CORSAllowOrigin {APP}
CORSAllowCredentials On
CORSAllowMethods PUT
CORSAllowHeaders Authorization
CORSExposeHeaders X-Total
"""

# Sections that ask for a user: (httpd's lines, the challenge).
ASK = {
    "basic": (BASIC + "Require valid-user", "Basic realm=\"lab\""),
    "digest": (lab.DIGEST, "Digest realm=\"lab\""),
    "user": (BASIC + "Require user u", "Basic"),
    "group": (BASIC + "Require group staff", "Basic"),
    "either": (lab.AUTH["any"], "Basic"),
    "both": (lab.AUTH["all"], "Basic"),
    "expr": (lab.AUTH["expr"], "Basic"),
    "satisfy-any": (lab.AUTH["any-denied-host"], "Basic"),
    "satisfy-all": (lab.AUTH["all-allowed-host"], "Basic"),
    "form": (lab.FORM, None),
    "login": (lab.FORM + "AuthFormLoginRequiredLocation /login.html", None),
    "limit": (BASIC + "<LimitExcept TRACE>\nRequire valid-user\n"
                      "</LimitExcept>", "Basic"),
}

# Sections that let nobody in from here: (httpd's lines, status).
DENY = {
    "denied": (lab.AUTH["denied"], 403),
    "ip": (lab.AUTH["ip"], 403),
    "denied-host": (lab.AUTH["denied-host"], 403),
    "all-denied-host": (lab.AUTH["all-denied-host"], 403),
    "any-all-denied": (lab.AUTH["any-all-denied"], 403),
    "ip-and-user": (BASIC + "<RequireAll>\nRequire ip 192.0.2.1\n"
                            "Require valid-user\n</RequireAll>", 403),
    "not-from-here": (BASIC + "<RequireAll>\nRequire not ip 127.0.0.1\n"
                              "Require valid-user\n</RequireAll>", 403),
    "allowed-methods": (lab.AUTH["allowed-methods"], 405),
    "method": (BASIC + "<RequireAll>\nRequire method GET\n"
                       "Require valid-user\n</RequireAll>", 403),
}

MODULES = ["alias", "cgi", "dir", "rewrite", "access_compat", "allowmethods",
           "authn_core", "authn_file", "auth_basic", "auth_digest",
           "auth_form", "request", "session", "session_cookie", "authz_host",
           "authz_user", "authz_groupfile"]

HARMLESS = [r"AH01630: client denied", r"AH01797: client denied",
            r"AH01623: client method denied", r"AH01617: .*Password Mismatch"]

CONFIG = f"""
{POLICY}
ErrorDocument 404 /pages/missing.html
<Location /pages>
    CORSEngine Off
</Location>
<Location /pass>
    {BASIC}
    Require valid-user
    CORSPreflight PassThrough
</Location>
<Location /two-hundred>
    {BASIC}
    Require valid-user
    CORSPreflight 200
</Location>
<Location /off>
    {BASIC}
    Require valid-user
    CORSEngine Off
</Location>
<Location /report>
    {BASIC}
    Require valid-user
    CORSEngine ReportOnly
</Location>
""" + "".join(f"<Location /{name}>\n{lines}\n</Location>\n"
              for name, (lines, _) in {**ASK, **DENY}.items()) + """
<LocationMatch "^/(denied|ip|denied-host|allowed-methods)/page">
    ErrorDocument 403 /pages/denied.html
    ErrorDocument 405 /pages/denied.html
</LocationMatch>
"""

GRANT = {"allow-origin": APP, "allow-credentials": "true"}
PREFLIGHT = {**GRANT, "allow-methods": "PUT",
             "allow-headers": "Authorization"}
ACTUAL = {**GRANT, "expose-headers": "X-Total"}

PATHS = ["page.html", "missing", "missing/deep/er", "run.cgi",
         "run.cgi/path", "", "moved"]


@pytest.fixture(scope="module")
def server(start_server, mpm):
    server = start_server(CONFIG + """
        RewriteEngine On
        <Directory ${HTDOCS}>
            RewriteEngine On
            RewriteRule moved$ /elsewhere [R=302,L]
            DirectoryIndex run.cgi
        </Directory>
        """, mpm=mpm, modules=MODULES, expect_log=HARMLESS)
    lab.write_users(server)
    for name in ["pass", "two-hundred", "off", "report", *ASK, *DENY]:
        server.write(f"{name}/page.html", "hello")
        server.write_cgi(f"{name}/run.cgi")
    server.write("pages/missing.html", "no such page")
    server.write("pages/denied.html", "not for you")
    server.write("login.html", "who are you?")
    return server


def facts(r):
    """A response without what differs from time to time."""
    return r.status, r.body, [(n, v) for n, v in r.headers if n != "Date"]


@pytest.mark.parametrize("origin, status, cors",
                         [(APP, 204, PREFLIGHT), (OTHER, 403, {}),
                          ("null", 403, {}), (f"{APP}/", 403, {})])
@pytest.mark.parametrize("section", ASK)
def test_preflight_needs_no_user(server, section, origin, status, cors):
    answers = [server.preflight(f"/{section}/{path}", origin,
                                headers="authorization") for path in PATHS]
    r = answers[0]
    assert (r.status, r.body) == (status, b"")
    assert r.cors == cors and r.vary == ["origin"]
    assert not r.all("WWW-Authenticate") and not r.all("Content-Type")
    assert not r.all("Location") and not r.all("Set-Cookie")
    # The same for what is there and what is not.
    assert all(facts(other) == facts(r) for other in answers)
    assert server.ran(f"{section}/run.cgi") == []


@pytest.mark.parametrize("section", ASK)
def test_actual_request_is_asked(server, section):
    _, challenge = ASK[section]
    for path in PATHS:
        r = server.get(f"/{section}/{path}", APP)
        if section == "login":
            assert (r.status, r.one("Location")) == (302, "/login.html")
        else:
            assert r.status == 401
        assert r.cors == ACTUAL and r.vary == ["origin"]
        if challenge:
            assert r.one("WWW-Authenticate").startswith(challenge)
    r = server.get(f"/{section}/page.html", OTHER)
    assert r.status == (302 if section == "login" else 401)
    assert r.cors == {} and r.vary == ["origin"]
    assert server.ran(f"{section}/run.cgi") == []


@pytest.mark.parametrize("section", ["basic", "user", "group", "either",
                                     "both", "expr", "satisfy-any", "limit"])
def test_who_has_a_password_reads(server, section):
    password = {"Authorization": "Basic dTpw"}
    r = server.get(f"/{section}/page.html", APP, password)
    assert r.status == 200 and r.body == b"hello" and r.cors == ACTUAL
    r = server.get(f"/{section}/missing", APP, password)
    assert r.status == 404 and r.body == b"no such page" and r.cors == ACTUAL
    wrong = {"Authorization": "Basic dTpx"}
    r = server.get(f"/{section}/page.html", APP, wrong)
    assert r.status == 401 and r.cors == ACTUAL
    # A password on a preflight, good or bad, changes nothing.
    for header in (password, wrong):
        r = server.preflight(f"/{section}/run.cgi", APP, extra=header)
        assert r.status == 204 and r.cors == PREFLIGHT
    assert server.ran(f"{section}/run.cgi") == []


@pytest.mark.parametrize("section", ["form", "login"])
def test_who_has_a_session_reads(server, section):
    session = {"Cookie": "session=lab-user=u&lab-pw=p"}
    r = server.get(f"/{section}/page.html", APP, session)
    assert r.status == 200 and r.body == b"hello" and r.cors == ACTUAL
    r = server.preflight(f"/{section}/page.html", APP, extra=session)
    assert r.status == 204 and r.cors == PREFLIGHT


@pytest.mark.parametrize("section", DENY)
def test_what_denies_by_host_still_denies(server, section):
    _, status = DENY[section]
    for path in PATHS[1:]:
        r = server.preflight(f"/{section}/{path}", APP)
        assert r.status == status
        # httpd answers: what a preflight gets stands on it.
        assert r.cors == PREFLIGHT and r.vary == ["origin"]
        r = server.preflight(f"/{section}/{path}", OTHER)
        assert r.status == status
        assert r.cors == {} and r.vary == ["origin"]
    assert server.ran(f"{section}/run.cgi") == []


@pytest.mark.parametrize("section", ["denied", "ip", "denied-host",
                                     "allowed-methods"])
def test_a_denial_keeps_its_page(server, section):
    """The page's own request is no preflight to be answered."""
    r = server.preflight(f"/{section}/page.html", APP)
    assert r.status == DENY[section][1] and r.body == b"not for you"
    assert r.cors == PREFLIGHT
    r = server.preflight(f"/{section}/page.html", OTHER)
    assert r.status == DENY[section][1] and r.body == b"not for you"
    assert r.cors == {}


def test_two_hundred(server):
    r = server.preflight("/two-hundred/run.cgi", APP)
    assert r.status == 200 and r.body == b"" and r.cors == PREFLIGHT
    assert r.one("Content-Length") == "0" and not r.all("Content-Type")
    assert server.preflight("/two-hundred/run.cgi", OTHER).status == 403
    assert server.ran("two-hundred/run.cgi") == []


def test_pass_through_leaves_authentication_in_force(server):
    for path in ("page.html", "missing", "run.cgi"):
        r = server.preflight(f"/pass/{path}", APP)
        assert r.status == 401 and r.all("WWW-Authenticate")
        assert r.cors == PREFLIGHT and r.vary == ["origin"]
        r = server.preflight(f"/pass/{path}", OTHER)
        assert r.status == 401 and r.all("WWW-Authenticate")
        assert r.cors == {} and r.vary == ["origin"]
    assert server.ran("pass/run.cgi") == []
    r = server.preflight("/pass/run.cgi", APP,
                         extra={"Authorization": "Basic dTpw"})
    assert r.status == 200 and r.cors == PREFLIGHT
    assert server.ran("pass/run.cgi") == ["OPTIONS"]


@pytest.mark.parametrize("section", ["off", "report"])
def test_off_and_report_only_leave_authentication_in_force(server, section):
    for origin in (APP, OTHER):
        r = server.preflight(f"/{section}/run.cgi", origin)
        assert r.status == 401 and r.all("WWW-Authenticate")
        assert r.cors == {} and r.vary == []
    assert server.ran(f"{section}/run.cgi") == []


@pytest.mark.parametrize("headers", [
    [("Origin", APP)],
    [("Origin", APP), ("Access-Control-Request-Method", "")],
    [("Origin", APP), ("Access-Control-Request-Headers", "x")],
    [("Access-Control-Request-Method", "PUT")],
])
def test_other_options_are_asked(server, headers):
    r = server.request("OPTIONS", "/basic/run.cgi", headers)
    assert r.status == 401 and r.all("WWW-Authenticate")
    assert r.cors == (ACTUAL if headers[0][0] == "Origin" else {})
    assert server.ran("basic/run.cgi") == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "options",
                                    "OPTION", "PROPFIND"])
def test_other_methods_with_a_preflights_headers_are_asked(server, method):
    r = server.request(method, "/basic/run.cgi",
                       {"Access-Control-Request-Method": "PUT",
                        "X-HTTP-Method-Override": "OPTIONS"}, origin=APP)
    assert r.status == 401 and r.all("WWW-Authenticate")
    assert server.ran("basic/run.cgi") == []
