# SPDX-License-Identifier: Apache-2.0
"""nginx in front of httpd.

    with Nginx(server_blocks) as nginx:     # texts with PORT for its own port
        …

Nginx.CACHE is the part of a location that makes it a shared cache; it says in
X-Cache what it did.
"""

import os
import struct

from harness import host
from harness.place import free_port
from harness.tls import make_certificate
from .process import Process, find


class Nginx(Process):
    name = "nginx"

    CACHE = """
        proxy_cache shared;
        proxy_cache_revalidate on;
        add_header X-Cache $upstream_cache_status always;
"""

    def __init__(self, servers):
        super().__init__()
        self.servers = servers
        self.tls_port = None
        # Its worker is another user.
        (self.root / "temp").mkdir()
        os.chmod(self.root / "temp", 0o777)

    def command(self):
        self.tls_port = free_port()
        if "TLS_PORT" in self.servers:
            make_certificate(self.root)
        servers = self.servers.replace("TLS_PORT", str(self.tls_port)) \
            .replace("PORT", str(self.port)).replace("ROOT", str(self.root))
        user = host.server_user()
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        (self.root / "nginx.conf").write_text(
            (f"user {user.pw_name};\n" if user else "") + f"""
daemon off;
worker_processes 1;
pid {self.root}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    server_tokens off;
    proxy_cache_path {self.root}/temp/cache keys_zone=shared:1m
                     use_temp_path=off;
""" + "".join(f"    {kind}_temp_path {self.root}/temp/{kind};\n"
              for kind in kinds) + servers + "}\n")
        return [find("nginx"), "-e", "stderr", "-p", str(self.root),
                "-c", str(self.root / "nginx.conf")]

    def expire(self):
        """Make all that it has stored stale, without waiting: the first
        fields in a file are its version and until when it is fresh."""
        for folder, _, names in os.walk(self.root / "temp/cache"):
            # With a point: it is being written.
            for name in (n for n in names if "." not in n):
                with open(os.path.join(folder, name), "r+b") as f:
                    f.seek(struct.calcsize("N"))
                    f.write(struct.pack("l", 1))
