# SPDX-License-Identifier: Apache-2.0
"""Section 3: Vary is merged into what handlers, backends and mod_headers say,
by token, without case; a 304 names Accept-Encoding too."""

import pytest

APP = "https://app.example"
OTHER = "https://other.example"

# How a Vary comes to stand in a response, and what it should be in the end.
# name: lines of mod_headers, lines of the CGI script, tokens expected
MERGES = {
    "nothing": ("", "", ["origin"]),
    "set": ("Header set Vary Accept-Encoding", "",
            ["accept-encoding", "origin"]),
    "always set": ("Header always set Vary Accept-Encoding", "",
                   ["accept-encoding", "origin"]),
    "both tables": ("Header always set Vary Accept\nHeader set Vary Cookie",
                    "", ["accept", "cookie", "origin"]),
    "add twice": ("Header add Vary Accept\nHeader add Vary Cookie", "",
                  ["accept", "cookie", "origin"]),
    "one line of three": ("", "Vary: Accept, Cookie,Accept-Language",
                          ["accept", "accept-language", "cookie", "origin"]),
    "three lines": ("", "Vary: Accept\nVary: Cookie\nVary: X-Own",
                    ["accept", "cookie", "origin", "x-own"]),
    "script and server": ("Header set Vary Accept", "Vary: Cookie",
                          ["accept", "cookie", "origin"]),
    "Origin already": ("", "Vary: Origin", ["origin"]),
    "Origin in capitals": ("", "Vary: ORIGIN, Accept", ["accept", "origin"]),
    "Origin by both": ("Header merge Vary Origin", "Vary: origin",
                       ["origin"]),
    "Origin by always": ("Header always merge Vary Origin", "", ["origin"]),
    "not twice": ("", "Vary: Accept\nVary: accept, ACCEPT",
                  ["accept", "origin"]),
    "part of a word": ("", "Vary: X-Origin, Origin-Agent",
                       ["origin", "origin-agent", "x-origin"]),
    "empty elements": ("", "Vary: , ,Accept,,", ["accept", "origin"]),
    "empty": ("", "Vary:", ["origin"]),
    "star": ("", "Vary: *", ["*"]),
    "star set": ("Header set Vary *", "", ["*"]),
    "star always": ("Header always set Vary *", "", ["*"]),
}

KINDS = {
    "list": f"CORSAllowOrigin {APP}",
    "star": "CORSAllowOrigin *",
}


def location(path, lines):
    return f"<Location {path}>\n{lines}\n</Location>\n"


def slug(name):
    return name.replace(" ", "-")


@pytest.fixture(scope="module")
def server(start_server, mpm, backend):
    config = "".join(
        location(f"/{kind}/{slug(name)}", policy + "\n" + headers)
        for kind, policy in KINDS.items()
        for name, (headers, _, _) in MERGES.items())
    config += location("/without", "CORSEngine Off")
    config += "".join(location(f"/without/{slug(name)}", headers)
                      for name, (headers, _, _) in MERGES.items())
    config += location("/zip", f"CORSAllowOrigin {APP}\n"
                               "SetOutputFilter DEFLATE")
    config += location("/keep", "CORSAllowOrigin *\nCORSBackendHeaders Keep")
    config += location("/fixed", f"CORSAllowOrigin {APP}\n"
                                 "CORSSendOrigin Always")
    config += location("/proxy", f"CORSAllowOrigin {APP}")
    config += f"ProxyPass /proxy http://127.0.0.1:{backend.port}/\n"
    server = start_server(config, mpm=mpm, modules=[
        "cgi", "headers", "filter", "deflate", "proxy", "proxy_http"])
    for name, (_, lines, _) in MERGES.items():
        for kind in (*KINDS, "without"):
            server.write_cgi(f"{kind}/{slug(name)}/run.cgi",
                             "Content-Type: text/plain\n" + lines)
    for kind in ("zip", "keep", "fixed"):
        server.write(f"{kind}/a.txt", "0123456789" * 100)
    return server


@pytest.mark.parametrize("origin", [None, APP, OTHER])
@pytest.mark.parametrize("name", MERGES)
def test_merged(server, name, origin):
    r = server.get(f"/list/{slug(name)}/run.cgi", origin)
    assert r.status == 200
    assert r.vary == MERGES[name][2]
    # mod_cache_disk reads only the first.
    assert len(r.all("Vary")) == 1


@pytest.mark.parametrize("origin", [None, APP])
@pytest.mark.parametrize("name", MERGES)
def test_star_adds_nothing(server, name, origin):
    """A plain * leaves Vary byte for byte as it is without the module."""
    path = f"{slug(name)}/run.cgi"
    r = server.get(f"/star/{path}", origin)
    assert r.cors == {"allow-origin": "*"}
    assert r.all("Vary") == server.get(f"/without/{path}", origin).all("Vary")


@pytest.mark.parametrize("origin", [None, APP, OTHER])
def test_beside_deflate(server, origin):
    """mod_deflate names Accept-Encoding on its 200 only; a cache replaces the
    stored Vary by the 304's, so that must be no shorter."""
    gzip = {"Accept-Encoding": "gzip"}
    r = server.get("/zip/a.txt", origin, gzip)
    assert r.status == 200 and r.one("Content-Encoding") == "gzip"
    assert r.vary == ["accept-encoding", "origin"]
    again = server.get("/zip/a.txt", origin, {
        **gzip, "If-Modified-Since": r.one("Last-Modified")})
    assert again.status == 304
    assert again.vary == ["accept-encoding", "origin"]
    assert again.cors == r.cors


def not_modified(*lines):
    return ("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n"
            "Connection: close\r\n"
            + "".join(line + "\r\n" for line in lines) + "\r\n").encode()


@pytest.mark.parametrize("lines, vary", [
    ([], ["accept-encoding", "origin"]),
    (["Vary: Cookie"], ["accept-encoding", "cookie", "origin"]),
    (["Vary: accept-encoding"], ["accept-encoding", "origin"]),
    (["Vary: Origin", "Vary: Accept-Encoding"],
     ["accept-encoding", "origin"]),
    (["Vary: *"], ["*"]),
], ids=str)
@pytest.mark.parametrize("origin", [None, APP, OTHER])
def test_backends_304(server, backend, lines, vary, origin):
    backend.answer = not_modified(*lines)
    r = server.get("/proxy/x", origin, {"If-None-Match": '"x"'})
    assert r.status == 304
    assert r.vary == vary


@pytest.mark.parametrize("path, origin, vary", [
    ("/keep/a.txt", None, ["accept-encoding", "origin"]),
    ("/fixed/a.txt", APP, []),
])
def test_304_where_all_get_the_same(server, path, origin, vary):
    """Vary stands there only where Keep lets a backend answer differently."""
    r = server.get(path, origin, {"If-None-Match": "*"})
    assert r.status == 304
    assert r.vary == vary


@pytest.mark.parametrize("origin", [None, APP, OTHER, "not an origin"])
def test_keep_varies_for_the_next_response(server, origin):
    """The module adds no Vary to a plain *, but under Keep the next response
    may be the backend's."""
    r = server.get("/keep/a.txt", origin)
    assert r.status == 200
    assert r.cors == {"allow-origin": "*"}
    assert r.vary == ["origin"]
