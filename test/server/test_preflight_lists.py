# SPDX-License-Identifier: Apache-2.0
"""Section 4: Access-Control-Request-Headers as it comes, its limits, and what
is echoed where * stands beside credentials."""

import time

import pytest

from harness import variables

APP = "https://app.example"
OTHER = "https://other.example"

CONFIG = f"""
LimitRequestFieldSize 65536
MaxKeepAliveRequests 0
<Location /named>
    CORSAllowOrigin {APP}
    CORSAllowMethods PUT patch
    CORSAllowHeaders X-One X-Two X-Three
</Location>
<Location /echo>
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSAllowMethods *
    CORSAllowHeaders * Authorization
</Location>
<Location /guarded>
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSAllowMethods * PUT
    CORSAllowHeaders *
    CORSMaxAge 60
</Location>
<Location /methods>
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSAllowMethods *
    CORSAllowHeaders X-One
</Location>
<Location /headers>
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSAllowMethods PUT
    CORSAllowHeaders *
</Location>
<Location /several>
    CORSUsePolicy echo public
</Location>
<Location /always>
    CORSAllowOrigin {APP}
    CORSSendOrigin Always
    CORSAllowCredentials On
    CORSAllowHeaders *
</Location>
<Location /overridden>
    CORSUsePolicy echo
    CORSAllowHeaders X-One
    CORSAllowMethods None
</Location>
<CORSPolicy echo>
    CORSAllowOrigin {APP}
    CORSAllowCredentials On
    CORSAllowMethods *
    CORSAllowHeaders *
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
    CORSAllowHeaders *
</CORSPolicy>
"""

KIB8 = 8 * 1024


def names_of(count):
    return ",".join(f"x-{i}" for i in range(count))


@pytest.fixture(scope="module")
def server(start_server, mpm):
    return start_server(
        CONFIG + variables.LOG, mpm=mpm)


# What may be asked for with X-One X-Two X-Three.
GOOD = [
    "", " ", "\t", "x-one", "X-ONE", "x-one,x-two,x-three",
    "x-three,x-two,x-one", "x-one, x-two", " x-one\t,\t x-two ", "x-one,",
    ",x-one", "x-one,,x-two", "x-one, ,x-two", ",", "x-one,x-one,x-one",
    "x-one" + "," * 16, "," * 15, " , " * 15, ", ," * 7 + "x-two",
    ",".join(["x-one"] * 1300),
    "x-one" + " " * 4000 + ",x-two" + "\t" * 4000,
    "x-one," + " " * (KIB8 - 11) + "x-two",
]
BAD = [
    "x-four", "x-one,x-four", "x-four,x-one", "x-onex-two", "x-one x-two",
    "x-one;x-two", "x-one:", "\"x-one\"", "x-one,x\xe9",
    "x-on", "x-one-", "*", "x-one" + "," * 17, "," * 16, " ," * 17 + "x-one",
    ",".join(["x-one"] * 1500),
    "x-one," + " " * (KIB8 - 10) + "x-two",
    "x" * 300, "x" * 9000, "(", "x-one,(", "@", "x-one/1",
]


def label(text):
    return text if len(text) < 30 else f"{text[:12]}… {len(text)} bytes"


@pytest.mark.parametrize("asked", GOOD, ids=label)
def test_good_list(server, asked):
    r, seen = variables.ask_preflight(server, "/named/a", APP, "PUT", asked)
    assert r.status == 204
    assert seen.result == "preflight-allowed"


@pytest.mark.parametrize("asked", BAD, ids=label)
def test_bad_list(server, asked):
    r, seen = variables.ask_preflight(server, "/named/a", APP, "PUT", asked)
    assert r.status == 204
    assert r.cors["allow-headers"] == "X-One, X-Two, X-Three"
    assert seen.result == "refused-header"


@pytest.mark.parametrize("lines, result", [
    (["x-one", "x-two"], "preflight-allowed"),
    (["x-two,x-three", "x-one", ""], "preflight-allowed"),
    (["", "", "x-one"], "preflight-allowed"),
    (["x-one"] * 50, "preflight-allowed"),
    (["x-one", "x-four"], "refused-header"),
    (["x-four", "x-one"], "refused-header"),
    ([""] * 18, "refused-header"),
    (["x-one," + " " * 4090 + "x-two"] * 2, "refused-header"),
], ids=lambda v: label(str(v)))
def test_several_lines(server, lines, result):
    r, seen = variables.ask_preflight(
        server, "/named/a", APP, "PUT",
        extra=[("Access-Control-Request-Headers", line) for line in lines])
    assert r.status == 204
    assert seen.result == result


def test_names_in_the_log_are_escaped(server):
    variables.ask_preflight(server, "/named/a", APP, "PUT", "x-\xe9\\")
    server.wait_log("refused-header for origin https://app.example")
    assert b"\xe9" not in server.log.recent().encode("utf-8", "replace")


@pytest.mark.parametrize("method, result", [
    ("PUT", "preflight-allowed"), ("patch", "preflight-allowed"),
    ("PATCH", "refused-method"), ("put", "refused-method"),
    ("GET", "preflight-allowed"), ("GET ", "preflight-allowed"),
    ("PUT, GET", "refused-method"), ("PUTT", "refused-method"),
    ("*", "refused-method"),
])
def test_methods_with_their_case(server, method, result):
    _, seen = variables.ask_preflight(server, "/named/a", APP, method)
    assert seen.result == result


