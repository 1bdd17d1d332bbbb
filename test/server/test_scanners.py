# SPDX-License-Identifier: Apache-2.0
"""What public scanners for wrong CORS try on a site (Corsy, CORScanner,
CORStest, theftfuzzer, nuclei's template, ZAP's rule and their like), tried on
policies as sites have them. Nobody gets more than the policy says; the control,
which reflects, is found out by every single request."""

import pytest

from harness import Backend

DOMAIN = "shop.example"
HOST = f"api.{DOMAIN}"
OWN = f"https://{HOST}"
EVIL = "evil.com"

# Put between the site's name and the attacker's: some browser lets it through,
# or some expression takes it for the end of a name.
BETWEEN = ["_", "-", '"', "{", "}", "+", "^", "%60", "!", "~", "`", ";", "|",
           "&", "'", "(", ")", "*", ",", "$", "=", "%0b", "%00", "\\",
           "/", "?", "#", "@", "%23", "%2e", " ", "\t", "\xa0", "\xe9", ":",
           ":80", "..", "[", "]", "<", ">"]
# Where everybody can have a page.
HOSTING = ["http://jsbin.com", "https://codepen.io", "https://jsfiddle.net",
           "https://x.github.io", "https://bucket.s3.eu-west-1.amazonaws.com",
           "https://repl.it", "https://x.herokuapp.com"]
LOCAL = ["http://localhost", "https://localhost", "http://localhost:3000",
         "http://127.0.0.1", "http://[::1]", "http://0.0.0.0",
         f"https://localhost.{EVIL}"]

STRANGERS = [
    # any origin
    f"https://{EVIL}", f"http://{EVIL}", "null", "Null", "*", "", " ",
    "file://", EVIL, "https://", "//", "://", "https:", f"//{EVIL}",
    "about:blank",
    "data:", f"https://{EVIL}/", "chrome-extension://abcdef",
    # the site's name in front, behind, in pieces
    f"{OWN}.{EVIL}", f"{OWN}{EVIL}", f"{OWN}.example.tk", f"https://x{DOMAIN}",
    f"https://{EVIL}.x{DOMAIN}", f"https://{DOMAIN}.{EVIL}",
    f"https://{DOMAIN[1:]}", f"https://{HOST[:-1]}", f"{OWN}m",
    f"https://{EVIL}/{HOST}", f"https://{EVIL}?{HOST}",
    f"https://{EVIL}#{HOST}", f"https://{EVIL}\\.{HOST}",
    f"https://{HOST}@{EVIL}",
    f"https://{EVIL}@{HOST}", f"https://{EVIL}%23.{HOST}",
    f"https://{EVIL} {OWN}", f"{OWN} https://{EVIL}", f"{OWN},https://{EVIL}",
    f"https://{EVIL},{OWN}",
    # a dot that stands for any character
    OWN.replace(".", "x"), OWN.replace(".", "x", 1),
    f"https://{HOST[::-1].replace('.', 'a', 1)[::-1]}",
    # another scheme, port or spelling
    f"http://{HOST}", f"http://{DOMAIN}", f"http://x.{DOMAIN}", f"ftp://{HOST}",
    f"{OWN}:443", f"{OWN}:", f"{OWN}:0", f"{OWN}:0443", f"{OWN}:99999",
    f"{OWN}:80.{EVIL}", f"{OWN}:1337@{EVIL}", f"{OWN}:13%0d37",
    f"{OWN}:13%0a37",
    f"HTTPS://{HOST}", f"https://{HOST.upper()}", f"{OWN}/", f"{OWN}.",
    f"{OWN}..", f"{OWN}?", f"{OWN}#", f"'{OWN}'",
    *HOSTING, *LOCAL,
    *(f"{OWN}{c}.{EVIL}" for c in BETWEEN),
    *(f"{OWN}{c}{EVIL}" for c in BETWEEN),
    *(f"{OWN}.{c}.{EVIL}" for c in BETWEEN),
    *(f"https://{EVIL}{c}{HOST}" for c in BETWEEN if c not in "_-"),
    *(f"https://x{c}y.{DOMAIN}" for c in BETWEEN if c not in "_-"),
]
BELOW = [f"https://{EVIL}.{DOMAIN}", f"https://x.{HOST}", f"https://x{HOST}",
         f"https://www.{DOMAIN}"]
PORT = f"{OWN}:1337"

