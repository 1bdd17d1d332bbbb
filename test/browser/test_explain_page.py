# SPDX-License-Identifier: Apache-2.0
"""The page of SetHandler cors-explain, used by the keyboard in real browsers:
what it says, how it looks, and that nothing of what is typed becomes more than
text. The screenshots are in build/report/explain/."""

import json
import os
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from conftest import BROWSERS, Driver, key_of, plan
from harness import host
import cases

A, X = "/f/plain/text.txt", "/p/plain/x"


class Visit:
    """The form filled and submitted. reason: "allowed", a reason, or None for
    a question that cannot be asked; says: words of the answer; writes: the
    lines to add."""

    def __init__(self, name, fields, reason, says="", writes=(), text="",
                 enter=None):
        self.name = name
        self.fields = {"url": A, "origin": "$app", **fields}
        self.reason = reason
        self.says = says
        self.writes = list(writes)
        self.text = text
        self.enter = enter

    def __repr__(self):
        return self.name


STRANGER = {"origin": "$stranger"}
INCLUDE = {"credentials": "include"}
ORIGIN = ["CORSAllowOrigin $stranger"]
VISITS = [
    Visit("allowed", {}, "allowed", text="None is needed."),
    Visit("enter", {"method": "PUT"}, "allowed", enter="method"),
    Visit("allowed-preflight", {"method": "PUT", "headers": "X-One: 1"},
          "allowed", text="access-control-request-method: put"),
    Visit("allowed-credentials", {"url": "/p/cred/x", **INCLUDE}, "allowed"),
    Visit("whole-url", {"url": "$api" + X}, "allowed"),
    Visit("same-origin", {"origin": "$api"}, "allowed"),
    Visit("origin", STRANGER, "not-listed", writes=ORIGIN),
    Visit("origin-preflight", {"method": "PUT", **STRANGER}, "not-listed",
          "preflight", ORIGIN),
    Visit("method", {"method": "PURGE"}, "method",
          "without the method PURGE", ["CORSAllowMethods PURGE"]),
    Visit("header", {"headers": "X-One, X-Two"}, "header", "X-Two",
          ["CORSAllowHeaders X-Two"]),
    Visit("null", {"origin": "null"}, "null-origin"),
    Visit("denied", {"url": "/p/deny/x", **STRANGER}, "denied"),
    Visit("credentials", {"url": "/p/libshidden/x", **INCLUDE}, "credentials",
          writes=["CORSAllowCredentials On"]),
    Visit("any", {"url": "/p/open/x", **INCLUDE}, "any-with-credentials"),
    Visit("none", {"url": "/p/bare/x"}, "no-policy"),
    Visit("nobody", {"url": "/p/nobody/x"}, "not-listed"),
    Visit("off", {"url": "/p/off/x"}, "engine-off"),
    Visit("report", {"url": "/p/report/x"}, "report-only"),
    Visit("contradiction", {"url": "/f/open/contra/x"}, "contradiction"),
    Visit("keep", {"url": "/f/keep/text.txt"}, "backend-headers"),
    Visit("edited", {"origin": "https://edited.test"}, "other-origin"),
    Visit("trace", {"method": "TRACE"}, "forbidden-method"),
    Visit("guarded", {"url": "/f/plain/private/text.txt"}, "allowed",
          text="status 401"),
    Visit("guarded-pass", {"url": "/f/pass/private/text.txt",
                           "method": "PUT"}, "preflight-status", "401"),
    Visit("closed", {"url": "/f/plain/closed/text.txt", "method": "PUT"},
          "preflight-status", "403"),
    Visit("redirect", {"url": "/f/plain/moved"}, "allowed",
          text="redirects to"),
    Visit("redirect-preflight", {"url": "/early/x", "method": "PUT"},
          "preflight-status", "307"),
    Visit("list", {"url": "/f/list/text.txt", "method": "PUT"},
          "preflight-list"),
    Visit("forbid", {"url": "/f/forbid/text.txt", **STRANGER}, "not-listed",
          writes=ORIGIN, text="403"),
    Visit("malformed", {"origin": "https://App.front.test"}, None,
          "in lower case"),
    Visit("no-url", {"url": ""}, None, "url is missing"),
    Visit("other-host", {"url": "https://other.test/x"}, None,
          "not this virtual host"),
]