def test_two_methods_are_none(server):
    _, seen = variables.ask_preflight(
        server, "/named/a", APP, "PUT",
        extra=[("Access-Control-Request-Method", "PUT")])
    assert seen.result == "refused-method"


ECHO = ["access-control-request-headers", "access-control-request-method",
        "origin"]

# section, method, headers asked for; methods and headers answered
ECHOES = [
    ("echo", "PUT", None, "PUT", []),
    ("echo", "PUT", "", "PUT", []),
    ("echo", "MKCOL", "x-a,x-b", "MKCOL", ["x-a", "x-b"]),
    ("echo", "put", " X-A , x-b,", "put", ["x-a", "x-b"]),
    ("echo", "GET", "x-a", "GET", ["x-a"]),
    ("echo", "PUT", "authorization,x-a", "PUT", ["authorization", "x-a"]),
    ("echo", "TRACE", "x-a", None, ["x-a"]),
    ("echo", "track", "x-a", None, ["x-a"]),
    ("echo", "Connect", None, None, []),
    ("echo", "no token", "x-a", None, ["x-a"]),
    ("echo", "P\xd9T", "x-a", None, ["x-a"]),
    ("echo", "PUT", "x-a,x b", "PUT", []),
    ("echo", "PUT", "x-a,x\xe9", "PUT", []),
    ("echo", "PUT", "x-a" + "," * 16, "PUT", ["x-a"]),
    ("echo", "PUT", "x-a" + "," * 17, "PUT", []),
    ("echo", "PUT", "x-a" + " " * (KIB8 - 3), "PUT", ["x-a"]),
    ("echo", "PUT", "x-a," + "y" * KIB8, "PUT", []),
    ("echo", "PUT", names_of(500), "PUT", names_of(500).split(",")),
    ("guarded", "PUT", "authorization,x-a", "PUT", ["x-a"]),
    ("guarded", "POST", "AUTHORIZATION", "POST", []),
    ("guarded", "PUT", "authorization-x", "PUT", ["authorization-x"]),
    ("methods", "MOVE", "x-a", "MOVE", ["x-one"]),
    ("methods", "TRACE", "(", None, ["x-one"]),
    ("headers", "MOVE", "x-a", "PUT", ["x-a"]),
    ("several", "MOVE", "x-a", "MOVE", ["x-a"]),
]


@pytest.mark.parametrize("section, method, asked, methods, headers", ECHOES,
                         ids=lambda v: label(str(v)))
def test_echo(server, section, method, asked, methods, headers):
    """To a browser * is only a name where there are credentials, so what was
    asked for is echoed, once it was checked; what was not is never."""
    r = server.preflight(f"/{section}/a", APP, method, asked)
    assert r.status == 204
    assert r.cors["allow-origin"] == APP
    assert r.cors["allow-credentials"] == "true"
    assert r.cors.get("allow-methods") == methods
    answered = r.cors.get("allow-headers")
    assert answered != "" and "*" not in (answered or "")
    assert [n.strip().lower() for n in (answered or "").split(",")
            if n] == headers
    assert r.vary == ECHO


@pytest.mark.parametrize("section, origin, status, vary", [
    ("several", OTHER, 204, ["origin"]),
    ("overridden", APP, 204, ["origin"]),
    ("always", APP, 204, ECHO[:2]),
    ("always", OTHER, 204, ECHO[:2]),
    ("named", APP, 204, ["origin"]),
])
def test_vary_names_only_what_matters(server, section, origin, status, vary):
    r = server.preflight(f"/{section}/a", origin, "PUT", "x-one")
    assert r.status == status
    assert r.vary == vary


def test_star_without_credentials_is_sent(server):
    r = server.preflight("/several/a", OTHER, "PUT", "x-a")
    assert r.cors == {"allow-origin": OTHER, "allow-headers": "*"}


def test_nothing_is_echoed_to_a_refused_origin(server):
    r = server.preflight("/echo/a", OTHER, "PUT", "x-a")
    assert r.status == 403 and r.cors == {} and r.body == b""
    assert "origin" in r.vary
    assert not any("x-a" in v.lower() for _, v in r.headers)


def test_long_lists_take_no_time(server):
    """One pass, whatever is in it: ten thousand bytes of anything cost no more
    than a request does."""
    lists = [",".join(["x-one"] * 2700), "," * 16000, "x" * 16000,
             "x-one," * 10 + " " * 16000, ",".join(
                 f"x-{i}" for i in range(2500)), "x-one" + "," * 16000]
    with server.connect() as c:
        begin = time.monotonic()
        for asked in lists * 20:
            for path in ("/named/a", "/echo/a"):
                r = c.request("OPTIONS", path, [
                    ("Origin", APP), ("Access-Control-Request-Method", "PUT"),
                    ("Access-Control-Request-Headers", asked)])
                assert r.status == 204
        # A second on an idle machine; half a minute for a pass for each byte.
        assert time.monotonic() - begin < 20
