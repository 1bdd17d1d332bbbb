# SPDX-License-Identifier: Apache-2.0
"""docs/trial.md on a running server: from a recipe to a policy in force, with
the very lines that stand there."""

import pytest

import documents
from harness import metrics

APP = "https://app.example.com"
WWW = "https://www.example.com"
EVIL = "https://evil.example"

METRICS = "<Location /metrics>\nSetHandler cors-metrics\n</Location>\n"


def blocks():
    found = [b.text for b in documents.BLOCKS
             if b.name.startswith("docs/trial.md:")]
    assert len(found) == 5
    return [text.replace("${APACHE_LOG_DIR}", "${ROOT}") for text in found]


RECIPE, LOG, BESIDE, IN_FORCE, CANDIDATE = blocks()


@pytest.fixture(scope="module")
def server(start_server):
    server = start_server(LOG + METRICS + RECIPE,
                          modules=["headers", "setenvif"])
    server.write("api/a.txt", "hello")
    return server


def seen(response):
    """Status, headers and body; httpd lists the methods in Allow in another
    order after each start."""
    return (response.status,
            [(name, sorted(value.split(",")) if name == "Allow" else value)
             for name, value in response.headers if name != "Date"],
            response.body)


def answers(server):
    """What a browser's requests of three origins get, with all headers."""
    found = {}
    for origin in (WWW, APP, EVIL, None):
        for r in (server.get("/api/a.txt", origin=origin),
                  server.get("/api/missing", origin=origin),
                  server.request("HEAD", "/api/a.txt", origin=origin)):
            found.setdefault(origin, []).append(seen(r))
    for origin in (WWW, APP, EVIL):
        found[origin].append(seen(server.preflight("/api/a.txt", origin,
                                                   "PUT")))
    return found


def begin(server, config):
    server.restart(LOG + METRICS + config)
    server.log.begin()


def may_read(answers):
    return any(name == "Access-Control-Allow-Origin"
               for _, headers, _ in answers for name, _ in headers)


def test_three_steps(server):
    recipe = answers(server)
    assert may_read(recipe[EVIL])

    begin(server, RECIPE + BESIDE)
    assert answers(server) == recipe
    line = server.wait_log(rf"CORS: refused-origin .*{APP}.*").group(0)
    assert line.endswith(f"to allow it: CORSAllowOrigin {APP}")
    # The log of refusals has it as well: written once the answer has gone.
    assert "(ReportOnly: not enforced)" in line
    assert f" refused-origin {APP} front-ends GET /api/a.txt\n" in \
        (server.root / "cors.log").read_text()

    begin(server, IN_FORCE)
    enforced = answers(server)
    assert may_read(enforced[WWW]) and may_read(enforced[APP])
    assert not may_read(enforced[EVIL])
    # The recipe's preflights were answered by the file's handler.
    assert [a[-1][0] for a in (enforced[WWW], enforced[EVIL])] == [204, 403]
    for origin in (WWW, APP, EVIL):
        for _, headers, _ in enforced[origin][:3]:
            assert ("Vary", "Origin") in headers

    begin(server, CANDIDATE)
    before = metrics.read(server)
    assert answers(server) == enforced
    added = metrics.read(server) - before
    assert added["cors_candidate_requests_total", (
        ("policy", "without-app"), ("change", "refuses"))] == 4
    line = server.wait_log(rf"CORS: for origin {APP} the candidate.*").group(0)
    assert line.endswith(f"to allow it: CORSAllowOrigin {APP}")

    begin(server, CANDIDATE.replace("front-ends\n    CORSCand", "#\n #CORSCand")
          .replace("CORSUsePolicy       #", "CORSUsePolicy without-app"))
    final = answers(server)
    assert final[WWW] == enforced[WWW]
    assert not may_read(final[APP])
