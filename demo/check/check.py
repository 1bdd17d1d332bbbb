#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the board's cases without a browser: check.py SITE

SITE is the directory with config.json and cases.json. Sends each case's
requests as a browser would, prints the answers and what it makes of them, and
exits 0 if all is as cases.json expects, else 1.
"""
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

from browser import Blocked, Browser


def run_case(browser, case, config):
    """What the script sees: the outcome, the last response, why it was blocked."""
    origin = config[case["from"]]
    response = None
    try:
        for step in case["steps"]:
            base = origin if step.get("own") else config["api"]
            url = f"{base}{step.get('path') or step['image']}?case={case['id']}"
            if "image" in step:
                browser.image(origin, url)
                return "shown", None, None
            response = browser.fetch(origin, url, step.get("method", "GET"), step.get("json"),
                                     step.get("credentials") == "include")
    except Blocked as why:
        return "blocked", None, str(why)
    return "read", response, None


def differences(expect, outcome, response, wire):
    """What differs from the case's "expect", in words."""
    found = []

    def differs(what, should, did):
        if should != did:
            found.append(f"{what}: {json.dumps(did)} instead of {json.dumps(should)}")

    differs("outcome", expect["outcome"], outcome)
    differs("requests", expect["server"], [f"{one.method} {one.status}" for one in wire])
    for name, value in expect.get("first", {}).items():
        differs(f"{name} of the first answer", value, wire[0].header(name) if wire else None)
    if "cookie" in expect:
        differs("cookie sent", expect["cookie"], bool(wire) and "Cookie" in wire[-1].sent)
    if response is None:
        return found
    if "status" in expect:
        differs("status", expect["status"], response.status)
    for name, value in expect.get("headers", {}).items():
        differs(name, value, response.header(name))
    if "body" in expect:
        try:
            body = json.loads(response.text)
        except ValueError:
            body = {}
        for key, value in expect["body"].items():
            differs(key, value, body.get(key))
    return found


def print_case(case, config, wire, outcome, why, found):
    print(f"\n{case['title']}  [{case['from']}, {config[case['from']]}]")
    for one in wire:
        print(f"  {one.method} {urlsplit(one.url).path} -> {one.status}")
        for name in ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers", "Cookie"):
            if name in one.sent:
                print(f"    > {name}: {one.sent[name]}")
        spoken = [(name, value) for name, value in one.headers.items()
                  if name.lower().startswith("access-control-")
                  or name.lower() in ("vary", "x-credit", "x-served-by")]
        for name, value in spoken:
            print(f"    < {name}: {value}")
        if not spoken:
            print("    < no CORS header")
    print(f"  {'FAIL' if found else 'ok'}: {outcome}" + (f", {why}" if why else ""))
    for text in found:
        print(f"    {text}")


def main(site):
    config = json.loads((site / "config.json").read_text())
    cases = json.loads((site / "cases.json").read_text())
    browser = Browser()
    failed = 0
    for case in cases:
        before = len(browser.wire)
        outcome, response, why = run_case(browser, case, config)
        wire = browser.wire[before:]
        found = differences(case["expect"], outcome, response, wire)
        failed += bool(found)
        print_case(case, config, wire, outcome, why, found)
    print(f"\n{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
