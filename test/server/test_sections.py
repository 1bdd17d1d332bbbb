# SPDX-License-Identifier: Apache-2.0
"""Where policies can stand, and which of two sections is the inner one;
virtual hosts over the server."""

import pytest

from harness import configtest, probe

A = "https://a.example"
B = "https://b.example"
C = "https://c.example"
EVIL = "https://evil.example"
ORIGINS = [A, B, C, EVIL, "null", None]

POLICY = f"""
    CORSAllowOrigin {A}
    CORSAllowMethods PUT
    CORSExposeHeaders X-One
"""

# The same policy in each kind of section; requests go to /NAME/.
KINDS = {
    "location": "<Location /location>\n{POLICY}\n</Location>",
    "location-regex": "<Location ~ ^/location-regex>\n{POLICY}\n</Location>",
    "location-match": "<LocationMatch ^/location-match/>\n{POLICY}\n"
                      "</LocationMatch>",
    "directory": "<Directory {DIR}>\n{POLICY}\n</Directory>",
    "directory-match": "<DirectoryMatch /directory-match>\n{POLICY}\n"
                       "</DirectoryMatch>",
    "directory-wild": "<Directory ${HTDOCS}/directory-wil*>\n{POLICY}\n"
                      "</Directory>",
    "files": "<Directory {DIR}>\n<Files *.txt>\n{POLICY}\n</Files>\n"
             "</Directory>",
    "files-match": "<Directory {DIR}>\n<FilesMatch \\.(txt|x)$>\n{POLICY}\n"
                   "</FilesMatch>\n</Directory>",
    "if": "<If \"%{REQUEST_URI} =~ m#^/if/#\">\n{POLICY}\n</If>",
    "if-in-location": "<Location /if-in-location>\n"
                      "<If \"%{HTTP_HOST} =~ /./\">\n{POLICY}\n</If>\n"
                      "</Location>",
    "else": "<Directory {DIR}>\n<If false>\nCORSAllowOrigin *\n</If>\n<Else>\n"
            "{POLICY}\n</Else>\n</Directory>",
    "else-if": "<Directory {DIR}>\n<If false>\nCORSAllowOrigin *\n</If>\n"
               "<ElseIf true>\n{POLICY}\n</ElseIf>\n</Directory>",
    "macro": "<Macro Policy>\n{POLICY}\n</Macro>\n<Location /macro>\n"
             "Use Policy\n</Location>",
    "macro-around": "<Macro Section $path $origin>\n<Location $path>\n"
                    "CORSAllowOrigin $origin\nCORSAllowMethods PUT\n"
                    "CORSExposeHeaders X-One\n</Location>\n</Macro>\n"
                    f"Use Section /macro-around {A}",
    "include": "<Location /include>\nInclude ${HTDOCS}/policy.inc\n"
               "</Location>",
    "if-module": "<Location /if-module>\n<IfModule cors_module>\n{POLICY}\n"
                 "</IfModule>\n</Location>",
    "if-module-c": "<Location /if-module-c>\n<IfModule mod_cors.c>\n{POLICY}\n"
                   "</IfModule>\n</Location>",
    "if-directive": "<Location /if-directive>\n<IfDirective CORSEngine>\n"
                    "{POLICY}\n</IfDirective>\n</Location>",
    "continued": "<Location /continued>\nCORSAllowOrigin \\\n"
                 f"    {A}\nCORSAllowMethods PUT\nCORSExposeHeaders X-One\n"
                 "</Location>",
    "any-case": f"<Location /any-case>\ncorsallowORIGIN {A}\n"
                "CORSALLOWMETHODS PUT\ncorsexposeheaders X-One\n"
                "CORSPreflight passthrough\nCORSPreflight none\n"
                "</Location>",
}

