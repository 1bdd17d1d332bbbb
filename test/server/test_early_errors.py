# SPDX-License-Identifier: Apache-2.0
"""Errors that come before the configuration of the request is known, or in
the middle of it: no header of an outer policy where an inner section says
Off, whatever answers; each header at most once; no crash.
"""

import pytest

from auth_lab import APP, OTHER

CODES = (400, 401, 403, 404, 405, 408, 410, 413, 414, 417, 431, 500, 501, 502)

# Where the error's page is.
PAGES = {
    "own": "",
    "text": "sorry",
    "off": "/off/page.html",
    "off-script": "/off/error.cgi",
    "on": "/on/page.html",
    "on-script": "/on/error.cgi",
    "none": "/plain/page.html",
    "missing": "/off/nothing/here",
    "chain": "/off/rewritten",
    "index": "/off/index/",
    "loop": "/off/loop",
}

HOSTS = "".join(f"""
<VirtualHost 127.0.0.1:${{PORT}}>
    ServerName {name}.example
    CORSAllowOrigin {APP} https://third.example
    CORSExposeHeaders X-Outer
    CORSAllowMethods PUT
""" + "".join(f"ErrorDocument {code} \"{page}\"\n" for code in CODES
              if page) + """
    LimitRequestBody 50
    LimitRequestFields 30
    LimitRequestFieldSize 1000
    LimitRequestLine 1000
    ProxyPass /off/proxy http://127.0.0.1:@/
    ProxyPass /on/proxy http://127.0.0.1:@/
    ProxyPass /off/nobody http://127.0.0.1:1/
    ProxyPass /on/nobody http://127.0.0.1:1/
    <LocationMatch "^/off">
        CORSEngine Off
    </LocationMatch>
    <Location /on>
        CORSMaxAge 60
    </Location>
    <Location /off/denied>
        Require all denied
    </Location>
    <Location /on/denied>
        Require all denied
    </Location>
    <Directory ${HTDOCS}/off>
        RewriteEngine On
        RewriteRule ^rewritten$ /off/page.html
        RewriteRule ^loop$ /off/loop
        RewriteRule ^(f|g)orbidden$ - [F]
    </Directory>
    <Directory ${HTDOCS}/on>
        RewriteEngine On
        RewriteRule ^loop$ /on/loop
        RewriteRule ^(f|g)orbidden$ - [F]
    </Directory>
    <DirectoryMatch "/(on|off)/links">
        Options -FollowSymLinks
    </DirectoryMatch>
    <Directory ${HTDOCS}/off/index>
        DirectoryIndex page.html
    </Directory>
    RewriteEngine On
    RewriteRule ^/(on|off)/early/f - [F]
    RewriteRule ^/(on|off)/early/g - [G]
    RewriteRule ^/(on|off)/early/ok - [R=200,L]
    RewriteRule ^/(on|off)/early/moved /elsewhere [R=302,L]
    RewriteRule ^/(on|off)/early/405 - [R=405,L]
    Redirect /off/early/alias /elsewhere
    Redirect /on/early/alias /elsewhere
    Redirect gone /off/early/410
    Redirect gone /on/early/410
</VirtualHost>
""" for name, page in PAGES.items())

MODULES = ["cgi", "dir", "rewrite", "alias", "proxy", "proxy_http"]


@pytest.fixture(scope="module")
def server(start_server, backend, mpm):
    server = start_server(HOSTS.replace("@", str(backend.port)), mpm=mpm,
                          modules=MODULES, log_level="crit cors:warn",
                          expect_log=[r"Invalid command 'Nonsense'", "AH00529"])
    for name in ("on", "off", "plain"):
        server.write(f"{name}/page.html", "page")
        server.write(f"{name}/index/page.html", "index")
        # What stops httpd while it looks for the file.
        server.write(f"{name}/bad/.htaccess", "Nonsense\n")
        server.write(f"{name}/links/x", "x")
        (server.htdocs / name / "links/link").symlink_to("/etc/passwd")
        server.write(f"{name}/closed/x/y", "x")
        (server.htdocs / name / "closed").chmod(0)
        for script in ("run", "error"):
            server.write_cgi(f"{name}/{script}.cgi", body="script",
                             commands="while read -r line; do :; done")
    yield server
    for name in ("on", "off", "plain"):
        (server.htdocs / name / "closed").chmod(0o755)  # to be removed


def head(*lines):
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


