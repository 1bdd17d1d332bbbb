# SPDX-License-Identifier: Apache-2.0
"""Section 1 and 3: Access-Control-Expose-Headers, also where it is * with
credentials, and Timing-Allow-Origin."""

import pytest

from harness import Backend

APP = "https://app.example"
OTHER = "https://other.example"

# Fetch, "CORS-safelisted response-header name": need no listing.
SAFELISTED = {"cache-control", "content-language", "content-length",
              "content-type", "expires", "last-modified", "pragma"}
# Never listed by the module where it makes the list.
NEVER = {"set-cookie", "set-cookie2", "vary", "connection", "keep-alive",
         "proxy-authenticate", "proxy-authorization", "proxy-connection",
         "te", "trailer", "transfer-encoding", "upgrade"}

LISTS = {
    "names": ("CORSExposeHeaders X-One X-Two", ["X-One", "X-Two"]),
    "one argument": ('CORSExposeHeaders "X-One, X-Two"', ["X-One", "X-Two"]),
    "two lines": ("CORSExposeHeaders X-One\nCORSExposeHeaders X-Two",
                  ["X-One", "X-Two"]),
    "none": ("CORSExposeHeaders None", []),
    "star": ("CORSExposeHeaders *", ["*"]),
    "star and name": ("CORSExposeHeaders * Authorization",
                      ["*", "Authorization"]),
    "authorization": ("CORSExposeHeaders Authorization ETag",
                      ["Authorization", "ETag"]),
}

WIRE = """
<Location /wire>
    CORSAllowOrigin https://app.example
    CORSAllowCredentials On
    CORSExposeHeaders * X-Sometimes
    Header always set X-Always 1
    Header set X-Success 1
    Header add Set-Cookie a=b
    Header add Set-Cookie2 a=b
    Header always add Set-Cookie c=d
    Header set Timing-Allow-Origin https://app.example
    Header set Access-Control-Own 1
    Header set Vary Accept
    Header set Keep-Alive timeout=5
    Header set Trailer X-Checksum
    Header set Proxy-Authenticate Basic
    ErrorDocument 404 /wire/error.html
</Location>
<Location /wire/zip>
    SetOutputFilter DEFLATE
</Location>
<Location /wire/private>
    AuthType Basic
    AuthName test
    AuthUserFile ${ROOT}/users
    Require valid-user
</Location>
<Files set.txt>
    Header set Access-Control-Allow-Origin https://backend.example
    Header set Timing-Allow-Origin https://backend.example
</Files>
<Location /fixed>
    CORSAllowOrigin https://app.example
    CORSAllowCredentials On
    CORSExposeHeaders X-One
</Location>
"""

TIMING = {
    "off": f"CORSAllowOrigin {APP}",
    "list": f"CORSAllowOrigin {APP}\nCORSTimingAllowOrigin On",
    "star": "CORSAllowOrigin *\nCORSTimingAllowOrigin On",
    "always": f"CORSAllowOrigin {APP}\nCORSSendOrigin Always\n"
              "CORSTimingAllowOrigin On",
    "several": "CORSUsePolicy timed untimed",
    "keep": f"CORSAllowOrigin {APP}\nCORSBackendHeaders Keep\n"
            "CORSTimingAllowOrigin On",
    "none": f"CORSAllowOrigin {APP}\nCORSTimingAllowOrigin None",
}

POLICIES = f"""
<CORSPolicy timed>
    CORSAllowOrigin {APP}
    CORSTimingAllowOrigin On
</CORSPolicy>
<CORSPolicy untimed>
    CORSAllowOrigin {OTHER}
</CORSPolicy>
"""


def location(path, lines):
    return f"<Location {path}>\n{lines}\n</Location>\n"


def slug(name):
    return name.replace(" ", "-")


@pytest.fixture(scope="module")
def backend(backend):
    backend.answer = Backend.response(headers=[
        ("Content-Type", "text/plain"), ("X-Backend", "1"), ("X-Backend", "2"),
        ("X-Hop", "1"), ("Connection", "X-Hop"), ("Set-Cookie", "e=f"),
        ("Access-Control-Allow-Origin", "*"), ("ETag", '"x"')])
    return backend