# sections, and who may read in the end
ORDER = {
    "directory-files": ("<Directory {DIR}>\n<Files a.txt>\n"
                        "CORSAllowOrigin {B}\n</Files>\nCORSAllowOrigin {A}\n"
                        "</Directory>", [B]),
    "directory-location": ("<Location {PATH}>\nCORSAllowOrigin {B}\n"
                           "</Location>\n<Directory {DIR}>\n"
                           "CORSAllowOrigin {A}\n</Directory>", [B]),
    "location-files": ("<Location {PATH}>\nCORSAllowOrigin {B}\n</Location>\n"
                       "<Directory {DIR}>\n<Files *.txt>\n"
                       "CORSAllowOrigin {A}\n</Files>\n</Directory>", [B]),
    "location-if": ("<If \"%{REQUEST_URI} =~ m#^{PATH}/#\">\n"
                    "CORSAllowOrigin {B}\n</If>\n"
                    "<Location {PATH}>\nCORSAllowOrigin {A}\n</Location>",
                    [B]),
    "long/er": ("<Directory {DIR}>\nCORSAllowOrigin {B}\n</Directory>\n"
                "<Directory ${HTDOCS}/long>\nCORSAllowOrigin {A}\n"
                "</Directory>", [B]),
    "location-later": ("<Location {PATH}/a.txt>\nCORSAllowOrigin {A}\n"
                       "</Location>\n<Location {PATH}>\n"
                       "CORSAllowOrigin {B}\n</Location>", [B]),
    "htaccess-directory": ("<Directory {DIR}>\nCORSAllowOrigin {A}\n"
                           "</Directory>\n", [C]),
    "htaccess-location": ("<Location {PATH}>\nCORSAllowOrigin {B}\n"
                          "</Location>\n", [B]),
    "if-not-taken": ("<Location {PATH}>\nCORSAllowOrigin {A}\n"
                     "<If \"%{HTTP:X-Way} == 'in'\">\nCORSAllowOrigin {B}\n"
                     "</If>\n</Location>", [A]),
    "denies-everywhere": ("<Directory {DIR}>\nCORSDenyOrigin {A}\n"
                          "<Files a.txt>\nCORSDenyOrigin {B}\n</Files>\n"
                          "</Directory>\n<Location {PATH}>\n"
                          "CORSDenyOrigin null\nCORSAllowOrigin *\n"
                          "</Location>\n<If \"%{REQUEST_URI} =~ "
                          "m#^{PATH}/#\">\nCORSDenyOrigin {C}\n</If>",
                          [EVIL]),
    "off-then-on": ("<Directory {DIR}>\nCORSAllowOrigin {A}\n</Directory>\n"
                    "<Location {PATH}>\nCORSEngine Off\n</Location>\n"
                    "<If \"%{REQUEST_URI} =~ m#^{PATH}/#\">\nCORSEngine On\n"
                    "</If>", [A]),
}


def section(text, name):
    for key, value in {"POLICY": POLICY, "PATH": f"/{name}", "A": A, "B": B,
                       "C": C, "DIR": f"${{HTDOCS}}/{name}"}.items():
        text = text.replace("{" + key + "}", value)
    return text + "\n"


@pytest.fixture(scope="module")
def server(start_server, mpm, backend):
    config = "".join(section(text, name) for name, text in KINDS.items())
    config += "".join(section(text, name)
                      for name, (text, _) in ORDER.items())
    config += f"""
        ProxyPass /proxied http://127.0.0.1:{backend.port}/
        <Proxy http://127.0.0.1:{backend.port}/*>
            {POLICY}
        </Proxy>
        ProxyPass /matched http://127.0.0.1:{backend.port}/matched
        <ProxyMatch /matched/.*$>
            CORSAllowOrigin {B}
        </ProxyMatch>
        ProxyPass /both http://127.0.0.1:{backend.port}/both
        <Location /both>
            CORSAllowOrigin {C}
        </Location>
        <Location /reference>
            {POLICY}
        </Location>
        """
    server = start_server(
        config, mpm=mpm, files={"policy.inc": POLICY},
        modules=["macro", "proxy", "proxy_http"])
    for name in (*KINDS, *ORDER, "reference"):
        probe.write(server, name)
    for name in ("htaccess-directory", "htaccess-location"):
        server.write(f"{name}/.htaccess", f"CORSAllowOrigin {C}\n")
    return server


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_section(server, kind):
    assert probe.responses(server, f"/{kind}", ORIGINS) \
        == probe.responses(server, "/reference", ORIGINS)


@pytest.mark.parametrize("kind", ["macro", "macro-around"])
def test_a_macro_names_its_use(server, kind):
    """mod_macro's name of the place lives no longer than the start."""
    server.get(f"/{kind}/a.txt", "https://nobody.example")
    place = r"line \d+ of \"[^\"]*/test\.conf\""
    server.wait_log("CORS: refused-origin .*https://nobody.example, decided at"
                    rf" macro '\w+' \(defined on {place}\) used on {place}:"
                    r"\d+: no entry")


@pytest.mark.parametrize("name", ORDER)
def test_inner_section(server, name):
    assert probe.readers(server, f"/{name}", ORIGINS) == ORDER[name][1]


