# SPDX-License-Identifier: Apache-2.0
"""Client certificates, from an authority of our own: preflights never bring
one. README's <RequireAny> lets them through to the module, and nothing else.
"""

import re
import ssl
from pathlib import Path

import pytest

import auth_lab as lab
from auth_lab import APP, BASIC, OTHER
from harness import Connection
from harness.tls import client_context

README = Path(__file__).resolve().parents[2] / "README"
PREFLIGHT = {"allow-origin": APP, "allow-credentials": "true",
             "allow-methods": "PUT"}
ACTUAL = {"allow-origin": APP, "allow-credentials": "true"}
ASKED = ("Access-Control-Request-Method", "PUT")


def readme_lines():
    """The <RequireAny> of README, as it stands there."""
    return re.search(r"(?s)<RequireAny>.*?</RequireAny>",
                     README.read_text()).group()


CONFIG = f"""
CORSAllowOrigin {APP}
CORSAllowCredentials On
CORSAllowMethods PUT
SSLCACertificateFile ${{ROOT}}/ca.crt

<Location /recipe>
    @README
</Location>
<Location /recipe/pass>
    CORSPreflight PassThrough
</Location>
<Location /only>
    Require ssl-verify-client
</Location>
<Location /user>
    {BASIC}
    SSLOptions +FakeBasicAuth
    Require user "/CN=client"
</Location>
<Location /name>
    <RequireAny>
        Require expr "%{{SSL:SSL_CLIENT_S_DN_CN}} == 'client'"
        Require expr "%{{REQUEST_METHOD}} == 'OPTIONS' \\
            && -n %{{HTTP:Origin}} \\
            && -n %{{HTTP:Access-Control-Request-Method}}"
    </RequireAny>
</Location>
<Location /section>
    SSLVerifyClient require
</Location>
<Directory ${{HTDOCS}}/open>
    CORSEngine Off
    RewriteEngine On
    RewriteRule ^go$ /recipe/run.cgi [L]
</Directory>
<VirtualHost *:${{TLS_PORT}}>
    ServerName localhost
    SSLEngine On
    SSLCertificateFile ${{ROOT}}/tls.crt
    SSLCertificateKeyFile ${{ROOT}}/tls.key
    SSLVerifyClient optional
</VirtualHost>
<VirtualHost *:${{TLS_PORT}}>
    ServerName strict.localhost
    SSLEngine On
    SSLCertificateFile ${{ROOT}}/tls.crt
    SSLCertificateKeyFile ${{ROOT}}/tls.key
    SSLVerifyClient require
</VirtualHost>
<VirtualHost *:${{TLS_PORT}}>
    ServerName none.localhost
    SSLEngine On
    SSLCertificateFile ${{ROOT}}/tls.crt
    SSLCertificateKeyFile ${{ROOT}}/tls.key
</VirtualHost>
""".replace("@README", readme_lines())

HARMLESS = [r"AH01909: .* server certificate does NOT include an ID",
            r"AH0226[13]: Re-negotiation handshake failed",
            r"AH02039: Certificate Verification", r"SSL Library Error",
            r"AH01630: client denied"]


# mod_ssl's post-handshake authentication is of TLS 1.3, its renegotiation of
# TLS 1.2.
@pytest.fixture(scope="module", params=["1.2", "1.3"])
def version(request):
    return getattr(ssl.TLSVersion, "TLSv" + request.param.replace(".", "_"))


@pytest.fixture(scope="module")
def server(start_server, mpm, tmp_path_factory):
    server = start_server(
        CONFIG, mpm=mpm, tls="clients", expect_log=HARMLESS,
        modules=["cgi", "rewrite", "authn_core", "authn_file", "auth_basic",
                 "authz_user", "authz_groupfile"])
    (server.root / "users").write_text("/CN=client:xxj31ZMTZzkVA\n")
    for name in ("recipe", "recipe/pass", "only", "user", "name", "section",
                 "free"):
        server.write_cgi(f"{name}/run.cgi")
    server.write("open/index.html", "")
    return server


@pytest.fixture
def send(server, version):
    """send(method, path, headers, certificate=None, host=…)"""
    def send(method, path, headers, certificate=None, host="localhost"):
        context = client_context()
        context.minimum_version = context.maximum_version = version
        context.post_handshake_auth = True
        if certificate:
            context.load_cert_chain(server.root / f"{certificate}.crt",
                                    server.root / f"{certificate}.key")
        with Connection(server.tls_port, tls=context,
                        server_hostname=host) as c:
            return c.request(method, path,
                             [("Host", host), *headers])
    return send


