# SPDX-License-Identifier: Apache-2.0
"""Section 2: internal redirects. What the configuration says for the request
that the browser sent holds; the target's own policy only where there was
none, or only an Off from server or virtual host level."""

import pytest

FIRST = "https://first.example"
TARGET = "https://target.example"
BOTH = "https://both.example"
EVIL = "https://evil.example"
ORIGINS = [FIRST, TARGET, BOTH, EVIL, None]

NAMED = f"""
<CORSPolicy first>
    CORSAllowOrigin {FIRST} {BOTH}
    CORSExposeHeaders X-First
</CORSPolicy>
<CORSPolicy off>
    CORSAllowOrigin {FIRST} {BOTH}
    CORSEngine Off
</CORSPolicy>
"""

# What stands for the request as sent; who may read, None: the target decides
FIRSTS = {
    "none": ("", None),
    "what": ("CORSAllowMethods PUT", None),
    "engine-none": ("CORSEngine None", None),
    "list": (f"CORSAllowOrigin {FIRST} {BOTH}\nCORSExposeHeaders X-First",
             [FIRST, BOTH]),
    "policy": ("CORSUsePolicy first", [FIRST, BOTH]),
    "star": ("CORSAllowOrigin *", "*"),
    "nobody": ("CORSEngine On", []),
    "off": (f"CORSAllowOrigin {FIRST}\nCORSEngine Off", "off"),
    "only-off": ("CORSEngine Off", "off"),
    "policy-off": ("CORSUsePolicy off", "off"),
    "report": (f"CORSAllowOrigin {FIRST}\nCORSEngine ReportOnly", "off"),
}

# What stands for the target; who may read where it decides; whom it denies
TARGETS = {
    "none": ("", "off", []),
    "list": (f"CORSAllowOrigin {TARGET} {BOTH}\nCORSExposeHeaders X-Target",
             [TARGET, BOTH], []),
    "star": ("CORSAllowOrigin *", "*", []),
    "off": ("CORSEngine Off", "off", []),
    "off-list": (f"CORSAllowOrigin {TARGET}\nCORSEngine Off", "off", []),
    "report": (f"CORSAllowOrigin {TARGET}\nCORSEngine ReportOnly", "off", []),
    "deny": (f"CORSAllowOrigin {TARGET} {BOTH}\nCORSDenyOrigin {BOTH}",
             [TARGET], [BOTH]),
    "deny-alone": (f"CORSDenyOrigin {BOTH} {EVIL}", "off", [BOTH, EVIL]),
}

# How httpd gets from one to the other: the path asked for, its status, and
# whether httpd swaps the configuration of the same request
WAYS = {
    "error-document": ("missing", 404, False),
    "rewrite": ("rewritten", 200, False),
    "script": ("local.cgi", 200, False),
    "action": ("x.acted", 200, False),
    "index": ("index/", 200, True),
    "fallback": ("fallback/x", 200, True),
}


def way_lines(first, target):
    """Directories below /FIRST-TARGET/."""
    there, to = f"${{HTDOCS}}/{first}_{target}", f"/to-{target}"
    return f"""
<Directory {there}>
    {FIRSTS[first][0]}
    ErrorDocument 404 {to}/page.html
    RewriteEngine On
    RewriteRule ^rewritten$ {to}/page.html
    AddHandler acted .acted
    Action acted {to}/run.cgi virtual
</Directory>
<Directory {there}/index>
    DirectoryIndex {to}/page.html
</Directory>
<Directory {there}/fallback>
    FallbackResource {to}/page.html
</Directory>
"""


