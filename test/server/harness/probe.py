# SPDX-License-Identifier: Apache-2.0
"""All that a policy shows of itself at a path, so that two can be compared.

    server = start_server(CONFIG + probe.OWN, modules=["headers", …])
    probe.write(server, "shop")
    assert probe.responses(server, "/shop", ORIGINS) == …
"""

# own.txt has a header of its own, as a backend's response may have.
OWN = """
<Files own.txt>
    Header always set Access-Control-Allow-Origin https://backend.example
</Files>
"""

PREFLIGHT = [("Access-Control-Request-Method", "PUT"),
             ("Access-Control-Request-Headers", "x-one")]

REQUESTS = [
    ("GET", "a.txt", []),
    ("GET", "own.txt", []),
    ("GET", "a.txt", [("If-None-Match", "*")]),
    ("GET", "none.txt", []),
    ("OPTIONS", "a.txt", PREFLIGHT),
    ("OPTIONS", "own.txt", PREFLIGHT),
]


def write(server, folder):
    """The files that responses() asks for."""
    server.write(f"{folder}/a.txt", "0123456789")
    server.write(f"{folder}/own.txt", "0123456789")


def shown(r):
    return (r.status, r.cors, r.vary, r.all("Timing-Allow-Origin"))


def responses(server, path, origins, headers=()):
    """What each of these origins (None: no Origin) gets for each request."""
    with server.connect() as c:
        return [(origin, method, name,
                 shown(c.request(method, f"{path}/{name}",
                                 [*headers, *more] + (
                                     [] if origin is None
                                     else [("Origin", origin)]))))
                for origin in origins for method, name, more in REQUESTS]


def readers(server, path, origins, headers=()):
    """Those of the origins that may read a response there."""
    with server.connect() as c:
        return [origin for origin in origins if "allow-origin" in c.request(
            "GET", f"{path}/a.txt",
            [*headers] + ([] if origin is None else [("Origin", origin)])
        ).cors]
