# SPDX-License-Identifier: Apache-2.0
"""What pages load beside fetch(): scripts, modules, styles, fonts, images,
workers, beacons, events, sockets."""

import pytest

from cases import BLOCKED, READ, Case, line, step, url

GREEN = {"read": True, "pixel": [0, 255, 0, 255]}
TAINTED = {"read": True, "pixel": "SecurityError"}
ANYBODY, CREDENTIALS = "anonymous", "use-credentials"


def case(name, the_step, outcome, wire=None, differs=None):
    return Case(name, [the_step], [outcome], wire, differs)


def modules():
    def load(page, policy, **more):
        return step(page, "module", url(policy, kind="module"), **more)
    yield case("module", load("app", "plain"), READ,
               [line("GET 200", origin="$app", cookie="-")])
    yield case("module-bare", load("app", "bare"), BLOCKED)
    yield case("module-stranger", load("stranger", "plain"), BLOCKED)
    yield case("module-open", load("stranger", "open"), READ)
    yield case("module-credentials",
               load("app", "cred", crossorigin=CREDENTIALS), READ,
               [line("GET 200", cookie="who=app")])
    yield case("module-credentials-refused",
               load("app", "plain", crossorigin=CREDENTIALS), BLOCKED)
    for policy, outcome in (("plain", {"read": True, "answer": 42}),
                            ("nobody", BLOCKED)):
        yield case(f"import-{policy}",
                   step("app", "import", url(policy, kind="module")), outcome)


def scripts():
    """A classic script always runs; what it throws is told to those who may
    read it."""
    def load(policy, page="app", **more):
        return step(page, "script", url(policy, kind="throws"), **more)
    muted = {"read": True, "told": "Script error."}
    tells = {"firefox": {"expect": [{"read": True, "told": "all"}],
                         "reason": "as it is driven here, tells all errors"}}
    yield case("script-bare", load("bare"), muted,
               [line("GET 200", origin="-")], tells)
    yield case("script-plain", load("plain"), muted, None, tells)
    yield case("script-crossorigin", load("plain", crossorigin=ANYBODY),
               {"read": True, "told": "all"},
               [line("GET 200", origin="$app")])
    yield case("script-crossorigin-bare", load("bare", crossorigin=ANYBODY),
               BLOCKED)
    yield case("script-crossorigin-stranger",
               load("plain", "stranger", crossorigin=ANYBODY), BLOCKED)
    yield case("script-credentials", load("cred", crossorigin=CREDENTIALS),
               {"read": True, "told": "all"})
    yield case("script-credentials-refused",
               load("open", crossorigin=CREDENTIALS), BLOCKED)


def styles():
    def load(policy, **more):
        return step("app", "stylesheet", url(policy, kind="style"), **more)
    yield case("style", load("plain"),
               {"read": True, "rules": "SecurityError"})
    yield case("style-crossorigin", load("plain", crossorigin=ANYBODY),
               {"read": True, "rules": 1})
    yield case("style-crossorigin-bare", load("bare", crossorigin=ANYBODY),
               BLOCKED)
    for policy, outcome in (("plain", READ), ("open", READ),
                            ("bare", BLOCKED), ("nobody", BLOCKED)):
        yield case(f"font-{policy}",
                   step("app", "font", f"$api/f/{policy}/font.ttf?c=$id"),
                   outcome, [line("GET 200", origin="$app")])
    yield case("preload", step("app", "preload", url("plain"), **{
        "as": "fetch", "crossorigin": ANYBODY}), READ)
    yield case("modulepreload", step("app", "preload", url(
        "plain", kind="module"), rel="modulepreload", **{"as": "script"}),
        READ)


