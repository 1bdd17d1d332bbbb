# SPDX-License-Identifier: Apache-2.0
"""Redis and memcached, for caches that several servers share."""

import os
from pathlib import Path

from .process import Process, find


class Store(Process):
    def is_asked(self):
        """Has somebody sent it what it has not read?"""
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, _, _, queues, *_ = line.split()
            if local.endswith(f":{self.port:04X}") \
                    and int(queues.partition(":")[2], 16):
                return True
        return False


class Redis(Store):
    name = "redis"

    def command(self):
        return [find("redis-server"), "--bind", "127.0.0.1",
                "--port", str(self.port), "--save", "", "--appendonly", "no",
                "--dir", str(self.root)]


class Memcached(Store):
    name = "memcached"

    def command(self):
        return [find("memcached"), "-l", "127.0.0.1", "-p", str(self.port),
                "-U", "0", "-m", "16"] + (
                    ["-u", "nobody"] if os.getuid() == 0 else [])
