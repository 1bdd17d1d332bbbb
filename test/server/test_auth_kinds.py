# SPDX-License-Identifier: Apache-2.0
"""More ways to ask for a user than test_auth.py has: what each says to a
preflight, to other OPTIONS, and to an actual request with and without one.
"""

import hashlib
import re

import pytest

import auth_lab as lab
from auth_lab import APP, BASIC, OTHER
from harness.fastcgi import FastCGI

POLICY = f"""
CORSAllowOrigin {APP}
CORSAllowCredentials On
CORSAllowMethods PUT
CORSExposeHeaders X-Total
"""
GRANT = {"allow-origin": APP, "allow-credentials": "true"}
PREFLIGHT = {**GRANT, "allow-methods": "PUT"}
ACTUAL = {**GRANT, "expose-headers": "X-Total"}
PASSWORD = {"Authorization": "Basic dTpw"}
WRONG = {"Authorization": "Basic dTp4"}

# name: (httpd's lines; the status of OPTIONS that is no preflight, of GET
# without a password, with it, and with a wrong one)
KINDS = {
    "anonymous": (BASIC + "AuthBasicProvider anon\nAnonymous u\n"
                  "Anonymous_MustGiveEmail Off\nRequire valid-user",
                  (401, 401, 200, 200)),
    "file-or-anonymous": (BASIC + "AuthBasicProvider file anon\n"
                          "Anonymous guest\nRequire valid-user",
                          (401, 401, 200, 401)),
    "fcgi": (BASIC + "AuthBasicProvider app\nRequire valid-user",
             (401, 401, 200, 200)),
    "authn-alias": (BASIC + "AuthBasicProvider same-file\nRequire valid-user",
                    (401, 401, 200, 401)),
    "authz-alias": (BASIC + "Require only-u", (401, 401, 200, 401)),
    "not-in-group": (BASIC + "Require group nobody", (401, 401, 401, 401)),
    "forbidden-not-asked": (BASIC + "AuthzSendForbiddenOnFailure On\n"
                            "Require user other", (401, 401, 403, 401)),
    "none-of": (BASIC + "<RequireAll>\nRequire valid-user\n<RequireNone>\n"
                "Require user other\n</RequireNone>\n</RequireAll>",
                (401, 401, 200, 401)),
    "none-of-us": (BASIC + "<RequireAll>\nRequire valid-user\n<RequireNone>\n"
                   "Require user u\n</RequireNone>\n</RequireAll>",
                   (401, 401, 401, 401)),
    "nested": (BASIC + "<RequireAny>\n<RequireAll>\nRequire ip 127.0.0.1\n"
               "Require user u\n</RequireAll>\n<RequireAll>\n"
               "Require ip 192.0.2.1\n</RequireAll>\n</RequireAny>",
               (401, 401, 200, 401)),
    "get-is-free": (BASIC + "<RequireAny>\nRequire method GET\n"
                    "Require valid-user\n</RequireAny>",
                    (401, 200, 200, 200)),
    "header-is-enough": (BASIC + "<RequireAny>\nRequire valid-user\n"
                         "Require expr \"%{HTTP:X-Key} == 'k'\"\n"
                         "</RequireAny>", (401, 401, 200, 401)),
    "env-is-enough": (BASIC + "SetEnvIf X-Key k key\n<RequireAny>\n"
                      "Require valid-user\nRequire env key\n</RequireAny>",
                      (401, 401, 200, 401)),
    "limit": (BASIC + "<Limit OPTIONS>\nRequire valid-user\n</Limit>",
              (401, 200, 200, 200)),
    "limit-get": (BASIC + "<Limit GET>\nRequire valid-user\n</Limit>",
                  (200, 401, 200, 401)),
    "limit-except": (BASIC + "<LimitExcept GET>\nRequire valid-user\n"
                     "</LimitExcept>", (401, 200, 200, 200)),
    "satisfy-limit": (BASIC + "Require valid-user\nSatisfy Any\n<Limit GET>\n"
                      "Deny from all\n</Limit>", (200, 401, 200, 401)),
    "merge-and": (BASIC + "AuthMerging And\nRequire valid-user",
                  (401, 401, 200, 401)),
    "merge-or": (BASIC + "AuthMerging Or\nRequire valid-user",
                 (200, 200, 200, 200)),
    "if": (BASIC + "<If \"true\">\nRequire valid-user\n</If>",
           (401, 401, 200, 401)),
    "fake": (BASIC + "AuthBasicFake u p\nRequire valid-user",
             (401, 401, 200, 401)),
    "recipe": (lab.AUTH["recipe"], (401, 401, 200, 401)),
    "type-none": ("AuthType None\nRequire valid-user", (500, 500, 500, 500)),
    "no-type": ("Require valid-user", (500, 500, 500, 500)),
    "wrong-type": ("AuthType Nonsense\nAuthName x\nRequire valid-user",
                   (500, 500, 500, 500)),
    "no-file": ("AuthType Basic\nAuthName x\nAuthUserFile ${ROOT}/none\n"
                "Require valid-user", (401, 401, 500, 500)),
}
# Where nobody is asked, nor should be.
FREE = {"inner": "AuthType None\nRequire all granted"}

MODULES = ["cgi", "setenvif", "access_compat", "authn_core", "authn_file",
           "authn_anon", "authnz_fcgi", "auth_basic", "auth_digest",
           "authz_host", "authz_user", "authz_groupfile"]

