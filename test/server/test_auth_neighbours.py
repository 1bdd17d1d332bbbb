# SPDX-License-Identifier: Apache-2.0
"""Modules of others that authenticate, loaded beside this one.

A preflight to what they guard is answered before they are asked, or by them,
as docs/limits.md says; no handler runs. No identity provider is there, nor is
one asked.
"""

import pytest

import auth_lab as lab
from auth_lab import APP, OTHER

GUARDED = {
    "openidc": ("AuthType openid-connect\nRequire valid-user", 302),
    "openidc-401": ("AuthType openid-connect\nRequire valid-user\n"
                    "OIDCUnAuthAction 401", 401),
    "openidc-claim": ("AuthType openid-connect\nRequire claim sub:u", 302),
    "oauth": ("AuthType oauth20\nRequire valid-user", 401),
    "either-oidc": ("AuthType auth-openidc\nRequire valid-user", 302),
    "cas": ("AuthType CAS\nRequire valid-user", 302),
    "gssapi": ("AuthType GSSAPI\nAuthName lab\nRequire valid-user", 401),
    "gssapi-basic": ("AuthType GSSAPI\nAuthName lab\nGssapiBasicAuth On\n"
                     "Require valid-user", 401),
    "waf": (lab.BASIC + "Require valid-user", 401),
}
# What mod_auth_openidc lets through without a token, in its own words.
OPTIONS_PASS = {"oauth", "either-oidc"}

CONFIG = f"""
CORSAllowOrigin {APP}
CORSAllowCredentials On
CORSAllowMethods PUT
OIDCProviderIssuer https://idp.example
OIDCProviderAuthorizationEndpoint https://idp.example/authorize
OIDCProviderTokenEndpoint https://idp.example/token
OIDCProviderJwksUri https://idp.example/keys
OIDCClientID lab
OIDCClientSecret secret
OIDCCryptoPassphrase passphrase
OIDCRedirectURI http://localhost:${{PORT}}/callback
OIDCOAuthVerifySharedKeys plain##aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
CASLoginURL https://cas.example/login
CASValidateURL https://cas.example/validate
CASCookiePath ${{ROOT}}/run/
SecRuleEngine On
SecRequestBodyAccess On
SecRule REQUEST_HEADERS:X-Early "@rx ." "id:1,phase:1,deny,status:406"
SecRule ARGS:q "@streq late" "id:2,phase:2,deny,status:409"
<Location />
    MellonSPentityId https://localhost/saml
    MellonSPPrivateKeyFile ${{ROOT}}/tls.key
    MellonSPCertFile ${{ROOT}}/tls.crt
    MellonIdPMetadataFile ${{HTDOCS}}/idp.xml
</Location>
<Location /saml>
    AuthType Mellon
    MellonEnable auth
    Require valid-user
</Location>
<Location /saml-info>
    AuthType Mellon
    MellonEnable info
    Require valid-user
</Location>
<Location /open>
    Require all granted
</Location>
""" + "".join(f"<Location /{name}>\n{lines}\n</Location>\n"
              for name, (lines, _) in GUARDED.items())

GRANT = {"allow-origin": APP, "allow-credentials": "true"}
PREFLIGHT = {**GRANT, "allow-methods": "PUT"}


IDP = """<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"
    entityID="https://idp.example/">
<IDPSSODescriptor WantAuthnRequestsSigned="false"
    protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<SingleSignOnService Location="https://idp.example/sso"
    Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"/>
</IDPSSODescriptor></EntityDescriptor>
"""


@pytest.fixture(scope="module")
def server(start_server, mpm):
    server = start_server(
        CONFIG, mpm=mpm,
        expect_log=[r"\[security2:error\]",
                    r"\[auth_openidc:warn\] .* oidc_check_config_"],
        modules=["cgi", "unique_id", "authn_core", "authn_file", "auth_basic",
                 "authz_user", "authz_groupfile", "auth_openidc", "auth_cas",
                 "auth_gssapi", "auth_mellon", "security2"],
        tls=True, files={"idp.xml": IDP})
    lab.write_users(server)
    for name in (*GUARDED, "open", "saml", "saml-info"):
        server.write_cgi(f"{name}/run.cgi")
    return server


@pytest.mark.parametrize("name", [*GUARDED, "open"])
@pytest.mark.parametrize("origin, status, cors", [
    (APP, 204, PREFLIGHT), (OTHER, 403, {}), ("null", 403, {})])
def test_preflight(server, name, origin, status, cors):
    for more in ([], [("Authorization", "Bearer x")], [("Cookie", "a=b")],
                 [("Authorization", "Negotiate YQ==")],
                 [("X-Requested-With", "XMLHttpRequest")]):
        r = server.preflight(f"/{name}/run.cgi", origin, extra=more)
        assert (r.status, r.body, r.cors) == (status, b"", cors)
        for field in ("WWW-Authenticate", "Location", "Set-Cookie"):
            assert not r.all(field)
    assert server.ran(f"{name}/run.cgi") == []


@pytest.mark.parametrize("name", GUARDED)
def test_other_requests_are_asked(server, name):
    status = GUARDED[name][1]
    before = server.ran(f"{name}/run.cgi")
    for origin, cors in ((APP, GRANT), (OTHER, {})):
        for method in ("GET", "POST"):
            r = server.request(method, f"/{name}/run.cgi",
                               [("Content-Length", "0"),
                                ("Accept", "text/html")], origin=origin)
            assert (method, r.status, r.cors) == (method, status, cors)
            assert r.vary.count("origin") == 1
    assert server.ran(f"{name}/run.cgi") == before
    r = server.request("OPTIONS", f"/{name}/run.cgi",
                       {"Accept": "text/html"}, origin=APP)
    assert r.status == (200 if name in OPTIONS_PASS else status)
    assert r.cors == GRANT


@pytest.mark.parametrize("name", ["waf", "open"])
def test_a_firewall_sees_what_comes_before_us(server, name):
    before = server.ran(f"{name}/run.cgi")
    # Its first phase is before authentication …
    r = server.preflight(f"/{name}/run.cgi", APP, extra=[("X-Early", "x")])
    assert r.status == 406
    # … its second one after our answer.
    r = server.preflight(f"/{name}/run.cgi?q=late", APP)
    assert r.status == 204 and r.cors == PREFLIGHT
    r = server.get(f"/{name}/run.cgi?q=late", APP,
                   {"Authorization": "Basic dTpw"})
    assert r.status == 409 and r.cors == GRANT
    assert server.ran(f"{name}/run.cgi") == before


def test_mellon_asks_a_preflight(server):
    """Its access checker comes first: docs/limits.md."""
    for origin, preflight, actual in ((APP, PREFLIGHT, GRANT),
                                      (OTHER, {}, {})):
        r = server.preflight("/saml/run.cgi", origin)
        assert r.status == 303 and r.cors == preflight
        for method in ("GET", "OPTIONS"):
            r = server.request(method, "/saml/run.cgi", origin=origin)
            assert r.status == 303 and r.cors == actual
    assert server.ran("saml/run.cgi") == []


def test_where_mellon_only_looks(server):
    r = server.preflight("/saml-info/run.cgi", APP)
    assert r.status == 204 and r.cors == PREFLIGHT
    assert server.preflight("/saml-info/run.cgi", OTHER).status == 403
    for method in ("GET", "OPTIONS"):
        r = server.request(method, "/saml-info/run.cgi", origin=APP)
        assert r.status == 401 and r.cors == GRANT
    assert server.ran("saml-info/run.cgi") == []
