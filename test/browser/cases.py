# SPDX-License-Identifier: Apache-2.0
"""What a browser is told to do, and what should come of it.

    Case("module-plain",
         [step("app", "module", "$api/p/plain/x?c=$id&kind=module")],
         [{"read": True}],
         wire=["GET 200"])

A step names the origin of its page, the function of page.js, and the URL. In
all strings $app and so on are the origins of lab.py, $id is the case. What is
expected of a step is a part of what page.js says of it, with two words more:
sees and hides, names of headers. wire: what reaches httpd with c=$id in its
URL, in order; a star for any status. Expectations may be functions of the
origins' names, since the ports come late. An entry of wire made by line() says
more of the request: its Origin, Cookie, Sec-Fetch-Site.

Fetch is the rule for all of it. Where one browser differs, differs says how
and why: {"firefox": ([…], "reason")}.
"""

from string import Template
from urllib.parse import quote

from lab import rules
from model import browser, oracle

# What the backend sends, and httpd adds.
SENT = {"x-own", "x-other", "content-type", "date", "server"}


class Case:
    together = False        # may run beside others of its page
    late = False            # reaches httpd some time after its step

    def __init__(self, name, steps, expect, wire=None, differs=None):
        self.name = name
        self.steps = steps
        self.expect = expect
        self.wire = wire
        self.differs = differs or {}

    def __repr__(self):
        return self.name


def step(page, kind, url=None, **more):
    result = {"page": f"${page}/page.html", "kind": kind, **more}
    if url is not None:
        result["url"] = url
    return result


def fill(value, names):
    """The strings of a plan, with origins for $app and so on."""
    if isinstance(value, str):
        return Template(value).safe_substitute(names)
    if isinstance(value, dict):
        return {k: fill(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, names) for v in value]
    return value


def url(policy, api="api", **query):
    """Of the backend under a policy. query: see lab.answer(); h may be a
    list."""
    pairs = [(n, v) for n, values in query.items()
             for v in (values if isinstance(values, list) else [values])]
    return f"${api}/p/{policy}/x?c=$id" + "".join(
        f"&{n}={quote(str(v), safe='$:/?=')}" for n, v in pairs)


def line(text, **more):
    """A request at httpd: method and status, and other columns of its log
    ("-" for none)."""
    method, status = text.split()
    return {"method": method, "status": status, **more}


READ, BLOCKED = {"read": True}, {"read": False}


def fetched(name, page, policy, method="GET", headers=(), credentials="omit",
            kind="fetch", api="api", query=None, differs=None):
    """A fetch() or XMLHttpRequest of the backend; what comes of it is the
    oracle's: spec.md on what the server says, Fetch on what that means."""
    headers = list(headers)
    init = {"method": method, "headers": dict(headers),
            "credentials": credentials}
    body = "a=1" if browser.normalise_method(method) in (
        "POST", "PUT", "PATCH", "patch", "QUERY") else None
    if body and not any(n.lower() == "content-type" for n, _ in headers):
        init["headers"]["Content-Type"] = "text/plain"
    asked = browser.Fetch(
        page, browser.normalise_method(method),
        [(n, v) for n, v in init["headers"].items()
         if n.lower() != "dnt" and not n.lower().startswith("sec-")],
        credentials)
    expected = Expected(asked, policy)
    result = Case(
        name, [step(page, kind, url(policy, api, **(query or {})), init=init,
                    **({"body": body} if body else {}))],
        expected.outcome, expected.wire, differs)
    result.together = True
    result.asked = asked
    result.policy = policy
    return result


class Expected:
    def __init__(self, asked, policy):
        self.asked = asked
        self.policy = policy

    def _verdict(self, names):
        """(the rules, the policy under which the page may read, or None)"""
        asked = self.asked._replace(origin=names[self.asked.origin])
        held = rules(self.policy, names)
        return asked, held, oracle.verdict(
            held, asked, browser.unsafe_names(asked.headers))

    def outcome(self, names):
        _, _, policy = self._verdict(names)
        if policy is None:
            return [BLOCKED]
        seen = oracle.readable(policy, SENT)
        return [{"read": True, "status": self.status, "sees": seen & SENT,
                 "hides": SENT - seen}]

    def wire(self, names):
        asked, held, policy = self._verdict(names)
        lines = []
        if browser.needs_preflight(asked):
            answered = held.plain or held.always or held.decides(asked.origin)
            lines.append("OPTIONS 204" if answered
                         else "OPTIONS 403" if held.on else "OPTIONS 200")
            if policy is None:
                return lines
        return [*lines, f"{asked.method} {self.status}"]

    @property
    def status(self):
        # httpd cuts the backend's answer.
        ranged = any(n == "Range" for n, _ in self.asked.headers)
        return 206 if ranged else 200


def _set_cookie(page, api):
    """Has the browser keep a cookie of api's under this page. Partitioned:
    Debian's Chromium keeps no other of a third party, Firefox parts them all
    by the page's site."""
    cookie = f"Set-Cookie:who={page}; Path=/; Secure; SameSite=None"
    cookie += "" if page == api else "; Partitioned"
    return Case(f"setup-{page}-{api}", [step(
        page, "fetch", url("bare", api, h=cookie),
        init={"mode": "no-cors", "credentials": "include"})],
        [READ], wire=["GET 200"])


SETUP = [_set_cookie(page, "api") for page in ("app", "stranger")] \
    + [_set_cookie("app", "app")]


# --- comparing ---------------------------------------------------------------

def expected_of(case, which, names):
    """(steps' outcomes, wire or None, reason of a difference or None)"""
    expect, wire, reason = case.expect, case.wire, None
    if which in case.differs:
        changed = case.differs[which]
        expect = changed.get("expect", expect)
        wire = changed.get("wire", wire)
        reason = changed["reason"]
    return (expect(names) if callable(expect) else fill(expect, names),
            wire(names) if callable(wire) else fill(wire, names), reason)


def difference(expected, got):
    """What is not as expected of one step, or None."""
    if "broken" in got:
        return got["broken"]
    for key, value in expected.items():
        if key == "sees":
            missing = set(value) - set(got["headers"])
            if missing:
                return f"does not see {sorted(missing)}"
        elif key == "hides":
            shown = set(value) & set(got["headers"])
            if shown:
                return f"sees {sorted(shown)}"
        elif isinstance(value, dict) and isinstance(got.get(key), dict):
            inner = difference(value, got[key])
            if inner:
                return f"{key}: {inner}"
        elif got.get(key) != value:
            return f"{key} is {got.get(key)!r}, not {value!r}"
    return None


def as_expected(want, got):
    if isinstance(want, str):
        want = line(want)
    return all(v in ("*", getattr(got, k)) for k, v in want.items())


def shown(outcomes):
    """One cell of the table."""
    words = []
    for got in outcomes:
        if "broken" in got:
            words.append("broken")
        elif not got["read"]:
            words.append("blocked")
        else:
            known = [f"{k} {got[k]}" for k in (
                "status", "pixel", "rules", "told", "queued", "answer",
                "transferSize", "requestStart", "redirectStart")
                if k in got and got[k] not in (None, 0)]
            words.append(", ".join(["read", *known]))
    return "; ".join(words)
