# SPDX-License-Identifier: Apache-2.0
"""What the test suites of other CORS implementations ask of theirs, asked of
this one: their policies in our directives, their requests as a browser's, over
HTTP/1.1 and HTTP/2, and the browser's verdict. Where we differ on purpose, the
row says why."""

import pytest

from harness.config import configtest
from model import browser
from model.browser import Fetch

LONG = "1234567890." * 11

# name: the policy. Which suites it stands for, and what they ask, is in CASES.
POLICIES = {
    "exact": """
        CORSAllowOrigin http://foobar.com
        CORSAllowMethods PUT DELETE
        CORSAllowHeaders X-Header-1 x-header-2 X-HEADER-3 Content-Type
        CORSExposeHeaders X-Own x-other
        CORSMaxAge 10""",
    "purge": """
        CORSAllowOrigin http://localhost:9090
        CORSAllowCredentials On
        CORSAllowMethods GET POST PURGE HELP
        CORSAllowHeaders Authorization
        CORSExposeHeaders X-Own""",
    "echo": """
        CORSAllowOrigin http://localhost:9090
        CORSAllowCredentials On
        CORSAllowMethods *
        CORSAllowHeaders *
        CORSExposeHeaders *""",
    "any": """
        CORSAllowOrigin *
        CORSAllowMethods *
        CORSAllowHeaders * Authorization
        CORSExposeHeaders *""",
    "any-but": "CORSAllowOrigin *\nCORSAllowHeaders *",
    "none": "CORSEngine On",
    "lower": """
        CORSAllowOrigin https://app.example
        CORSAllowCredentials On
        CORSAllowMethods put get
        CORSAllowHeaders x-test""",
    "ports": "CORSAllowOrigin https://*.example.com:* http://127.0.0.1:*",
    "fiber": """
        CORSAllowOrigin http://*.aaa.example.com http://*.example.org:8080
        CORSAllowOrigin "http://domain-1.com, http://*.example.net" """,
    "cats": "CORSAllowOrigin https://cat https://concat https://pin "
            "https://pin:1",
    "schemes": """
        CORSAllowOrigin custom-protocol://abcdefg tauri://localhost
        CORSAllowOrigin chrome-extension://random-extension-id""",
    "lan": r"""
        CORSAllowOriginMatch "http://192\\.168\\.0\\.\\d{1,3}(?::\\d+)?" """,
    "kong-list": "CORSAllowOrigin http://foo.test https://bar.test:1234",
    "kong-host": r"""
        CORSAllowOriginMatch "https?://(?:[a-z0-9-]+\\.)*foo\\.test(?::\\d+)?"
        """,
    "kong-port": r"""
        CORSAllowOriginMatch "https://(?:[a-z0-9-]+\\.)*foo\\.test:8000" """,
    "kong-own": r"""
        CORSAllowOriginMatch "^http://(.*[.])?foo\\.test(:(80|90))?$" """,
    "bare": r"""
        CORSAllowOriginMatch "foo\\.test" "foo\\.test|http://bar\\.test" """,
    "null": "CORSAllowOrigin null\nCORSTolerate null-origin",
}


def simple(policy, allowed, refused):
    """A GET from each of these."""
    return [(policy, Fetch(o, "GET", [], "omit"), None) for o in allowed] \
        + [(policy, Fetch(o, "GET", [], "omit"), "no ") for o in refused]


def ask(policy, origin, method, names, error=None, credentials="omit"):
    """names: of the headers, values that no safelist has."""
    return (policy, Fetch(origin, method, [(n, "x;y") for n in names],
                          credentials), error)


FOOBAR, LOCAL, APP = ("http://foobar.com", "http://localhost:9090",
                      "https://app.example")

