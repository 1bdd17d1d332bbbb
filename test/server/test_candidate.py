# SPDX-License-Identifier: Apache-2.0
"""CORSCandidatePolicy is evaluated beside the policy in force, never applied;
each difference is counted and logged (spec.md, 1 and 7)."""

from collections import Counter

import pytest

from harness import configtest, metrics, variables

APP = "https://app.example"
PARTNER = "https://partner.example"
EVIL = "https://evil.example"
ORIGINS = [APP, PARTNER, EVIL, "null", "not an origin"]

POLICIES = {
    "app": f"CORSAllowOrigin {APP}",
    "any": "CORSAllowOrigin *",
    "more": f"CORSAllowOrigin {APP} {PARTNER}\nCORSAllowMethods PUT",
    "who": f"CORSAllowOrigin {APP}\nCORSAllowCredentials On\n"
           "CORSAllowMethods *",
    "age": f"CORSAllowOrigin {APP}\nCORSMaxAge 60\nCORSTimingAllowOrigin On",
    "sees": f"CORSAllowOrigin {APP}\nCORSExposeHeaders X-Two\n"
            "CORSAllowHeaders X-One",
    "deny": f"CORSAllowOrigin https://*.example\nCORSDenyOrigin {EVIL}",
    "always": f"CORSAllowOrigin {APP}\nCORSSendOrigin Always",
    "forbid": f"CORSAllowOrigin {APP}\nCORSRefusal Forbid",
    "two-hundred": f"CORSAllowOrigin {APP}\nCORSPreflight 200",
    "trial": f"CORSAllowOrigin {PARTNER}\nCORSEngine ReportOnly",
    "off": f"CORSAllowOrigin {PARTNER}\nCORSEngine Off",
}
LIVE = [name for name in POLICIES if name not in ("trial", "off")]


def policies():
    return "".join(f"<CORSPolicy {name}>\n{lines}\n</CORSPolicy>\n"
                   for name, lines in POLICIES.items())


CONFIG = policies() + variables.LOG + f"""
LogLevel cors:info
<Location /metrics>
    SetHandler cors-metrics
</Location>
<Location /denied>
    CORSUsePolicy app
    CORSDenyOrigin {EVIL}
    CORSCandidatePolicy any
</Location>
<Location /denied/inner>
    CORSMaxAge 60
</Location>
<Location /denied/other>
    CORSAllowOrigin {PARTNER}
</Location>
<Location /denied/none>
    CORSCandidatePolicy None
</Location>
<Location /outer>
    CORSDenyOrigin {EVIL}
</Location>
<Location /outer/inner>
    CORSUsePolicy app
    CORSCandidatePolicy any
</Location>
<Location /target>
    CORSUsePolicy app
    CORSCandidatePolicy any
</Location>
<Files index.html>
    CORSDenyOrigin {PARTNER}
</Files>
DirectoryIndex index.html
<Location /report>
    CORSUsePolicy app
    CORSEngine ReportOnly
    CORSCandidatePolicy any
</Location>
<Location /stopped>
    CORSUsePolicy app
    CORSEngine Off
    CORSCandidatePolicy any
</Location>
<Location /alone>
    CORSCandidatePolicy any
</Location>
<Location /methods>
    CORSUsePolicy more
    CORSCandidatePolicy app
</Location>
<Location /several>
    CORSUsePolicy who any
    CORSCandidatePolicy app
</Location>
""" + "".join(f"""
<Location /pair/{live}/{candidate}>
    CORSUsePolicy {live}
    CORSCandidatePolicy {candidate}
</Location>""" for live in LIVE for candidate in POLICIES) + "".join(f"""
<Location /use/{name}>
    CORSUsePolicy {name}
    CORSEngine {"On" if name in ("off", "trial") else "None"}
</Location>""" for name in POLICIES)


@pytest.fixture(scope="module")
def server(start_server):
    server = start_server(CONFIG, modules=["dir"])
    server.write("target/index.html", "hello")
    server.write("htaccess/.htaccess", "CORSCandidatePolicy more\n"
                 "CORSUsePolicy app\n")
    server.write("htaccess/inner/.htaccess", "CORSDenyOrigin " + PARTNER)
    return server


def key(policy, change):
    return "cors_candidate_requests_total", (("policy", policy),
                                             ("change", change))


def changes(server, ask):
    """What requests add to the candidates' counters."""
    before = metrics.read(server)
    ask()
    added = metrics.read(server) - before
    return {k: v for k, v in added.items()
            if k[0] == "cors_candidate_requests_total"}


def requests():
    """(method, headers) that policies judge differently."""
    yield "GET", {}
    yield "GET", {"Sec-Fetch-Site": "same-origin"}
    for method in ("GET", "PUT", "delete"):
        for names in (None, "x-one", "x-other", "a b"):
            headers = {"Access-Control-Request-Method": method}
            if names:
                headers["Access-Control-Request-Headers"] = names
            yield "OPTIONS", headers


REQUESTS = [(method, headers, origin) for method, headers in requests()
            for origin in ORIGINS]


