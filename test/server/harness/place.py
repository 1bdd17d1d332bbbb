# SPDX-License-Identifier: Apache-2.0
"""Directories and ports for servers, whatever the machine's settings are and
whoever else runs tests on it.
"""

import os
import random
import socket
import tempfile
from pathlib import Path

# The longest name of a socket is 107 bytes. Below a directory of ours stands
# at most run/cgid.sock.PID, and its own name takes some thirty.
LONGEST = 48

# Below the ports that Linux gives to clients, any of which could take one that
# was found free before its server has bound it.
FIRST, BLOCKS, SIZE = 20000, 120, 100


def passable(directory):
    """Can every user reach what is in it?"""
    path = Path(directory).resolve()
    return all(p.stat().st_mode & 0o001 for p in (path, *path.parents))


def base_directory():
    """Where temporary files go, unless that is of no use to a server: its name
    is too long for a socket, or the server's user cannot get there."""
    chosen = tempfile.gettempdir()
    if len(os.fsencode(chosen)) <= LONGEST and passable(chosen):
        return chosen
    return "/tmp"


def new_directory(prefix="cors-test-"):
    """One that the server's user can reach."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=base_directory()))
    path.chmod(0o755)
    return path


class _Ports:
    """A block of ports that is ours until this process ends: we hold a socket
    with its name. Names of the kind go with their process, whatever its end,
    and hold for all users of the ports."""

    def __init__(self):
        self.pid = os.getpid()
        blocks = list(range(BLOCKS))
        random.SystemRandom().shuffle(blocks)
        for block in blocks:
            self.holder = socket.socket(socket.AF_UNIX)
            try:
                self.holder.bind(f"\0cors-test-ports-{block}")
            except OSError:
                self.holder.close()
                continue
            self.first = FIRST + block * SIZE
            self.next = 0
            return
        raise RuntimeError("all ports for tests are taken")

    def free(self):
        for _ in range(SIZE):
            port = self.first + self.next
            self.next = (self.next + 1) % SIZE
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    s.bind(("127.0.0.1", port))
                    s.listen()
                    return port
                except OSError:
                    pass
        raise RuntimeError(f"no port is free from {self.first} on")


_ports = None


def free_port():
    """One where nobody listens, and no other run of the tests will."""
    global _ports
    if _ports is None or _ports.pid != os.getpid():
        _ports = _Ports()
    return _ports.free()
