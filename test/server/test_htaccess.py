# SPDX-License-Identifier: Apache-2.0
"""A policy in .htaccess is what it is in <Directory>; bad lines are a 500 and
a line in the log. Contradictions between lines: test_fail_closed.py."""

import re

import pytest

from harness import probe
from test_merging import A, B, C, EVIL, ROWS, SUB

ORIGINS = [A, B, C, EVIL, SUB, "http://localhost:3001", "http://a.example",
           "https://a.example:8443", "moz-extension://x", "null", None,
           "not an origin", ""]

NAMED = f"""
<CORSPolicy full>
    CORSAllowOrigin {A}
    CORSAllowCredentials On
    CORSAllowMethods PUT
    CORSExposeHeaders X-Full
</CORSPolicy>
<CORSPolicy star>
    CORSAllowOrigin *
    CORSDenyOrigin {C}
</CORSPolicy>
"""

# name: the policy, who may read
POLICIES = {
    "exact": (f"CORSAllowOrigin {A} {B}", [A, B]),
    "star": ("CORSAllowOrigin *\nCORSExposeHeaders *", "*"),
    "star-deny": (f"CORSAllowOrigin *\nCORSDenyOrigin {EVIL}",
                  [o for o in ORIGINS if o not in (
                      EVIL, None, "not an origin", "")]),
    "subdomains": ("CORSAllowOrigin https://*.sub.example", [SUB]),
    "ports": ("CORSAllowOrigin http://localhost:3000-3999", [
        "http://localhost:3001"]),
    "any-port": ("CORSAllowOrigin https://a.example:*", [
        A, "https://a.example:8443"]),
    "scheme": ("CORSAllowOrigin moz-extension://*", ["moz-extension://x"]),
    "null": ("CORSAllowOrigin null\nCORSTolerate null-origin", ["null"]),
    "expression": (r"CORSAllowOriginMatch https://[ab]\.example", [A, B]),
    "expressions": (r'CORSAllowOriginMatch "https://a\.example" '
                    r"https://x\.sub\.example" f"\nCORSAllowOrigin {C}",
                    [A, C, SUB]),
    "insecure": ("CORSTolerate insecure-origins\n"
                 "CORSAllowOrigin http://a.example\nCORSAllowCredentials On",
                 ["http://a.example"]),
    "insecure-order": ("CORSAllowCredentials On\n"
                       "CORSAllowOrigin http://a.example\n"
                       "CORSTolerate insecure-origins", ["http://a.example"]),
    "everything": (f"""
        CORSAllowOrigin {A}
        CORSAllowCredentials On
        CORSAllowMethods PUT DELETE
        CORSAllowHeaders X-One Content-Type
        CORSExposeHeaders X-Two
        CORSMaxAge 2h
        CORSTimingAllowOrigin On
        CORSPreflight 200
        CORSBackendHeaders Keep
        CORSRefusal Silent
        CORSDenyOrigin {EVIL}""", [A]),
    "echo": (f"CORSAllowOrigin {A}\nCORSAllowCredentials On\n"
             "CORSAllowMethods *\nCORSAllowHeaders *\nCORSExposeHeaders *",
             [A]),
    "always": (f"CORSAllowOrigin {A}\nCORSSendOrigin Always", "*"),
    "passthrough": (f"CORSAllowOrigin {A}\nCORSPreflight PassThrough", [A]),
    "policy": ("CORSUsePolicy full", [A]),
    "policy-overridden": ("CORSUsePolicy full\nCORSAllowMethods DELETE\n"
                          "CORSAllowCredentials Off", [A]),
    "several": (f"CORSUsePolicy full star\nCORSDenyOrigin {B}",
                [o for o in ORIGINS if o not in (
                    B, C, None, "not an origin", "")]),
    "none": ("CORSAllowOrigin None", []),
    "on": ("CORSEngine On", []),
    "off": (f"CORSAllowOrigin {A}\nCORSEngine Off", []),
    "report": (f"CORSAllowOrigin {A}\nCORSEngine ReportOnly", []),
    "dropped": (f"CORSAllowOrigin {A}\nCORSAllowHeaders X-One, Cookie, DNT",
                [A]),
    "commas": (f'CORSAllowOrigin "{A}, {B}"', [A, B]),
    "files": (f"<Files *.txt>\nCORSAllowOrigin {A}\n</Files>", [A]),
    "if": (f"<If true>\nCORSAllowOrigin {A}\n</If>", [A]),
}