def test_if_taken(server):
    assert probe.readers(server, "/if-not-taken", ORIGINS,
                         [("X-Way", "in")]) == [B]


@pytest.mark.parametrize("path, readers", [
    ("/proxied", [A]), ("/matched", [B]), ("/both", [C])])
def test_proxy_sections(server, path, readers):
    assert probe.readers(server, path, ORIGINS) == readers
    r = server.preflight(f"{path}/x", readers[0])
    assert r.status == 204 and r.cors["allow-origin"] == readers[0]


@pytest.mark.parametrize("begin, end", [
    ("<Limit GET>", "</Limit>"), ("<LimitExcept GET>", "</LimitExcept>")])
@pytest.mark.parametrize("line", [
    f"CORSAllowOrigin {A}", f"CORSDenyOrigin {A}", "CORSEngine On",
    "CORSUsePolicy p", "CORSMaxAge 5", "CORSTolerate null-origin"])
def test_error_inside_limit(begin, end, line):
    result = configtest(
        f"<CORSPolicy p>\nCORSAllowOrigin {A}\n</CORSPolicy>\n"
        f"<Location /x>\n{begin}\n{line}\n{end}\n</Location>\n")
    assert result.code != 0
    assert "test.conf:6" in result.output or "line 6" in result.output


# --- virtual hosts ----------------------------------------------------------

HOSTS = f"""
CORSAllowOrigin {A}
CORSAllowCredentials On
CORSAllowMethods PUT
CORSDenyOrigin {EVIL}
<CORSPolicy shared>
    CORSAllowOrigin {A} {C}
</CORSPolicy>
<CORSPolicy hidden>
    CORSAllowOrigin {A}
</CORSPolicy>
<Location /server-location>
    CORSAllowOrigin {C}
</Location>
<Location /hidden>
    CORSUsePolicy hidden
</Location>
<Location /shared>
    CORSUsePolicy shared
</Location>
<VirtualHost *:${{PORT}}>
    ServerName inherits.example
    <Location /host-location>
        CORSAllowOrigin {B}
    </Location>
</VirtualHost>
<VirtualHost *:${{PORT}}>
    ServerName replaces.example
    CORSAllowOrigin {B} {EVIL}
    CORSDenyOrigin {C}
    <Location /shared-here>
        CORSUsePolicy shared
    </Location>
    <Location /hidden-here>
        CORSUsePolicy hidden
    </Location>
    <CORSPolicy hidden>
        CORSAllowOrigin {B}
    </CORSPolicy>
</VirtualHost>
<VirtualHost *:${{PORT}}>
    ServerName adds.example
    CORSAllowMethods DELETE
</VirtualHost>
<VirtualHost *:${{PORT}}>
    ServerName off.example
    CORSEngine Off
    <Location /on>
        CORSEngine On
    </Location>
</VirtualHost>
"""

# host, path, who may read, with credentials, methods
ON_HOSTS = [
    ("inherits", "/", [A], True, "PUT"),
    ("inherits", "/server-location", [C], False, "PUT"),
    ("inherits", "/host-location", [B], False, "PUT"),
    ("inherits", "/hidden", [A], False, None),
    ("inherits", "/shared", [A, C], False, None),
    ("replaces", "/", [B], False, "PUT"),
    # A section of the server is inside what the host says for itself.
    ("replaces", "/server-location", [], False, "PUT"),
    ("replaces", "/shared", [A], False, None),
    ("replaces", "/shared-here", [A], False, None),
    ("replaces", "/hidden-here", [B], False, None),
    # The server's section means the server's policy.
    ("replaces", "/hidden", [A], False, None),
    ("adds", "/", [A], True, "DELETE"),
    ("off", "/", [], False, None),
    ("off", "/on", [A], True, "PUT"),
]


@pytest.fixture(scope="module")
def hosts(start_server, mpm):
    return start_server(HOSTS, mpm=mpm)


@pytest.mark.parametrize("host, path, readers, credentials, methods",
                         ON_HOSTS)
def test_virtual_host(hosts, host, path, readers, credentials, methods):
    name = [("Host", f"{host}.example")]
    for origin in ORIGINS:
        r = hosts.get(f"{path}/a.txt", origin, name)
        expected = {}
        if origin in readers:
            expected["allow-origin"] = origin
            if credentials:
                expected["allow-credentials"] = "true"
        assert r.cors == expected
        p = hosts.preflight(f"{path}/a.txt", origin or A, extra=name)
        if origin in readers:
            if methods:
                expected["allow-methods"] = methods
            assert p.status == 204 and p.cors == expected