# What Firefox is asked too: the page is the same for both.
BOTH = {"allowed", "enter", "origin", "header", "malformed", "empty", "typed",
        "in-url", "pasted", "url-markup", "all-markup", "all-utf8"}


def browsers(names):
    """(browser, name) of what is done in each browser."""
    return [(which, name) for which in BROWSERS for name in names
            if which == "chromium" or name in BOTH]


# Ends whatever it may stand in, and then makes elements.
MARKUP = ("'\"></textarea></code></pre></title></style>--><hostile-element>"
          "<script>hostile = 1</script><img src=/hostile onerror=hostile=1>"
          "<svg onload=hostile=1><b autofocus onfocus=hostile=1>")
HOSTILE = {
    "markup": MARKUP.encode(),
    "entities": b"&lt;hostile-element&gt;&#60;hostile-element&#62;&quot;",
    "controls": b"a\x01\x02\x0b\x0c\x1b[31m\x7f\xc2\x85b",
    "utf8": b"a\xff\xfe\xc0\x80\xed\xa0\x80<hostile-element>\xf4\x90",
    "bidi": "a\u202e\u2066<hostile-element>\u2028".encode(),
    "long": (b"<hostile-element>" * 482)[:8192],
    "longer": b"<hostile-element>" * 1000,
}
FIELDS = ("url", "origin", "method", "headers", "credentials", "paste",
          "format", "<hostile-element>")
# Typed into a form; what no keyboard can type comes by URL.
TYPED = {field: MARKUP for field in ("url", "origin", "method", "headers")}
IN_URL = {"url": A.replace("text", quote(MARKUP, safe="")),
          "headers": f"Accept: {MARKUP}, X-One"}

MESSAGES = {
    # name: (page, policy, options of fetch, the reason; None: the message
    # does not say all that was asked)
    "origin": ("stranger", "plain", {}, "not-listed"),
    "any": ("app", "open", {"credentials": "include"}, None),
    "method": ("app", "plain", {"method": "PURGE"}, None),
    "header": ("app", "plain", {"headers": {"X-Two": "2"}}, "header"),
    "preflight": ("stranger", "plain", {"method": "PUT"}, "not-listed"),
    "none": ("app", "bare", {}, "no-policy"),
}

# A page's every look; of the others the two extremes.
ALL_LOOKS = ("form", "allowed", "refused")
WIDTHS = {"phone": 360, "desktop": 1280}
LOOKS = {
    "form": {},
    "wrong": {"url": "/x", "origin": "https://App.front.test/" + "long" * 60},
    "allowed": {"url": "/p/cred/x", "origin": "$app", "method": "PUT",
                "headers": "X-One: 1", **INCLUDE},
    "refused": {"url": X + "?" + "long=" * 60, "origin": "$stranger",
                "method": "PURGE", "headers": "X-Two, X-Three"},
    "noted": {"url": "/f/plain/private/text.txt", "origin": "$app"},
}


SEEN = [(page, scheme, width) for page in LOOKS
        for scheme in ("light", "dark") for width in WIDTHS
        if page in ALL_LOOKS or (scheme == "light") == (width == "phone")]


def looks(names):
    for page, scheme, width in SEEN:
        yield {"id": f"{page}-{scheme}-{width}", "scheme": scheme,
               "width": WIDTHS[width],
               "query": "?" + urlencode(cases.fill(LOOKS[page], names))}


