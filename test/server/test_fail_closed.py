# SPDX-License-Identifier: Apache-2.0
"""Section 5: what shows only between the lines of .htaccess, or once sections
are merged, allows nobody and says so once a minute, naming both places."""

import re
import time

import pytest

from harness import probe

A = "https://a.example"
B = "https://b.example"
ORIGINS = [A, B, "https://x.co.kr", "http://a.example", "null",
           "moz-extension://x", "https://appxa.example", "https://evil.example",
           None, "not an origin"]

NAMED = f"""
<CORSPolicy full>
    CORSAllowOrigin {A}
    CORSAllowCredentials On
</CORSPolicy>
<CORSPolicy star>
    CORSAllowOrigin *
</CORSPolicy>
<CORSPolicy bare>
    CORSAllowOrigin {B}
</CORSPolicy>
"""

# name: lines of one .htaccess file; the two that contradict, by number (the
# second None: there is only one); the id that the log names
LINES = {
    "star-credentials": (["CORSAllowOrigin *", "CORSAllowCredentials On"],
                         1, 2, "CORS011"),
    "credentials-star": (["CORSAllowCredentials On", "", "CORSAllowOrigin *"],
                         3, 1, "CORS011"),
    "star-and-list": ([f"CORSAllowOrigin {A}", "CORSAllowOrigin *"], 2, 1,
                      "CORS012"),
    "list-after-star": (["CORSAllowOrigin *", f"CORSAllowOrigin {A}"], 1, 2,
                        "CORS012"),
    "none-and-list": ([f"CORSAllowOrigin {A}", "CORSAllowOrigin None"], 2, 1,
                      "CORS033"),
    "none-and-match": (["CORSAllowOrigin None",
                        "CORSAllowOriginMatch https://a"], 1, 2, "CORS033"),
    "null": (["CORSAllowOrigin null"], 1, None, "CORS013"),
    "null-credentials": (["CORSAllowOrigin null", "CORSTolerate null-origin",
                          "CORSAllowCredentials On"], 1, 3, "CORS014"),
    "scheme": (["CORSAllowOrigin moz-extension://*",
                "CORSAllowCredentials On"], 1, 2, "CORS015"),
    "suffix": (["CORSAllowOrigin https://*.co.kr", "CORSAllowCredentials On"],
               1, 2, "CORS016"),
    "insecure": ([f"CORSAllowOrigin {A}", "CORSAllowOrigin http://a.example",
                  "CORSAllowCredentials On"], 2, 3, "CORS018"),
    "any": (['CORSAllowOriginMatch "https?://.*"',
             "CORSAllowCredentials On"], 1, 2, "CORS020"),
    "broad": (["CORSAllowOriginMatch https://app.a.example",
               "CORSAllowCredentials On"], 1, 2, "CORS021"),
    "always-two": ([f"CORSAllowOrigin {A} {B}", "CORSSendOrigin Always"],
                   2, 1, "CORS032"),
    "always-match": (["CORSAllowOriginMatch https://a\\.example",
                      "CORSSendOrigin Always"], 2, 1, "CORS032"),
    "always-denied": ([f"CORSAllowOrigin {A}", "CORSSendOrigin Always",
                       f"CORSDenyOrigin {A}"], 2, 3, "CORS032"),
    "several-list": (["CORSUsePolicy full star", f"CORSAllowOrigin {A}"],
                     2, 1, "CORS040"),
    "several-credentials": (["CORSUsePolicy full bare",
                             "CORSAllowCredentials On"], 2, 1, "CORS040"),
    "several-always": (["CORSUsePolicy full bare", "CORSSendOrigin Always"],
                       2, 1, "CORS032"),
    "policy-none": (["CORSUsePolicy full", "CORSUsePolicy None"], None, None,
                    "CORS033"),
    "policies-star-first": (["CORSUsePolicy star", "CORSUsePolicy full"],
                            None, None, "CORS031"),
    "policy-credentials": (["CORSUsePolicy star", "CORSAllowCredentials On"],
                           None, 2, "CORS011"),
    "methods-none": ([f"CORSAllowOrigin {A}", "CORSAllowMethods PUT",
                      "CORSAllowMethods None"], 3, 2, "CORS033"),
    "headers-none": ([f"CORSAllowOrigin {A}", "CORSAllowHeaders None",
                      "CORSAllowHeaders X-One"], 2, 3, "CORS033"),
    "expose-none": ([f"CORSAllowOrigin {A}", "CORSExposeHeaders X-One",
                     "CORSExposeHeaders None"], 3, 2, "CORS033"),
}

