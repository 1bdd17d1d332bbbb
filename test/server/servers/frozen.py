# SPDX-License-Identifier: Apache-2.0
"""Processes that take connections, by the kernel, and never answer."""

import contextlib
import os
import signal
from pathlib import Path

from harness.wait import until


def _is_stopped(pid):
    """Each thread: another processor's may go on for a moment, and answer."""
    return all(stat.read_text().rpartition(")")[2].split()[0] == "T"
               for stat in Path(f"/proc/{pid}/task").glob("*/stat"))


def freeze(*pids):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    for pid in pids:
        until(lambda: _is_stopped(pid), lambda: f"{pid} does not stop")


def thaw(*pids):
    """More than once, too."""
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def frozen(*pids):
    """To the end, if nobody thaws them before."""
    try:
        freeze(*pids)
        yield
    finally:
        thaw(*pids)


@contextlib.contextmanager
def waiting(server, target, origin, frozen_server):
    """The connection of a request that has asked a frozen server."""
    with server.connect() as connection:
        connection.send(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n"
                        f"Origin: {origin}\r\n\r\n".encode())
        until(frozen_server.is_asked)
        yield connection
