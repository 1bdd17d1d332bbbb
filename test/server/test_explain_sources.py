# SPDX-License-Identifier: Apache-2.0
"""cors-explain where lists are kept elsewhere: the deciding place is the line
of the list, the advice names the list, and what is tried out changes nothing.
"""

import pytest

from explain_site import (APP, EXPLAIN, OTHER, as_json, ask, checked_page,
                          text)
from harness import until
from lists import put

PARTNER, PATTERN = "https://partner.example", "https://shop.friend.example"
PLAIN_HTTP = "http://old.example"
CONFIG = EXPLAIN + """
<Location /only>
    CORSAllowOriginFrom file:partners.txt
    CORSAllowMethods PUT
</Location>
<Location /beside>
    CORSAllowOriginFrom file:partners.txt
    CORSAllowOrigin https://app.example.com
    CORSAllowCredentials On
</Location>
<Location /two>
    CORSAllowOriginFrom file:more.txt file:partners.txt
</Location>
<Location /missing>
    CORSAllowOriginFrom file:missing.txt
    CORSAllowOrigin https://app.example.com
</Location>
<Location /plain-http>
    CORSAllowOriginFrom file:plain-http.txt
</Location>
<CORSPolicy partners>
    CORSAllowOriginFrom file:more.txt
    CORSAllowCredentials On
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
</CORSPolicy>
<Location /several>
    CORSUsePolicy partners public
</Location>
<CORSPolicy some>
    CORSAllowOriginFrom file:more.txt
    CORSDenyOrigin https://more.example
</CORSPolicy>
<Location /some>
    CORSUsePolicy some public
</Location>
<Location /denied>
    CORSAllowOriginFrom file:partners.txt
    CORSDenyOrigin https://partner.example
</Location>
"""
ONLY = "CORSAllowOriginFrom file:partners.txt"
TWO = "CORSAllowOriginFrom file:more.txt file:partners.txt"
MISSING = "CORSAllowOriginFrom file:missing.txt"


@pytest.fixture(scope="module")
def server(start_server):
    server = start_server(CONFIG, modules=["authz_host"], files={
        "../partners.txt": "# partners\n\nhttps://partner.example\n"
                           "https://*.friend.example   # all shops\n",
        "../more.txt": "https://more.example\n",
        "../plain-http.txt": f"{PLAIN_HTTP}\n{PARTNER}\n"},
        expect_log=[r"test.conf:\d+: CORS065: '\S*missing.txt' does not "])
    for name in ("only", "beside", "two", "missing", "plain-http", "several",
                 "some", "denied"):
        server.write(f"{name}/a.txt", "hello")
    return server


# (url, query, the list's line, what names the list)
LISTED = [
    ("/only/a.txt", {"origin": PARTNER}, "partners.txt:3", ONLY),
    ("/only/a.txt", {"origin": PATTERN}, "partners.txt:4", ONLY),
    ("/only/a.txt", {"origin": PARTNER, "method": "PUT"}, "partners.txt:3",
     ONLY),
    ("/beside/a.txt", {"origin": PARTNER, "credentials": "include"},
     "partners.txt:3", ONLY),
    ("/two/a.txt", {"origin": PARTNER}, "partners.txt:3", ONLY),
    ("/two/a.txt", {"origin": "https://more.example"}, "more.txt:1",
     "CORSAllowOriginFrom file:more.txt"),
    ("/several/a.txt", {"origin": "https://more.example",
                        "credentials": "include"}, "more.txt:1",
     "CORSAllowOriginFrom file:more.txt"),
]


def names_it(answer):
    """The words of the line, of a section or policy, that decided."""
    return " ".join(line["text"] for section in answer["sections"]
                    for line in section["lines"] if line["decided"]).split()


@pytest.mark.parametrize("url,query,place,directive", LISTED, ids=[
    " ".join([url, *query.values()]) for url, query, *_ in LISTED])
def test_listed(server, url, query, place, directive):
    answer = as_json(server, url, **query)
    assert answer["verdict"] == "allowed" and answer["reason"] is None
    place = f"{server.root}/{place}"
    assert f"{answer['file']}:{answer['line']}" == place
    assert answer["directive"] == directive
    assert f"decided at: {place}: {directive}\n" in text(server, url, **query)
    page = checked_page(ask(server, url, format="html", **query))
    assert directive in page.said("mark") and place in page.said("code")
    assert names_it(answer)[:1] == ["CORSAllowOriginFrom"]
    r = server.get(url, origin=query["origin"])
    assert r.cors["allow-origin"] == query["origin"]


def test_an_entry_of_the_section_is_its_own_line(server):
    answer = as_json(server, "/beside/a.txt", APP)
    assert answer["directive"] == f"CORSAllowOrigin {APP}"
    assert f"{answer['file']}:{answer['line']}" == server.place(
        f"CORSAllowOrigin {APP}")
    # Of several policies one that has a list was asked before.
    answer = as_json(server, "/several/a.txt", APP)
    assert answer["directive"] == "CORSAllowOrigin *"
    # Even where it held the origin, and an exception took it out.
    answer = as_json(server, "/some/a.txt", "https://more.example")
    assert answer["verdict"] == "allowed"
    assert answer["directive"] == "CORSAllowOrigin *"