@pytest.fixture(scope="module")
def server(start_server, mpm):
    config = NAMED
    for target, (lines, _, _) in TARGETS.items():
        config += f"<Directory ${{HTDOCS}}/to-{target}>\n{lines}\n"
        config += "</Directory>\n"
        config += "".join(way_lines(first, target) for first in FIRSTS)
    server = start_server(config, mpm=mpm, modules=[
        "cgi", "dir", "alias", "rewrite", "actions"])
    for target in TARGETS:
        server.write(f"to-{target}/page.html", "target")
        server.write_cgi(f"to-{target}/run.cgi", body="target")
        for first in FIRSTS:
            base = f"{first}_{target}"
            server.write(f"{base}/x.acted", "first")
            server.write(f"{base}/index/x", "first")
            server.write(f"{base}/fallback/y", "first")
            server.write_cgi(f"{base}/local.cgi", commands=(
                f"printf 'Location: /to-{target}/page.html\\n\\n'; exit 0"))
    return server


def check(r, origin, readers):
    if readers == "off":
        assert r.cors == {} and r.vary == []
    elif readers == "*":
        assert r.cors == {"allow-origin": "*"} and r.vary == []
    else:
        allowed = origin in readers and origin is not None
        assert r.cors.get("allow-origin") == (origin if allowed else None)
        assert allowed or r.cors == {}
        assert r.vary == ["origin"]


def expected(first, target, swaps):
    readers = FIRSTS[first][1]
    if readers is None:
        readers = TARGETS[target][1]
    elif swaps and TARGETS[target][2] and readers != "off":
        # The target's denies are added.
        readers = [o for o in (ORIGINS if readers == "*" else readers)
                   if o not in TARGETS[target][2]]
    return readers


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("first", FIRSTS)
@pytest.mark.parametrize("target", TARGETS)
def test_redirected(server, first, target, way):
    path, status, swaps = WAYS[way]
    for origin in ORIGINS:
        r = server.get(f"/{first}_{target}/{path}", origin)
        assert r.status == status and r.text.strip() == "target"
        check(r, origin, expected(first, target, swaps))
        exposed = r.cors.get("expose-headers")
        if exposed:
            assert exposed == ("X-First" if FIRSTS[first][1] else "X-Target")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("target", TARGETS)
def test_preflight_is_answered_first(server, target, way):
    path = WAYS[way][0]
    for origin, status in ((FIRST, 204), (TARGET, 403)):
        r = server.preflight(f"/list_{target}/{path}", origin)
        assert r.status == status and r.body == b""
        assert r.cors == ({"allow-origin": FIRST} if status == 204 else {})


# --- chains, <Files>, MultiViews --------------------------------------------

MORE = f"""
<Directory ${{HTDOCS}}/chain>
    CORSAllowOrigin {FIRST}
    RewriteEngine On
    RewriteRule ^start$ /chain2/missing
</Directory>
<Directory ${{HTDOCS}}/chain2>
    CORSAllowOrigin {TARGET}
    ErrorDocument 404 /chain3/page.html
</Directory>
<Directory ${{HTDOCS}}/chain3>
    CORSEngine Off
</Directory>
<Directory ${{HTDOCS}}/later>
    RewriteEngine On
    RewriteRule ^start$ /chain2/missing
</Directory>
<Directory ${{HTDOCS}}/files>
    CORSAllowOrigin {FIRST} {BOTH}
    DirectoryIndex index.html
    <Files index.html>
        CORSDenyOrigin {BOTH}
        CORSAllowOrigin {TARGET}
        CORSExposeHeaders X-Target
        CORSRefusal Forbid
    </Files>
    <Files page.html>
        CORSAllowOrigin {TARGET}
        CORSDenyOrigin {BOTH}
    </Files>
</Directory>
<Directory ${{HTDOCS}}/silent>
    CORSAllowOrigin {FIRST}
    <Files index.html>
        CORSAllowCredentials On
    </Files>
    DirectoryIndex index.html
</Directory>
"""


@pytest.fixture(scope="module")
def more(start_server, mpm):
    server = start_server(MORE, mpm=mpm, modules=[
        "dir", "rewrite", "mime", "negotiation"])
    for name in ("chain3/page.html", "chain2/x", "chain/x", "later/x",
                 "files/index.html", "files/page.html", "silent/index.html"):
        server.write(name, "target")
    return server