CASES = [
    # rs/cors, gin, koa, express, Spring: one origin, lists.
    *simple("exact", [FOOBAR], ["http://barbaz.com", "https://foobar.com",
                                "http://foobar.com:8080", "http://foobar",
                                "http://foobar.com.", "http://foobar.co",
                                "http://foobar.comm", "http://xfoobar.com",
                                "http://foobar.com.evil.com", "null"]),
    ask("exact", FOOBAR, "PUT", []),
    ask("exact", FOOBAR, "DELETE", ["X-Header-1", "x-header-2"]),
    ask("exact", FOOBAR, "GET", ["X-HEADER-1", "x-Header-3"]),
    ask("exact", FOOBAR, "GET", ["x-header-1", "x-header-4"], "x-header-4"),
    ask("exact", FOOBAR, "PATCH", [], "method PATCH"),
    ask("exact", FOOBAR, "PATCH", ["x-header-1"], "method PATCH"),
    ask("exact", FOOBAR, "HEAD", ["x-header-1"]),
    ask("exact", FOOBAR, "POST", ["Content-Type"]),
    ask("exact", FOOBAR, "PUT", ["Accept", "Accept-Language"]),
    ask("exact", FOOBAR, "GET", [], "Access-Control-Allow-Credentials",
        "include"),
    ask("exact", "http://barbaz.com", "PUT", [], "no "),
    # jub0bs/cors: credentials, methods of one's own, Authorization.
    ask("purge", LOCAL, "GET", [], None, "include"),
    ask("purge", LOCAL, "PURGE", [], None, "include"),
    ask("purge", LOCAL, "HELP", ["Authorization"], None, "include"),
    ask("purge", LOCAL, "PURGE", ["Content-Type"], "content-type", "include"),
    ask("purge", LOCAL, "PUT", [], "method PUT", "include"),
    ask("purge", LOCAL, "GET", ["bar", "baz", "foo"], "header bar", "include"),
    ask("purge", "https://example.com", "PURGE", [], "no ", "include"),
    # With credentials their * is what was asked for, as ours is.
    ask("echo", LOCAL, "GET", ["bar", "baz", "foo"], None, "include"),
    ask("echo", LOCAL, "SUPER", ["X-Test"], None, "include"),
    ask("echo", LOCAL, "PUT", [], None, "include"),
    # They take Authorization for a part of that *; we want it named.
    ask("echo", LOCAL, "PUT", ["Authorization"], "authorization", "include"),
    ask("any", "https://example.org", "GET", []),
    ask("any", "null", "GET", []),
    ask("any", "https://example.org", "SUPER", ["X-Test", "Authorization"]),
    # Credentials beside * are an error for all who care; rs/cors sends both,
    # starlette and APISIX echo: nothing that a browser should accept.
    ask("any", "https://example.org", "GET", [], "is *", "include"),
    ask("any-but", "https://example.org", "GET", ["X-Test"]),
    ask("any-but", "https://example.org", "GET", ["Authorization"],
        "authorization"),
    ask("any-but", "https://example.org", "PUT", [], "method PUT"),
    # aspnetcore, Envoy, rack-cors: a policy that has nobody.
    *simple("none", [], [APP, "null", FOOBAR]),
    ask("none", APP, "PUT", [], "no "),
    # WPT: methods compare with their case; the safelisted ones always pass.
    ask("lower", APP, "PUT", [], "method PUT", "include"),
    ask("lower", APP, "GET", ["X-Test"], None, "include"),
    # jub0bs/cors, fiber, flask-cors: patterns.
    *simple("ports", ["https://www.example.com", "https://a.b.example.com",
                      "https://www.example.com:6060", "http://127.0.0.1",
                      "https://a.b.example.com:1", "http://127.0.0.1:65535"],
            ["https://example.com", "https://example.com:6060",
             "http://www.example.com", "https://wwwexample.com",
             "https://www.example.com.", "https://127.0.0.1",
             "http://127.0.0.2", "http://127.0.0.1.evil.com"]),
    *simple("fiber", ["http://bbb.aaa.example.com", "http://domain-1.com",
                      "http://aaa.example.org:8080",
                      f"http://{LONG}example.net"],
            ["http://ccc.bbb.example.com", "http://aaa.example.com",
             "http://aaa.example.org", "http://domain-2.com",
             "http://example.org:8080", "http://example.net",
             "http://aaa.example.org:80801"]),
    *simple("cats", ["https://cat", "https://concat", "https://pin",
                     "https://pin:1"],
            ["https://at", "https://ca", "https://in", "https://copycat",
             "https://ncat", "http://cat", "https://cat:1", "https://pin:2",
             "https://pin:11", "https://kpin", "https://p",
             # advisory GHSA-vhxv-fg4m-p2w8: two entries with one end
             "https://catpin", "https://pincat", "https://catconcat"]),
    # rack-cors, gin, Electron and its like.
    *simple("schemes", ["custom-protocol://abcdefg", "tauri://localhost",
                        "chrome-extension://random-extension-id"],
            ["custom-protocol://abcdef", "tauri://localhost:1234",
             "http://localhost", "tauri://LOCALHOST", "file://abcdefg",
             "chrome-extension://random-extension-id2"]),
    *simple("lan", ["http://192.168.0.1", "http://192.168.0.254:8080"],
            ["https://192.168.0.1", "http://192.168.01", "http://192x168.0.1",
             "http://192.168.0.1.evil.com", "http://192.168.0.1:80a"]),
    # Kong; it takes :80 of http off before it compares. No browser sends it.
    *simple("kong-list", ["http://foo.test", "https://bar.test:1234"],
            ["http://evil.test", "http://foo.test.evil.test",
             "http://foo.test:80", "http://foo.test:8000", "http://foobtest",
             "http://something.foo.test", "http://evilfoo.test"]),
    *simple("kong-host", ["http://foo.test", "http://something.foo.test",
                          "http://foo.test:8000", "https://foo.test:8000"],
            ["http://evil.test", "http://foo.test.evil.test",
             "http://foobtest", "https://bar.test:1234", "http://evilfoo.test",
             "http://evil.test/.foo.test", "http://evil.test#.foo.test"]),
    *simple("kong-port", ["https://foo.test:8000",
                          "https://a.b.foo.test:8000"],
            ["http://foo.test:8000", "https://foo.test:80001",
             "https://foo.test", "https://evilfoo.test:8000"]),
    *simple("kong-own", ["http://foo.test", "http://something.foo.test",
                         "http://foo.test:90"],
            ["http://foo.test:80", "http://foo.test:8000",
             "https://foo.test", "http://evilfoo.test",
             "http://evil.test/x.foo.test", "http://evil.test?.foo.test"]),
    # starlette, flask-cors: the whole origin; Kong's of a host alone does not.
    *simple("bare", ["http://bar.test"],
            ["http://foo.test", "https://foo.test", "http://foo.test.evil.com",
             "http://bar.test.evil.com", "http://xfoo.test", "x://foo.test"]),
    # django-cors-headers, rack-cors: file:// of old WebViews is null.
    *simple("null", ["null", "file://"], ["file:///", "Null", "NULL", "file:",
                                          "file://x"]),
]


