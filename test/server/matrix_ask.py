# SPDX-License-Identifier: Apache-2.0
"""Asking one server of test_matrix.py over each transport, and what of a
response must be the same on both."""

import itertools
import re
from dataclasses import dataclass

from harness.client import ClientError
from harness.h2client import H2Connection
from harness.wait import tries

# HTTP/1.1; HTTP/2 by prior knowledge; over TLS, with HTTP/2 where there is
# (mod_http2 does not run with prefork).
TRANSPORTS = {"event": ["1.1", "2", "tls2"], "worker": ["1.1", "2", "tls2"],
              "prefork": ["1.1", "tls1.1"]}
FRAMING = {"content-length", "transfer-encoding"}
OF_BODY = FRAMING | {"expect", "connection", "upgrade"}


@dataclass(frozen=True)
class Shape:
    """Who asks: the row itself with this Origin, or a preflight for it."""

    origin: str
    preflight: bool = False

    def fields(self):
        pairs = [] if self.origin is None else [("Origin", self.origin)]
        if self.preflight:
            pairs += [("Access-Control-Request-Method", "PUT"),
                      ("Access-Control-Request-Headers", "x-one")]
        return pairs

    def __str__(self):
        return f"{'preflight' if self.preflight else 'request'} of " \
               f"{self.origin or 'nobody'}"


def expect_the_same_faults(asker, control):
    """What httpd finds wrong, it finds wrong without the module too."""
    known = set()
    for line in control.server.log.faults():
        code = re.search(r"AH\d{5}: ", line)
        known.add(code.group() if code else line[-30:])
    for what in known:
        for server in (asker.server, control.server):
            server.expect_log(re.escape(what))


class Asker:
    """One server's connections, one a transport, kept alive as long as the
    server does."""

    def __init__(self, server):
        self.server = server
        self.connections = {}
        self.numbers = itertools.count(1)
        self.seen = {}
        self.read = 0

    def close(self):
        for transport in list(self.connections):
            self._close(transport)

    def _close(self, transport):
        connection = self.connections.pop(transport, None)
        if connection:
            connection.close()

    def _connection(self, transport):
        c = self.connections.get(transport)
        if c is None:
            tls = transport.startswith("tls")
            c = self.server.connect_h2(tls=tls) if transport.endswith("2") \
                else self.server.connect(tls=tls)
            self.connections[transport] = c
        return c

    def ask(self, transport, row, host, shape):
        """(response, number); the number finds it in the logs."""
        number = str(next(self.numbers))
        fields = [*shape.fields(), ("X-Test", number)]
        if row.fresh or row.raw:
            self._close(transport)
        c = self._connection(transport)
        try:
            if row.raw:
                r = self._by_hand(c, row, host, shape, fields)
            else:
                r = self._plain(c, row, host, shape, fields)
        except (ClientError, OSError) as e:
            self._close(transport)
            r = getattr(e, "response", None)
            if not row.cut or not r:
                raise
            r.reason += " (cut)"
            return r, number
        # What httpd refuses ends the connection, said or not.
        if row.raw or "close" in (r.one("Connection") or ""):
            self._close(transport)
        return r, number

    @staticmethod
    def _plain(c, row, host, shape, fields):
        method, body, pairs = row.method, row.body, list(row.headers)
        if shape.preflight:
            method, body = "OPTIONS", None
            pairs = [(n, v) for n, v in pairs if n.lower() not in OF_BODY]
        pairs += fields
        if isinstance(c, H2Connection):
            c.host = host
            pairs = [(n.lower(), v) for n, v in pairs]
            body = body and body.encode()
        else:
            pairs.insert(0, ("Host", host))
        return c.request(method, row.path, pairs, body)

    @staticmethod
    def _by_hand(c, row, host, shape, fields):
        text = row.raw
        method = row.method
        if shape.preflight:
            text = "OPTIONS" + text[text.index(" "):]
            method = "OPTIONS"
        more = "".join(f"{n}: {v}\r\n" for n, v in fields)
        text = text.replace("{host}", host).replace("{more}", more)
        c.send(text.encode())
        return c.read(method)

    # --- what the logs say --------------------------------------------------

    def results(self, numbers):
        """CORS_RESULT of these requests, by number, once all are logged. Over
        HTTP/2 that may be when the next one comes."""
        for c in self.connections.values():
            if isinstance(c, H2Connection):
                c.request("GET", "/none.txt")
        path = self.server.root / "seen.log"
        for _ in tries():
            with open(path, "rb") as f:
                f.seek(self.read)
                lines = f.read().split(b"\n")
            for line in lines[:-1]:
                number, _, result = line.decode("latin-1").partition("|")
                assert number == "-" or number not in self.seen, line
                self.seen[number] = None if result == "-" else result
            self.read += sum(len(line) + 1 for line in lines[:-1])
            missing = set(numbers) - set(self.seen)
            if not missing:
                return {n: self.seen[n] for n in numbers}
        raise AssertionError("not in the access log: "
                             + " ".join(sorted(missing)))

    def decisions(self):
        """Lines of a decision in the error log since the test began: a list
        of (number, result)."""
        return re.findall(r"\[test (\d+)\].* CORS: ([a-z-]+) (?:\(.*?\) )?"
                          r"for origin", self.server.log.recent())


def comparable(r, row, host):
    """(status, reason, 1xx, fields, body) of a response, without what is
    this module's to say and what differs by itself."""
    def text(value):
        return value.replace(host, "HOST")

    fields = []
    for name, value in r.headers:
        name = name.lower()
        if name == "date" or (not row.framing and name in FRAMING):
            continue
        if name == "allow":
            value = ",".join(sorted(value.split(",")))
        # Told once a connection.
        if name == "upgrade" and value in ("h2", "h2,h2c"):
            continue
        if name == "connection":
            value = re.sub(r"^Upgrade(, *)?", "", value)
            if not value:
                continue
        if row.mask and name == "content-type":
            value = re.sub(r"(?<=boundary=).*", "", value)
        fields.append((name, text(value)))
    body = text(r.body.decode("latin-1"))
    if row.mask:
        body = re.sub(row.mask, "", body)
    if row.opaque:
        body = ""
    interim = [(i.status, [(n.lower(), v) for n, v in i.headers])
               for i in r.interim]
    return r.status, r.reason, interim, fields, body


def ours(name, timing):
    return name.startswith("access-control-") or name == "vary" \
        or (timing and name == "timing-allow-origin")


def others(compared, timing):
    """The same without the header fields that the policy speaks for."""
    status, reason, interim, fields, body = compared
    return status, reason, interim, [f for f in fields
                                     if not ours(f[0], timing)], body


def tokens(fields):
    return [t.strip().lower() for n, v in fields if n == "vary"
            for t in v.split(",") if t.strip()]
