# SPDX-License-Identifier: Apache-2.0
"""An application behind mod_proxy_scgi or mod_proxy_uwsgi.

    app = Gateway("scgi")              # in a fixture; app.close() after
    app.answer = "Status: 200 OK\\nContent-Type: text/plain\\n\\nhi"
    ... ProxyPass /app scgi://127.0.0.1:{app.port}/ ...
"""

import socketserver
import threading


class _Handler(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self):
        if self.server.app.protocol == "scgi":
            # A netstring: its length, a colon, the variables, a comma.
            length = b""
            while not length.endswith(b":"):
                length += self.rfile.read(1)
            self.rfile.read(int(length[:-1]) + 1)
        else:
            # A number, the size of the variables, another number.
            head = self.rfile.read(4)
            self.rfile.read(int.from_bytes(head[1:3], "little"))
        answer = self.server.app.answer.replace("\n", "\r\n")
        if self.server.app.protocol == "uwsgi":
            answer = answer.replace("Status:", "HTTP/1.1", 1)
        self.wfile.write(answer.encode("latin-1"))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class Gateway:
    def __init__(self, protocol):
        self.protocol = protocol
        self.answer = "Status: 200 OK\nContent-Type: text/plain\n\ngateway"
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.app = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever,
                         kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
