# SPDX-License-Identifier: Apache-2.0
"""The page, JSON and text of cors-explain say the same, and show hostile input
as text."""

import json
import re
from urllib.parse import urlencode

import jsonschema
import pytest

from explain_site import (APP, CASES, DOCS, IDS, OTHER, SCHEMA, A, as_json,
                          ask, checked_page, start, text)


@pytest.fixture(scope="module")
def server(start_server):
    return start(start_server)


# --- hostile input -------------------------------------------------------------

WRONG = [
    ({"url": ""}, "url is missing"),
    ({"origin": ""}, "origin is missing"),
    ({"url": "shop"}, "begins with /"),
    ({"url": "/a\x01b"}, "control bytes"),
    ({"url": "/" + "a" * 5000}, "longer than 4096"),
    ({"url": "http://"}, "no URL"),
    ({"url": "http://u:p@localhost/"}, "no URL"),
    ({"origin": APP + "/"}, "the last slash too"),
    ({"origin": APP + ":443"}, "scheme's own port"),
    ({"origin": "https://App.example.com"}, "lower case"),
    ({"origin": "https://b\xfccher.example"}, "punycode"),
    ({"origin": "<script>"}, "no browser sends"),
    ({"origin": "https://a\r\nb"}, "no browser sends"),
    ({"origin": "x" * 8000}, "no browser sends"),
    ({"method": "a b"}, "no method"),
    ({"method": "A" * 65}, "no method"),
    ({"headers": "a b"}, "no header's name"),
    ({"headers": "X\x00"}, "NUL"),
    ({"headers": "X: \x01"}, "control bytes"),
    ({"headers": ",".join(f"X-{i}" for i in range(65))}, "more than 64"),
    ({"credentials": "yes"}, "include or omit"),
    ({"format": "xml"}, "html, json or text"),
]


@pytest.mark.parametrize("query,words", WRONG,
                         ids=[words for _, words in WRONG])
def test_what_cannot_be_asked(server, query, words):
    r = ask(server, **{"url": "/shop/a.txt", **query})
    assert r.status == 400 and words in r.text, r
    if "format" in query:
        return      # the page, then
    assert not re.search(r"[^\n -~]", r.text) and len(r.text) < 600
    assert r.one("Content-Type") == "text/plain; charset=utf-8"


def test_a_broken_escape(server):
    r = server.get("/explain?url=/%zz&origin=null&format=text")
    assert r.status == 400 and "%25" in r.text


@pytest.mark.parametrize("url", [
    "/shop/<script>alert(1)</script>", "/shop/\xff\xfe", "/shop/a b",
    "/shop/../../etc/passwd", "/shop/%2e%2e/%00", "/shop/\"'", "//shop/a.txt",
    "/?" + "&" * 50, "/shop/a.txt?a=<b>"])
def test_odd_urls(server, url):
    server.expect_log("AH10244|AH00026")
    r = ask(server, url.encode("latin-1"))
    assert r.status == 200 and re.match("Allowed|Refused", r.text)
    assert not re.search(r"[^\n -~]", r.text)


def test_a_header_value_with_a_comma(server):
    said = text(server, "/shop/a.txt",
                headers="Accept: text/html, */*;q=0.1, X-One")
    assert said.startswith("Allowed"), said


def test_the_schema_itself():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_each_reason_is_documented():
    text = (DOCS / "explain.md").read_text()
    rows = re.findall(r"(?m)^\| `([a-z-]+)` \| ", text.partition(
        "## Reasons")[2].partition("##")[0])
    reasons = SCHEMA["$defs"]["answer"]["properties"]["reason"]["enum"]
    assert sorted(rows) == sorted(reasons[1:])


@pytest.mark.parametrize("url,query,reason,line,nth", CASES,
                         ids=IDS)