@pytest.fixture(scope="module")
def server(start_server, mpm):
    config = "Protocols h2c http/1.1\nMaxKeepAliveRequests 0\n" \
             "AllowEncodedSlashes On\n"
    config += "Header always set X-Own 1\nHeader always set X-Other 1\n"
    config += "".join(f"<Location /{name}/>\n{lines}\n</Location>\n"
                      for name, lines in POLICIES.items())
    server = start_server(config, mpm=mpm, modules=["headers", "http2"],
                          expect_log=["AH10034", "AH00135"])
    for name in POLICIES:
        server.write(f"{name}/a.txt", "hello")
    return server


def judge(connect, policy, fetch):
    """The browser's result. Whatever it is: no header twice, and a refused
    origin sees nothing of the policy."""
    def send(method, headers):
        # httpd closes a connection on a method that it does not know.
        with connect() as connection:
            return connection.request(
                method, f"/{policy}/a.txt",
                [(n.lower(), v) for n, v in headers])

    result = browser.run(fetch, send)
    for response in result.sent:
        cors = response.cors
        if "allow-origin" not in cors:
            assert cors == {}
        if not policy.startswith("any"):
            assert "origin" in response.vary
        assert len(response.vary) == len(set(response.vary))
    return result


def check_all(connect):
    wrong = []
    for policy, fetch, error in CASES:
        result = judge(connect, policy, fetch)
        said = result.error or ""
        if bool(said) != bool(error) or (error or "") not in said:
            wrong.append((policy, fetch, error, said))
    assert wrong == []


def test_verdicts(server):
    check_all(server.connect)


def test_verdicts_over_http2(server, mpm):
    if mpm == "prefork":
        pytest.skip("mod_http2 does not serve HTTP/2 under prefork")
    check_all(server.connect_h2)


