# SPDX-License-Identifier: Apache-2.0
"""Forbid, and denies, in a <Files> that the request reaches by another name:
DirectoryIndex, MultiViews and FallbackResource keep the request and swap its
configuration. The script must not run.
"""

import itertools

import pytest

from auth_lab import APP, OTHER

THIRD = "https://third.example"

# (what the section of the URL says, what <Files> of the target says,
#  {origin: status})
CASES = {
    "both": (f"CORSAllowOrigin {APP}", "CORSRefusal Forbid",
             {APP: 200, OTHER: 403, "null": 403, "": 403}),
    "target-alone": ("", f"CORSAllowOrigin {APP}\nCORSRefusal Forbid",
                     {APP: 200, OTHER: 403, "null": 403}),
    "target-bare": ("", "CORSRefusal Forbid", {APP: 403, OTHER: 403}),
    "outer-alone": (f"CORSAllowOrigin {APP}\nCORSRefusal Forbid", "",
                    {APP: 200, OTHER: 403}),
    "denied": (f"CORSAllowOrigin {APP} {OTHER}",
               f"CORSDenyOrigin {OTHER}\nCORSRefusal Forbid",
               {APP: 200, OTHER: 403, THIRD: 403}),
    "denied-forbid-outer": (
        f"CORSAllowOrigin {APP} {OTHER}\nCORSRefusal Forbid",
        f"CORSDenyOrigin {OTHER}", {APP: 200, OTHER: 403, THIRD: 403}),
    "denied-silent": (f"CORSAllowOrigin {APP} {OTHER}",
                      f"CORSDenyOrigin {OTHER}", {APP: 200, OTHER: 200}),
    "denied-star": ("CORSAllowOrigin *",
                    f"CORSDenyOrigin {OTHER}\nCORSRefusal Forbid",
                    {APP: 200, OTHER: 403}),
    # The target's allow list is not read: it lends nobody anything.
    "no-loan": (f"CORSAllowOrigin {APP}",
                f"CORSAllowOrigin {OTHER}\nCORSRefusal Forbid",
                {APP: 200, OTHER: 403}),
    "target-off": (f"CORSAllowOrigin {APP}\nCORSRefusal Forbid",
                   "CORSEngine Off", {APP: 200, OTHER: 403}),
    "outer-off": ("CORSEngine Off", "CORSRefusal Forbid",
                  {APP: 200, OTHER: 200}),
    "target-report": (f"CORSAllowOrigin {APP}",
                      "CORSEngine ReportOnly\nCORSRefusal Forbid",
                      {APP: 200, OTHER: 200}),
    "upgrades": (f"CORSAllowOrigin {APP}", "CORSRefusal ForbidUpgrades",
                 {APP: 200, OTHER: 200}),
}

CONFIG = "".join(f"""
<Directory ${{HTDOCS}}/{name}>
    DirectoryIndex target.cgi
    MultiviewsMatch Any
    {outer}
    <Files target.cgi>
        {inner}
    </Files>
</Directory>
<Directory ${{HTDOCS}}/{name}/fall>
    DirectoryIndex disabled
    FallbackResource /{name}/target.cgi
</Directory>
""" for name, (outer, inner, _) in CASES.items())

# What leads to the script: by its name, and by httpd's.
WAYS = ["target.cgi", "", "target", "fall/none", "fall/deep/er"]


@pytest.fixture(scope="module")
def server(start_server, mpm):
    server = start_server(CONFIG, mpm=mpm, modules=[
        "cgi", "dir", "negotiation"])
    for name in CASES:
        server.write_cgi(f"{name}/target.cgi",
                         commands="while read -r line; do :; done")
        server.write(f"{name}/page.html", "hello")
        server.write(f"{name}/fall/x.txt", "hello")
    return server


@pytest.mark.parametrize("name, way", itertools.product(CASES, WAYS))
def test_reached(server, name, way):
    for origin, status in CASES[name][2].items():
        if way == "target.cgi" and name in (
                "no-loan", "target-off", "outer-off"):
            continue        # asked by name, the section of the name holds
        before = server.ran(f"{name}/target.cgi")
        for method in ("GET", "POST"):
            r = server.request(method, f"/{name}/{way}", origin=origin,
                               body="a=b" if method == "POST" else None)
            assert r.status == status, (origin, method)
            if origin == OTHER:
                assert r.cors == {}
            if status == 403:
                assert r.cors == {} and "hello" not in r.text
                assert r.vary.count("origin") == 1
                assert r.all("Cache-Control") == ["no-store"]
        after = server.ran(f"{name}/target.cgi")
        assert after[len(before):] == (["GET", "POST"] if status == 200
                                       else [])


def test_denies_at_the_target_only(server):
    """Another file of the same section is not forbidden."""
    for name in ("both", "target-alone", "target-bare", "denied",
                 "denied-star"):
        r = server.get(f"/{name}/page.html", OTHER)
        assert r.status == 200 and r.body == b"hello"


def test_without_origin_nothing_is_forbidden(server):
    for name, way in itertools.product(CASES, WAYS):
        r = server.get(f"/{name}/{way}")
        assert r.status == 200 and r.body == b"hello\n"
