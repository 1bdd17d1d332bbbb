# SPDX-License-Identifier: Apache-2.0
"""Forms of request for test_auth_matrix.py: preflights, and what looks like
one.
"""

from types import SimpleNamespace

from auth_lab import APP, OTHER


def shape(*headers, method="OPTIONS", origin=APP, asked="PUT", body=b"",
          version="1.1", absolute=False, target=None, pseudo=()):
    """One form of request; origin: one, none, or several lines; asked: the
    same for Access-Control-Request-Method."""
    def lines(name, values):
        return [(name, v) for v in ([values] if isinstance(values, str)
                                    else values)]
    return SimpleNamespace(
        method=method, body=body, version=version, absolute=absolute,
        target=target, pseudo=pseudo,
        headers=[*lines("Origin", origin),
                 *lines("Access-Control-Request-Method", asked), *headers])


CHUNKED = ("Transfer-Encoding", "chunked")
UPGRADE = [("Connection", "Upgrade"), ("Upgrade", "websocket"),
           ("Sec-WebSocket-Version", "13"),
           ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]
BASIC = ("Authorization", "Basic dTpw")
TO_GET = [("X-HTTP-Method-Override", "GET"), ("X-HTTP-Method", "GET"),
          ("X-Method-Override", "GET")]
TO_OPTIONS = [(name, "OPTIONS") for name, _ in TO_GET]
FORM = ("Content-Type", "application/x-www-form-urlencoded")

SHAPES = {
    "allowed": shape(),
    # origins
    "refused": shape(origin=OTHER),
    "malformed": shape(origin=f"{APP}/"),
    "upper case": shape(origin=APP.upper()),
    "final dot": shape(origin=f"{APP}."),
    "long origin": shape(origin=APP + "x" * 400),
    "file": shape(origin="file://"),
    "blank": shape(origin=f"{APP} {APP}"),
    "null": shape(origin="null"),
    "two origins": shape(origin=[APP, OTHER]),
    "one origin twice": shape(origin=[APP, APP]),
    "two in one": shape(origin=f"{APP}, {OTHER}"),
    "empty origin": shape(origin=""),
    "empty and origin": shape(origin=["", APP]),
    "no origin": shape(origin=[]),
    # what is asked for
    "no request method": shape(asked=[]),
    "empty request method": shape(asked=""),
    "blank request method": shape(asked=" \t"),
    "two request methods": shape(asked=["PUT", "GET"]),
    "empty and method": shape(asked=["", "PUT"]),
    "odd request method": shape(asked="P U\xffT\x80"),
    "long request method": shape(asked="PUT" * 300),
    "many headers": shape(("Access-Control-Request-Headers",
                           "authorization,x-id," + "," * 40)),
    "odd header names": shape(("Access-Control-Request-Headers", "a b\xff")),
    # who overrides what
    "override": shape(*TO_GET),
    "override in form": shape(FORM, ("Content-Length", "11"),
                              body=b"_method=GET"),
    "post as options": shape(*TO_OPTIONS, FORM, ("Content-Length", "15"),
                             method="POST", body=b"_method=OPTIONS"),
    "get as options": shape(*TO_OPTIONS, method="GET"),
    "original url": shape(("X-Original-URL", "/"), ("X-Rewrite-URL", "/"),
                          ("X-Forwarded-For", "127.0.0.1"),
                          ("X-Forwarded-Host", "app.example")),
    "own": shape(("Sec-Fetch-Site", "same-origin"), origin=OTHER),
    "hop by hop": shape(("Connection", "Origin, Authorization, "
                         "Access-Control-Request-Method")),
    "upgrade": shape(*UPGRADE),
    "upgrade refused": shape(*UPGRADE, origin=OTHER),
    "no more hops": shape(("Max-Forwards", "0")),
    # bodies
    "body": shape(("Content-Length", "5"), body=b"a=b&c"),
    "chunked": shape(CHUNKED, body=b"5\r\na=b&c\r\n0\r\n\r\n"),
    "bad chunk": shape(CHUNKED, body=b"zz\r\n"),
    "unknown coding": shape(("Transfer-Encoding", "magic")),
    "too long": shape(("Content-Length", "60"), body=b"x" * 60),
    "too long, refused": shape(("Content-Length", "60"), body=b"x" * 60,
                               origin=OTHER),
    "too long, chunked": shape(CHUNKED, body=b"3c\r\n" + b"x" * 60
                               + b"\r\n0\r\n\r\n"),
    "expect": shape(("Expect", "100-continue"), ("Content-Length", "3"),
                    body=b"abc"),
    "expect more": shape(("Expect", "miracles")),
    "1.0": shape(version="1.0"),
    "absolute": shape(absolute=True),
    "server": shape(target="*"),
    # other methods
    "get": shape(method="GET"),
    "get with password": shape(BASIC, method="GET", asked=[]),
    "get refused": shape(method="GET", origin=OTHER),
    "head": shape(method="HEAD"),
    "post": shape(("Content-Length", "3"), method="POST", body=b"a=b"),
    "put": shape(("Content-Length", "3"), method="PUT", body=b"a=b"),
    "propfind": shape(("Depth", "0"), method="PROPFIND"),
    "trace": shape(method="TRACE"),
    "unknown method": shape(method="OPTION"),
    "lower case": shape(method="options"),
    "conditional": shape(("If-None-Match", "*"), ("Range", "bytes=0-1"),
                         method="GET", origin=OTHER),
    "conditional preflight": shape(("If-Match", "\"x\""),
                                   ("If-None-Match", "*"),
                                   ("Range", "bytes=0-1")),
    # passwords
    "wrong password": shape(("Authorization", "Basic dTp4")),
    "odd password": shape(("Authorization", "Digest username=\"u\"")),
    "forged session": shape(("Cookie", "session=lab-user=u&lab-pw=x")),
    "session": shape(("Cookie", "session=lab-user=u&lab-pw=p")),
    "password": shape(BASIC),
    "password, refused": shape(BASIC, origin=OTHER),
}

HTTP1_SHAPES = list(SHAPES)
# Those that HTTP/2 can say, and its own. Not HEAD: of a page that mod_include
# has parsed, httpd then sends the body, with or without mod_cors.
H2_SHAPES = [name for name, form in SHAPES.items()
             if form.method != "HEAD" and form.version == "1.1"
             and not form.absolute and not {n for n, _ in form.headers}
             & {"Transfer-Encoding", "Connection", "Content-Length"}]
SHAPES["h2 body"] = shape(body=b"a=b&c")
SHAPES["h2 too long"] = shape(body=b"x" * 60)
SHAPES["h2 websocket"] = shape(method="CONNECT",
                               pseudo=[(":protocol", "websocket")])
H2_SHAPES += ["h2 body", "h2 too long", "h2 websocket"]