def test_json_says_what_the_text_says(server, url, query, reason, line, nth):
    answer = as_json(server, url, **query)
    lines = text(server, url, **query).split("\n")
    assert answer["sentence"] == lines[0]
    assert answer["verdict"] == ("refused" if reason else "allowed")
    assert answer["reason"] == reason and answer["directive"] == line
    where = f"{answer['file']}:{answer['line']}"
    assert f"decided at: {where}" in "\n".join(lines)
    decided = [one["text"] for section in answer["sections"]
               for one in section["lines"] if one["decided"]]
    assert line in decided if line else not decided
    # The browser's steps end where it gives up.
    failed = [step for step in answer["steps"] if step["result"] == "failed"]
    assert [answer["steps"][-1]] == failed if reason else not failed
    for name in ("preflight", "actual"):
        sent = answer[name] and answer[name]["sent"]
        assert sent == any(step["stage"] == name for step in answer["steps"]) \
            or name == "preflight" and not answer[name]


def test_sections_are_outermost_first(server):
    answer = as_json(server, "/shop/inner/a.txt")
    assert [(s["title"], s["policy"], [one["text"] for one in s["lines"]])
            for s in answer["sections"]] == [
        ("<Location /shop>", False, [
            "CORSAllowOrigin https://app.example.com", "CORSAllowMethods PUT",
            "CORSAllowHeaders X-One"]),
        ("<Location /shop/inner>", False, ["CORSAllowHeaders X-Inner"])]
    answer = as_json(server, "/noone/a.txt")
    assert [s["title"] for s in answer["sections"]] == [
        "<Location /noone>", "<CORSPolicy partners>"]
    assert answer["sections"][1]["policy"]
    answer = as_json(server, "/files/deeper/a.txt")
    assert [(s["title"], s["file"], s["line"]) for s in answer["sections"]] \
        == [(".htaccess", f"{server.htdocs}/files/.htaccess", 1),
            (".htaccess", f"{server.htdocs}/files/deeper/.htaccess", 1)]


def test_both_requests_stand_in_it(server):
    answer = as_json(server, "/shop/a.txt?x=1", method="PUT",
                     headers="X-One: 1, Content-Type")
    preflight, actual = answer["preflight"], answer["actual"]
    asked = {h["name"]: h["value"] for h in preflight["request"]["headers"]}
    assert preflight["request"]["method"] == "OPTIONS"
    assert preflight["request"]["target"] == "/shop/a.txt?x=1"
    assert asked["Origin"] == APP and asked["Host"].startswith("localhost")
    assert asked["Access-Control-Request-Method"] == "PUT"
    assert asked["Access-Control-Request-Headers"] == "content-type,x-one"
    assert asked["Sec-Fetch-Site"] == "cross-site"
    said = {h["name"]: h["value"] for h in preflight["response"]["headers"]}
    assert preflight["response"]["status"] == 204
    assert said["Access-Control-Allow-Methods"] == "PUT"
    assert preflight["result"] == "refused-header"
    assert actual["request"]["method"] == "PUT" and not actual["sent"]
    assert as_json(server, "/shop/a.txt")["preflight"] is None


@pytest.mark.parametrize("query,words", WRONG,
                         ids=[words for _, words in WRONG])
def test_what_cannot_be_asked_as_json(server, query, words):
    if "format" in query:
        return      # the form of the answer itself
    answer = as_json(server, status=400, **{"url": "/shop/a.txt", **query})
    assert words in answer["error"]


HOSTILE = ["<script>alert(1)</script>", "\"'><img src=x onerror=y>",
           "\x01\x02\x7f\r\n", "x" * 6000, b"\xff\xfe\xc0\x80".decode("latin-1"),
           "</textarea><b>", "%s%n", "\u2028"]
FIELDS = ("url", "origin", "method", "headers", "credentials", "paste")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_text(server, field, value):
    query = {"url": "/shop/a.txt", "origin": APP, field: value.encode(
        "latin-1" if max(map(ord, value)) < 256 else "utf-8")}
    for format in ("html", "json", "text"):
        r = server.get("/explain?" + urlencode({**query, "format": format}))
        assert r.status in (200, 400), r
        body = r.body.decode("utf-8", "strict")
        if format == "html":
            checked_page(r)
            assert "<script" not in body and "<img" not in body
            assert "<b>" not in body.partition("<ol")[0]
        elif format == "json":
            json.loads(body)
        else:
            assert not re.search(r"[^\n -~]", body)


