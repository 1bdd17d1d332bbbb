# SPDX-License-Identifier: Apache-2.0
"""fetch() and XMLHttpRequest: methods, headers, credentials, what a script
reads. What should come of each is the oracle's."""

import pytest

import lab
from cases import fetched

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "patch", "put",
           "QUERY"]
KINDS = ["fetch", "xhr"]


def methods():
    for kind in KINDS:
        for method in METHODS:
            for policy in ("open", "star", "plain", "cred", "credstar"):
                yield fetched(f"{kind}-{policy}-method-{method}", "app",
                              policy, method, kind=kind)
            for policy in ("cred", "credstar"):
                yield fetched(f"{kind}-{policy}-include-method-{method}",
                              "app", policy, method, credentials="include",
                              kind=kind)


def origins():
    for kind in KINDS:
        for page in ("app", "www", "stranger", "plainapp"):
            api = "plainapi" if page == "plainapp" else "api"
            for policy in ("bare", "nobody", "open", "plain", "cred", "always",
                           "wide", "deny", "several", "public"):
                for method in ("GET", "PUT"):
                    yield fetched(f"{kind}-{policy}-from-{page}-{method}",
                                  page, policy, method, kind=kind, api=api)
        for policy in ("bare", "open", "plain", "cred", "wide"):
            yield fetched(f"{kind}-{policy}-from-local", "local", policy,
                          "PUT", kind=kind, api="localapi")


LONG = "x" * 129
HEADERS = {
    "one": [("X-One", "1")],
    "two": [("X-One", "1"), ("X-Two", "2")],
    "case": [("x-ONE", "1")],
    "json": [("Content-Type", "application/json")],
    "form": [("Content-Type", "application/x-www-form-urlencoded")],
    "charset": [("Content-Type", "text/plain; charset=utf-8")],
    "accept": [("Accept", "text/html")],
    "accept-unsafe": [("Accept", 'text/html;q="x"')],
    "accept-long": [("Accept", LONG)],
    "language-unsafe": [("Accept-Language", "de@x")],
    "content-language": [("Content-Language", "de")],
    "authorization": [("Authorization", "Bearer x")],
    "sum": [(n, "x" * 128) for n in ("Accept", "Accept-Language",
                                     "Content-Language")]
           + [("Content-Type", "text/plain;" + "x" * 110)],
    "range": [("Range", "bytes=0-3")],
    "range-last": [("Range", "bytes=-3")],
    "forbidden": [("DNT", "1"), ("Sec-Foo", "1")],
}


# Fetch: * never covers Authorization. Neither browser has come to that yet;
# both write a warning to the console.
COVERED = {"expect": [{"read": True, "status": 200}],
           "wire": ["OPTIONS 204", "GET 200"],
           "reason": "takes * for Authorization too"}


def headers():
    for kind in KINDS:
        for name, value in HEADERS.items():
            for policy in ("open", "star", "starauth", "plain"):
                covered = (name, policy) == ("authorization", "star")
                yield fetched(
                    f"{kind}-{policy}-header-{name}", "app", policy,
                    headers=value, kind=kind, differs={
                        "chromium": COVERED, "firefox": COVERED,
                    } if covered else None)
            for policy in ("cred", "credstar", "credstarauth"):
                yield fetched(f"{kind}-{policy}-include-header-{name}", "app",
                              policy, headers=value, credentials="include",
                              kind=kind)


def credentials():
    for kind in KINDS:
        for mode in ("omit", "same-origin", "include"):
            if kind == "xhr" and mode == "same-origin":
                continue
            for policy in ("bare", "open", "star", "plain", "cred", "credstar",
                           "always", "several"):
                for page in ("app", "stranger"):
                    yield fetched(f"{kind}-{policy}-{mode}-from-{page}", page,
                                  policy, credentials=mode, kind=kind)


def many():
    """More than one hundred names in one preflight, in the browser's order."""
    names = [(name, "1") for name in lab.MANY]
    for kind in KINDS:
        for policy, mode in (("many", "omit"), ("star", "omit"),
                             ("credstar", "include"), ("plain", "omit")):
            yield fetched(f"{kind}-{policy}-120", "app", policy, headers=names,
                          credentials=mode, kind=kind)
        yield fetched(f"{kind}-many-121", "app", "many",
                      headers=[*names, ("X-More", "1")], kind=kind)


CASES = [*many(), *methods(), *origins(), *headers(), *credentials()]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_fetch(case, run):
    run.check(case)
