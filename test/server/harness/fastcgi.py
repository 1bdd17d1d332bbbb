# SPDX-License-Identifier: Apache-2.0
"""A FastCGI application behind mod_proxy_fcgi that says what a test wants.

    app = FastCGI()                    # in a fixture; app.close() after
    app.answer = "Status: 200 OK\\nContent-Type: text/plain\\n\\nhi"
    ... ProxyPass /app fcgi://127.0.0.1:{app.port}/ ...
"""

import socketserver
import struct
import threading

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
AUTHORIZER = 2


class _Handler(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self):
        last = STDIN
        while True:
            head = self.rfile.read(8)
            if len(head) < 8:
                return
            _, kind, request, length, padding, _ = struct.unpack("!BBHHBB",
                                                                 head)
            body = self.rfile.read(length + padding)
            if kind == BEGIN and body[1] == AUTHORIZER:
                last = PARAMS           # it is sent no body
            if kind == last and not length:
                break
        body = self.server.app.answer.replace("\n", "\r\n").encode("latin-1")
        self._write(STDOUT, request, body)
        self._write(STDOUT, request, b"")
        self._write(END, request, bytes(8))

    def _write(self, kind, request, body):
        self.wfile.write(struct.pack("!BBHHBB", 1, kind, request, len(body),
                                     0, 0) + body)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class FastCGI:
    def __init__(self):
        self.answer = "Content-Type: text/plain\n\nfastcgi"
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.app = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever,
                         kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