@pytest.mark.parametrize("url,query,reason,line,nth", CASES,
                         ids=IDS)
def test_the_page_says_it_too(server, url, query, reason, line, nth):
    answer = as_json(server, url, **query)
    page = checked_page(ask(server, url, format="html",
                            **{"origin": APP, **query}))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and all(
        b - a < 2 for a, b in zip(levels, levels[1:])), levels
    everything = re.sub(r"\s+", " ", "".join(t for _, t in page.texts))
    first = next(data for tag, data in page.texts if tag == "p")
    assert first == answer["sentence"] + "."
    assert (line in page.said("mark")) if line else not page.said("mark")
    for step in answer["steps"]:
        assert step["saw"] in everything and step["rule"] in everything
    for section in answer["sections"]:
        assert section["title"] in page.said("code")
        assert all(one["text"] in page.said("code") + page.said("mark")
                   for one in section["lines"])
    shown = {attrs.get("name"): attrs.get("value")
             for tag, attrs in page.tags if tag == "input"}
    assert shown["url"] == url and shown["origin"] == query.get("origin", APP)


def test_the_empty_form(server):
    r = server.get("/explain")
    assert r.status == 200
    page = checked_page(r)
    assert not any("answer" in a.get("class", "") for _, a in page.tags)
    assert server.get("/explain?format=text").status == 400


def test_two_pages_have_two_nonces(server):
    assert server.get("/explain").one("Content-Security-Policy") \
        != server.get("/explain").one("Content-Security-Policy")


def test_head(server):
    r = server.request("HEAD", "/explain?url=/&origin=null")
    assert r.status == 200 and not r.body
    assert r.one("Content-Type") == "text/html; charset=utf-8"


def test_the_target_is_as_browsers_write_it(server):
    r = ask(server, b"/shop/a b\xff?c=<d>#e", format="json")
    assert json.loads(r.body)["question"]["url"] \
        == "/shop/a%20b%FF?c=%3Cd%3E"


# What `new URL(…)` makes of them, in node and in browsers.
@pytest.mark.parametrize("url,target", [
    ("/../shop/./a.txt", "/shop/a.txt"), ("/../../etc", "/etc"),
    ("/a/b/../../..", "/"), ("/a/b/..", "/a/"), ("/a/.", "/a/"),
    ("/a/%2e%2E/b", "/b"), ("/a/.%2e/b/%2e/c", "/b/c"), ("/...", "/..."),
    ("/a/%2e%2e%2fb", "/a/%2e%2e%2fb"), ("//../a//b", "/a//b"),
    ("/a\\..\\b", "/b"), ("/a?..\\b/../c", "/a?..\\b/../c"),
    ("/{a}|`^[b]?{c}|`^'", "/%7Ba%7D|%60%5E[b]?{c}|`^%27"),
    ("/a?", "/a?"), ("/a?b?#c?d", "/a?b?"), ("/%zz", "/%zz"), ("/", "/"),
    ("http://localhost?a", "/?a"), ("http://localhost/..#", "/")])
def test_paths_are_what_the_url_parser_makes(server, url, target):
    server.expect_log("AH10244|AH00026|AH10508")
    r = ask(server, url, format="json")
    assert json.loads(r.body)["question"]["url"] == target


# --- what was pasted ----------------------------------------------------------

def pasted(server, text, format="html"):
    text = text.replace("PORT", str(server.port))
    return server.get("/explain?" + urlencode({"paste": text,
                                               "format": format}))


def fields(page):
    """The first form's."""
    values = {attrs["name"]: attrs.get("value") for tag, attrs in page.tags
              if tag == "input" and attrs["type"] == "text"}
    values["headers"] = page.said("textarea")[0].strip()
    values["credentials"] = any("checked" in attrs for _, attrs in page.tags)
    return values


