# SPDX-License-Identifier: Apache-2.0
"""Section 1: <CORSPolicy> and CORSUsePolicy. As in test_merging.py each row
says what one section without a named policy would say; where several decide,
what each origin gets."""

import pytest

from harness import configtest, probe

A = "https://a.example"
B = "https://b.example"
C = "https://c.example"
EVIL = "https://evil.example"
SUB = "https://x.sub.example"
ORIGINS = [A, B, C, EVIL, SUB, "null", None, "not an origin"]

NAMED = f"""
<CORSPolicy full>
    CORSAllowOrigin {A}
    CORSAllowCredentials On
    CORSAllowMethods PUT
    CORSAllowHeaders X-One
    CORSExposeHeaders X-Full
    CORSMaxAge 60
    CORSTimingAllowOrigin On
</CORSPolicy>
<CORSPolicy bare>
    CORSAllowOrigin {B}
</CORSPolicy>
<CORSPolicy how>
    CORSAllowOrigin {B}
    CORSPreflight 204
    CORSBackendHeaders Replace
</CORSPolicy>
<CORSPolicy how-too>
    CORSAllowOrigin {B}
    CORSPreflight 200
    CORSBackendHeaders Keep
</CORSPolicy>
<CORSPolicy denying>
    CORSAllowOrigin {A} {B} https://*.sub.example
    CORSAllowCredentials On
    CORSDenyOrigin {EVIL} {B}
</CORSPolicy>
<CORSPolicy star>
    CORSAllowOrigin *
    CORSExposeHeaders X-Star
</CORSPolicy>
<CORSPolicy star-deny>
    CORSAllowOrigin *
    CORSDenyOrigin {EVIL}
</CORSPolicy>
<CORSPolicy always>
    CORSAllowOrigin {A}
    CORSSendOrigin Always
</CORSPolicy>
<CORSPolicy off>
    CORSAllowOrigin {A}
    CORSEngine Off
</CORSPolicy>
<CORSPolicy report>
    CORSAllowOrigin {A}
    CORSEngine ReportOnly
</CORSPolicy>
<CORSPolicy what>
    CORSAllowMethods MOVE
    CORSMaxAge 5
</CORSPolicy>
<CORSPolicy nobody>
    CORSAllowOrigin None
</CORSPolicy>
<CORSPolicy subs>
    CORSAllowOriginMatch "https://[a-z]+\\.sub\\.example"
    CORSAllowMethods DELETE
</CORSPolicy>
"""

FULL = f"""
    CORSAllowCredentials On
    CORSAllowMethods PUT
    CORSAllowHeaders X-One
    CORSExposeHeaders X-Full
    CORSMaxAge 60
    CORSTimingAllowOrigin On
"""
OUTER = f"""
    CORSAllowOrigin {C}
    CORSAllowCredentials On
    CORSAllowMethods DELETE
    CORSAllowHeaders X-Outer
    CORSExposeHeaders X-Outer
    CORSMaxAge 7
    CORSTimingAllowOrigin On
"""
HOW = "CORSPreflight 200\nCORSBackendHeaders Keep\n"