def answer(server, name, request):
    """(result and reason, status and headers) under one policy."""
    method, headers, origin = request
    before = metrics.read(server)
    r = server.request(method, f"/use/{name}", headers, origin=origin)
    added = metrics.read(server) - before
    [(_, labels)] = [k for k in added if k[0] == "cors_requests_total"]
    # 404 is the file's.
    return dict(labels)["result"], dict(labels)["reason"], (
        r.status, sorted((n, v) for n, v in r.headers
                         if n.startswith("Access-Control-")
                         or n in ("Vary", "Timing-Allow-Origin")))


def expected(now, then):
    """By what the server really answers under either policy."""
    refused = [a[0].startswith("refused") for a in (now, then)]
    if refused[0] != refused[1]:
        return "allows" if refused[0] else "refuses"
    if refused[0] and now[1] != then[1]:
        return "reason"
    if "same-origin" in (now[0], then[0]) and now[0] != then[0]:
        return "same"
    return "same" if now[2] == then[2] else "answer"


def test_every_pair_differs_as_real_answers_do(server):
    """Every policy as candidate beside every other: what is counted is what
    the server answers where the candidate is in force."""
    real = {(name, n): answer(server, name, request)
            for name in POLICIES for n, request in enumerate(REQUESTS)}
    seen = Counter()
    for live in LIVE:
        for candidate in POLICIES:
            want = Counter(key(candidate, expected(real[live, n],
                                                   real[candidate, n]))
                           for n in range(len(REQUESTS)))

            def ask():
                for method, headers, origin in REQUESTS:
                    server.request(method, f"/pair/{live}/{candidate}",
                                   headers, origin=origin)

            assert changes(server, ask) == want, (live, candidate)
            seen.update(want)
    # No kind of change went untested.
    assert {k[1][1][1] for k in seen} == {"same", "allows", "refuses",
                                          "reason", "answer"}


@pytest.mark.parametrize("live", LIVE)
def test_candidate_is_never_applied(server, live):
    for method, headers, origin in REQUESTS:
        answers = []
        for path in (f"/use/{live}", f"/pair/{live}/any",
                     f"/pair/{live}/forbid", f"/pair/{live}/off"):
            r, seen = variables.ask(server, method, path, headers,
                                    origin=origin)
            answers.append((r.status, [h for h in r.headers if h[0] != "Date"],
                            r.body.replace(path.encode(), b""), seen))
        assert all(a == answers[0] for a in answers), (method, headers, origin)


def test_denies_hold_under_the_candidate_too(server):
    assert changes(server, lambda: server.get("/denied/", origin=EVIL)) == {
        key("any", "same"): 1}
    assert changes(server, lambda: server.get("/denied/", origin=PARTNER)) == {
        key("any", "allows"): 1}


def test_inner_sections_merge_over_the_candidate(server):
    # Another list of origins is another policy, candidate or not.
    assert changes(server, lambda: server.get("/denied/other/",
                                              origin=PARTNER)) == {
        key("any", "same"): 1}
    assert changes(server, lambda: server.preflight("/denied/inner/",
                                                    PARTNER, "GET")) == {
        key("any", "allows"): 1}


def test_a_candidate_merges_over_outer_sections(server):
    for origin, change in ((EVIL, "same"), (PARTNER, "allows")):
        assert changes(server, lambda: server.get("/outer/inner/",
                                                  origin=origin)) == {
            key("any", change): 1}


def test_denies_of_the_target_hold_under_the_candidate(server):
    assert changes(server, lambda: server.get("/target/",
                                              origin=PARTNER)) == {
        key("any", "same"): 1}
    assert changes(server, lambda: server.get("/target/other",
                                              origin=PARTNER)) == {
        key("any", "allows"): 1}


@pytest.mark.parametrize("path", ["/denied/none/", "/stopped/", "/alone/",
                                  "/use/app/"])
def test_nothing_is_compared(server, path):
    assert changes(server, lambda: server.get(path, origin=PARTNER)) == {}


def test_requests_without_an_origin(server):
    assert changes(server, lambda: server.get("/denied/")) == {}
    assert changes(server, lambda: server.get("/denied/", origin="")) == {
        key("any", "same"): 1}


def test_report_only_beside_a_candidate(server):
    def ask():
        r = variables.ask(server, "GET", "/report/", origin=PARTNER)
        assert not r[0].cors and not r[0].vary

    assert changes(server, ask) == {key("any", "allows"): 1}


def test_htaccess(server):
    assert changes(server, lambda: server.get("/htaccess/",
                                              origin=PARTNER)) == {
        key("more", "allows"): 1}
    # An inner deny holds under the candidate, which then refuses too, but
    # because of the deny, as the policy in force does.
    assert changes(server, lambda: server.get("/htaccess/inner/",
                                              origin=PARTNER)) == {
        key("more", "same"): 1}


# --- the log ------------------------------------------------------------------

def line_of(server, ask):
    ask()
    return server.wait_log(r"\[cors:info\].*(CORS: for origin .*)").group(1)


