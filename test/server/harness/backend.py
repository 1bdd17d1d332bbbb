# SPDX-License-Identifier: Apache-2.0
"""A server behind httpd's proxy that says exactly what a test wants.

    backend = Backend()       # the fixture `backend` is one; else close() it
    backend.answer = b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi"
    ... ProxyPass /api http://127.0.0.1:{backend.port}/ ...
    assert backend.requests[0].target == "/"

answer may be a function too: it takes a Request and returns the bytes. The
connection is closed after each answer; with backend.holds_open, after a 101
once the client says something or ends ("echo": and gets back what it said).
"""

import socketserver
import threading


class Request:
    """method, target, headers (a list of pairs), body."""

    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]


class _Handler(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self):
        line = self.rfile.readline().decode("latin-1").split()
        if len(line) < 2:
            return
        headers = []
        while True:
            field = self.rfile.readline().decode("latin-1").rstrip("\r\n")
            if not field:
                break
            name, _, value = field.partition(":")
            headers.append((name, value.strip()))
        request = Request(line[0], line[1], headers, b"")
        if request.all("Expect"):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = request.all("Content-Length")
        if length:
            request.body = self.rfile.read(int(length[0]))
        backend = self.server.backend
        backend.requests.append(request)
        answer = backend.answer
        data = answer(request) if callable(answer) else answer
        self.wfile.write(data)
        if backend.holds_open and data.startswith(b"HTTP/1.1 101"):
            said = self.rfile.read1(1000)
            if backend.holds_open == "echo":
                self.wfile.write(said)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class Backend:
    OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" \
         b"Content-Length: 7\r\nConnection: close\r\n\r\nbackend"

    def __init__(self):
        self.answer = self.OK
        self.requests = []
        self.holds_open = False
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.backend = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever,
                         kwargs={"poll_interval": 0.02}, daemon=True).start()

    def reset(self):
        self.answer = self.OK
        self.requests = []

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def response(status="200 OK", headers=(), body=b"backend"):
        """The bytes of a response; headers: pairs, doubles allowed."""
        head = f"HTTP/1.1 {status}\r\n" + "".join(
            f"{n}: {v}\r\n" for n, v in headers)
        return (head + f"Content-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n").encode("latin-1") + body