@pytest.mark.parametrize("policy, origin, credentials, shown", [
    ("exact", FOOBAR, "omit", {"x-own", "x-other"}),
    ("purge", LOCAL, "include", {"x-own"}),
    ("echo", LOCAL, "include", {"x-own", "x-other", "etag"}),
    ("any", APP, "omit", {"x-own", "x-other", "etag"}),
    ("any-but", APP, "omit", set()),
])
def test_what_scripts_see(server, policy, origin, credentials, shown):
    result = judge(server.connect, policy,
                   Fetch(origin, "GET", [], credentials))
    assert result.error is None
    assert {"x-own", "x-other", "etag"} & result.headers == shown


@pytest.mark.parametrize("path", [
    "/any/../none/", "/any/%2e%2e/none/", "/any/x/..%2F..%2Fnone/",
    "/any//../none/", "//none/", "/./none/", "/%6eone/", "/none%2F",
    "/any%2F..%2F/none/", "/any/..%2fnone//", "/none/../none/",
])
def test_a_path_in_disguise(server, path):
    """CVE-2024-6844 of flask-cors and its like, rack-cors's case: the policy is
    that of the file which is served, however it was asked for."""
    r = server.get(path + "a.txt", APP)
    assert r.status == 200 and r.cors == {} and "origin" in r.vary
    r = server.get(path.replace("any", "NAME").replace("none", "any")
                   .replace("%6eone", "%61ny").replace("NAME", "none")
                   + "a.txt", APP)
    assert r.status == 200 and r.cors["allow-origin"] == "*"


GOOD = "CORSAllowOrigin https://app.example\n"
INSECURE = "CORSAllowOrigin http://example.com:6060"
SUFFIX = "CORSAllowOrigin https://*.com"
# What others refuse to start with, and what we tell instead of starting.
REFUSED = [
    "CORSAllowOrigin *\nCORSAllowCredentials On",
    "CORSAllowOrigin https://app.example *",
    "CORSAllowOrigin null",
    "CORSAllowOrigin google.com",
    "CORSAllowOrigin /http://google.com",
    "CORSAllowOrigin http?://google.com",
    "CORSAllowOrigin http://example.com:6060/path",
    "CORSAllowOrigin http://*",
    "CORSAllowOrigin https://*--aaa.bbb.com",
    "CORSAllowOrigin http://foo.[a-z]*.example.com",
    "CORSAllowOrigin https://foo:06060",
    "CORSAllowOrigin http://127.1:3999",
    "CORSAllowOrigin http://[::1",
    "CORSAllowOrigin http://[fe80::1%eth0]:90",
    "CORSAllowOrigin http://example.com..:3999",
    "CORSAllowOrigin http://foo.bar.255:6060",
    f"{INSECURE}\nCORSAllowCredentials On",
    f"{SUFFIX}\nCORSAllowCredentials On",
    GOOD + "CORSAllowMethods r\u00e9sum\u00e9",
    GOOD + "CORSAllowMethods CONNECT",
    GOOD + "CORSAllowMethods trace",
    GOOD + "CORSAllowHeaders r\u00e9sum\u00e9",
    GOOD + "CORSAllowHeaders X-One:X-Two",
    GOOD + "CORSExposeHeaders Set-Cookie",
    GOOD + "CORSMaxAge -2",
    GOOD + "CORSMaxAge ten",
]


# The same without credentials is at most warned of.
STARTED = [INSECURE, SUFFIX, GOOD + "CORSAllowHeaders Sec-Foo Connection",
           GOOD + "CORSMaxAge 86401"]


def test_what_nobody_starts_with():
    """Each in a section of its own, all in one run: each of the faults has its
    own error, and only they."""
    text, lines = "", {}
    for i, section in enumerate([*REFUSED, *STARTED]):
        first = text.count("\n") + 1
        text += f"<Location /{i}>\n{section}\n</Location>\n"
        lines[section] = range(first, text.count("\n") + 1)
    result = configtest(text)
    assert result.code != 0
    told = [section for section, numbers in lines.items()
            if any(f"test.conf:{n}: error: CORS" in result.output
                   for n in numbers)]
    assert told == REFUSED
    assert configtest("".join(f"<Location /{i}>\n{section}\n</Location>\n"
                              for i, section in enumerate(STARTED))).code == 0