# name: outer, inner, what both together mean
ROWS = {
    # A single policy is the section's base.
    "alone": ("", "CORSUsePolicy full", f"CORSAllowOrigin {A}" + FULL),
    "always": ("", "CORSUsePolicy always",
               f"CORSAllowOrigin {A}\nCORSSendOrigin Always"),
    "nobody": ("", "CORSUsePolicy nobody", "CORSEngine On"),
    "no-origin": ("", "CORSUsePolicy what",
                  "CORSEngine On\nCORSAllowMethods MOVE"),
    "inherited": ("CORSUsePolicy full", "", f"CORSAllowOrigin {A}" + FULL),
    "defined-later": ("", "CORSUsePolicy later", f"CORSAllowOrigin {A} {C}"),

    # Its own directives override it.
    "over-what": ("", "CORSUsePolicy full\nCORSAllowMethods DELETE\n"
                  "CORSMaxAge None",
                  f"CORSAllowOrigin {A}\n"
                  + FULL.replace("PUT", "DELETE").replace("60", "None")),
    "over-before": ("", "CORSAllowMethods DELETE\nCORSUsePolicy full",
                    f"CORSAllowOrigin {A}\n" + FULL.replace("PUT", "DELETE")),
    "over-credentials": ("", "CORSUsePolicy full\nCORSAllowCredentials Off",
                         f"CORSAllowOrigin {A}\n"
                         + FULL.replace("Credentials On", "Credentials Off")),
    "add-credentials": ("", "CORSUsePolicy bare\nCORSAllowCredentials On",
                        f"CORSAllowOrigin {B}\nCORSAllowCredentials On"),
    "over-list": ("", f"CORSUsePolicy full\nCORSAllowOrigin {B}",
                  f"CORSAllowOrigin {B}\n"
                  + FULL.replace("Credentials On", "Credentials Off")),
    "over-list-both": ("", f"CORSUsePolicy full\nCORSAllowOrigin {B}\n"
                       "CORSAllowCredentials On",
                       f"CORSAllowOrigin {B}\n" + FULL),
    "over-always": ("", f"CORSUsePolicy always\nCORSAllowOrigin {B}",
                    f"CORSAllowOrigin {B}"),
    "over-engine": ("", "CORSUsePolicy off\nCORSEngine On",
                    f"CORSAllowOrigin {A}"),
    "over-preflight": ("", "CORSUsePolicy how\nCORSPreflight 200",
                       f"CORSAllowOrigin {B}\nCORSPreflight 200"),
    "deny": ("", f"CORSUsePolicy full\nCORSDenyOrigin {A}",
             "CORSEngine On\nCORSTimingAllowOrigin On"),
    "deny-of-policy": ("", "CORSUsePolicy star-deny",
                       f"CORSAllowOrigin *\nCORSDenyOrigin {EVIL}"),
    "deny-of-all": (f"CORSDenyOrigin {A}",
                    f"CORSUsePolicy star-deny\nCORSDenyOrigin {B}",
                    f"CORSAllowOrigin *\nCORSDenyOrigin {A} {B} {EVIL}"),

    # An inner section overrides it as it does the section's own.
    "inner-what": ("CORSUsePolicy full", "CORSAllowMethods MOVE",
                   f"CORSAllowOrigin {A}\n" + FULL.replace("PUT", "MOVE")),
    "inner-none": ("CORSUsePolicy full", "CORSAllowHeaders None",
                   f"CORSAllowOrigin {A}\n" + FULL.replace("X-One", "None")),
    "inner-credentials": ("CORSUsePolicy full", "CORSAllowCredentials Off",
                          f"CORSAllowOrigin {A}\n" + FULL.replace(
                              "Credentials On", "Credentials Off")),
    "inner-list": ("CORSUsePolicy full", f"CORSAllowOrigin {B}",
                   f"CORSAllowOrigin {B}\n"
                   + FULL.replace("Credentials On", "Credentials Off")),
    "inner-always": ("CORSUsePolicy always", f"CORSAllowOrigin {B}",
                     f"CORSAllowOrigin {B}"),

    # CORSUsePolicy drops what outer sections say on who and what.
    "drops": (OUTER, "CORSUsePolicy bare", f"CORSAllowOrigin {B}"),
    "drops-policy": ("CORSUsePolicy full", "CORSUsePolicy bare",
                     f"CORSAllowOrigin {B}"),
    "drops-several": ("CORSUsePolicy full star\nCORSMaxAge 7",
                      "CORSUsePolicy bare", f"CORSAllowOrigin {B}"),
    "drops-always": (f"CORSAllowOrigin {A}\nCORSSendOrigin Always",
                     "CORSUsePolicy bare", f"CORSAllowOrigin {B}"),
    "drops-and-overrides": (OUTER, "CORSUsePolicy bare\nCORSMaxAge 9",
                            f"CORSAllowOrigin {B}\nCORSMaxAge 9"),
    "none": (OUTER, "CORSUsePolicy None", "CORSEngine On"),
    "none-after-policy": ("CORSUsePolicy full", "CORSUsePolicy None",
                          "CORSEngine On"),
    "none-and-own": (OUTER, f"CORSUsePolicy None\nCORSAllowOrigin {B}",
                     f"CORSAllowOrigin {B}"),

    # Engine, preflight and backend headers stay unless the policy names them.
    "how-stays": (OUTER + HOW, "CORSUsePolicy bare",
                  HOW + f"CORSAllowOrigin {B}"),
    "how-stays-of-policy": ("CORSUsePolicy how-too", "CORSUsePolicy bare",
                            HOW + f"CORSAllowOrigin {B}"),
    "how-named": (OUTER + HOW, "CORSUsePolicy how", f"CORSAllowOrigin {B}"),
    "how-named-too": (OUTER, "CORSUsePolicy how-too",
                      HOW + f"CORSAllowOrigin {B}"),
    "how-stays-for-none": (OUTER + HOW, "CORSUsePolicy None",
                           HOW + "CORSEngine On"),
    "off-stays": ("CORSEngine Off", "CORSUsePolicy bare", ""),
    "off-of-policy": (OUTER, "CORSUsePolicy off", ""),
    "report-of-policy": (OUTER, "CORSUsePolicy report", ""),
    "off-of-policy-stays": ("CORSUsePolicy off", "CORSUsePolicy bare", ""),
    "off-of-policy-ends": ("CORSUsePolicy off",
                           "CORSUsePolicy bare\nCORSEngine None",
                           f"CORSAllowOrigin {B}"),

    # Denies stay, and the policy's are added.
    "deny-stays": (OUTER + f"CORSDenyOrigin {A}", "CORSUsePolicy star",
                   f"CORSAllowOrigin *\nCORSDenyOrigin {A}\n"
                   "CORSExposeHeaders X-Star"),
    "deny-stays-of-policy": ("CORSUsePolicy star-deny", "CORSUsePolicy star",
                             f"CORSAllowOrigin *\nCORSDenyOrigin {EVIL}\n"
                             "CORSExposeHeaders X-Star"),

    # An inner list ends several policies, all of them.
    "ends-several": ("CORSUsePolicy full star", f"CORSAllowOrigin {C}",
                     f"CORSAllowOrigin {C}"),
    "ends-several-match": ("CORSUsePolicy full star",
                           r"CORSAllowOriginMatch https://c\.example",
                           f"CORSAllowOrigin {C}"),
    "ends-several-none": ("CORSUsePolicy full star", "CORSAllowOrigin None",
                          "CORSEngine On"),
    "ends-several-own-stays": ("CORSUsePolicy full star\nCORSMaxAge 8\n" + HOW,
                               f"CORSAllowOrigin {C}",
                               HOW + f"CORSAllowOrigin {C}\nCORSMaxAge 8"),
    "ends-several-deny-stays": (
        f"CORSUsePolicy denying star\nCORSDenyOrigin {C}", "CORSAllowOrigin *",
        f"CORSAllowOrigin *\nCORSDenyOrigin {C}"),
}