def runs(server, path):
    return len(server.ran(path.lstrip("/")))


ORIGINS = [(APP, 204, PREFLIGHT), (OTHER, 403, {}), ("null", 403, {})]


@pytest.mark.parametrize("origin, status, cors", ORIGINS)
@pytest.mark.parametrize("certificate", [None, "client"])
@pytest.mark.parametrize("where", ["recipe", "user", "name"])
def test_preflight_needs_no_certificate(server, send, where, certificate,
                                        origin, status, cors):
    path = f"/{where}/run.cgi"
    before = runs(server, path)
    r = send("OPTIONS", path, [("Origin", origin), ASKED], certificate)
    assert (r.status, r.body, r.cors) == (status, b"", cors)
    assert not r.all("WWW-Authenticate") and r.vary in (
        ["origin"], ["access-control-request-method", "origin"])
    assert runs(server, path) == before


@pytest.mark.parametrize("where, refusal", [
    ("recipe", 403), ("user", 401), ("name", 403), ("only", 403)])
def test_everything_else_needs_one(server, send, where, refusal):
    path = f"/{where}/run.cgi"
    before = runs(server, path)
    for origin, cors in ((APP, ACTUAL), (OTHER, {})):
        for method, more in (
                ("GET", []), ("GET", [ASKED]), ("OPTIONS", []),
                ("OPTIONS", [("Access-Control-Request-Method", "")]),
                ("options", [ASKED]), ("POST", [("Content-Length", "0")])):
            r = send(method, path, [("Origin", origin), *more])
            assert (method, r.status, r.cors) == (method, refusal, cors)
    r = send("OPTIONS", path, [ASKED])
    assert r.status == refusal and r.cors == {}
    r = send("OPTIONS", path, [("Origin", ""), ASKED])
    assert r.status == (403 if where == "user" else refusal) and r.cors == {}
    assert runs(server, path) == before
    for method in ("GET", "OPTIONS"):
        r = send(method, path, [("Origin", APP)], "client")
        assert r.status == 200 and r.cors == ACTUAL
    assert runs(server, path) == before + 2


def test_a_preflight_that_a_condition_refuses(server, send):
    """docs/limits.md, "Modules that refuse a preflight first"."""
    r = send("OPTIONS", "/only/run.cgi", [("Origin", APP), ASKED])
    assert r.status == 403 and r.cors == PREFLIGHT
    before = runs(server, "/section/run.cgi")
    for method in ("OPTIONS", "GET"):
        with pytest.raises(OSError):
            send(method, "/section/run.cgi", [("Origin", APP), ASKED],
                 host="none.localhost")
    assert runs(server, "/section/run.cgi") == before
    r = send("GET", "/section/run.cgi", [("Origin", APP)], "client",
             "none.localhost")
    assert r.status == 200 and r.cors == ACTUAL


def test_a_host_that_requires_one(server, send):
    """There is no preflight: the connection itself is refused."""
    with pytest.raises(OSError):
        send("OPTIONS", "/free/run.cgi", [("Origin", APP), ASKED],
             host="strict.localhost")
    with pytest.raises(OSError):
        send("GET", "/free/run.cgi", [("Origin", APP)], "other",
             "strict.localhost")
    assert runs(server, "/free/run.cgi") == 0
    r = send("OPTIONS", "/free/run.cgi", [("Origin", APP), ASKED], "client",
             "strict.localhost")
    assert r.status == 204 and r.cors == PREFLIGHT


def test_pass_through_beside_the_recipe(server, send):
    """README: do not write it there. The handler does run."""
    before = runs(server, "/recipe/pass/run.cgi")
    r = send("OPTIONS", "/recipe/pass/run.cgi", [("Origin", APP), ASKED])
    assert r.status == 200 and r.cors == PREFLIGHT
    assert runs(server, "/recipe/pass/run.cgi") == before + 1


def test_a_rewrite_from_elsewhere_into_the_recipe(server, send):
    before = runs(server, "/recipe/run.cgi")
    for origin in (APP, OTHER):
        r = send("OPTIONS", "/open/go", [("Origin", origin), ASKED])
        assert r.status == 403
    r = send("GET", "/open/go", [("Origin", APP)])
    assert r.status == 403
    assert runs(server, "/recipe/run.cgi") == before
    r = send("GET", "/open/go", [("Origin", APP)], "client")
    assert r.status == 200
