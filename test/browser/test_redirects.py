# SPDX-License-Identifier: Apache-2.0
"""Redirects: each hop needs the headers; from one foreign origin to another
Origin becomes null; a preflight must not be redirected."""

import pytest

from cases import BLOCKED, READ, Case, line, step, url

OK = {"read": True, "status": 200}


def hop(first, then, page="app", name=None, status=302, method="GET",
        mode="omit", headers=None, **query):
    """One redirect. first, then: (host, policy)."""
    target = url(then[1], then[0], **query)
    init = {"method": method, "credentials": mode}
    if headers:
        init["headers"] = headers
    return step(page, "fetch", url(first[1], first[0], to=target,
                                   status=status), init=init)


FROM_APP = line("GET 302", origin="$app")


# What Firefox does after a redirect that leads to a preflight.
OWN_ORIGIN = "asks after a redirect in its own origin's name"
ASKS_AGAIN = "asks again before the GET after a 303"


def case(name, the_step, outcome, wire, firefox=None):
    differs = {}
    if firefox:
        differs["firefox"] = {"reason": firefox[0], "wire": firefox[1]}
    return Case("redirect-" + name, [the_step], [outcome], wire, differs)


CASES = [
    case("same-host", hop(("api", "plain"), ("api", "plain")), OK,
         [FROM_APP, line("GET 200", origin="$app")]),
    case("first-without", hop(("api", "bare"), ("api", "plain")), BLOCKED,
         [FROM_APP]),
    case("first-refused", hop(("api", "nobody"), ("api", "plain")), BLOCKED,
         [FROM_APP]),
    case("target-without", hop(("api", "plain"), ("api", "bare")), BLOCKED,
         [FROM_APP, line("GET 200", origin="$app")]),
    case("to-third", hop(("api", "plain"), ("second", "plain")), BLOCKED,
         [FROM_APP, line("GET 200", origin="null")]),
    case("to-third-open", hop(("api", "plain"), ("second", "open")), OK,
         [FROM_APP, line("GET 200", origin="null")]),
    case("to-third-null", hop(("api", "plain"), ("second", "null")), OK,
         [FROM_APP, line("GET 200", origin="null")]),
    case("to-third-always", hop(("api", "plain"), ("second", "always")),
         BLOCKED, [FROM_APP, line("GET 200", origin="null")]),
    case("back-home", hop(("api", "plain"), ("app", "plain")), BLOCKED,
         [FROM_APP, line("GET 200", origin="null")]),
    case("back-home-open", hop(("api", "plain"), ("app", "open")), OK,
         [FROM_APP, line("GET 200", origin="null")]),
    case("out", hop(("app", "bare"), ("api", "plain")), OK,
         [line("GET 302", origin="-"), line("GET 200", origin="$app")]),
    case("out-without", hop(("app", "bare"), ("api", "bare")), BLOCKED,
         [line("GET 302", origin="-"), line("GET 200", origin="$app")]),
    case("include", hop(("api", "cred"), ("api", "cred"), mode="include"), OK,
         [line("GET 302", cookie="who=app"),
          line("GET 200", cookie="who=app")]),
    case("include-third", hop(("api", "cred"), ("second", "cred"),
                              mode="include"), BLOCKED,
         [line("GET 302", cookie="who=app"),
          line("GET 200", origin="null")]),
    case("include-third-null", hop(("api", "cred"), ("second", "null"),
                                   mode="include"), BLOCKED,
         [line("GET 302", cookie="who=app"),
          line("GET 200", origin="null")]),
    case("put", hop(("api", "plain"), ("api", "plain"), status=307,
                    method="PUT"), OK,
         ["OPTIONS 204", "PUT 307", "OPTIONS 204", "PUT 200"]),
    case("put-third", hop(("api", "plain"), ("second", "plain"), status=307,
                          method="PUT"), BLOCKED,
         ["OPTIONS 204", "PUT 307", line("OPTIONS 403", origin="null")],
         (OWN_ORIGIN, ["OPTIONS 204", "PUT 307",
                       line("OPTIONS 204", origin="$app"),
                       line("PUT 200", origin="null")])),
    case("put-303", hop(("api", "plain"), ("api", "plain"), status=303,
                        method="PUT"), OK,
         ["OPTIONS 204", "PUT 303", "GET 200"],
         (ASKS_AGAIN, ["OPTIONS 204", "PUT 303", "OPTIONS 204", "GET 200"])),
    case("post-301", hop(("api", "plain"), ("api", "plain"), status=301,
                         method="POST"), OK,
         ["POST 301", "GET 200"]),
    case("authorization-third", hop(
        ("api", "starauth"), ("second", "starauth"),
        headers={"Authorization": "Bearer x"}), OK,
         ["OPTIONS 204", "GET 302", line("GET 200", origin="null")],
         (OWN_ORIGIN, ["OPTIONS 204", "GET 302",
                       line("OPTIONS 204", origin="$app"),
                       line("GET 200", origin="null")])),
    # At server level, before anybody looks at the policy of the target.
    case("early-get", step("app", "fetch", "$api/early/x?c=$id"), OK,
         ["GET 307", "GET 200"]),
    case("early-preflight", step("app", "fetch", "$api/early/x?c=$id",
                                 init={"method": "PUT"}), BLOCKED,
         ["OPTIONS 307"]),
    case("error", step("app", "fetch", url("plain", to=url("plain")),
                       init={"redirect": "error"}), BLOCKED, ["GET 302"]),
    case("manual", step("app", "fetch", url("plain", to=url("plain")),
                        init={"redirect": "manual"}),
         {"read": True, "type": "opaqueredirect", "status": 0}, ["GET 302"]),
    # httpd's own.
    case("slash", step("app", "fetch", "$api/f/plain/dir?c=$id"), OK,
         ["GET 301", "GET 200"]),
    case("slash-refused", step("stranger", "fetch", "$api/f/plain/dir?c=$id"),
         BLOCKED, ["GET 301"]),
    case("directive-out", step("app", "fetch", "$app/f/plain/moved?c=$id"),
         OK, None),
    case("directive-third", step("app", "fetch",
                                 "$second/f/open/moved?c=$id"),
         BLOCKED, None),
    case("module", step("app", "module", url("plain", to=url(
        "plain", kind="module"))), READ, ["GET 302", "GET 200"]),
    case("module-third", step("app", "module", url("plain", to=url(
        "plain", "second", kind="module"))), BLOCKED,
         ["GET 302", line("GET 200", origin="null")]),
    case("xhr-third", step("app", "xhr", url("plain", to=url(
        "plain", "second"))), BLOCKED,
         ["GET 302", line("GET 200", origin="null")]),
]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_redirect(case, run):
    run.check(case)
