# SPDX-License-Identifier: Apache-2.0
"""Section 3, its last paragraph: among several policies, whoever is granted
less than another gets a whole answer, since a 304 takes no header back; and
whoever asks under Keep, where the backend may grant another more."""

import json
import os

import pytest

from harness import Backend

FULL = "https://full.example"       # in the policy that grants most
LESS = "https://less.example"       # in one that grants less
EVIL = "https://evil.example"       # denied by the section
OTHER = "https://other.example"     # in none but *

NAMED = f"""
<CORSPolicy full>
    CORSAllowOrigin {FULL}
    CORSAllowCredentials On
    CORSExposeHeaders X-One X-Two
</CORSPolicy>
<CORSPolicy full-any>
    CORSAllowOrigin {FULL}
    CORSAllowCredentials On
    CORSExposeHeaders *
</CORSPolicy>
<CORSPolicy no-credentials>
    CORSAllowOrigin {LESS}
    CORSExposeHeaders x-one X-Two X-Three
</CORSPolicy>
<CORSPolicy no-names>
    CORSAllowOrigin {LESS}
    CORSAllowCredentials On
    CORSExposeHeaders X-Two
</CORSPolicy>
<CORSPolicy as-much>
    CORSAllowOrigin {LESS}
    CORSAllowCredentials On
    CORSExposeHeaders X-TWO X-ONE
    CORSAllowMethods PUT
    CORSMaxAge 5
</CORSPolicy>
<CORSPolicy bare>
    CORSAllowOrigin {FULL}
</CORSPolicy>
<CORSPolicy bare-too>
    CORSAllowOrigin {LESS}
    CORSDenyOrigin {OTHER}
</CORSPolicy>
<CORSPolicy bare-any>
    CORSAllowOrigin *
</CORSPolicy>
<CORSPolicy any-names>
    CORSAllowOrigin *
    CORSExposeHeaders *
</CORSPolicy>
"""

SECTIONS = {
    "credentials": "CORSUsePolicy full no-credentials",
    "names": "CORSUsePolicy full no-names",
    "equal": "CORSUsePolicy full as-much",
    "any-names": "CORSUsePolicy full-any any-names",
    "leveled": "CORSUsePolicy full no-names\nCORSExposeHeaders X-Only",
    "leveled-any": "CORSUsePolicy full no-credentials\nCORSExposeHeaders *",
    "all-logins": "CORSUsePolicy full no-names\nCORSExposeHeaders *",
    "bare": f"CORSUsePolicy bare bare-too\nCORSDenyOrigin {EVIL}",
    "last-any": f"CORSUsePolicy bare bare-any\nCORSDenyOrigin {EVIL}",
    "one": "CORSUsePolicy full",
    "own": f"CORSAllowOrigin {FULL}\nCORSAllowCredentials On",
    "keep": f"CORSAllowOrigin {FULL}\nCORSBackendHeaders Keep",
    "keep-any": "CORSAllowOrigin *\nCORSBackendHeaders Keep",
    "keep-always": f"CORSAllowOrigin {FULL}\nCORSSendOrigin Always\n"
                   "CORSBackendHeaders Keep",
    "report": "CORSUsePolicy full no-credentials\nCORSEngine ReportOnly",
    "off": "CORSUsePolicy full no-credentials\nCORSEngine Off",
}

# section, Origin, whether the answer must be whole
ROWS = [
    ("credentials", FULL, True),        # lacks X-Three
    ("credentials", LESS, True),
    ("credentials", OTHER, True),
    ("credentials", "not an origin", True),
    ("credentials", "", True),
    ("credentials", None, False),
    ("names", FULL, False),
    ("names", LESS, True),
    ("names", OTHER, True),
    ("names", None, False),
    ("equal", FULL, False),
    ("equal", LESS, False),
    ("equal", OTHER, True),
    # With credentials * is a list, which a 304 lacks: the stored * stays.
    ("any-names", FULL, True),
    ("any-names", OTHER, True),
    ("leveled", FULL, False),
    ("leveled", LESS, False),
    ("leveled", OTHER, True),
    ("leveled-any", FULL, True),
    ("leveled-any", LESS, True),
    ("all-logins", FULL, False),
    ("all-logins", LESS, False),
    ("bare", FULL, False),
    ("bare", LESS, False),
    ("bare", OTHER, True),
    ("bare", EVIL, True),
    ("last-any", FULL, False),
    ("last-any", OTHER, False),
    ("last-any", EVIL, True),
    ("one", FULL, False),
    ("one", OTHER, False),
    ("own", FULL, False),
    ("own", OTHER, False),
    *((name, origin, origin is not None)
      for name in ("keep", "keep-any", "keep-always")
      for origin in (FULL, OTHER, None)),
    ("report", LESS, False),
    ("report", OTHER, False),
    ("off", LESS, False),
    ("off", OTHER, False),
]
IDS = [f"{row[0]} {row[1]}" for row in ROWS]

