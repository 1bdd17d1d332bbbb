# SPDX-License-Identifier: Apache-2.0
"""What browsers keep: answers to preflights, and responses in the cache of
HTTP. Counted by what reaches httpd."""

import pytest

from cases import BLOCKED, Case, line, step, url

OK = {"read": True, "status": 200}


# --- preflights --------------------------------------------------------------

def ask(policy, method="PUT", page="app", kind="fetch", mode="omit", n=None,
        **headers):
    return step(page, kind, url(policy, **({"n": n} if n else {})),
                init={"method": method, "credentials": mode, "headers": {
                    k.replace("_", "-"): v for k, v in headers.items()}})


def kept(name, steps, wire, outcomes=None, **differs):
    return Case(f"preflight-{name}", steps, outcomes or [OK] * len(steps),
                wire, differs)


O204, PUT = "OPTIONS 204", "PUT 200"
PREFLIGHTS = [
    kept("600", [ask("ttl")] * 3, [O204, PUT, PUT, PUT]),
    kept("0", [ask("ttl0")] * 3, [O204, PUT] * 3),
    # Five seconds, which may be over before another step comes.
    kept("default", [ask("plain", kind="twice")], [O204, PUT, PUT]),
    # The answer holds the whole lists, so one is enough for all of them.
    kept("other-method", [ask("ttl"), ask("ttl", "DELETE"),
                          ask("ttl", "PATCH")],
         [O204, PUT, "DELETE 200", "PATCH 200"]),
    kept("other-header", [ask("ttl", "GET", X_One="1"),
                          ask("ttl", "GET", Content_Type="a/b"),
                          ask("ttl", "PUT", Authorization="x")],
         [O204, "GET 200", "GET 200", PUT]),
    kept("echoed-method", [ask("credstar", mode="include"),
                           ask("credstar", "DELETE", mode="include"),
                           ask("credstar", mode="include")],
         [O204, PUT, O204, "DELETE 200", PUT], chromium={
             "wire": [O204, PUT, O204, "DELETE 200", O204, PUT],
             "reason": "a new answer takes the place of the old one"}),
    kept("star-method", [ask("star"), ask("star", "DELETE")],
         [O204, PUT, "DELETE 200"], firefox={
             "wire": [O204, PUT, O204, "DELETE 200"],
             "reason": "keeps a * as the method that was asked for"}),
    kept("other-url", [ask("ttl"), ask("ttl", n=2)], [O204, PUT] * 2),
    kept("other-mode", [ask("ttl"), ask("ttl", mode="include")],
         [O204, PUT] * 2),
    kept("other-origin", [ask("wide"), ask("wide", page="www")],
         [O204, PUT] * 2),
    kept("fetch-and-xhr", [ask("ttl"), ask("ttl", kind="xhr")],
         [O204, PUT, PUT]),
    kept("refused-header", [ask("ttl", X_Two="2")] * 2, [O204] * 2,
         [BLOCKED] * 2),
    # A refusal clears what was kept.
    kept("refused-after", [ask("ttl"), ask("ttl", X_Two="2"), ask("ttl")],
         [O204, PUT, O204, O204, PUT], [OK, BLOCKED, OK]),
    kept("refused-origin", [ask("nobody")] * 2, ["OPTIONS 403"] * 2,
         [BLOCKED] * 2),
]


# --- responses ---------------------------------------------------------------

LONG, CHECK = "Cache-Control:max-age=600", "Cache-Control:no-cache"


def get(policy, page="app", mode="omit", cache="default", **query):
    return step(page, "fetch", url(policy, **query),
                init={"credentials": mode, "cache": cache})


def image(policy, **query):
    return step("app", "image", url(policy, **query))


def seen(who):
    """The backend's echo: whose cookie it had."""
    return {**OK, "body": {"cookie": [f"who={who}"] if who else []}}


TAINTED = {"read": True, "pixel": "SecurityError"}
PICTURE = {"kind": "svg", "h": LONG}
SHARED = {"etag": "v1", "h": CHECK}
FROM_APP, FROM_WWW = (line("GET 200", origin=f"${p}") for p in ("app", "www"))
# Firefox has one cache for requests with credentials, one for those without.
APART = {"firefox": {"wire": ["GET 200", "GET 200"],
                     "reason": "keeps what it got without credentials apart"}}