# The same from two sections: outer (.htaccess above, or <Directory>), inner.
SECTIONS = {
    "star-credentials": ("CORSAllowOrigin *", "CORSAllowCredentials On",
                         "CORS011"),
    "insecure": ("CORSAllowOrigin http://a.example",
                 "CORSAllowCredentials On", "CORS018"),
    "tolerate-inside": ("CORSAllowOrigin http://a.example",
                        "CORSAllowCredentials On\n"
                        "CORSTolerate insecure-origins", "CORS018"),
    "broad": ("CORSAllowOriginMatch https://app.a.example",
              "CORSAllowCredentials On\nCORSTolerate broad-patterns",
              "CORS021"),
    "always": (f"CORSAllowOrigin {A} {B}", "CORSSendOrigin Always",
               "CORS032"),
    "always-denied": (f"CORSAllowOrigin {A}\nCORSSendOrigin Always",
                      f"CORSDenyOrigin {A}", "CORS032"),
    "deny-outside": (f"CORSDenyOrigin {A}",
                     f"CORSAllowOrigin {A}\nCORSSendOrigin Always",
                     "CORS032"),
    "several-credentials": ("CORSUsePolicy full bare",
                            "CORSAllowCredentials Off", "CORS040"),
    "policy-credentials": ("CORSUsePolicy star", "CORSAllowCredentials On",
                           "CORS011"),
}

# What stays as it is: no contradiction.
FINE = {
    "tolerated-outside": ("CORSAllowOrigin http://a.example\n"
                          "CORSTolerate insecure-origins",
                          "CORSAllowCredentials On", ["http://a.example"]),
    "new-list": ("CORSAllowOrigin *", f"CORSAllowOrigin {A}\n"
                 "CORSAllowCredentials On", [A]),
    "new-star": (f"CORSAllowOrigin {A}\nCORSAllowCredentials On",
                 "CORSAllowOrigin *", ORIGINS),
    "several-ended": ("CORSUsePolicy full bare", f"CORSAllowOrigin {A}\n"
                      "CORSAllowCredentials On", [A]),
}

# Beside a contradiction, other lines count for nothing.
BESIDE = {
    "keep": ("CORSBackendHeaders Keep", 403),
    "passthrough": ("CORSPreflight PassThrough", 403),
    "two-hundred": ("CORSPreflight 200", 403),
    "forbid": ("CORSRefusal Forbid", 403),
    "expose": ("CORSExposeHeaders *\nCORSTimingAllowOrigin On", 403),
    "deny": (f"CORSDenyOrigin {B}", 403),
}
CLASH = "CORSAllowOrigin *\nCORSAllowCredentials On\n"


@pytest.fixture(scope="module")
def server(start_server, mpm):
    config = NAMED + probe.OWN
    for name, (outer, inner, _) in SECTIONS.items():
        config += f"""
            <Directory ${{HTDOCS}}/merged/{name}>
                {outer}
            </Directory>
            <Location /merged/{name}>
                {inner}
            </Location>
            """
    server = start_server(config, mpm=mpm, modules=["headers"],
                          log_level="warn cors:warn")
    for name, (lines, *_) in LINES.items():
        probe.write(server, f"lines/{name}")
        server.write(f"lines/{name}/.htaccess", "\n".join(lines) + "\n")
    for name, (outer, inner, _) in [*SECTIONS.items(), *FINE.items()]:
        probe.write(server, f"merged/{name}")
        probe.write(server, f"files/{name}/in")
        server.write(f"files/{name}/.htaccess", outer + "\n")
        server.write(f"files/{name}/in/.htaccess", inner + "\n")
    for name, (line, _) in BESIDE.items():
        probe.write(server, f"beside/{name}")
        server.write(f"beside/{name}/.htaccess", CLASH + line + "\n")
    for engine in ("Off", "ReportOnly"):
        probe.write(server, engine)
        server.write(f"{engine}/.htaccess", CLASH + f"CORSEngine {engine}\n")
    return server


