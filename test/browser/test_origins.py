# SPDX-License-Identifier: Apache-2.0
"""Who asks: null from sandboxed frames, data: URLs and files; workers; pages
whose origin is allowed by a pattern. Origin and cookies as really sent."""

import pytest

from cases import BLOCKED, Case, line, step, url

OK = {"read": True, "status": 200}


def fetch(policy, method="GET", kind="fetch", mode="omit"):
    return {"kind": kind, "url": url(policy),
            "init": {"method": method, "credentials": mode}}


# Which policies let null read, without credentials.
NULL = {"bare": False, "nobody": False, "plain": False, "wide": False,
        "cred": False, "always": False, "null": True, "open": True,
        "star": True, "deny": True, "several": True}


def asking(inner):
    """Source of a worker that does what page.js does."""
    return ("importScripts('$app/page.js');"
            f"run({{kind: 'fetch', url: '{inner['url']}', "
            f"init: {{method: '{inner['init']['method']}'}}}})"
            ".then((it) => postMessage(it));")


def null_cases():
    for policy, reads in NULL.items():
        for how, the_step in (
                ("sandbox", step("app", "frame", inner=fetch(policy))),
                ("data", step("app", "frame", data=True,
                              inner=fetch(policy))),
                ("worker", step("app", "worker",
                                data=asking(fetch(policy)))),
                ("file", {"page": "file://$root/htdocs/local.html",
                          **fetch(policy)})):
            yield Case(f"null-{how}-{policy}", [the_step],
                       [OK if reads else BLOCKED],
                       [line("GET 200", origin="null", cookie="-")])
        yield Case(f"null-sandbox-include-{policy}",
                   [step("app", "frame", inner=fetch(policy, mode="include"))],
                   [BLOCKED], [line("GET 200", origin="null")])
    yield Case("null-sandbox-put", [step("app", "frame",
                                         inner=fetch("null", "PUT"))], [OK],
               [line("OPTIONS 204", origin="null"),
                line("PUT 200", origin="null")])
    yield Case("null-sandbox-put-refused",
               [step("app", "frame", inner=fetch("plain", "PUT"))], [BLOCKED],
               [line("OPTIONS 403", origin="null")])
    yield Case("null-sandbox-xhr", [step("app", "frame", inner=fetch(
        "null", kind="xhr"))], [OK], [line("GET 200", origin="null")])


def worker_cases():
    """A worker from a blob has its page's origin."""
    for policy, reads in (("plain", True), ("nobody", False)):
        yield Case(f"worker-fetch-{policy}",
                   [step("app", "worker", blob=asking(fetch(policy, "PUT")))],
                   [OK if reads else BLOCKED],
                   [line("OPTIONS 204", origin="$app"), "PUT 200"] if reads
                   else [line("OPTIONS 403", origin="$app")])


def cookie_cases():
    """Cookies that were really set: they go along with include, whatever the
    policy says then of reading."""
    for page in ("app", "stranger"):
        for mode in ("omit", "same-origin", "include"):
            for policy in ("open", "cred", "plain", "always"):
                reads = (policy == "open" if page == "stranger"
                         else True) if mode != "include" else (
                    page == "app" and policy in ("cred", "always"))
                sent = f"who={page}" if mode == "include" else "-"
                yield Case(f"cookie-{mode}-{policy}-from-{page}",
                           [step(page, **fetch(policy, mode=mode))],
                           [OK if reads else BLOCKED],
                           [line("GET 200", cookie=sent, origin=f"${page}")])
    for kind in ("fetch", "xhr"):
        yield Case(f"cookie-preflight-{kind}",
                   [step("app", **fetch("cred", "PUT", kind, "include"))],
                   [OK], [line("OPTIONS 204", cookie="-"),
                          line("PUT 200", cookie="who=app")])
    # In one's own origin the default is enough.
    yield Case("cookie-own", [step("app", "fetch", url("bare", "app"))],
               [OK], [line("GET 200", cookie="who=app", origin="-")])
    yield Case("cookie-own-post", [step(
        "app", "fetch", url("bare", "app"), init={"method": "POST"})],
        [OK], [line("POST 200", cookie="who=app", origin="$app")])


CASES = [*null_cases(), *worker_cases(), *cookie_cases()]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_origin(case, run):
    run.check(case)
