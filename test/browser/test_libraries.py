# SPDX-License-Identifier: Apache-2.0
"""jQuery, axios and htmx as npm has them: what they send by themselves, under
a policy that lists what they need and one that does not. docs/migrating.md
has the table."""

import pytest

from cases import BLOCKED, Case, line, url

OK = {"read": True, "status": 200}


def case(name, page, kind, policy, outcome, wire, **more):
    query = {"h": "HX-Trigger:told", "kind": "fragment"} \
        if kind == "htmx" else {}
    address = url(policy, **query)
    if kind == "htmx":
        more = {"attributes": {f"hx-{more.pop('verb')}": address,
                               "hx-swap": "none", **more}}
    else:
        more = {"url": address, **more}
    return Case(f"library-{name}",
                [{"page": f"$app/{page}.html", "kind": kind, **more}],
                [outcome], wire)


def asks(headers, method="PUT", status=204):
    return line(f"OPTIONS {status}", asks_method=method,
                asks_headers=headers or "-")


def listed_or_not(name, page, kind, headers, method, **more):
    """A call with a preflight: read where the policy lists what it asks for,
    else ended by the browser, and nobody's call but the preflight arrives."""
    yield case(f"{name}-listed", page, kind, "libs", OK,
               [asks(headers, method), f"{method} 200"], **more)
    yield case(f"{name}-not-listed", page, kind, "simple", BLOCKED,
               [asks(headers, method)], **more)


def simple(name, page, kind, method="GET", **more):
    """A call without a preflight."""
    yield case(name, page, kind, "simple", OK, [f"{method} 200"], **more)


def jquery():
    def call(**options):
        return {"options": options}
    where = ("libraries", "jquery")
    yield from simple("jquery-get", *where)
    # crossDomain is what keeps X-Requested-With away.
    yield from simple("jquery-post", *where, "POST",
                      **call(method="POST", data={"a": 1}))
    yield from listed_or_not("jquery-json", *where, "content-type", "POST",
                             **call(method="POST", data='{"a":1}',
                                    contentType="application/json"))
    yield from listed_or_not("jquery-put", *where, "", "PUT",
                             **call(method="PUT", data={"a": 1}))
    yield from listed_or_not(
        "jquery-requested-with", *where, "x-requested-with", "GET",
        **call(headers={"X-Requested-With": "XMLHttpRequest"}))
    yield case("jquery-credentials", *where, "libs", OK,
               [line("GET 200", cookie="who=app")],
               **call(xhrFields={"withCredentials": True}))
    yield case("jquery-credentials-refused", *where, "simple", BLOCKED,
               [line("GET 200", cookie="who=app")],
               **call(xhrFields={"withCredentials": True}))


def axios():
    def call(**options):
        return {"options": options}
    where = ("libraries", "axios")
    yield from simple("axios-get", *where)
    yield from simple("axios-form", *where, "POST",
                      **call(method="post", form={"a": "1"}))
    yield from listed_or_not("axios-json", *where, "content-type", "POST",
                             **call(method="post", data={"a": 1}))
    yield from listed_or_not("axios-patch", *where, "content-type", "PATCH",
                             **call(method="patch", data={"a": 1}))
    yield from listed_or_not("axios-delete", *where, "", "DELETE",
                             **call(method="delete"))
    yield from listed_or_not(
        "axios-requested-with", *where, "x-requested-with", "GET",
        **call(headers={"X-Requested-With": "XMLHttpRequest"}))
    yield case("axios-credentials", *where, "libs", OK,
               [line("GET 200", cookie="who=app")],
               **call(withCredentials=True))


HTMX4 = "hx-current-url,hx-request,hx-request-type,hx-source,hx-target"
HTMX2 = "hx-current-url,hx-request,hx-target,hx-trigger,hx-trigger-name"


def htmx():
    # As they come, neither sends anything to another origin.
    for page in ("htmx2", "htmx4"):
        yield case(f"{page}-default", page, "htmx", "libs", BLOCKED, [],
                   verb="get")
    for page, headers in (("htmx2cors", HTMX2), ("htmx4cors", HTMX4)):
        name = page[:5]
        for verb in ("get", "post", "put", "delete"):
            yield from listed_or_not(f"{name}-{verb}", page, "htmx", headers,
                                     verb.upper(), verb=verb)
        # What the answer tells htmx to do must be exposed.
        for policy, told in (("libs", True), ("libshidden", False)):
            yield case(f"{name}-trigger-{policy}", page, "htmx", policy,
                       {**OK, "told": told}, None, verb="get")


CASES = [*jquery(), *axios(), *htmx()]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_library(case, run):
    run.check(case)