LATER = f"<CORSPolicy later>\nCORSAllowOrigin {A} {C}\n</CORSPolicy>\n"

# name: section, {origin: the policy that decides, or None}
SEVERAL = {
    "first": ("CORSUsePolicy full bare star", {
        A: "full", B: "bare", C: "star", EVIL: "star", "null": "star"}),
    "order": ("CORSUsePolicy bare full", {A: "full", B: "bare", C: None}),
    "first-of-two": ("CORSUsePolicy full denying", {
        A: "full", B: None, SUB: "denying"}),
    "deny-excludes-from-its-own": ("CORSUsePolicy denying bare star", {
        A: "denying", SUB: "denying", B: "bare", EVIL: "star", C: "star"}),
    "own-deny-excludes-from-all": (
        f"CORSUsePolicy denying star\nCORSDenyOrigin {A} null", {
            A: None, "null": None, SUB: "denying", B: "star", C: "star"}),
    "nobody-among": ("CORSUsePolicy nobody what full", {
        A: "full", B: None}),
    "two-lines": ("CORSUsePolicy full\nCORSUsePolicy denying star", {
        A: "full", SUB: "denying", B: "star", C: "star"}),
    "expression": ("CORSUsePolicy subs star", {SUB: "subs", A: "star"}),
    "commas": ('CORSUsePolicy "bare, full" , star', {
        A: "full", B: "bare", C: "star"}),
}


