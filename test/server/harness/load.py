# SPDX-License-Identifier: Apache-2.0
"""Many requests in short time, and what they leave in the server's memory."""

import random
import re
import socket
import threading
from pathlib import Path

from .wait import until

END = "end-of-batch.txt"
MARK = b"end of this batch"


def request(method, path, headers=()):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost",
             *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def batch(requests):
    """Requests to be sent at once; the file behind the last ends them."""
    return b"".join(requests) + request("GET", f"/{END}")


class Pipe:
    """A connection that sends batches."""

    def __init__(self, server):
        server.write(END, MARK)
        self.socket = socket.create_connection(("127.0.0.1", server.port), 60)

    def send(self, data):
        """Send, and read to the end. Returns the statuses of all answers."""
        self.socket.sendall(data)
        got = b""
        while MARK not in got[-len(MARK) - 2:]:
            more = self.socket.recv(1 << 16)
            assert more, "the server closed the connection"
            got += more
        return re.findall(rb"HTTP/1\.1 (\d{3}) ", got)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def children(server):
    pid = server.process.pid
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def anonymous_kib(pid):
    """Memory that is the process's own, in KiB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^RssAnon:\s+(\d+) kB", text, re.M)[1])


# ---- the soak ---------------------------------------------------------------

CONFIG = """
StartServers 1
ServerLimit 1
ThreadsPerChild 4
MaxRequestWorkers 4
MinSpareThreads 1
MaxSpareThreads 4
MaxRequestsPerChild 0
MaxKeepAliveRequests 0
KeepAliveTimeout 60
<CORSPolicy partners>
    CORSAllowOrigin https://*.partner.example
    CORSAllowCredentials On
</CORSPolicy>
<CORSPolicy public>
    CORSAllowOrigin *
</CORSPolicy>
<Directory ${HTDOCS}>
    AllowOverride FileInfo
    CORSAllowOrigin https://app.example https://*.shop.example
    CORSAllowOriginMatch https://pr-[0-9]{1,6}\\.app\\.example
    CORSAllowMethods PUT
    CORSAllowHeaders Authorization X-A
</Directory>
<Directory ${HTDOCS}/several>
    CORSUsePolicy partners public
</Directory>
<Directory ${HTDOCS}/forbid>
    CORSRefusal Forbid
    CORSDenyOrigin https://evil.shop.example
</Directory>
"""
FILES = {"f.txt": "x", "several/f.txt": "x", "forbid/f.txt": "x",
         "override/f.txt": "x",
         "override/.htaccess": "CORSAllowOrigin https://h.example\n"
                               "CORSAllowCredentials On\n"
                               "CORSExposeHeaders X-B\n"}


def requests(seed, n=200):
    """All ways through the module, refused origins of no end among them."""
    rng = random.Random(seed)
    paths = ["/f.txt", "/several/f.txt", "/forbid/f.txt", "/override/f.txt",
             "/missing"]
    made = []
    for _ in range(n):
        name = f"{rng.randrange(10 ** 9)}"
        origin = rng.choice([
            None, "https://app.example", f"https://{name}.shop.example",
            f"https://pr-{name[:5]}.app.example", "https://h.example",
            f"https://{name}.partner.example", f"https://{name}.invalid",
            "https://evil.shop.example", "null", f"no {name}"])
        headers = [("Origin", origin)] if origin else []
        method = "GET"
        if origin and rng.random() < 0.3:
            method = "OPTIONS"
            headers += [("Access-Control-Request-Method", "PUT"),
                        ("Access-Control-Request-Headers",
                         rng.choice(["x-a", f"x-{name}", "," * 40]))]
        made.append(request(method, rng.choice(paths), headers))
    return made


def soak(server, total, warm, tell=None):
    """Send so many requests. Returns how many KiB the child grew by, after
    the first `warm` of them."""
    child, = children(server)
    batches = [batch(requests(seed)) for seed in range(20)]
    answered, before = 0, None
    with Pipe(server) as one, Pipe(server) as two:
        while answered < total:
            for pipe in (one, two):
                answered += len(pipe.send(random.choice(batches)))
            if before is None and answered >= warm:
                before = anonymous_kib(child)
            if tell:
                tell(answered, anonymous_kib(child))
    assert children(server) == [child]
    return anonymous_kib(child) - before


# ---- graceful restarts ------------------------------------------------------

APP = "https://app.example"
HALF = [b"GET /f.txt HTTP/1.1\r\nHost: localhost\r\n",
        f"Origin: {APP}\r\nConnection: close\r\n\r\n".encode()]
ORIGINS = 2000


def restart_config(n):
    """The n-th configuration: other origins each time, but for one."""
    many = " ".join(f"https://h{i}.example"
                    for i in range(ORIGINS * n, ORIGINS * (n + 1)))
    return (f"<Directory ${{HTDOCS}}>\nCORSAllowOrigin {APP}\n"
            f"CORSAllowOrigin {many}\n</Directory>\n")


def _ask(server, stop, asked, wrong):
    """One request a connection, until told to stop."""
    while not stop.is_set():
        try:
            r = server.get("/f.txt", origin=APP)
            if r.status != 200 or r.cors != {"allow-origin": APP} \
                    or r.text != "hello":
                wrong.append(repr(r))
        except Exception as e:
            wrong.append(repr(e))
        asked.append(1)
        if len(wrong) > 5:
            return


def _restart(server, n, asked, wrong):
    """Requests of which the server has read a part outlive it."""
    before, begun = len(asked), [server.connect() for _ in range(3)]
    for connection in begun:
        connection.send(HALF[0])
    server.restart(restart_config(n), graceful=True)
    for connection in begun:
        with connection:
            connection.send(HALF[1])
            r = connection.read()
            if r.cors != {"allow-origin": APP}:
                wrong.append(repr(r))
        asked.append(1)
    # Children of the old configuration end what they had begun.
    until(lambda: wrong or len(asked) >= before + 100 and server.get(
        "/f.txt", origin=f"https://h{ORIGINS * n}.example").cors,
        lambda: "the old configuration still answers")
    assert not wrong, wrong


def restarts(server, times):
    """Restart a server that serves restart_config(0) gracefully, so often,
    under load. Returns how many requests were sent and what went wrong."""
    server.write("f.txt", "hello")
    stop, asked, wrong = threading.Event(), [], []
    clients = [threading.Thread(target=_ask, daemon=True,
                                args=(server, stop, asked, wrong))
               for _ in range(3)]
    for client in clients:
        client.start()
    try:
        for n in range(1, times + 1):
            _restart(server, n, asked, wrong)
    finally:
        stop.set()
        for client in clients:
            client.join(30)
    assert not any(client.is_alive() for client in clients)
    return len(asked), wrong
