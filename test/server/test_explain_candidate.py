# SPDX-License-Identifier: Apache-2.0
"""cors-explain where CORSCandidatePolicy is in reach: what its policy would make
of the same question is what is said where that policy is in force."""

import re
from itertools import product

import pytest

from explain_site import APP, EXPLAIN, OTHER, as_json, ask, checked_page, text

POLICIES = {
    "app": f"CORSAllowOrigin {APP}\n",
    "any": "CORSAllowOrigin *\nCORSAllowMethods PUT\n",
    "who": f"CORSAllowOrigin {APP} {OTHER}\nCORSAllowCredentials On\n"
           "CORSAllowMethods *\nCORSAllowHeaders X-One\n",
    "denies": f"CORSAllowOrigin https://*.example.com\nCORSDenyOrigin {APP}\n",
    "always": f"CORSAllowOrigin {APP}\nCORSSendOrigin Always\n",
    "off": f"CORSAllowOrigin {OTHER}\nCORSEngine Off\n",
    "<&'>": f"CORSAllowOrigin {OTHER}\n",
}
LIVE = [name for name in POLICIES if name != "off"]
PATHS = {name: f"p{i}" for i, name in enumerate(POLICIES)}
CONFIG = EXPLAIN + "".join(
    f"<CORSPolicy \"{name}\">\n{lines}</CORSPolicy>\n"
    for name, lines in POLICIES.items()) + "".join(
    f"<Location /use/{PATHS[name]}>\nCORSUsePolicy \"{name}\"\n"
    f"CORSEngine On\n</Location>\n" for name in POLICIES) + "".join(
    f"<Location /pair/{PATHS[live]}/{PATHS[candidate]}>\n"
    f"CORSUsePolicy \"{live}\"\nCORSCandidatePolicy \"{candidate}\"\n"
    "</Location>\n" for live in LIVE for candidate in POLICIES) + """
<Location /report>
    CORSUsePolicy app
    CORSEngine ReportOnly
    CORSCandidatePolicy any
</Location>
<Location /alone>
    CORSCandidatePolicy any
</Location>
<Location /ended>
    CORSUsePolicy app
    CORSCandidatePolicy any
</Location>
<Location /ended/here>
    CORSCandidatePolicy None
</Location>
<Location /inner>
    CORSUsePolicy app
    CORSCandidatePolicy who
</Location>
<Location /inner/most>
    CORSAllowHeaders X-Two
    CORSDenyOrigin https://evil.example
</Location>
"""
QUESTIONS = [{"origin": origin, "method": method, "headers": headers,
              "credentials": credentials}
             for origin, method, headers, credentials in product(
                 (APP, OTHER, "null"), ("GET", "PUT"), ("", "X-One"),
                 ("omit", "include"))]


@pytest.fixture(scope="module")
def server(start_server):
    server = start_server(CONFIG, mpm="event", modules=["authz_host"],
                          expect_log=[r"CORS0\d\d: "])
    server.write("htaccess/.htaccess", "CORSUsePolicy app\n"
                 "CORSCandidatePolicy who\n")
    server.write("htaccess/a.txt", "hello")
    return server


@pytest.mark.parametrize("candidate", POLICIES)
def test_as_where_it_is_in_force(server, candidate):
    seen = set()
    for question in QUESTIONS:
        real = as_json(server, f"/use/{PATHS[candidate]}", **question)
        for live in LIVE:
            told = as_json(server, f"/pair/{PATHS[live]}/{PATHS[candidate]}",
                           **question)
            then = told["candidate"]
            assert then["policy"] == candidate
            for part in ("verdict", "sentence", "reason"):
                assert then[part] == real[part], (live, question)
            if candidate != "off" and then["reason"] not in ("credentials",
                                                             "any-with-"
                                                             "credentials"):
                assert (then["file"], then["line"]) == (real["file"],
                                                        real["line"])
            # The answer itself is of the policy in force.
            assert {k: told[k] for k in ("verdict", "reason", "sentence")} == {
                k: as_json(server, f"/use/{PATHS[live]}", **question)[k]
                for k in ("verdict", "reason", "sentence")}
        seen.add(real["verdict"])
    assert "refused" in seen


def test_inner_sections_change_it_too(server):
    told = as_json(server, "/inner/most/a.txt", APP, headers="X-Two",
                   credentials="include")
    assert told["reason"] == "credentials"
    assert told["candidate"]["verdict"] == "allowed"
    told = as_json(server, "/inner/most/a.txt", APP, headers="X-One")
    assert told["candidate"]["reason"] == "header"
    told = as_json(server, "/inner/most/a.txt", OTHER)
    assert told["candidate"]["reason"] == "denied"


def test_in_htaccess(server):
    told = as_json(server, "/htaccess/a.txt", OTHER)
    assert told["reason"] == "not-listed"
    assert told["candidate"]["verdict"] == "allowed"


@pytest.mark.parametrize("url", ["/report", "/alone", "/ended/here", "/none"])
def test_none_is_in_reach(server, url):
    told = as_json(server, url, OTHER)
    assert told["candidate"] is None
    assert "candidate" not in text(server, url, OTHER)
    assert "candidate" not in ask(server, url, OTHER, "html").text


def test_of_the_same_origin(server):
    told = as_json(server, "/ended", f"http://localhost:{server.port}")
    assert told["verdict"] == "allowed" and told["candidate"] is None


def test_in_words(server):
    said = text(server, "/inner", APP, method="PUT", headers="X-Two")
    assert said.startswith("Refused: the preflight would be answered without "
                           "the method PUT")
    place = server.place(POLICIES["who"].split("\n")[3])
    assert re.search(
        "(?m)^candidate policy who: Refused: the preflight would be answered "
        "without the header X-Two, so the browser will not send the request\n"
        f"       reason: header, decided at: {re.escape(place)}$", said), said


def test_on_the_page(server):
    r = ask(server, f"/pair/p0/{PATHS['<&' + chr(39) + '>']}", APP, "html")
    page = checked_page(r)
    assert "Under the candidate policy" in page.said("h2")
    assert "<&'>" in "".join(page.said("code"))


def test_nothing_is_counted_or_logged(server):
    before = server.log.everything()
    as_json(server, "/inner", OTHER)
    assert server.log.everything().count("CORS: ") == before.count("CORS: ")