def check_closed(server, path):
    for origin in ORIGINS:
        for name in ("a.txt", "own.txt", "none.txt"):
            r = server.get(f"{path}/{name}", origin)
            assert r.status == (404 if name == "none.txt" else 200)
            assert r.cors == {} and r.vary == ["origin"]
            assert r.one("Timing-Allow-Origin") is None
        if origin is not None:
            r = server.preflight(f"{path}/a.txt", origin)
            assert r.status == 403 and r.cors == {} and r.body == b""
            assert r.vary == ["origin"]


def told(server, place):
    """Errors that name a place, without what differs between two."""
    return [line.partition("] ")[2] for line in
            server.log.recent().splitlines()
            if "[cors:error]" in line and place in line]


@pytest.mark.parametrize("name", LINES)
def test_between_lines(server, name):
    _, first, second, number = LINES[name]
    server.expect_log(r":\d+: CORS0")
    check_closed(server, f"/lines/{name}")
    lines = told(server, f"/lines/{name}/.htaccess")
    assert lines and all(f"{number}: " in line for line in lines)
    places = set(re.findall(r"/lines/%s/\.htaccess:(\d+)" % re.escape(name),
                            lines[0]))
    assert {str(n) for n in (first, second) if n} <= places


@pytest.mark.parametrize("name", SECTIONS)
def test_between_files(server, name):
    server.expect_log(r":\d+: CORS0")
    check_closed(server, f"/files/{name}/in")
    lines = told(server, f"/files/{name}/")
    assert lines and all(f"{SECTIONS[name][2]}: " in line for line in lines)
    if "policy" not in name:
        assert f"/files/{name}/.htaccess:" in lines[0]
    assert f"/files/{name}/in/.htaccess:" in lines[0]


@pytest.mark.parametrize("name", SECTIONS)
def test_between_sections_of_the_server(server, name):
    """Each was fine by itself, so configtest could not know."""
    server.expect_log(r"test\.conf:\d+: CORS0")
    check_closed(server, f"/merged/{name}")
    lines = [line for line in told(server, "test.conf:")
             if SECTIONS[name][2] in line]
    assert lines
    assert len(set(re.findall(r"test\.conf:(\d+)", lines[0]))) == 2


@pytest.mark.parametrize("name", FINE)
def test_no_contradiction(server, name):
    assert probe.readers(server, f"/files/{name}/in", ORIGINS) \
        == FINE[name][2]
    assert told(server, "CORS0") == []


@pytest.mark.parametrize("name", BESIDE)
def test_other_lines_count_for_nothing(server, name):
    server.expect_log(r"\.htaccess:\d+: CORS011")
    check_closed(server, f"/beside/{name}")


@pytest.mark.parametrize("engine", ["Off", "ReportOnly"])
def test_only_the_line_where_the_engine_is_off(server, engine):
    server.expect_log(rf"/{engine}/\.htaccess:1: CORS011")
    for origin in (A, None):
        r = server.get(f"/{engine}/own.txt", origin)
        assert r.cors == {"allow-origin": "https://backend.example"}
        assert r.vary == []
    r = server.preflight(f"/{engine}/a.txt", A)
    assert r.status == 200 and r.cors == {} and r.vary == []
    assert told(server, f"/{engine}/.htaccess:1")


def test_once_a_minute(server):
    """Whatever child answers."""
    server.expect_log(r"/often/\.htaccess:1: CORS011")
    probe.write(server, "often")
    server.write("often/.htaccess", CLASH)
    begin = time.time() // 60
    for _ in range(40):
        server.get("/often/a.txt", A)
    minutes = time.time() // 60 - begin + 1
    assert 1 <= len(told(server, "/often/.htaccess:1")) <= minutes
