# SPDX-License-Identifier: Apache-2.0
"""Redis and memcached, for caches that several servers share."""

import os

from .process import Process, find


class Redis(Process):
    name = "redis"

    def command(self):
        return [find("redis-server"), "--bind", "127.0.0.1",
                "--port", str(self.port), "--save", "", "--appendonly", "no",
                "--dir", str(self.root)]


class Memcached(Process):
    name = "memcached"

    def command(self):
        return [find("memcached"), "-l", "127.0.0.1", "-p", str(self.port),
                "-U", "0", "-m", "16"] + (
                    ["-u", "nobody"] if os.getuid() == 0 else [])