CREDENTIALS = "\nCORSAllowCredentials On\n"
# name: the policy, and who of all these it lets in besides the site itself.
POLICIES = {
    "exact": (f"CORSAllowOrigin {OWN}\nCORSAllowMethods PUT" + CREDENTIALS, []),
    "echo": (f"CORSAllowOrigin {OWN}\nCORSAllowMethods *\nCORSAllowHeaders *\n"
             "CORSExposeHeaders *" + CREDENTIALS, []),
    "below": (f"CORSAllowOrigin {OWN} https://*.{DOMAIN}" + CREDENTIALS, BELOW),
    "ports": (f"CORSAllowOrigin {OWN}:1000-1999 {OWN}" + CREDENTIALS, [PORT]),
    "match": (r'CORSAllowOriginMatch "https://(?:[a-z-]+\\.)?shop\\.example"'
              + CREDENTIALS, [BELOW[2], BELOW[3]]),
    "anchored": (r"CORSAllowOriginMatch ^https://api\\.shop\\.example$"
                 + CREDENTIALS, []),
    "file": ("CORSAllowOriginFrom file:${ROOT}/list.txt" + CREDENTIALS, []),
    "policies": ("CORSUsePolicy partners shop", [BELOW[3]]),
    "htaccess": (None, []),
    "replace": (f"CORSAllowOrigin {OWN}" + CREDENTIALS, []),
    "pass": (f"CORSAllowOrigin {OWN}\nCORSPreflight PassThrough" + CREDENTIALS,
             []),
    "keep": (f"CORSAllowOrigin {OWN}\nCORSBackendHeaders Keep" + CREDENTIALS,
             []),
    "forbid": (f"CORSAllowOrigin {OWN}\nCORSRefusal Forbid" + CREDENTIALS, []),
}
CONTROL = ('SetEnvIf Origin "^(.*)$" REFLECT=$1\n'
           'Header always set Access-Control-Allow-Origin "%{REFLECT}e"\n'
           "Header always set Access-Control-Allow-Credentials true")
PROXIED = ["replace", "pass"]           # in front of a backend that reflects


def reflect(request):
    return Backend.response(headers=[
        ("Access-Control-Allow-Origin", (request.all("Origin") or ["*"])[0]),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "*")])


@pytest.fixture(scope="module")
def server(start_server, backend):
    backend.answer = reflect
    config = f"""
MaxKeepAliveRequests 0
<CORSPolicy partners>
    CORSAllowOrigin {OWN}
    CORSAllowCredentials On
</CORSPolicy>
<CORSPolicy everybody>
    CORSAllowOrigin *
</CORSPolicy>
<CORSPolicy shop>
    CORSAllowOrigin https://www.{DOMAIN}
</CORSPolicy>
<Location /open/>
    CORSUsePolicy partners everybody
</Location>
<Location /nobody/>
    CORSEngine On
</Location>
<Location /star/>
    CORSAllowOrigin *
    CORSAllowHeaders *
</Location>
<Location /control/>
    {CONTROL}
</Location>
"""
    for name, (lines, _) in POLICIES.items():
        if lines:
            config += f"<Location /{name}/>\n{lines}\n</Location>\n"
        if name in PROXIED:
            config += f"ProxyPass /{name}/ http://127.0.0.1:{backend.port}/\n"
    files = {f"{name}/a.txt": "hello"
             for name in [*POLICIES, "open", "star", "nobody", "control"]}
    return start_server(config, files={
        **files, "../list.txt": f"{OWN}\n",
        "htaccess/.htaccess": f"CORSAllowOrigin {OWN}{CREDENTIALS}"},
        modules=["headers", "setenvif", "proxy", "proxy_http"])


REQUESTS = [
    ("GET", "a.txt", []), ("OPTIONS", "missing", []),
    ("OPTIONS", "a.txt", [("Access-Control-Request-Method", "PUT"),
                          ("Access-Control-Request-Headers", "x-test")]),
]


def scan(server, name, origins):
    """{origin: what it got}, for each that a scanner would report: anything of
    CORS but a plain *, or a fault of the server."""
    found = {}
    with server.connect() as connection:
        for origin in origins:
            for method, path, more in REQUESTS:
                r = connection.request(method, f"/{name}/{path}", [
                    ("Host", HOST), ("Origin", origin), *more])
                cors = r.cors
                if name == "star" and cors.get("allow-origin") == "*" \
                        and "allow-credentials" not in cors:
                    continue
                if cors or r.status >= 500:
                    found.setdefault(origin, []).append((r.status, cors))
                if name not in ("star", "control"):
                    assert "origin" in r.vary, (name, origin, method)
    return found


@pytest.mark.parametrize("name", POLICIES)
def test_no_finding(server, name):
    found = scan(server, name, [OWN, PORT, *BELOW, *STRANGERS])
    assert set(found) == {OWN, *POLICIES[name][1]}
    for origin, answers in found.items():
        assert {cors["allow-origin"] for _, cors in answers} == {origin}


def test_star_and_nobody(server):
    everybody = [OWN, PORT, *BELOW, *STRANGERS]
    assert scan(server, "star", everybody) == {}
    assert scan(server, "nobody", everybody) == {}


def test_everybody_after_partners(server):
    """Behind a list * is the origin itself, which scanners call reflected; but
    never with the partners' credentials."""
    for origin, answers in scan(server, "open", STRANGERS).items():
        assert [c for _, c in answers] == [{"allow-origin": origin}] * 3
    assert all("allow-credentials" in c
               for _, c in scan(server, "open", [OWN])[OWN])


def test_the_control_is_found(server):
    """Else the scanner above finds nothing because it sees nothing."""
    everybody = set(o for o in STRANGERS if o.strip())
    assert set(scan(server, "control", STRANGERS)) >= everybody
