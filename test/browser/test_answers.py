# SPDX-License-Identifier: Apache-2.0
"""Errors that a script can read, what it may know of times, who is forbidden
by what the browser says of itself (Sec-Fetch-Site)."""

import base64

import pytest

from cases import BLOCKED, READ, Case, line, step, url


def says(status):
    return {"read": True, "status": status}


# --- errors ------------------------------------------------------------------

def error(name, status, address, **init):
    return Case(f"error-{name}", [step("app", "fetch", address, init={
        "credentials": "omit", **init})],
        [says(status) if status else BLOCKED])


def password(text):
    value = base64.b64encode(text.encode()).decode()
    return {"headers": {"Authorization": f"Basic {value}"}}


PRIVATE = "private/text.txt?c=$id"


def errors():
    for status in (401, 404, 500):
        yield error(f"backend-{status}", status, url("plain", status=status))
        yield error(f"backend-{status}-bare", None, url("bare",
                                                        status=status))
        yield error(f"backend-{status}-put", status,
                    url("plain", status=status), method="PUT")
    yield error("404", 404, "$api/f/plain/none.txt?c=$id")
    yield error("404-open", 404, "$api/f/open/none.txt?c=$id")
    yield error("404-bare", None, "$api/f/bare/none.txt?c=$id")
    yield error("403", 403, "$api/f/plain/closed/text.txt?c=$id")
    yield error("405", 405, "$api/f/plain/text.txt?c=$id", method="PUT")
    yield error("503", 503, "$api/w/plain/x?c=$id")
    yield error("503-bare", None, "$api/w/bare/x?c=$id")
    yield error("401", 401, f"$api/f/plain/{PRIVATE}")
    yield error("401-wrong", 401, f"$api/f/plain/{PRIVATE}",
                **password("somebody:wrong"))
    # A preflight of its own: httpd alone asks it for a password.
    for policy, outcome, wire in (
            ("plain", says(200), ["OPTIONS 204", "GET 200"]),
            ("pass", BLOCKED, ["OPTIONS 401"]),
            ("recipe", BLOCKED, ["OPTIONS 401"])):
        yield Case(f"password-{policy}", [step(
            "app", "fetch", f"$api/f/{policy}/{PRIVATE}",
            init=password("somebody:secret"))], [outcome], wire)
    yield Case("password-none-closed", [step(
        "app", "fetch", "$api/f/plain/closed/text.txt?c=$id",
        init={"method": "PUT"})], [BLOCKED], ["OPTIONS 403"])


# --- times -------------------------------------------------------------------

def timing(name, policy, known, page="app", **more):
    """known: whether the page sees more than that there was a request."""
    address = more.pop("url", None) or url(policy)
    wire = more.pop("wire", None)
    return Case(f"timing-{name}", [step(page, "timing", address, **more)],
                [{"read": True, "requestStart": known,
                  "transferSize": known}], wire)


def times():
    yield timing("on", "timing", True)
    yield timing("off", "plain", False)
    yield timing("star", "timingstar", True)
    yield timing("star-off", "open", False)
    yield timing("refused", "timing", False, "stranger")
    # Without Origin nobody knows who asks.
    yield timing("image", "timing", False, image=True,
                 url=url("timing", kind="svg"), wire=[line("GET 200",
                                                           origin="-")])
    yield timing("image-star", "timingstar", True, image=True,
                 url=url("timingstar", kind="svg"))
    yield timing("own", "bare", True, url=url("bare", "app"))
    for name, first, known in (("redirect", "timing", True),
                               ("redirect-off", "plain", False)):
        made = timing(name, first, known,
                      url=url(first, to=url("timing")))
        made.expect[0]["redirectStart"] = known
        yield made


# --- Sec-Fetch-Site and CORSRefusal -------------------------------------------

def form(name, page, api, policy, status, site, method="post", origin=None):
    """A form goes anywhere; what counts is what reaches httpd."""
    origin = f"${page}" if origin is None else origin
    return Case(f"form-{name}", [step(page, "form", url(policy, api),
                                      method=method)],
                [READ], [line(f"{method.upper()} {status}", origin=origin,
                              site=site)])


def forms():
    yield form("own", "www", "www", "forbid", 200, "same-origin")
    yield form("site", "www", "app", "forbid", 403, "same-site")
    yield form("listed", "app", "api", "forbid", 200, "cross-site")
    yield form("foreign", "stranger", "api", "forbid", 403, "cross-site")
    yield form("foreign-silent", "stranger", "api", "plain", 200,
               "cross-site")
    yield form("foreign-upgrades", "stranger", "api", "upgrades", 200,
               "cross-site")
    yield form("foreign-get", "stranger", "api", "forbid", 200, "cross-site",
               "get", origin="-")


def silent():
    """Browsers say nothing of the site to plain http: Host decides."""
    yield form("plain-own", "plainwww", "plainwww", "forbid", 200, "-")
    yield form("plain-foreign", "plainwww", "plainapi", "forbid", 403, "-")


def requests():
    def post(name, page, api, policy, outcome, wire, **init):
        return Case(f"site-{name}", [step(page, "fetch", url(policy, api),
                                          init={"method": "POST", **init})],
                    [outcome], wire)
    yield post("own", "www", "www", "forbid", says(200),
               [line("POST 200", origin="$www", site="same-origin")])
    yield post("same", "www", "app", "forbid", BLOCKED,
               [line("POST 403", origin="$www", site="same-site")])
    yield post("cross", "stranger", "api", "forbid", BLOCKED,
               [line("POST 403", origin="$stranger", site="cross-site")])
    yield post("listed", "app", "api", "forbid", says(200),
               [line("POST 200", origin="$app", site="cross-site")])
    yield post("no-cors", "stranger", "api", "forbid",
               {"read": True, "type": "opaque"},
               [line("POST 403", origin="$stranger", site="cross-site")],
               mode="no-cors")
    yield post("preflight", "stranger", "api", "forbid", BLOCKED,
               ["OPTIONS 403"], method="PUT")
    yield post("preflight-listed", "app", "api", "forbid", says(200),
               ["OPTIONS 204", "PUT 200"], method="PUT")


# --- a page of a public network ----------------------------------------------

def networks():
    """Chromium and Firefox ask the visitor before a public page may reach this
    machine. Nobody answers here: no request comes, no header has a say."""
    for policy in ("star", "bare"):
        for method in ("GET", "PUT"):
            # Firefox goes on asking.
            yield Case(f"network-{policy}-{method}", [step(
                "public", "fetch", url(policy, "localapi"), limit=1000,
                init={"method": method})], [BLOCKED], [])
    # A page of this machine is not asked about.
    yield Case("network-from-here", [step(
        "local", "fetch", url("star", "localapi"),
        init={"method": "PUT"})], [says(200)], ["OPTIONS 204", "PUT 200"])


CASES = [*networks(), *errors(), *times(), *forms(), *silent(), *requests()]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_answer(case, run):
    run.check(case)