CHROMIUM = ("Access to fetch at 'http://localhost:PORT/shop/a.txt' from "
            f"origin '{APP}' has been blocked by CORS policy: ")


@pytest.mark.parametrize("paste,expected,verdict", [
    (CHROMIUM + "Method DELETE is not allowed by Access-Control-Allow-Methods "
     "in preflight response.", {"method": "DELETE"},
     "without the method DELETE"),
    (CHROMIUM + "Request header field x-two is not allowed by "
     "Access-Control-Allow-Headers in preflight response.",
     {"headers": "x-two"}, "without the header x-two"),
    ("[Error] Origin https://evil.example is not allowed by Access-Control-"
     "Allow-Origin. Status code: 200\n[Error] Fetch API cannot load "
     "http://localhost:PORT/shop/a.txt due to access control checks.",
     {"origin": OTHER}, "without Access-Control-Allow-Origin"),
    ("curl 'http://localhost:PORT/shop/a.txt' -X PUT -H 'Origin: " + APP
     + "' -H 'X-One: 1' -b a=b", {
         "method": "PUT", "headers": "X-One: 1", "credentials": True},
     "without Access-Control-Allow-Credentials")])
def test_a_paste_fills_the_form(server, paste, expected, verdict):
    page = checked_page(pasted(server, paste))
    assert verdict in page.said("p")[0]
    assert fields(page) == {
        "url": f"http://localhost:{server.port}/shop/a.txt", "origin": APP,
        "method": "", "headers": "", "credentials": False, **expected}


def test_firefox_does_not_say_whose_page_it_is(server):
    r = pasted(server, "Cross-Origin Request Blocked: The Same Origin Policy "
               "disallows reading the remote resource at "
               "http://localhost:PORT/shop/a.txt. (Reason: CORS header "
               "\u2018Access-Control-Allow-Origin\u2019 missing).")
    assert r.status == 400
    page = checked_page(r)
    assert "origin is missing" in page.said("p")[0]
    assert fields(page)["url"].endswith("/shop/a.txt")


def test_what_is_written_wins_over_what_was_pasted(server):
    r = server.get("/explain?" + urlencode({
        "paste": f"curl http://localhost:{server.port}/any/a.txt -H "
                 f"'Origin: {APP}'", "origin": OTHER, "format": "json"}))
    question = json.loads(r.body)["question"]
    assert question["origin"] == OTHER and question["url"] == "/any/a.txt"


def test_nothing_is_found_in_a_paste(server):
    r = pasted(server, "TypeError: <b>x</b>", "text")
    assert r.status == 400 and "nothing was found" in r.text


# --- who was refused lately ---------------------------------------------------

def lately(server):
    r = server.get("/explain?format=json")
    assert r.status == 200
    answer = json.loads(r.body)
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return {(row["origin"], row["header"]): row
            for row in answer["refused_lately"]["rows"]
            if row["policy"] == server.place(A)}


def test_refused_lately(server):
    origin, odd = "https://lately.example", "<b>&\xe9"
    for _ in range(3):
        server.get("/shop/a.txt", origin)
    server.preflight("/shop/a.txt", APP, "PUT", "x-lately")
    server.get("/shop/a.txt", odd)
    rows = lately(server)
    row = rows[origin, None]
    assert (row["count"], row["method"], row["header"], row["reason"],
            row["lines"]) == (3, "GET", None, "not-listed",
                              [f"CORSAllowOrigin {origin}"])
    assert rows[APP, "x-lately"]["reason"] == "header"
    page = checked_page(server.get("/explain"))
    assert {origin, f"CORSAllowOrigin {origin}", "<b>&\ufffd"} \
        <= set(page.said("code"))
    assert origin in str(as_json(server, "/any/a.txt")["refused_lately"])


def test_a_lookup_is_no_refusal(server):
    text(server, "/shop/a.txt", "https://nobody-sent.example")
    assert "nobody-sent" not in str(lately(server))
