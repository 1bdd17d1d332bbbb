# SPDX-License-Identifier: Apache-2.0
"""Requests over HTTP/2, by prior knowledge, after an upgrade or over TLS;
python3-h2."""

import socket

from .client import ClientError, Response


class H2Connection:
    """One connection; requests one after the other.

    upgrade: the bytes of a request of HTTP/1.1 without a body, sent with
    Upgrade: h2c; first is the response, over HTTP/2.
    """

    def __init__(self, port, address="127.0.0.1", timeout=30, tls=None,
                 upgrade=None):
        # Imported here: only the HTTP/2 tests need python3-h2.
        import h2.config
        import h2.connection
        self.host = f"localhost:{port}"
        self.socket = socket.create_connection((address, port), timeout)
        self.scheme = "https" if tls else "http"
        if tls:
            tls.set_alpn_protocols(["h2"])
            self.socket = tls.wrap_socket(self.socket,
                                          server_hostname="localhost")
            if self.socket.selected_alpn_protocol() != "h2":
                raise ClientError("the server has no HTTP/2 over TLS")
        # Tests send what h2 would call wrong: doubles, odd values.
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="latin-1",
            validate_outbound_headers=False,
            normalize_outbound_headers=False))
        if upgrade:
            self._upgrade(upgrade)
        else:
            self.h2.initiate_connection()
            self._flush()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.socket.close()

    def _flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def _upgrade(self, request):
        settings = self.h2.initiate_upgrade_connection()
        self.socket.sendall(
            request[:-2] + b"Connection: Upgrade, HTTP2-Settings\r\n"
            b"Upgrade: h2c\r\nHTTP2-Settings: " + settings + b"\r\n\r\n")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.socket.recv(1)
            if not byte:
                raise ClientError(f"closed early, after {head!r}")
            head += byte
        if not head.startswith(b"HTTP/1.1 101 "):
            raise ClientError(f"no upgrade: {head!r}")
        self._flush()
        self.first = self._answer(1)

    def request(self, method, target, headers=(), body=None, pseudo=()):
        """headers: a dict or pairs, names in lower case. pseudo: more
        pseudo-header fields, such as (":protocol", "websocket")."""
        pairs = list(headers.items() if isinstance(headers, dict)
                     else headers)
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, [
            (":method", method), (":scheme", self.scheme), (":path", target),
            (":authority", self.host), *pseudo, *pairs],
            end_stream=body is None)
        if body is not None:
            self.h2.send_data(stream, body, end_stream=True)
        self._flush()
        return self._answer(stream)

    def _answer(self, stream):
        from h2 import events
        response, interim, data = None, [], b""
        while True:
            for event in self._receive():
                if isinstance(event, events.ConnectionTerminated):
                    raise ClientError(f"GOAWAY {event.error_code}")
                if getattr(event, "stream_id", None) != stream:
                    continue
                if isinstance(event, events.InformationalResponseReceived):
                    interim.append(make_response(event.headers))
                elif isinstance(event, events.ResponseReceived):
                    response = make_response(event.headers)
                elif isinstance(event, events.DataReceived):
                    data += event.data
                    self.h2.acknowledge_received_data(
                        event.flow_controlled_length, stream)
                    self._flush()
                elif isinstance(event, events.StreamReset):
                    error = ClientError(f"RST_STREAM {event.error_code}")
                    if response:
                        response.interim, response.body = interim, data
                        error.response = response
                    raise error
                elif isinstance(event, events.StreamEnded):
                    response.interim, response.body = interim, data
                    return response

    def _receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise ClientError("closed early")
        received = self.h2.receive_data(data)
        self._flush()
        return received


def make_response(headers):
    status = int(dict(headers)[":status"])
    return Response("HTTP/2", status, "", [
        (n, v) for n, v in headers if not n.startswith(":")])