# What httpd does not like: (request line, header lines, body); %s: on or off.
BAD = {
    "escape": ("GET /%s/%%zz HTTP/1.1", [], b""),
    "zero": ("GET /%s/a%%00b HTTP/1.1", [], b""),
    "slash": ("GET /%s/a%%2fb HTTP/1.1", [], b""),
    "above": ("GET /%s/../../x HTTP/1.1", [], b""),
    "method": ("G@T /%s/page.html HTTP/1.1", [], b""),
    "unknown method": ("BREW /%s/page.html HTTP/1.1", [], b""),
    "version": ("GET /%s/page.html HTTP/7.0", [], b""),
    "no host": ("GET /%s/page.html HTTP/1.1", None, b""),
    "bad host": ("GET /%s/page.html HTTP/1.1", ["Host: a b"], b""),
    "bad field": ("GET /%s/page.html HTTP/1.1", ["X y: z"], b""),
    "long line": ("GET /%s/" + "x" * 2000 + " HTTP/1.1", [], b""),
    "long field": ("GET /%s/page.html HTTP/1.1", ["X: " + "x" * 2000], b""),
    "many fields": ("GET /%s/page.html HTTP/1.1",
                    [f"X{i}: y" for i in range(40)], b""),
    "expect": ("GET /%s/page.html HTTP/1.1", ["Expect: miracles"], b""),
    "trace": ("TRACE /%s/page.html HTTP/1.1", [], b""),
    "put": ("PUT /%s/page.html HTTP/1.1", ["Content-Length: 1"], b"x"),
    "too long": ("POST /%s/run.cgi HTTP/1.1", ["Content-Length: 60"],
                 b"x" * 60),
    "too long chunk": ("POST /%s/run.cgi HTTP/1.1",
                       ["Transfer-Encoding: chunked"],
                       b"3c\r\n" + b"x" * 60 + b"\r\n0\r\n\r\n"),
    "bad chunk": ("POST /%s/run.cgi HTTP/1.1",
                  ["Transfer-Encoding: chunked"], b"zz\r\n"),
    "coding": ("POST /%s/page.html HTTP/1.1", ["Transfer-Encoding: magic"],
               b""),
    "bad length": ("POST /%s/run.cgi HTTP/1.1", ["Content-Length: -1"], b""),
    "proxy too long": ("POST /%s/proxy HTTP/1.1", ["Content-Length: 60"],
                       b"x" * 60),
    "nobody": ("GET /%s/nobody HTTP/1.1", [], b""),
    "denied": ("GET /%s/denied HTTP/1.1", [], b""),
    "missing": ("GET /%s/missing HTTP/1.1", [], b""),
    "long name": ("GET /%s/" + "x" * 300 + " HTTP/1.1", [], b""),
    "below a file": ("GET /%s/page.html/x HTTP/1.1", [], b""),
    "no index": ("GET /%s/ HTTP/1.1", [], b""),
    "loop": ("GET /%s/loop HTTP/1.1", [], b""),
    "bad .htaccess": ("GET /%s/bad/x HTTP/1.1", [], b""),
    "link": ("GET /%s/links/link HTTP/1.1", [], b""),
    "closed": ("GET /%s/closed/x/y HTTP/1.1", [], b""),
    "forbidden": ("GET /%s/forbidden HTTP/1.1", [], b""),
    **{f"early {what}": (f"GET /%s/early/{what} HTTP/1.1", [], b"")
       for what in ("f", "g", "ok", "moved", "405", "alias", "410")},
}


def send(server, page, what, section, origin, preflight=False):
    """The answer, or None where httpd speaks HTTP/0.9 or hangs up."""
    line, fields, body = BAD[what]
    line %= section
    if preflight:
        line = "OPTIONS " + line.partition(" ")[2]
    fields = [] if fields is None else [
        f for f in fields if f.startswith("Host:")] and fields or [
        f"Host: {page}.example", *fields]
    if origin is not None:
        fields = [*fields, f"Origin: {origin}"]
    if preflight:
        fields = [*fields, "Access-Control-Request-Method: PUT"]
    with server.connect() as c:
        c.send(line.encode() + b"\r\n" + head(*fields) + body)
        return c.read(line.partition(" ")[0])


FORMS = [(APP, False), (OTHER, False), (None, False), (APP, True)]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("what", BAD)
def test_off_is_off(server, what, page):
    """No header of the policy around it, nor of where the page is."""
    for origin, preflight in FORMS:
        r = send(server, page, what, "off", origin, preflight)
        assert r.cors == {}, r
        assert "origin" not in r.vary, r


@pytest.mark.parametrize("page", ["own", "text", "off", "on", "on-script",
                                  "none", "chain"])
@pytest.mark.parametrize("what", BAD)
def test_on_grants_no_more_than_it_says(server, what, page):
    """Headers, or none where the error came too early; never others'."""
    for origin, preflight in FORMS:
        r = send(server, page, what, "on", origin, preflight)
        assert r.vary in ([], ["origin"])
        if origin != APP:
            assert r.cors == {}, r
        elif r.cors:
            assert r.vary == ["origin"]
            assert r.cors == ({"allow-origin": APP, "allow-methods": "PUT",
                               "max-age": "60"} if preflight else
                              {"allow-origin": APP,
                               "expose-headers": "X-Outer"}), r


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("what", [
    "put", "too long", "too long chunk", "bad chunk", "nobody", "denied",
    "missing", "below a file", "no index", "loop", "forbidden",
    *(what for what in BAD if what.startswith("early"))])
def test_errors_keep_the_headers(server, what, page):
    """Once the section is known, whatever the error and its page."""
    r = send(server, page, what, "on", APP)
    assert r.cors == {"allow-origin": APP, "expose-headers": "X-Outer"}, r
    assert r.vary == ["origin"]