@pytest.fixture(scope="module")
def server(start_server, mpm, backend):
    config = WIRE + POLICIES + "".join(
        location(f"/{kind}/{slug(name)}",
                 f"CORSAllowOrigin {APP}\n{lines}{more}")
        for name, (lines, _) in LISTS.items()
        for kind, more in [("plain", ""),
                           ("login", "\nCORSAllowCredentials On")])
    config += "".join(location(f"/timing-{name}", lines)
                      for name, lines in TIMING.items())
    config += f"ProxyPass /wire/proxy http://127.0.0.1:{backend.port}/\n"
    server = start_server(
        config, mpm=mpm, modules=[
            "cgi", "headers", "dir", "filter", "deflate", "proxy",
            "proxy_http", "authn_core", "authn_file", "auth_basic",
            "authz_user"])
    (server.root / "users").write_text("")
    for name in LISTS:
        for kind in ("plain", "login"):
            server.write(f"{kind}/{slug(name)}/a.txt", "x")
    for name in ("wire/a.txt", "wire/error.html", "fixed/a.txt"):
        server.write(name, "0123456789")
    server.write("wire/zip/a.txt", "0123456789" * 100)
    server.write_cgi("wire/run.cgi", (
        "Content-Type: text/plain\nX-Script: 1\nx-script: 2\nSet-Cookie: g=h\n"
        "Vary: Cookie\nAccess-Control-Allow-Origin: *\nUpgrade: h3"))
    server.write_cgi("wire/gone.cgi", (
        "Status: 410 Gone\nContent-Type: text/plain\nX-Script: 1"))
    server.write_cgi("wire/part.cgi", (
        "Status: 206 Partial Content\nContent-Type: text/plain\n"
        "Content-Range: bytes 0-5/900"))
    for name in TIMING:
        server.write(f"timing-{name}/a.txt", "x")
        server.write(f"timing-{name}/set.txt", "x")
        server.write_cgi(f"timing-{name}/run.cgi", (
            "Content-Type: text/plain\n"
            "Access-Control-Allow-Origin: https://backend.example\n"
            "Timing-Allow-Origin: https://backend.example"))
    return server


def tokens(value):
    return [] if value is None else [t.strip() for t in value.split(",")]


def exposed(r):
    return tokens(r.one("Access-Control-Expose-Headers"))


@pytest.mark.parametrize("name", LISTS)
def test_list_as_written(server, name):
    r = server.get(f"/plain/{slug(name)}/a.txt", APP)
    assert exposed(r) == LISTS[name][1]
    r = server.get(f"/login/{slug(name)}/a.txt", APP)
    assert r.cors["allow-credentials"] == "true"
    if "*" not in LISTS[name][1]:
        assert exposed(r) == LISTS[name][1]


@pytest.mark.parametrize("origin", [None, OTHER])
@pytest.mark.parametrize("name", LISTS)
def test_not_to_others(server, name, origin):
    for kind in ("plain", "login"):
        assert server.get(f"/{kind}/{slug(name)}/a.txt", origin).cors == {}


# method, path, headers, status, names that must be readable
ANSWERS = [
    ("GET", "a.txt", {}, 200, {"x-always", "x-success", "etag", "date",
                               "server", "accept-ranges",
                               "timing-allow-origin"}),
    ("HEAD", "a.txt", {}, 200, {"x-always", "x-success", "etag"}),
    ("GET", "a.txt", {"Range": "bytes=2-3"}, 206, {"content-range", "etag"}),
    ("GET", "a.txt", {"Range": "bytes=0-1,4-5"}, 206, {"etag"}),
    ("GET", "a.txt", {"Range": "bytes=99-"}, 416, {"x-always"}),
    ("GET", "a.txt", {"If-Match": '"y"'}, 412, {"x-always"}),
    ("GET", "zip/a.txt", {"Accept-Encoding": "gzip"}, 200,
     {"content-encoding", "x-always"}),
    ("GET", "none", {}, 404, {"x-always"}),
    ("GET", "private/a.txt", {}, 401, {"www-authenticate", "x-always"}),
    ("DELETE", "a.txt", {}, 405, {"allow", "x-always"}),
    ("OPTIONS", "a.txt", {}, 200, {"allow", "x-always"}),
    ("GET", "run.cgi", {}, 200, {"x-script", "x-always", "x-success"}),
    ("GET", "part.cgi", {"Range": "bytes=0-1"}, 206, {"content-range"}),
    ("GET", "gone.cgi", {}, 410, {"x-script", "x-always"}),
    ("GET", "proxy", {}, 200, {"x-backend", "etag", "x-always", "x-success"}),
]