HARMLESS = [r"AH01797: client denied", r"AH01617: .*Password Mismatch",
            r"AH01618: user .* not found",
            r"AH0166[0-9]: .*group", r"AH01631: user u: authorization failure",
            r"AH01620: Could not open password file",
            r"AH00027: No authentication done", r"AH01796: AuthType Nonsense",
            r"AH01629: authorization failure .no authenticated user",
            r"AH01664: user u: authorization failure",
            r"AH01663: .*", r"AH00025: configuration error",
            r"AH01719: access to .* failed, reason: unable to collect"]


def config(app):
    text = f"""
        AuthnzFcgiDefineProvider authn app fcgi://127.0.0.1:{app.port}/
        <AuthnProviderAlias file same-file>
            AuthUserFile ${{ROOT}}/users
        </AuthnProviderAlias>
        <AuthzProviderAlias user only-u u>
        </AuthzProviderAlias>
        {POLICY}
        <Location /digest>
            {lab.DIGEST}
        </Location>
        """
    for name, (lines, _) in KINDS.items():
        text += f"<Location /{name}>\n{lines}\n</Location>\n"
    for name, lines in FREE.items():
        text += f"<Location /basic>\n{BASIC}Require valid-user\n</Location>\n"
        text += f"<Location /basic/{name}>\n{lines}\n</Location>\n"
    return text


@pytest.fixture(scope="module")
def server(start_server, mpm):
    app = FastCGI()
    app.answer = "Status: 200 OK\n\n"
    server = start_server(config(app), mpm=mpm, modules=MODULES,
                          expect_log=HARMLESS)
    lab.write_users(server)
    for name in (*KINDS, "digest", "basic/inner"):
        server.write_cgi(f"{name}/run.cgi")
    yield server
    app.close()


def url(kind):
    return f"/{kind}/run.cgi"



@pytest.mark.parametrize("kind", [*KINDS, "digest", "basic/inner"])
def test_preflight(server, kind):
    before = len(server.ran(f"{kind}/run.cgi"))
    for password in ({}, PASSWORD, WRONG, {"Authorization": "Digest x"}):
        r = server.preflight(url(kind), APP, extra=password)
        assert (r.status, r.body, r.cors) == (204, b"", PREFLIGHT)
        assert not r.all("WWW-Authenticate")
        for origin in (OTHER, "null", f"{APP}/"):
            r = server.preflight(url(kind), origin, extra=password)
            assert (r.status, r.body, r.cors) == (403, b"", {})
            assert not r.all("WWW-Authenticate")
    assert len(server.ran(f"{kind}/run.cgi")) == before


@pytest.mark.parametrize("kind", KINDS)
def test_other_options_and_actual_requests(server, kind):
    options, alone, right, wrong = KINDS[kind][1]
    before = len(server.ran(f"{kind}/run.cgi"))
    expected = 0
    for origin, cors in ((APP, ACTUAL), (OTHER, {})):
        for method, headers, status in (
                ("OPTIONS", {}, options), ("GET", {}, alone),
                ("GET", PASSWORD, right), ("GET", WRONG, wrong),
                # Says what a preflight says, but is none.
                ("OPTIONS", {"Access-Control-Request-Method": ""}, options),
                ("GET", {"Access-Control-Request-Method": "PUT"}, alone)):
            r = server.request(method, url(kind), headers, origin=origin)
            assert (method, r.status, r.cors) == (method, status, cors)
            # Conditions on headers put these in as well.
            assert set(r.vary) - {"x-key"} <= {
                "origin", "access-control-request-method"}
            assert r.vary.count("origin") == 1
            assert bool(r.all("WWW-Authenticate")) == (status == 401)
            expected += status == 200
    assert len(server.ran(f"{kind}/run.cgi")) == before + expected


def digest(server, method, password):
    """The header that answers the server's challenge."""
    r = server.request(method, url("digest"), origin=APP)
    assert r.status == 401 and r.cors == ACTUAL
    realm, nonce = (re.search(f'{name}="([^"]*)"',
                              r.one("WWW-Authenticate")).group(1)
                    for name in ("realm", "nonce"))

    def md5(*parts):
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    response = md5(md5("u", realm, password), nonce, "00000001", "c", "auth",
                   md5(method, url("digest")))
    return {"Authorization": f'Digest username="u", realm="{realm}", '
                             f'nonce="{nonce}", uri="{url("digest")}", '
                             f'qop=auth, nc=00000001, cnonce="c", '
                             f'response="{response}", algorithm=MD5'}


@pytest.mark.parametrize("origin, cors", [(APP, ACTUAL), (OTHER, {})])
def test_digest(server, origin, cors):
    server.expect_log(r"AH01794: user u: password mismatch")
    for method in ("GET", "OPTIONS"):
        before = server.ran("digest/run.cgi")
        right = digest(server, method, "p")
        r = server.request(method, url("digest"), right, origin=origin)
        assert (r.status, r.cors, r.vary) == (200, cors, ["origin"])
        r = server.request(method, url("digest"), digest(server, method, "x"),
                           origin=origin)
        assert (r.status, r.cors, r.vary) == (401, cors, ["origin"])
        assert server.ran("digest/run.cgi") == before + [method]
        # A preflight with it, good or bad.
        r = server.preflight(url("digest"), origin, extra=right)
        assert r.status == (204 if cors else 403)
    assert server.ran("digest/run.cgi") == before + ["OPTIONS"]


def test_where_an_inner_section_asks_nobody(server):
    r = server.get("/basic/inner/run.cgi", APP)
    assert (r.status, r.cors) == (200, ACTUAL)
    r = server.get("/basic/none", APP)
    assert (r.status, r.cors) == (401, ACTUAL)
