# SPDX-License-Identifier: Apache-2.0
"""Section 1, «Merging»: an inner section over an outer one. Each row says the
one section that means the same; all responses must be the same.
CORSUsePolicy is in test_policies.py."""

import pytest

from harness import probe

A = "https://a.example"
B = "https://b.example"
C = "https://c.example"
EVIL = "https://evil.example"
SUB = "https://x.sub.example"
ORIGINS = [A, B, C, EVIL, SUB, "null", None, "not an origin"]

# A policy that says everything.
LINES = {
    "AllowOrigin": A, "AllowCredentials": "On", "AllowMethods": "PUT",
    "AllowHeaders": "X-One", "ExposeHeaders": "X-Own", "MaxAge": "60",
    "TimingAllowOrigin": "On", "Preflight": "200", "BackendHeaders": "Keep",
}
WHO = ("AllowOrigin", "AllowCredentials")
WHAT = ("AllowMethods", "AllowHeaders", "ExposeHeaders", "MaxAge",
        "TimingAllowOrigin")


def without(*names, plus=""):
    """The policy without some of its lines, with others instead."""
    return "".join(f"CORS{name} {value}\n" for name, value in LINES.items()
                   if name not in names) + plus


def only(*names, plus=""):
    return without(*(n for n in LINES if n not in names), plus=plus)


ALL = without()