@pytest.mark.parametrize("method, path, headers, status, wanted", ANSWERS,
                         ids=[f"{a[0]} {a[1]} {a[3]} {list(a[2])}"
                              for a in ANSWERS])
def test_star_with_credentials(server, method, path, headers, status, wanted):
    """The names that stand on the wire: all that a script may read, each once,
    none that is not there, and none that is not a script's business."""
    r = server.request(method, f"/wire/{path}", headers, origin=APP)
    assert r.status == status
    assert r.cors["allow-origin"] == APP
    names = [n.lower() for n in exposed(r)]
    assert len(names) == len(set(names))
    wire = {n.lower() for n, _ in r.headers}
    readable = {n for n in wire - NEVER
                if not n.startswith("access-control-")}
    assert wanted <= readable
    assert readable - SAFELISTED <= set(names)
    # Ranges are cut after the headers were written: of several none is named.
    named = {"x-sometimes"} | ({"content-range"} if status == 206 else set())
    assert set(names) - named <= readable
    assert "*" not in names


@pytest.mark.parametrize("origin", [None, OTHER])
def test_star_with_credentials_not_to_others(server, origin):
    for _, path, headers, *_ in ANSWERS:
        assert server.get(f"/wire/{path}", origin, headers).cors == {}


def test_304_does_not_shorten_the_stored_list(server):
    r = server.get("/wire/a.txt", APP, {"If-None-Match": "*"})
    assert r.status == 304
    assert r.cors == {"allow-origin": APP, "allow-credentials": "true"}


def test_304_has_a_list_that_is_always_the_same(server):
    for path, origin in (("/fixed/a.txt", APP), ("/plain/star/a.txt", APP)):
        whole = server.get(path, origin)
        r = server.get(path, origin, {"If-None-Match": "*"})
        assert r.status == 304
        assert r.cors == whole.cors
        assert "expose-headers" in r.cors


def timing(r):
    return r.all("Timing-Allow-Origin")


BACKEND = "https://backend.example"

# policy, Origin, on a static file, on a response that has one already (and
# Access-Control-Allow-Origin)
TIMED = [
    ("off", APP, [], [BACKEND]),
    ("off", OTHER, [], [BACKEND]),
    ("none", APP, [], [BACKEND]),
    ("list", APP, [APP], [APP]),
    ("list", OTHER, [], []),
    ("list", None, [], []),
    ("list", "not an origin", [], []),
    ("star", APP, ["*"], ["*"]),
    ("star", None, ["*"], ["*"]),
    ("always", APP, [APP], [APP]),
    ("always", OTHER, [APP], [APP]),
    ("always", None, [APP], [APP]),
    ("several", APP, [APP], [APP]),
    ("keep", APP, [APP], [BACKEND]),
    ("keep", OTHER, [], [BACKEND]),
]


@pytest.mark.parametrize("policy, origin, own, over", TIMED,
                         ids=[f"{row[0]} {row[1]}" for row in TIMED])
def test_timing(server, policy, origin, own, over):
    base = f"/timing-{policy}/"
    r = server.get(base + "a.txt", origin)
    assert r.status == 200 and timing(r) == own
    assert timing(server.get(base + "none.txt", origin)) == own
    r = server.get(base + "a.txt", origin, {"If-None-Match": "*"})
    assert r.status == (200 if policy == "keep" else 304)
    assert timing(r) == own
    for name in ("run.cgi", "set.txt"):
        r = server.get(base + name, origin)
        assert r.status == 200 and timing(r) == over
    if own or over != [BACKEND]:
        assert timing(r) == r.all("Access-Control-Allow-Origin")


def test_timing_is_the_deciding_policys(server):
    """Another of several does not lend its own."""
    assert timing(server.get("/timing-several/a.txt", OTHER)) == []


@pytest.mark.parametrize("policy", TIMING)
def test_no_timing_on_a_preflight(server, policy):
    r = server.preflight(f"/timing-{policy}/a.txt", APP)
    assert r.status == 204
    assert timing(r) == []