def hostile_visits():
    """Markup in each field by itself, since each has its own error, and what
    is long, since a request line has its bounds; the rest in all at once."""
    usual = {"url": A, "origin": "https://a.test"}
    asked = [(f"{field}-{kind}", {**usual, field: HOSTILE[kind]})
             for field in FIELDS for kind in ("markup", "long")]
    asked += [(f"all-{kind}", {field: value for field in FIELDS})
              for kind, value in HOSTILE.items() if "long" not in kind]
    asked.append(("paste-longer", {"paste": HOSTILE["longer"]}))
    for name, query in asked:
        yield {"id": name, "query": "?" + urlencode(query)}
    yield {"id": "typed", "fields": TYPED}
    yield {"id": "in-url", "fields": {**IN_URL, "origin": "null"}}
    yield {"id": "pasted", "fields": {"paste": MARKUP}}


def full_plan(which, names, spki, shots):
    first = which == "chromium"
    visits = [{"id": v.name, "fields": cases.fill(v.fields, names),
               "enter": v.enter} for v in VISITS]
    messages = [{"id": name, "page": f"{names[page]}/page.html", "step": {
        "kind": "fetch", "init": init,
        "url": f"{names['api']}/p/{policy}/x?c=console"}}
        for name, (page, policy, init, _) in MESSAGES.items()]
    visits += [{"id": "empty", "query": ""}, *hostile_visits()]
    return {**plan(which, names, spki),
            "explain": f"{names['api']}/cors-explain",
            "visits": [v for v in visits if first or v["id"] in BOTH],
            "messages": messages,
            # Only Chromium shows its dark side on demand.
            "looks": list(looks(names)) if first else [],
            "shots": str(shots)}


@pytest.fixture(scope="session")
def made(the_lab, tmp_path_factory):
    """{browser: what explain.mjs saw}"""
    folder = tmp_path_factory.mktemp("explain")
    shots = Path(os.environ.get("CORS_BUILD", host.ROOT / "build")) \
        / "report" / "explain"
    shots.mkdir(parents=True, exist_ok=True)
    spki = key_of(the_lab.server.root / "tls.crt")
    drivers = [Driver(which, folder, full_plan(which, the_lab.names, spki,
                                               shots), "explain.mjs")
               for which in BROWSERS]
    try:
        return {d.which: d.wait() for d in drivers}
    finally:
        for driver in drivers:
            driver.close()


@pytest.fixture(params=list(BROWSERS))
def which(request):
    return request.param


def result(made, which, kind, name):
    got = made[which][kind][name]
    assert "broken" not in got, got["broken"]
    return got


# What the page is made of, whatever stands in it.
TAGS = set("""html head meta title style body header h1 main footer section h2
    h3 h4 p form div label small input textarea button dl dt dd code mark br ul
    ol li b span a pre link""".split())
ATTRIBUTES = set("""lang charset name content nonce class aria-labelledby id
    method for type aria-describedby value autocapitalize spellcheck rows href
    checked role rel""".split())


# Chromium's word on an answer of 400.
STATUS = "Failed to load resource: the server responded with a status of 400 ()"