def images():
    def load(policy, **more):
        return step("app", "image", url(policy, kind="svg"), **more)
    yield case("image", load("plain"), TAINTED,
               [line("GET 200", origin="-")])
    yield case("image-open", load("open"), TAINTED)
    yield case("image-crossorigin", load("plain", crossorigin=ANYBODY), GREEN,
               [line("GET 200", origin="$app")])
    yield case("image-crossorigin-open", load("open", crossorigin=ANYBODY),
               GREEN)
    yield case("image-crossorigin-bare", load("bare", crossorigin=ANYBODY),
               BLOCKED)
    yield case("image-credentials", load("cred", crossorigin=CREDENTIALS),
               GREEN, [line("GET 200", cookie="who=app")])
    yield case("image-credentials-refused",
               load("plain", crossorigin=CREDENTIALS), BLOCKED)
    yield case("image-credentials-open",
               load("open", crossorigin=CREDENTIALS), BLOCKED)


def workers():
    """No policy allows a worker from another origin's URL; what a worker
    imports goes by the rules of scripts and modules."""
    yield case("worker-foreign",
               step("app", "worker", url("open", kind="worker")), BLOCKED, [])
    for policy, outcome in (("plain", READ), ("bare", BLOCKED)):
        yield case(f"worker-module-{policy}", step(
            "app", "worker", type="module", blob="import '"
            + url(policy, kind="module") + "'; postMessage({read: true});"),
            outcome, [line("GET 200", origin="$app")])
    yield case("worker-importscripts", step(
        "app", "worker", blob="importScripts('"
        + url("bare", kind="worker") + "');"), READ,
        [line("GET 200", origin="-")])


def beacons():
    """Always with credentials; plain text without a preflight."""
    def send(policy, kind, page="app"):
        return step(page, "beacon", url(policy), type=kind)
    queued = {"read": True, "queued": True}

    def late_case(*args):
        made = case(*args)
        made.late = True
        return made
    yield late_case("beacon-bare", send("bare", "text/plain"), queued,
               [line("POST 200", origin="$app", cookie="who=app")])
    yield late_case("beacon-nobody", send("nobody", "text/plain", "stranger"),
               queued, [line("POST 200", origin="$stranger")])
    yield late_case("beacon-forbid", send("forbid", "text/plain", "stranger"),
               queued, [line("POST 403", origin="$stranger")])
    yield late_case("beacon-json", send("cred", "application/json"), queued,
               ["OPTIONS 204", line("POST 200", cookie="who=app")])
    yield late_case("beacon-json-without-credentials",
               send("plain", "application/json"), queued, ["OPTIONS 204"])
    yield late_case("beacon-json-nobody", send("nobody", "application/json"),
               queued, ["OPTIONS 403"])


def events():
    def listen(policy, page="app", credentials=False):
        return step(page, "events", url(policy, kind="events"),
                    credentials=credentials)
    hello = {"read": True, "data": "hello"}
    yield case("events", listen("plain"), hello,
               [line("GET 200", origin="$app", cookie="-")])
    yield case("events-bare", listen("bare"), BLOCKED, ["GET 200"])
    yield case("events-stranger", listen("plain", "stranger"), BLOCKED)
    yield case("events-credentials", listen("cred", credentials=True), hello,
               [line("GET 200", cookie="who=app")])
    yield case("events-credentials-refused",
               listen("plain", credentials=True), BLOCKED)
    yield case("events-credentials-open", listen("open", credentials=True),
               BLOCKED)


def sockets():
    """Browsers apply no CORS to them."""
    def connect(policy, page="app"):
        return step(page, "socket", url(policy, "wsapi"))
    for page, policy, outcome, status in (
            ("app", "plain", READ, 101), ("stranger", "plain", READ, 101),
            ("stranger", "bare", READ, 101), ("app", "upgrades", READ, 101),
            ("stranger", "upgrades", BLOCKED, 403),
            ("app", "forbid", READ, 101), ("stranger", "forbid", BLOCKED, 403),
            ("www", "upgrades", BLOCKED, 403)):
        yield case(f"socket-{policy}-{page}", connect(policy, page), outcome,
                   [line(f"GET {status}", origin=f"${page}")])
    # The server's own pages, though not listed.
    yield case("socket-own", step("www", "socket", url("upgrades", "wswww")),
               READ, [line("GET 101", origin="$www", result="same-origin")])


CASES = [case for part in (modules, scripts, styles, images, workers, beacons,
                           events, sockets) for case in part()]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_element(case, run):
    run.check(case)
