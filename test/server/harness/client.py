# SPDX-License-Identifier: Apache-2.0
"""A small HTTP/1.1 client that hides nothing.

Header fields are kept as a list of (name, value), in order, with doubles;
what is sent is what the test says, byte for byte.
"""

import socket


class ClientError(Exception):
    """The server closed the connection, or sent what is not HTTP. response:
    its head, and as much of the body as came; None before that."""

    response = None


class Response:
    """status, reason, headers (a list of pairs), body; interim: 1xx answers."""

    def __init__(self, version, status, reason, headers):
        self.version = version
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = b""
        self.interim = []

    def all(self, name):
        """Every value of a field, in order."""
        name = name.lower()
        return [v for n, v in self.headers if n.lower() == name]

    def one(self, name):
        """The value of a field that stands at most once; None if absent."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} stands {len(values)} times: {values}"
        return values[0] if values else None

    @property
    def cors(self):
        """All Access-Control-* as {name in lower case without the prefix:
        value}; each must stand once."""
        prefix = "access-control-"
        names = {n.lower() for n, _ in self.headers
                 if n.lower().startswith(prefix)}
        return {n[len(prefix):]: self.one(n) for n in sorted(names)}

    @property
    def vary(self):
        """Vary's tokens in lower case, sorted, doubles kept."""
        return sorted(t.strip().lower() for v in self.all("Vary")
                      for t in v.split(",") if t.strip())

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        lines = [f"{self.version} {self.status} {self.reason}"]
        lines += [f"{n}: {v}" for n, v in self.headers]
        return "\n".join(lines + ["", self.body[:500].decode("latin-1")])


def encode(part):
    return part if isinstance(part, bytes) else part.encode("latin-1")


class Connection:
    """One connection. request() sends and reads; send(), read() do one each.

    tls: an ssl.SSLContext for https. Use it in a with statement, or close().
    """

    def __init__(self, port, address="127.0.0.1", timeout=30, tls=None,
                 server_hostname="localhost"):
        self.socket = socket.create_connection((address, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket,
                                          server_hostname=server_hostname)
        self.buffer = b""
        self.host = f"localhost:{port}"

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Send bytes as they are."""
        self.socket.sendall(data)

    def request(self, method, target, headers=(), body=None):
        """Send one request, read the response. headers: a dict or pairs.

        Host and Content-Length are added unless they are given.
        """
        pairs = list(headers.items() if isinstance(headers, dict)
                     else headers)
        names = {encode(n).lower() for n, _ in pairs}
        if b"host" not in names:
            pairs.insert(0, ("Host", self.host))
        if body is not None and b"content-length" not in names \
                and b"transfer-encoding" not in names:
            pairs.append(("Content-Length", str(len(body))))
        head = b"".join(encode(n) + b": " + encode(v) + b"\r\n"
                        for n, v in pairs)
        self.send(encode(method) + b" " + encode(target) + b" HTTP/1.1\r\n"
                  + head + b"\r\n" + encode(body or b""))
        return self.read(method)

    def read(self, method="GET"):
        """Read one response; method says whether a body follows."""
        interim = []
        while True:
            response = self._read_head()
            if response.status >= 200 or response.status == 101:
                break
            interim.append(response)
        response.interim = interim
        try:
            response.body = self._read_body(response, method)
        except ClientError as e:
            response.body = self.buffer
            e.response = response
            raise
        return response

    def at_end(self):
        """True if the server has closed the connection; waits for it."""
        if self.buffer:
            return False
        try:
            self.buffer = self.socket.recv(65536)
        except ConnectionResetError:
            return True
        return not self.buffer

    def _fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise ClientError(f"closed early, after {self.buffer[:200]!r}")
        self.buffer += data

    def _line(self):
        while b"\n" not in self.buffer:
            self._fill()
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.rstrip(b"\r").decode("latin-1")

    def _bytes(self, count):
        while len(self.buffer) < count:
            self._fill()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def _read_head(self):
        line = self._line()
        version, _, rest = line.partition(" ")
        status, _, reason = rest.partition(" ")
        if not version.startswith("HTTP/") or not status.isdigit():
            raise ClientError(f"no status line: {line!r}")
        headers = []
        while True:
            line = self._line()
            if not line:
                return Response(version, int(status), reason, headers)
            name, colon, value = line.partition(":")
            if not colon:
                raise ClientError(f"no header field: {line!r}")
            headers.append((name, value.strip(" \t")))

    def _read_body(self, response, method):
        if method == "HEAD" or response.status in (101, 204, 304):
            return b""
        if "chunked" in (response.one("Transfer-Encoding") or "").lower():
            return self._read_chunks()
        length = response.one("Content-Length")
        if length is not None:
            return self._bytes(int(length))
        while True:
            data = self.socket.recv(65536)
            if not data:
                body, self.buffer = self.buffer, b""
                return body
            self.buffer += data

    def _read_chunks(self):
        body = b""
        while True:
            size = int(self._line().partition(";")[0], 16)
            if size == 0:
                while self._line():
                    pass
                return body
            body += self._bytes(size)
            self._line()