# (url, query, reason, the line that decided, lines to add, lists)
REFUSED = [
    ("/only/a.txt", {}, "not-listed", ONLY, 1,
     [f"CORSAllowOrigin {OTHER}"], "file:partners.txt"),
    ("/two/a.txt", {}, "not-listed", TWO, 1, [f"CORSAllowOrigin {OTHER}"],
     "file:more.txt or file:partners.txt"),
    ("/beside/a.txt", {"origin": PLAIN_HTTP, "credentials": "include"},
     "not-listed", ONLY, 2,
     [f"CORSAllowOrigin {PLAIN_HTTP}", "CORSTolerate insecure-origins"],
     "file:partners.txt"),
    ("/several/a.txt", {"credentials": "include"}, "credentials",
     "CORSAllowOrigin *", 1, [f"CORSAllowOrigin {OTHER}"], "file:more.txt"),
    ("/only/a.txt", {"origin": PARTNER, "credentials": "include"},
     "credentials", None, 1, ["CORSAllowCredentials On"], None),
    ("/only/a.txt", {"origin": PARTNER, "method": "DELETE"}, "method",
     "CORSAllowMethods PUT", 1, ["CORSAllowMethods DELETE"], None),
]


@pytest.mark.parametrize("url,query,reason,decided,nth,lines,lists", REFUSED,
                         ids=[" ".join([url, *query.values()])
                              for url, query, *_ in REFUSED])
def test_refused(server, url, query, reason, decided, nth, lines, lists):
    query = {"origin": OTHER, **query}
    answer = as_json(server, url, **query)
    assert (answer["verdict"], answer["reason"]) == ("refused", reason)
    place = server.place(decided, nth=nth) if decided \
        else f"{server.root}/partners.txt:3"
    assert f"{answer['file']}:{answer['line']}" == place
    assert answer["directive"] == (decided or ONLY)
    assert " ".join(names_it(answer)) == answer["directive"]
    assert [s["text"] for s in answer["suggested"]] == lines
    advice = lists and (f"Or add {query['origin']} to {lists} and leave the "
                        "line CORSAllowOrigin out")
    assert answer["advice"] == advice
    said = text(server, url, **query)
    page = checked_page(ask(server, url, format="html", **query))
    if advice:
        assert f"advice: {advice}\n" in said
        assert f"{advice}." in page.said("p")
    else:
        assert "advice:" not in said


def test_null_belongs_into_no_list(server):
    answer = as_json(server, "/only/a.txt", "null")
    assert answer["reason"] == "null-origin"
    assert answer["suggested"] == [] and "file:" not in answer["advice"]


def test_denied(server):
    answer = as_json(server, "/denied/a.txt", PARTNER)
    assert (answer["reason"], answer["directive"]) == (
        "denied", f"CORSDenyOrigin {PARTNER}")


def test_a_list_that_does_not_answer(server):
    answer = as_json(server, "/missing/a.txt", OTHER)
    assert answer["reason"] == "source"
    assert f"{answer['file']}:{answer['line']}" == server.place(MISSING)
    assert answer["directive"] == MISSING
    assert answer["suggested"] == []
    assert "the error log says why" in answer["advice"]
    assert answer["actual"]["result"] == "source-error"
    assert as_json(server, "/missing/a.txt", APP)["verdict"] == "allowed"
    # To look is not to fail: the log has a line only for a real request.
    assert "does not answer" not in server.log.recent()
    server.get("/missing/a.txt", origin=OTHER)
    server.wait_log(r"CORSAllowOriginFrom file:missing.txt does not answer")


def test_credentials_that_the_list_is_not_fit_for(server):
    """With the line that explain tries, the list would hold nobody."""
    answer = as_json(server, "/plain-http/a.txt", PARTNER,
                     credentials="include")
    assert answer["reason"] == "credentials" and answer["suggested"] == []
    assert answer["advice"].startswith("No line that is only added")
    r = server.get("/plain-http/a.txt", origin=PARTNER)
    assert r.cors["allow-origin"] == PARTNER
    assert "not fit" not in server.log.recent()


def test_the_log_names_the_list(server):
    server.get("/only/a.txt", origin=OTHER)
    server.wait_log(f"no entry allows it; to allow it: CORSAllowOrigin {OTHER}"
                    "; or add it to file:partners.txt$")


def test_added_to_the_list(server):
    """What the advice says is so, without a restart."""
    origin = "https://new.example"
    answer = as_json(server, "/two/a.txt", origin)
    assert "file:more.txt" in answer["advice"]
    put(server.root / "more.txt",
        "https://more.example\nhttps://new.example\n")

    def allowed():
        answer = as_json(server, "/two/a.txt", origin)
        return answer if answer["verdict"] == "allowed" else None

    answer = until(allowed)
    assert answer["file"] == f"{server.root}/more.txt" and answer["line"] == 2