RESPONSES = [
    # An image without Origin first, then a script: the stored copy was not
    # made for it, and Vary says so.
    Case("stored-image-then-fetch", [image("plain", **PICTURE),
                                     get("plain", **PICTURE)],
         [TAINTED, OK], [line("GET 200", origin="-"), FROM_APP]),
    Case("stored-image-then-fetch-include",
         [image("cred", **PICTURE), get("cred", mode="include", **PICTURE)],
         [TAINTED, OK], [line("GET 200", origin="-"), FROM_APP]),
    # The same for everybody: no second request.
    Case("stored-image-then-fetch-open", [image("open", **PICTURE),
                                          get("open", **PICTURE)],
         [TAINTED, OK], ["GET 200"], APART),
    Case("stored-image-then-fetch-always", [image("always", **PICTURE),
                                            get("always", **PICTURE)],
         [TAINTED, OK], ["GET 200"], APART),
    Case("stored-image-then-fetch-always-include",
         [image("always", **PICTURE), get("always", mode="include",
                                          **PICTURE)],
         [TAINTED, OK], ["GET 200"], {"firefox": {
             "wire": ["GET 200", "GET 200"],
             "reason": "asks again for a script what an image got"}}),
    # Two origins of one site, so of one part of the cache.
    Case("stored-two-origins", [get("wide", h=LONG),
                                get("wide", "www", h=LONG)],
         [OK, OK], [FROM_APP, FROM_WWW]),
    Case("stored-allowed-then-refused", [get("plain", h=LONG),
                                         get("plain", "www", h=LONG)],
         [OK, BLOCKED], [FROM_APP, FROM_WWW]),
    Case("stored-again", [get("plain", h=LONG)] * 2, [OK, OK], ["GET 200"]),
    # A 304 keeps what may be read.
    Case("stored-revalidated", [get("plain", **SHARED)] * 2,
         [{**OK, "sees": ["x-own", "etag"]}] * 2, ["GET 200", "GET 304"]),
    Case("stored-revalidated-file",
         [step("app", "fetch", "$api/f/plain/text.txt?c=$id",
               init={"cache": "no-cache"})] * 2,
         [{**OK, "sees": ["etag"], "body": "text"}] * 2,
         ["GET 200", "GET 304"]),
    # A partner reads with credentials; then a reader of the public policy
    # revalidates the partner's copy. Complete: a 304 would give it to him.
    Case("replay-partner-then-reader",
         [get("several", mode="include", **SHARED),
          get("several", "www", "same-origin", **SHARED)],
         [seen("app"), seen(None)], [FROM_APP, FROM_WWW]),
    Case("replay-partner-then-reader-include",
         [get("several", mode="include", **SHARED),
          get("several", "www", "include", **SHARED)],
         [seen("app"), BLOCKED], [FROM_APP, FROM_WWW]),
    Case("replay-reader-then-partner",
         [get("several", "www", "same-origin", **SHARED),
          get("several", mode="include", **SHARED)],
         [seen(None), OK], None),
    Case("replay-partner-again",
         [get("several", mode="include", **SHARED)] * 2, [seen("app")] * 2,
         ["GET 200", "GET 304"]),
    # Without the module, by the usual recipe with Vary: what it is about. The
    # 304 says who may read, and takes nothing back of what was stored.
    Case("replay-recipe-include",
         [get("recipe", mode="include", **SHARED),
          get("recipe", "www", "include", **SHARED)],
         [seen("app"), seen("app")],
         [FROM_APP, line("GET 304", origin="$www")]),
    Case("replay-recipe",
         [get("recipe", mode="include", **SHARED),
          get("recipe", "www", "same-origin", **SHARED)],
         [seen("app"), seen("app")],
         [FROM_APP, line("GET 304", origin="$www")], {"firefox": {
             "expect": [seen("app"), seen(None)],
             "wire": [FROM_APP, FROM_WWW],
             "reason": APART["firefox"]["reason"]}}),
]


@pytest.mark.parametrize("case", PREFLIGHTS, ids=repr)
def test_preflight(case, run):
    run.check(case)


@pytest.mark.parametrize("case", RESPONSES, ids=repr)
def test_stored(case, run):
    run.check(case)
