# SPDX-License-Identifier: Apache-2.0
"""The lines that cors-explain suggests."""

import json

import pytest

from explain_site import (APP, EXPLAIN, OTHER, A, as_json, ask, checked_page,
                          start, text)


@pytest.fixture(scope="module")
def server(start_server):
    return start(start_server)


# --- the lines to add ---------------------------------------------------------

SUGGESTED = [
    ("/shop/a.txt", {"origin": OTHER}, "<Location /shop>", A,
     ["CORSAllowOrigin https://evil.example"]),
    ("/shop/a.txt", {"method": "DELETE"}, "<Location /shop>", None,
     ["CORSAllowMethods DELETE"]),
    ("/shop/inner/a.txt", {"headers": "X-One, X-Inner, x-two"},
     "<Location /shop/inner>", "CORSAllowHeaders X-Inner",
     ["CORSAllowHeaders X-One x-two"]),
    ("/shop/a.txt", {"origin": OTHER, "method": "DELETE",
                     "headers": "X-Two, Authorization",
                     "credentials": "include"}, "<Location /shop>", None,
     ["CORSAllowOrigin https://evil.example", "CORSAllowCredentials On",
      "CORSAllowMethods DELETE", "CORSAllowHeaders Authorization X-Two"]),
    ("/partners/a.txt", {"origin": OTHER}, "<CORSPolicy partners>",
     "CORSAllowOrigin https://partner.example",
     ["CORSAllowOrigin https://evil.example"]),
    ("/several/a.txt", {"origin": OTHER, "credentials": "include"},
     "<CORSPolicy partners>", "CORSAllowOrigin https://partner.example",
     ["CORSAllowOrigin https://evil.example"]),
    ("/several/a.txt", {"origin": "https://partner.example",
                        "method": "DELETE", "headers": "X-One"},
     "<CORSPolicy partners>", "CORSAllowMethods PUT",
     ["CORSAllowMethods DELETE", "CORSAllowHeaders X-One"]),
    ("/off/a.txt", {}, "<Location /off>", "CORSEngine Off",
     ["CORSEngine On"]),
    ("/report/a.txt", {"origin": OTHER}, "<Location /report>", None,
     ["CORSEngine On", "CORSAllowOrigin https://evil.example"]),
    ("/noone/a.txt", {"origin": "https://partner.example",
                      "credentials": "include"}, "<Location /noone>",
     "CORSAllowCredentials Off", ["CORSAllowCredentials On"]),
    ("/plain/a%20b.txt?x", {"method": "PUT"}, "the virtual host",
     "<VirtualHost *:${PORT}>",
     ['<Location "/plain/a b.txt">', "    CORSAllowOrigin " + APP,
      "    CORSAllowMethods PUT", "</Location>"]),
    ("/shop/a.txt", {"origin": "http://site.example",
                     "credentials": "include"}, "<Location /shop>", A,
     ["CORSAllowOrigin http://site.example", "CORSAllowCredentials On",
      "CORSTolerate insecure-origins"]),
    ("/files/deeper/a.txt", {"origin": OTHER}, ".htaccess", None,
     ["CORSAllowOrigin https://evil.example"]),
    # What no line can do.
    ("/denied/a.txt", {}, None, None, []),
    ("/any/a.txt", {"credentials": "include"}, None, None, []),
    ("/shop/a.txt", {"origin": "null"}, None, None, []),
    ("/shop/a.txt", {"method": "TRACE"}, None, None, []),
    ("/shop/a.txt", {"headers": "Access-Control-Allow-Origin"}, None, None,
     []),
    ("/shop/a.txt", {"headers": "*"}, None, None, []),
    ("/closed/a.txt", {"headers": "X"}, None, None, []),
    ("/early/a.txt", {"origin": "https://edited.example"}, None, None, []),
    ("/keep/a.txt", {}, None, None, []),
    ("/plain/a*.txt", {}, None, None, []),
]


@pytest.mark.parametrize("url,query,title,after,lines", SUGGESTED, ids=[
    " ".join([url, *query.values()]) for url, query, *_ in SUGGESTED])
def test_lines_to_add(server, url, query, title, after, lines):
    answer = as_json(server, url, **query)
    assert answer["verdict"] == "refused"
    assert [s["text"] for s in answer["suggested"]] == lines
    assert (answer["advice"] is None) == bool(lines)
    for one in answer["suggested"]:
        assert one["in"] == title and one["file"] and one["line"]
    if after:
        first = answer["suggested"][0]
        assert f"{first['file']}:{first['line']}" == server.place(after)
    said = text(server, url, **query)
    page = checked_page(ask(server, url, format="html",
                            **{"origin": APP, **query}))
    for line in lines:
        assert f"write: {line}\n" in said and line in page.said("code")
    if not lines:
        assert f"advice: {answer['advice']}\n" in said
        assert answer["advice"] + "." in page.said("p")


@pytest.mark.parametrize("query,id", [
    ({"method": "patch"}, "CORS044"), ({"method": "DELETE"}, None),
    ({"origin": "https://*.example.com".replace("*.", "a.")}, None)])
def test_what_configtest_would_warn_of(server, query, id):
    answer = as_json(server, "/shop/a.txt", **query)
    assert answer["suggested"]
    assert [w.split(":")[0] for w in answer["warnings"]] == ([id] if id
                                                             else [])
    assert ("configtest would warn: CORS" in text(
        server, "/shop/a.txt", **query)) == bool(id)


def test_a_list_too_long_to_copy(start_once):
    many = " ".join(f"https://s{i}.example" for i in range(1200))
    server = start_once(
        EXPLAIN + f"<Location /many>\nCORSAllowOrigin {many}\n</Location>\n",
        modules=["authz_host"])
    answer = as_json(server, "/many", OTHER)
    assert [s["text"] for s in answer["suggested"]] \
        == ["CORSAllowOrigin https://evil.example"]
    assert len(json.dumps(answer["sections"])) < 1000


def test_configtest_accepts_the_line_in_all_sections(start_once):
    """Whoever uses the same policy, or stands in the section, has credentials,
    and http:// is nothing for these."""
    server = start_once(EXPLAIN + f"""
    <CORSPolicy both>
        CORSAllowOrigin {APP}
    </CORSPolicy>
    <Location /a>
        CORSUsePolicy both
    </Location>
    <Location /b>
        CORSUsePolicy both
        CORSAllowCredentials On
    </Location>
    <Location /c>
        CORSAllowOrigin {APP}
        <If "%{{QUERY_STRING}} == 'with'">
            CORSAllowCredentials On
        </If>
    </Location>
    <Location /e>
        CORSAllowOrigin {APP}
    </Location>
    """, modules=["authz_host"])
    for url, origin, is_offered in (
            ("/a", "http://old.example", False), ("/a", OTHER, True),
            ("/c", "http://old.example", False), ("/c", OTHER, True),
            ("/e", "http://old.example", True)):
        answer = as_json(server, url, origin)
        assert [s["text"] for s in answer["suggested"]] == (
            [f"CORSAllowOrigin {origin}"] if is_offered else []), url
