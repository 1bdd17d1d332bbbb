# SPDX-License-Identifier: Apache-2.0
"""What cors-explain says of each fetch() and XMLHttpRequest of test_fetch.py,
and what both browsers really do. Explain is asked on the host that the browser
asks, so that it sees the same virtual host and the same origin."""

import json
from urllib.parse import urlencode

import pytest

import cases
from test_fetch import CASES

# Of the page's query: more than it takes.
MOST_HEADERS = 64


def ask(the_lab, run, case):
    """(status, JSON)"""
    step = cases.fill(case.steps[0], {**run.names, "id": "explain"})
    scheme, _, rest = step["url"].partition("://")
    host, _, path = rest.partition("/")
    asked = case.asked
    got = the_lab.server.request(
        "GET", "/cors-explain?" + urlencode({
            "url": f"/{path}", "origin": run.names[asked.origin],
            "method": asked.method, "format": "json",
            "headers": "\n".join(f"{n}: {v}" for n, v in asked.headers),
            "credentials": asked.credentials}),
        {"Host": host}, tls=scheme == "https")
    return got.status, json.loads(got.body)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_explain_says_what_browsers_do(case, run, the_lab):
    status, said = ask(the_lab, run, case)
    if len(case.asked.headers) > MOST_HEADERS:
        assert status == 400 and "more than 64 headers" in said["error"]
        return
    assert status == 200, said
    # Where a browser does not do what Fetch says, explain goes by Fetch.
    if run.which in case.differs:
        assert said["verdict"] == "refused" and case.differs[run.which]
        return
    read = run.outcomes(case)[0]["read"]
    assert (said["verdict"] == "allowed") == read, said["sentence"]
    # Whether the request itself is sent shows in what reached httpd.
    sent = [line.method for line in run.wire(case)]
    told = [said[name]["request"]["method"] for name in ("preflight", "actual")
            if said[name] and said[name]["sent"]]
    assert sent == told, said["sentence"]