# name: outer, inner, what both together mean, who may read
ROWS = {
    # An inner section that names a directive replaces the outer value, whole.
    "nothing": (ALL, "", ALL, [A]),
    "methods": (ALL, "CORSAllowMethods DELETE MOVE",
                without("AllowMethods", plus="CORSAllowMethods DELETE MOVE"),
                [A]),
    "headers": (ALL, "CORSAllowHeaders X-Two",
                without("AllowHeaders", plus="CORSAllowHeaders X-Two"), [A]),
    "expose": (ALL, "CORSExposeHeaders X-Two",
               without("ExposeHeaders", plus="CORSExposeHeaders X-Two"), [A]),
    "max-age": (ALL, "CORSMaxAge 5", without("MaxAge", plus="CORSMaxAge 5"),
                [A]),
    "max-age-0": (ALL, "CORSMaxAge 0", without("MaxAge", plus="CORSMaxAge 0"),
                  [A]),
    "timing": (ALL, "CORSTimingAllowOrigin Off", without("TimingAllowOrigin"),
               [A]),
    "preflight": (ALL, "CORSPreflight 204", without("Preflight"), [A]),
    "passthrough": (ALL, "CORSPreflight PassThrough",
                    without("Preflight", plus="CORSPreflight PassThrough"),
                    [A]),
    "backend": (ALL, "CORSBackendHeaders Replace",
                without("BackendHeaders"), [A]),
    "engine-off": (ALL, "CORSEngine Off", "", []),
    "two": (ALL, "CORSMaxAge 5\nCORSAllowMethods *",
            without("MaxAge", "AllowMethods",
                    plus="CORSMaxAge 5\nCORSAllowMethods *"), [A]),

    # None, alone, empties a list or takes a value back to its default.
    "no-methods": (ALL, "CORSAllowMethods None", without("AllowMethods"), [A]),
    "no-headers": (ALL, "CORSAllowHeaders None", without("AllowHeaders"),
                   [A]),
    "no-expose": (ALL, "CORSExposeHeaders None", without("ExposeHeaders"),
                  [A]),
    "no-max-age": (ALL, "CORSMaxAge None", without("MaxAge"), [A]),
    "no-timing": (ALL, "CORSTimingAllowOrigin None",
                  without("TimingAllowOrigin"), [A]),
    "no-preflight": (ALL, "CORSPreflight None", without("Preflight"), [A]),
    "no-backend": (ALL, "CORSBackendHeaders None",
                   without("BackendHeaders"), [A]),
    "no-credentials": (ALL, "CORSAllowCredentials None",
                       without("AllowCredentials"), [A]),
    "no-origin": (ALL, "CORSAllowOrigin None",
                  without(*WHO, plus="CORSEngine On"), []),
    "no-match": (ALL, "CORSAllowOriginMatch None",
                 without(*WHO, plus="CORSEngine On"), []),
    "no-send": (f"CORSAllowOrigin {A}\nCORSSendOrigin Always",
                "CORSSendOrigin None", f"CORSAllowOrigin {A}", [A]),
    "none-in-capitals": (ALL, "CORSAllowMethods NONE",
                         without("AllowMethods"), [A]),

    # The engine.
    "engine-none": (f"CORSAllowOrigin {A}\nCORSEngine Off", "CORSEngine None",
                    f"CORSAllowOrigin {A}", [A]),
    "engine-on": (f"CORSAllowOrigin {A}\nCORSEngine Off", "CORSEngine On",
                  f"CORSAllowOrigin {A}", [A]),
    "engine-on-again": (f"CORSAllowOrigin {A}\nCORSEngine On",
                        "CORSEngine None", f"CORSAllowOrigin {A}", [A]),
    "off-stays": ("CORSEngine Off", f"CORSAllowOrigin {A}", "", []),
    "off-stays-for-policies": (without(plus="CORSEngine Off"),
                               f"CORSAllowOrigin {B}", "", []),
    "none-without-origin": ("CORSEngine On", "CORSEngine None", "", []),
    "what-alone-is-not-in-force": (only(*WHAT), "CORSAllowMethods DELETE", "",
                                   []),
    "what-then-who": (only(*WHAT), f"CORSAllowOrigin {B}",
                      only(*WHAT, plus=f"CORSAllowOrigin {B}"), [B]),
    "on-without-origin": ("CORSEngine On", "", "CORSAllowOrigin None", []),
    "empty-is-in-force": ("CORSAllowOrigin None", "", "CORSEngine On", []),

    # Who: one unit.
    "new-list": (ALL, f"CORSAllowOrigin {B}",
                 without(*WHO, plus=f"CORSAllowOrigin {B}"), [B]),
    "new-list-and-credentials": (
        ALL, f"CORSAllowCredentials On\nCORSAllowOrigin {B}",
        without("AllowOrigin", plus=f"CORSAllowOrigin {B}"), [B]),
    "list-to-expression": (
        f"CORSAllowOrigin {A}\nCORSAllowCredentials On",
        r"CORSAllowOriginMatch https://b\.example",
        f"CORSAllowOrigin {B}", [B]),
    "expression-to-list": (
        r"CORSAllowOriginMatch https://a\.example" f"\nCORSAllowOrigin {C}\n"
        "CORSAllowCredentials On", f"CORSAllowOrigin {B}",
        f"CORSAllowOrigin {B}", [B]),
    "star-to-list": ("CORSAllowOrigin *", f"CORSAllowOrigin {B}",
                     f"CORSAllowOrigin {B}", [B]),
    "list-to-star": (f"CORSAllowOrigin {A}\nCORSAllowCredentials On",
                     "CORSAllowOrigin *", "CORSAllowOrigin *", "*"),
    "always-ends": (f"CORSAllowOrigin {A}\nCORSSendOrigin Always",
                    f"CORSAllowOrigin {B}", f"CORSAllowOrigin {B}", [B]),
    "always-again": (f"CORSAllowOrigin {A}\nCORSSendOrigin Always",
                     f"CORSAllowOrigin {B}\nCORSSendOrigin Always",
                     f"CORSAllowOrigin {B}\nCORSSendOrigin Always", "*"),
    "always-alone": (f"CORSAllowOrigin {A}", "CORSSendOrigin Always",
                     f"CORSAllowOrigin {A}\nCORSSendOrigin Always", "*"),
    "matching-alone": (f"CORSAllowOrigin {A}\nCORSSendOrigin Always",
                       "CORSSendOrigin Matching", f"CORSAllowOrigin {A}",
                       [A]),
    "credentials-alone-on": (f"CORSAllowOrigin {A} {B}",
                             "CORSAllowCredentials On",
                             f"CORSAllowOrigin {A} {B}\n"
                             "CORSAllowCredentials On", [A, B]),
    "credentials-alone-off": (ALL, "CORSAllowCredentials Off",
                              without("AllowCredentials"), [A]),
    "credentials-before": ("CORSAllowCredentials On", f"CORSAllowOrigin {A}",
                           f"CORSAllowOrigin {A}", [A]),

    # Denies add up.
    "deny-inner": ("CORSAllowOrigin *", f"CORSDenyOrigin {EVIL}",
                   f"CORSAllowOrigin *\nCORSDenyOrigin {EVIL}",
                   [A, B, C, SUB, "null"]),
    "deny-outer": (f"CORSDenyOrigin {EVIL}", "CORSAllowOrigin *",
                   f"CORSAllowOrigin *\nCORSDenyOrigin {EVIL}",
                   [A, B, C, SUB, "null"]),
    "deny-both": (f"CORSAllowOrigin *\nCORSDenyOrigin {EVIL}",
                  f"CORSAllowOrigin {A} {B} {EVIL}\nCORSDenyOrigin {B}",
                  f"CORSAllowOrigin {A}\nCORSDenyOrigin {C}", [A]),
    "deny-all": (ALL, "CORSDenyOrigin *",
                 without("AllowOrigin", plus="CORSAllowOrigin None\n"
                         "CORSDenyOrigin *"), []),
    "deny-pattern": (f"CORSAllowOrigin * \nCORSDenyOrigin null",
                     "CORSDenyOrigin https://*.sub.example",
                     "CORSAllowOrigin *\nCORSDenyOrigin null"
                     " https://*.sub.example", [A, B, C, EVIL]),
    "deny-alone-is-not-in-force": (f"CORSDenyOrigin {A}",
                                   f"CORSDenyOrigin {B}", "", []),

    # Repeated lists in one section add up.
    "twice-origin": ("", f"CORSAllowOrigin {A}\nCORSAllowOrigin {B}",
                     f"CORSAllowOrigin {A} {B}", [A, B]),
    "twice-match": ("", r"CORSAllowOriginMatch https://a\.example" "\n"
                    r"CORSAllowOriginMatch https://b\.example",
                    f"CORSAllowOrigin {A} {B}", [A, B]),
    "origin-and-match": ("", f"CORSAllowOrigin {A}\n"
                         r"CORSAllowOriginMatch https://b\.example",
                         f"CORSAllowOrigin {A} {B}", [A, B]),
    "twice-deny": ("CORSAllowOrigin *",
                   f"CORSDenyOrigin {A}\nCORSDenyOrigin {B} {EVIL}",
                   f"CORSAllowOrigin *\nCORSDenyOrigin {A} {B} {EVIL}",
                   [C, SUB, "null"]),
    "twice-names": (f"CORSAllowOrigin {A}",
                    "CORSAllowMethods PUT\nCORSAllowMethods DELETE\n"
                    "CORSAllowHeaders X-One\nCORSAllowHeaders X-Two\n"
                    "CORSExposeHeaders X-One\nCORSExposeHeaders X-Own",
                    f"CORSAllowOrigin {A}\nCORSAllowMethods PUT DELETE\n"
                    "CORSAllowHeaders X-One X-Two\n"
                    "CORSExposeHeaders X-One X-Own", [A]),

    # A comma separates as a blank does; empty elements are ignored.
    "commas": ("", f'CORSAllowOrigin "{A}, {B}"\n'
               "CORSAllowMethods PUT,DELETE\nCORSAllowHeaders X-One , X-Two\n"
               'CORSExposeHeaders ",X-One,,X-Own,"',
               f"CORSAllowOrigin {A} {B}\nCORSAllowMethods PUT DELETE\n"
               "CORSAllowHeaders X-One X-Two\nCORSExposeHeaders X-One X-Own",
               [A, B]),
    "variable": ("", "CORSAllowOrigin ${LISTED}",
                 f"CORSAllowOrigin {A} {B}", [A, B]),
    "expression-is-never-split": (
        "", r'CORSAllowOriginMatch "https://[ab]{1,1}\.example"',
        f"CORSAllowOrigin {A} {B}", [A, B]),
}


@pytest.fixture(scope="module")
def server(start_server, mpm):
    config = f'Define LISTED "{A} , {B}"\n' + probe.OWN
    for name, (outer, inner, both, _) in ROWS.items():
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
    server = start_server(config, mpm=mpm, modules=["headers"])
    for name in ROWS:
        for kind in ("one", "two"):
            probe.write(server, f"{kind}/{name}")
    return server


@pytest.mark.parametrize("name", ROWS)
def test_two_sections_mean_one(server, name):
    one = probe.responses(server, f"/one/{name}", ORIGINS)
    two = probe.responses(server, f"/two/{name}", ORIGINS)
    for a, b in zip(one, two):
        assert b == a


@pytest.mark.parametrize("name", ROWS)
def test_who_may_read(server, name):
    who = ROWS[name][3]
    assert probe.readers(server, f"/two/{name}", ORIGINS) \
        == (ORIGINS if who == "*" else who)