@pytest.fixture(scope="module")
def server(start_server, mpm):
    config = NAMED + probe.OWN
    for name, (outer, inner, both) in ROWS.items():
        config += f"""
            <Location /two/{name}>
                {outer}
            </Location>
            <Location /two/{name}>
                {inner}
            </Location>
            <Location /one/{name}>
                {both}
            </Location>
            """
    for name, (lines, _) in SEVERAL.items():
        config += f"<Location /several/{name}>\n{lines}\n</Location>\n"
    config += "".join(
        f"<Location /policy/{name}>\nCORSUsePolicy {name}\n</Location>\n"
        for name in ("full", "bare", "denying", "star", "subs"))
    server = start_server(config + LATER, mpm=mpm, modules=["headers"])
    for name in ROWS:
        for kind in ("one", "two"):
            probe.write(server, f"{kind}/{name}")
    for name in SEVERAL:
        probe.write(server, f"several/{name}")
    return server


@pytest.mark.parametrize("name", ROWS)
def test_same_as_without_a_named_policy(server, name):
    one = probe.responses(server, f"/one/{name}", ORIGINS)
    two = probe.responses(server, f"/two/{name}", ORIGINS)
    for a, b in zip(one, two):
        assert b == a
    assert len(one) == len(two)


@pytest.mark.parametrize("name, origin, policy", [
    (name, origin, policy) for name, (_, decides) in SEVERAL.items()
    for origin, policy in decides.items()])
def test_several(server, name, origin, policy):
    """The first whose list holds the origin and does not deny it decides."""
    path = f"/several/{name}/a.txt"
    r, p = server.get(path, origin), server.preflight(path, origin)
    assert r.vary == ["origin"]
    if policy is None:
        assert r.cors == {} and p.cors == {} and p.status == 403
        return
    alone = server.get(f"/policy/{policy}/a.txt", origin).cors
    assert r.cors == {**alone, "allow-origin": origin}
    alone = server.preflight(f"/policy/{policy}/a.txt", origin).cors
    assert p.cors == {**alone, "allow-origin": origin} and p.status == 204


@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize("origin", [None, "not an origin", ""])
def test_several_and_no_origin(server, name, origin):
    r = server.get(f"/several/{name}/a.txt", origin)
    assert r.cors == {} and r.vary == ["origin"]


DENIED_HERE = f"""
<Location /here>
    {{base}}
    CORSDenyOrigin {A}
</Location>
"""


@pytest.mark.parametrize("text", [
    # of a policy that other sections use
    f"<CORSPolicy p>\nCORSAllowOrigin {A} {B}\n</CORSPolicy>\n"
    "<Location /there>\nCORSUsePolicy p\n</Location>\n"
    + DENIED_HERE.replace("{base}", "CORSUsePolicy p"),
    # of the server, which holds elsewhere
    f"CORSAllowOrigin {A} {B}\n" + DENIED_HERE.replace("{base}", ""),
], ids=["policy", "server"])
def test_a_deny_here_is_no_fault_of_a_list_elsewhere(text):
    """No warning that the entry never decides: elsewhere it does."""
    result = configtest(text)
    assert result.code == 0 and "CORS046" not in result.output


def test_a_deny_beside_or_around_is():
    for text in (f"CORSDenyOrigin {A}\n<Location /x>\nCORSAllowOrigin {A}\n"
                 "</Location>\n",
                 f"<CORSPolicy p>\nCORSAllowOrigin {A} {B}\n"
                 f"CORSDenyOrigin {A}\n</CORSPolicy>\n"):
        assert "CORS046" in configtest(text).output


@pytest.mark.parametrize("name", ['""', '"a b"', "a,b", "None", "a b"])
def test_names_that_no_list_can_hold(name):
    result = configtest(f"<CORSPolicy {name}>\nCORSAllowOrigin {A}\n"
                        "</CORSPolicy>")
    assert result.code != 0
    assert "<CORSPolicy> takes one name" in result.output