def check_harmless(got):
    assert set(got["tags"]) <= TAGS, set(got["tags"]) - TAGS
    assert set(got["attributes"]) <= ATTRIBUTES, got["attributes"]
    assert got["hostile"] is None
    # A data: is no request; an engine may make some of its own.
    assert [r for r in got["requests"] if not r.startswith("data:")] \
        == [got["url"]]
    assert got["violations"] == []
    assert [m for m in got["said"] if m != STATUS] == []
    policy = got["headers"]["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert not any("script" in part or "unsafe" in part for part in policy)
    assert {"base-uri 'none'", "form-action 'self'",
            "frame-ancestors 'none'"} <= set(policy)


def as_json(the_lab, fields):
    got = the_lab.server.request(
        "GET", "/cors-explain?" + urlencode({**fields, "format": "json"}),
        {"Host": the_lab.names["api"].partition("//")[2]}, tls=True)
    return json.loads(got.body)


@pytest.mark.parametrize("which,name", browsers([v.name for v in VISITS]))
def test_verdict(which, name, made, the_lab):
    visit = next(v for v in VISITS if v.name == name)
    got = result(made, which, "visits", visit.name)
    check_harmless(got)
    fields = cases.fill(visit.fields, the_lab.names)
    said = as_json(the_lab, fields)
    if visit.reason is None:
        assert got["status"] == 400 and got["reason"] is None
        assert got["answer"] == said["error"] + "."
    else:
        allowed = visit.reason == "allowed"
        assert got["status"] == 200
        assert got["title"].startswith("Allowed" if allowed else "Refused")
        assert got["reason"] == (None if allowed else visit.reason)
        assert got["answer"] == said["sentence"] + "."
        assert got["write"] == [one["text"] for one in said["suggested"]]
        assert ("failed" in got["steps"]) == (not allowed)
        assert got["decided"] == [
            line["text"] for section in said["sections"]
            for line in section["lines"] if line["decided"]]
        # A long line is marked in several parts.
        assert set((said["directive"] or "").split()) <= set(
            " ".join(got["decided"]).split())
    assert visit.says in got["answer"]
    for line in cases.fill(visit.writes, the_lab.names):
        assert line in got["write"]
    assert visit.text.lower() in got["text"].lower()
    for name in ("url", "origin", "method", "headers"):
        assert got["fields"][name] == fields.get(name, "")
    assert got["credentials"] == ("credentials" in fields)


ORDER = ["url", "origin", "method", "headers", "credentials", "submit"]


def test_tab_reaches_each_field_in_order(which, made):
    for each in VISITS:
        if (which, each.name) in browsers([each.name]):
            got = result(made, which, "visits", each.name)
            assert got["order"] == ORDER
    pasted = result(made, which, "visits", "pasted")
    assert pasted["order"] == [*ORDER, "paste", "submit"]


def test_the_empty_form(which, made):
    got = result(made, which, "visits", "empty")
    check_harmless(got)
    assert got["status"] == 200 and got["answer"] is None
    assert not any(got["fields"].values()) and not got["credentials"]


@pytest.mark.parametrize("which,name", browsers(
    [v["id"] for v in hostile_visits()]))
def test_hostile_input_is_text(which, name, made):
    got = result(made, which, "visits", name)
    check_harmless(got)
    assert got["status"] in (200, 400)
    first, _, kind = name.rpartition("-")
    fields = got["fields"]
    if name == "typed":
        assert {k: fields[k] for k in TYPED} == TYPED
        assert "hostile-element" in got["answer"]
    elif name == "in-url":
        assert fields["headers"] == IN_URL["headers"]
        assert "<hostile-element>" in got["text"]
    elif name == "pasted":
        assert fields["paste"] == MARKUP
    elif kind in ("markup", "entities", "long"):
        for field in fields if first == "all" else {first} & set(fields):
            assert fields[field] == HOSTILE[kind].decode(), field
    elif kind == "longer":
        assert "longer than" in got["answer"]
    else:
        assert fields["headers"]


# --- a real browser's message -------------------------------------------------

@pytest.mark.parametrize("name", MESSAGES)
def test_the_console_fills_the_form(name, which, made, the_lab):
    page, policy, init, reason = MESSAGES[name]
    got = result(made, which, "messages", name)
    assert got["outcome"]["read"] is False
    last = got["then"] or got["first"]
    # Firefox does not say whose page it is.
    assert (got["then"] is None) == (which == "chromium"), got["message"]
    if got["then"]:
        assert got["first"]["status"] == 400
        assert "origin is missing" in got["first"]["answer"]
    check_harmless(got["first"])
    check_harmless(last)
    fields = last["fields"]
    assert fields["url"] == f"{the_lab.names['api']}/p/{policy}/x?c=console"
    assert fields["origin"] == the_lab.names[page]
    if reason:
        assert last["reason"] == reason, got["message"]


# --- how it looks -------------------------------------------------------------

@pytest.mark.parametrize("page,scheme,width", SEEN)
def test_look(page, scheme, width, made):
    got = result(made, "chromium", "looks", f"{page}-{scheme}-{width}")
    check_harmless(got)
    assert got["axe"] == []
    assert got["width"] <= WIDTHS[width] and got["over"] == []
    red = int(got["background"].split("(")[1].split(",")[0])
    assert (red < 64) == (scheme == "dark")