# name: the one bad line of a .htaccess file, what the log says of it
BAD = {
    "path": ("CORSAllowOrigin https://a.example/x", "CORS002"),
    "slash": ("CORSAllowOrigin https://a.example/", "CORS002"),
    "case": ("CORSAllowOrigin https://A.example", "CORS004"),
    "default-port": ("CORSAllowOrigin https://a.example:443", "CORS006"),
    "port": ("CORSAllowOrigin https://a.example:99999", "CORS007"),
    "address": ("CORSAllowOrigin http://127.1", "CORS008"),
    "no-origin": ("CORSAllowOrigin a.example", "CORS001"),
    "wildcard": ("CORSAllowOrigin https://a.*.example", "CORS010"),
    "file": ("CORSAllowOrigin file://", "CORS009"),
    "deny-path": ("CORSDenyOrigin https://a.example/x", "CORS002"),
    "deny-none": ("CORSDenyOrigin None", "CORS034"),
    "star-and": (f"CORSAllowOrigin * {A}", "CORS012"),
    "none-and": (f"CORSAllowOrigin None {A}", "CORS033"),
    "empty": ('CORSAllowOrigin ","', "CORS036"),
    "expression": ('CORSAllowOriginMatch "("', "CORS019"),
    "method": ("CORSAllowMethods TRACE", "CORS023"),
    "method-token": ("CORSAllowMethods PU(T", "CORS024"),
    "header-token": ("CORSAllowHeaders X-One:", "CORS025"),
    "cookie": ("CORSExposeHeaders Set-Cookie", "CORS026"),
    "max-age": ("CORSMaxAge -1", "CORS027"),
    "max-age-word": ("CORSMaxAge soon", "CORS027"),
    "engine": ("CORSEngine Perhaps", "CORS035"),
    "preflight": ("CORSPreflight 201", "CORS035"),
    "tolerate": ("CORSTolerate everything", "CORS035"),
    "policy": ("CORSUsePolicy unknown", "CORS029"),
    "methods-none": ("CORSAllowMethods None PUT", "CORS033"),
    "limit": ("<Limit GET>\nCORSEngine On\n</Limit>", "CORS037|<Limit>"),
    "new-policy": (f"<CORSPolicy own>\nCORSAllowOrigin {A}\n</CORSPolicy>",
                   "not allowed here"),
    "misspelt": (f"CORSAllowOrigins {A}", "Invalid command"),
}


@pytest.fixture(scope="module")
def server(start_server, mpm):
    config = NAMED + probe.OWN + f'Define LISTED "{A} , {B}"\n'
    for name, (lines, _) in POLICIES.items():
        config += f"<Directory ${{HTDOCS}}/one/{name}>\n{lines}\n</Directory>"
        config += "\n"
    for name, (_, _, both, _) in ROWS.items():
        config += f"<Directory ${{HTDOCS}}/row/{name}>\n{both}\n</Directory>\n"
    config += """
        <Directory ${HTDOCS}/fileinfo>
            AllowOverride FileInfo
        </Directory>
        <Directory ${HTDOCS}/others>
            AllowOverride AuthConfig Limit Indexes Options
        </Directory>
        <Directory ${HTDOCS}/listed>
            AllowOverride None
            AllowOverrideList CORSAllowOrigin
        </Directory>
        <Location /bad>
            CORSAllowOrigin *
        </Location>
        """
    server = start_server(config, mpm=mpm, modules=["headers"])
    for name, (lines, _) in POLICIES.items():
        probe.write(server, f"one/{name}")
        probe.write(server, f"two/{name}")
        server.write(f"two/{name}/.htaccess", lines + "\n")
    for name, (outer, inner, _, _) in ROWS.items():
        probe.write(server, f"row/{name}")
        probe.write(server, f"outer/{name}/inner")
        server.write(f"outer/{name}/.htaccess", outer + "\n")
        server.write(f"outer/{name}/inner/.htaccess", inner + "\n")
    for name, (line, _) in BAD.items():
        probe.write(server, f"bad/{name}")
        server.write(f"bad/{name}/.htaccess", f"\n\n{line}\n")
    for name in ("fileinfo", "others", "listed"):
        probe.write(server, name)
        server.write(f"{name}/.htaccess", f"CORSAllowOrigin {A}\n")
    return server


@pytest.mark.parametrize("name", POLICIES)
def test_same_as_in_a_directory_section(server, name):
    one = probe.responses(server, f"/one/{name}", ORIGINS)
    two = probe.responses(server, f"/two/{name}", ORIGINS)
    for a, b in zip(one, two):
        assert b == a


@pytest.mark.parametrize("name", POLICIES)
def test_who_may_read(server, name):
    who = POLICIES[name][1]
    assert probe.readers(server, f"/two/{name}", ORIGINS) == (
        ORIGINS if who == "*" else [o for o in ORIGINS if o in who])


@pytest.mark.parametrize("name", ROWS)
def test_files_of_two_directories_mean_one(server, name):
    """The rows of test_merging.py."""
    one = probe.responses(server, f"/row/{name}", ORIGINS)
    two = probe.responses(server, f"/outer/{name}/inner", ORIGINS)
    for a, b in zip(one, two):
        assert b == a


@pytest.mark.parametrize("name", BAD)
def test_bad_line(server, name):
    line, word = BAD[name]
    server.expect_log(r"\.htaccess: ")
    for send in (lambda: server.get(f"/bad/{name}/a.txt", A),
                 lambda: server.get(f"/bad/{name}/own.txt", A),
                 lambda: server.get(f"/bad/{name}/a.txt"),
                 lambda: server.preflight(f"/bad/{name}/a.txt", A)):
        r = send()
        assert r.status == 500
    found = server.wait_log(r"core:alert.*/bad/%s/\.htaccess: (.*)"
                            % re.escape(name)).group(1)
    assert re.search(word, found), found
    if word.startswith("CORS0"):
        assert re.search(r"; .*", found), "what to write instead"


def test_bad_line_that_was_mended(server):
    server.expect_log(r"\.htaccess: .*CORS002")
    probe.write(server, "mended")
    server.write("mended/.htaccess", f"CORSAllowOrigin {A}/\n")
    assert server.get("/mended/a.txt", A).status == 500
    server.write("mended/.htaccess", f"CORSAllowOrigin {A}\n")
    assert server.get("/mended/a.txt", A).cors == {"allow-origin": A}


@pytest.mark.parametrize("name, allowed", [
    ("fileinfo", True), ("listed", True), ("others", False)])
def test_override(server, name, allowed):
    server.expect_log("CORSAllowOrigin not allowed here")
    r = server.get(f"/{name}/a.txt", A)
    assert r.status == (200 if allowed else 500)
    assert r.cors == ({"allow-origin": A} if allowed else {})