def test_line_of_a_refusal(server):
    line = line_of(server, lambda: server.get("/several/", origin=PARTNER))
    assert line.endswith(
        f"CORS: for origin {PARTNER} the candidate policy app would make it "
        f"refused-origin (decided at "
        f"{server.place(POLICIES['app'], '<CORSPolicy app>')}), where the "
        f"policy in force makes it allowed (decided at "
        f"{server.place(POLICIES['any'])}): no entry allows it; to allow it: "
        f"CORSAllowOrigin {PARTNER}"), line


def test_line_of_a_method(server):
    line = line_of(server, lambda: server.preflight("/methods/", APP, "PUT"))
    assert "would make it refused-method (" in line, line
    assert line.endswith("to allow it: CORSAllowMethods PUT"), line


def test_line_of_another_answer(server):
    line = line_of(server, lambda: server.preflight("/pair/app/age", APP,
                                                    "GET"))
    assert "would make it preflight-allowed (" in line, line
    assert "), with another Access-Control-Max-Age, where the policy in " \
        "force makes it preflight-allowed (" in line, line


def test_line_of_another_status(server):
    line = line_of(server, lambda: server.get("/pair/app/forbid", origin=EVIL))
    assert "), with another status, where" in line, line


def test_hostile_origin_is_escaped(server):
    line = line_of(server, lambda: server.get(
        "/pair/any/app", origin="https://a\t\xffb[31m"))
    # httpd's log doubles a backslash.
    assert r"for origin https://a\\x09\\xffb[31m the candidate" in line, line


def test_no_line_where_nothing_differs(server):
    server.get("/several/", origin=APP)
    server.get("/pair/app/app", origin=EVIL)
    server.get("/several/", origin=PARTNER)
    line = server.wait_log(r"CORS: for origin (\S+) the candidate").group(1)
    # The first is answered with fewer headers: all three are told but one.
    assert line == APP
    assert "/pair/app/app" not in server.wait_log(
        rf"CORS: for origin {PARTNER} the candidate").string


# --- configtest ----------------------------------------------------------------

ALWAYS = f"""<CORSPolicy only>
CORSAllowOrigin {APP}
CORSSendOrigin Always
</CORSPolicy>
"""


def section(lines):
    return policies() + ALWAYS + f"<Location /a>\n{lines}\n</Location>\n"


@pytest.mark.parametrize("lines, says", [
    ("CORSUsePolicy app\nCORSCandidatePolicy nowhere",
     "error: CORS029: 'nowhere'"),
    ("CORSUsePolicy app\nCORSCandidatePolicy app any",
     "CORSCandidatePolicy takes one argument"),
    # A candidate is checked as if it were in use here.
    (f"CORSUsePolicy app\nCORSCandidatePolicy only\nCORSDenyOrigin {APP}",
     "error: CORS032: 'Always'"),
    ("CORSAllowOrigin *\nCORSEngine Off\nCORSCandidatePolicy app",
     "warning: CORS063: 'app'"),
    ("CORSCandidatePolicy app", "warning: CORS063: 'app'"),
    ("CORSUsePolicy app\nCORSMaxAge 5\nCORSCandidatePolicy app",
     "this policy is in force already: take the line out"),
    ("<Limit GET>\nCORSCandidatePolicy app\n</Limit>", "error: CORS037"),
])
def test_configtest_says(lines, says):
    r = configtest(section(lines))
    assert says in r.output
    assert ("Syntax OK" in r.output) == ("warning" in says or "already" in says)


def test_a_policy_has_no_candidate():
    r = configtest(policies() + "<CORSPolicy a>\nCORSAllowOrigin *\n"
                   "CORSCandidatePolicy app\n</CORSPolicy>\n")
    assert "error: CORS038: 'CORSCandidatePolicy'" in r.output


@pytest.mark.parametrize("lines", [
    "CORSUsePolicy app\nCORSCandidatePolicy any",
    "CORSAllowOrigin https://a.example\nCORSCandidatePolicy app",
    "CORSUsePolicy app any\nCORSCandidatePolicy None",
    "CORSUsePolicy app\nCORSEngine ReportOnly\nCORSCandidatePolicy who",
    "CORSEngine On\nCORSCandidatePolicy app",
])
def test_configtest_has_nothing_to_say(lines):
    r = configtest(section(lines), args=["-D", "CORS_STRICT"])
    assert "Syntax OK" in r.output and "CORS0" not in r.output


def test_dump(server):
    r = configtest(section("CORSUsePolicy app\nCORSCandidatePolicy any")
                   + "<Location /a/b>\nCORSMaxAge 5\n</Location>\n"
                   "<Location /c>\nCORSUsePolicy app\n"
                   "CORSCandidatePolicy None\n</Location>\n",
                   args=["-D", "DUMP_CORS"])
    assert "    CORSUsePolicy app\n" in r.stdout
    assert "    CORSCandidatePolicy any\n" in r.stdout
    assert "    CORSCandidatePolicy None\n" in r.stdout