@pytest.mark.parametrize("path, status, readers", [
    ("/chain/start", 404, [FIRST]),
    ("/later/start", 404, [TARGET]),
    ("/chain2/missing", 404, [TARGET]),
])
def test_chain(more, path, status, readers):
    for origin in ORIGINS:
        r = more.get(path, origin)
        assert r.status == status and r.body == b"target"
        check(r, origin, readers)


@pytest.mark.parametrize("path", ["/files/", "/files/page"])
@pytest.mark.parametrize("origin, cors", [
    (FIRST, {"allow-origin": FIRST}), (BOTH, {}), (TARGET, {}), (EVIL, {}),
    (None, {})])
def test_files_of_an_index_or_a_variant(more, path, origin, cors):
    """Denies and Forbid of <Files> are added, its allow list is not read."""
    r = more.get(path, origin)
    forbidden = path == "/files/" and origin in (BOTH, TARGET, EVIL)
    assert r.status == (403 if forbidden else 200)
    assert r.cors == cors and "origin" in r.vary


def test_an_index_lends_no_credentials(more):
    assert more.get("/silent/", FIRST).cors == {"allow-origin": FIRST}
    assert more.get("/silent/index.html", FIRST).cors == {
        "allow-origin": FIRST, "allow-credentials": "true"}


# --- Off at server or virtual host level ------------------------------------

SERVER_OFF = NAMED + f"""
CORSEngine Off
<VirtualHost *:${{PORT}}>
    ServerName server.example
</VirtualHost>
<VirtualHost *:${{PORT}}>
    ServerName host.example
    CORSEngine Off
</VirtualHost>
<VirtualHost *:${{PORT}}>
    ServerName policy.example
    CORSUsePolicy off
</VirtualHost>
<Directory ${{HTDOCS}}/plain>
    ErrorDocument 404 /on/page.html
    DirectoryIndex /on/page.html
</Directory>
<Directory ${{HTDOCS}}/list>
    CORSAllowOrigin {FIRST}
    ErrorDocument 404 /on/page.html
    DirectoryIndex /on/page.html
</Directory>
<Directory ${{HTDOCS}}/off>
    CORSEngine Off
    ErrorDocument 404 /on/page.html
    DirectoryIndex /on/page.html
</Directory>
<Directory ${{HTDOCS}}/named>
    CORSUsePolicy off
    ErrorDocument 404 /on/page.html
    DirectoryIndex /on/page.html
</Directory>
<Directory ${{HTDOCS}}/here>
    CORSEngine On
    CORSAllowOrigin {FIRST}
    ErrorDocument 404 /on/page.html
    DirectoryIndex /on/page.html
</Directory>
<Directory ${{HTDOCS}}/on>
    CORSEngine On
    CORSAllowOrigin {TARGET}
</Directory>
"""


@pytest.fixture(scope="module")
def server_off(start_server, mpm):
    server = start_server(SERVER_OFF, mpm=mpm, modules=["dir"])
    for name in ("plain", "list", "off", "named", "here"):
        server.write(f"{name}/x", "first")
    server.write("on/page.html", "target")
    return server


@pytest.mark.parametrize("host", ["server", "host", "policy"])
@pytest.mark.parametrize("first, readers", [
    ("plain", [TARGET]), ("list", [TARGET]), ("off", "off"),
    ("named", "off"), ("here", [FIRST])])
@pytest.mark.parametrize("path, status", [("missing", 404), ("", 200)])
def test_off_at_server_level_gives_way(server_off, host, first, readers,
                                       path, status):
    for origin in ORIGINS:
        r = server_off.get(f"/{first}/{path}", origin,
                           [("Host", f"{host}.example")])
        assert r.status == status and r.body == b"target"
        check(r, origin, readers)
        r = server_off.get(f"/{first}/x", origin,
                           [("Host", f"{host}.example")])
        check(r, origin, [FIRST] if first == "here" else "off")