# The files are older than this. (A file of this very second has a weak ETag,
# which If-Range does not take.)
SINCE = "Fri, 01 Jan 2010 00:00:00 GMT"
WRITTEN = 1000000000


@pytest.fixture(scope="module")
def backend(backend):
    backend.answer = lambda request: Backend.response(
        body=json.dumps(dict(request.headers)).encode())
    return backend


@pytest.fixture(scope="module")
def server(start_server, mpm, backend):
    config = NAMED + "".join(
        f"<Location /{name}>\n{lines}\n</Location>\n"
        for name, lines in SECTIONS.items())
    config += (f"ProxyPassMatch ^/[^/]+/proxy$ http://127.0.0.1:{backend.port}"
               "/\nDirectoryIndex a.txt\n")
    server = start_server(config, mpm=mpm, modules=[
        "cgi", "dir", "proxy", "proxy_http"])
    for name in SECTIONS:
        os.utime(server.write(f"{name}/a.txt", "0123456789"),
                 (WRITTEN, WRITTEN))
        server.write_cgi(f"{name}/run.cgi", commands=(
            "printf 'Content-Type: text/plain\\n\\n'\nenv | grep -E "
            "'^HTTP_(IF_|RANGE)' | sort\nexit 0"))
    return server


@pytest.mark.parametrize("header", [
    ("If-None-Match", "*"), ("If-Modified-Since", SINCE)], ids=str)
@pytest.mark.parametrize("name, origin, whole", ROWS, ids=IDS)
def test_static(server, name, origin, whole, header):
    for path, method in (("a.txt", "GET"), ("", "GET"), ("a.txt", "HEAD")):
        r = server.request(method, f"/{name}/{path}", [header], origin=origin)
        assert r.status == (200 if whole else 304)
        if whole and method == "GET":
            assert r.body == b"0123456789"


@pytest.mark.parametrize("name, origin, whole", ROWS, ids=IDS)
def test_ranges(server, name, origin, whole):
    """If-Range goes with its Range; a Range alone asks for no comparison."""
    etag = server.get(f"/{name}/a.txt").one("ETag")
    r = server.get(f"/{name}/a.txt", origin,
                   {"Range": "bytes=0-1", "If-Range": etag})
    assert r.status == (200 if whole else 206)
    assert r.body == (b"0123456789" if whole else b"01")
    r = server.get(f"/{name}/a.txt", origin, {"Range": "bytes=0-1"})
    assert r.status == 206 and r.body == b"01"


@pytest.mark.parametrize("name, origin, whole", ROWS, ids=IDS)
def test_range_beside_a_condition(server, name, origin, whole):
    """A 206 would be combined with what is stored, as a 304 is."""
    r = server.get(f"/{name}/a.txt", origin,
                   {"Range": "bytes=0-1", "If-None-Match": '"other"'})
    assert r.status == (200 if whole else 206)


@pytest.mark.parametrize("header", [
    ("If-Match", '"other"'),
    ("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT")], ids=str)
@pytest.mark.parametrize("name, origin, whole", ROWS, ids=IDS)
def test_other_conditions_stay(server, name, origin, whole, header):
    assert server.get(f"/{name}/a.txt", origin, [header]).status == 412


CONDITIONS = {
    "If-None-Match": '"x"', "If-Modified-Since": SINCE, "If-Range": '"x"',
    "Range": "bytes=0-1", "If-Match": "*",
}


@pytest.mark.parametrize("name, origin, whole", ROWS, ids=IDS)
def test_backends(server, backend, name, origin, whole):
    """They do not see what was taken out, and all that was not."""
    expected = {"if-match"} if whole else {n.lower() for n in CONDITIONS}
    r = server.get(f"/{name}/proxy", origin, CONDITIONS)
    seen = {n.lower() for n in json.loads(r.body)}
    assert {n for n in seen if n.startswith("if-") or n == "range"} == expected
    r = server.get(f"/{name}/run.cgi", origin, CONDITIONS)
    seen = {line.partition("=")[0] for line in r.text.splitlines()}
    assert seen == {"HTTP_" + n.upper().replace("-", "_") for n in expected}
