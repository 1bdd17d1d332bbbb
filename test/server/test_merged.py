# SPDX-License-Identifier: Apache-2.0
"""A process keeps the sections that it has merged (httpd/merged.c): the second
request gets what the first one worked out. What is kept must be these sections'
meaning and no others', under every order of requests and many threads."""

import random
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import until

PARTNERS = [f"https://p{i}.example" for i in range(24)]
INNER = "X-Inner"

# One inner section, <Files>, over more outer ones than are kept for it, and
# over each of them through another level.
CONFIG = ("CORSExposeHeaders X-Server\n"
          + "".join(f"<Directory ${{ROOT}}/htdocs/d{i}>\n"
                    f"    CORSAllowOrigin {origin}\n    CORSMaxAge {i}\n"
                    "    AllowOverride FileInfo\n</Directory>\n"
                    for i, origin in enumerate(PARTNERS))
          + f"<Files shared.txt>\n    CORSExposeHeaders {INNER}\n</Files>\n"
          + "<Location /d0/>\n    CORSAllowMethods DELETE\n</Location>\n"
          + "<If \"%{HTTP:X-If} == 'yes'\">\n    CORSMaxAge 77\n</If>\n")


@pytest.fixture(scope="module", params=["prefork", "worker", "event"])
def server(request, start_server):
    s = start_server(CONFIG, mpm=request.param)
    for i in range(len(PARTNERS)):
        for name in ("shared.txt", "own.txt"):
            s.write(f"d{i}/{name}", "x")
    s.write("d3/.htaccess", "CORSAllowOrigin https://hta.example\n")
    return s


def expected(i, name, conditional):
    origin = "https://hta.example" if i == 3 else PARTNERS[i]
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers":
            INNER if name == "shared.txt" else "X-Server",
        "Access-Control-Max-Age": "77" if conditional else str(i),
        "Access-Control-Allow-Methods": "DELETE" if i == 0 else None,
    }


def ask(server, case):
    """What differs from the sections' meaning; and from another's answer."""
    i, name, conditional = case
    want = expected(i, name, conditional)
    origin = want["Access-Control-Allow-Origin"]
    extra = [("X-If", "yes")] if conditional else []
    actual = server.get(f"/d{i}/{name}", origin=origin, headers=extra)
    preflight = server.preflight(f"/d{i}/{name}", origin, method="GET",
                                 extra=extra)
    other = server.get(f"/d{i}/{name}", origin=PARTNERS[(i + 1) % 24],
                       headers=extra)
    got = {
        "Access-Control-Allow-Origin":
            actual.one("Access-Control-Allow-Origin"),
        "Access-Control-Expose-Headers":
            actual.one("Access-Control-Expose-Headers"),
        "Access-Control-Max-Age": preflight.one("Access-Control-Max-Age"),
        "Access-Control-Allow-Methods":
            preflight.one("Access-Control-Allow-Methods"),
    }
    refused = other.one("Access-Control-Allow-Origin")
    return [] if got == want and refused is None else [(case, got, refused)]


CASES = [(i, name, conditional) for i in range(len(PARTNERS))
         for name in ("shared.txt", "own.txt") for conditional in (0, 1)]


def test_in_any_order_by_many_threads(server):
    rng = random.Random(7)
    cases = CASES * 3
    rng.shuffle(cases)
    with ThreadPoolExecutor(8) as pool:
        wrong = sum(pool.map(lambda case: ask(server, case), cases), [])
    assert not wrong


def test_after_a_graceful_restart(server):
    """What was kept goes with the configuration that it was made of."""
    changed = CONFIG.replace("CORSMaxAge 77", "CORSMaxAge 78")
    server.restart(changed, graceful=True)
    # The old children may still take a connection or two.
    until(lambda: server.preflight(
        "/d5/shared.txt", PARTNERS[5], method="GET",
        extra=[("X-If", "yes")]).one("Access-Control-Max-Age") == "78")


def unread(server, request):
    """A connection whose buffers are too small for the answer."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    s.settimeout(30)
    s.connect(("127.0.0.1", server.port))
    s.sendall(request)
    assert s.recv(8) == b"HTTP/1.1"
    return s


def test_stopped_while_an_answer_is_sent(start_once):
    """A child that is stopped at once logs the request that it was at, when it
    has destroyed what it made for itself: it crashed there. (Children of the
    other MPMs are killed there by httpd, or end the answer.)"""
    server = start_once(CONFIG + "SendBufferSize 1024\nCustomLog "
                        '${ROOT}/access.log "%U %{CORS_RESULT}e"\n',
                        mpm="prefork")
    # Less than httpd waits for in a handler.
    server.write("d0/shared.txt", "x" * 50000)
    clients = [unread(server, b"GET /d0/shared.txt HTTP/1.1\r\nHost: x\r\n"
                              b"Origin: https://p0.example\r\n\r\n")
               for _ in range(4)]
    server.restart()
    for client in clients:
        client.close()
    assert "/d0/shared.txt allowed\n" in (server.root
                                          / "access.log").read_text()
