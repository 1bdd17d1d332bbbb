# SPDX-License-Identifier: Apache-2.0
"""Starts a server that is not ours, in a directory of its own.

    class Nginx(Process):
        def command(self): …write files to self.root; return the command line

    with Nginx() as nginx:          # it answers on nginx.port
        …
"""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from harness import host
from harness.client import Connection
from harness.place import free_port, new_directory
from harness.wait import tries


class Process:
    """root: its directory; port: where it listens, on 127.0.0.1."""

    name = "server"
    stop_signal = signal.SIGTERM

    def __init__(self):
        self.root = new_directory(f"cors-test-{self.name}-")
        self.process = None
        self.port = None

    def command(self):
        """Write the configuration for self.port; return the command line."""
        raise NotImplementedError

    def is_ready(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def is_asked(self):
        """Has somebody sent it what it has not read?"""
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, _, _, queues, *_ = line.split()
            if local.endswith(f":{self.port:04X}") \
                    and int(queues.partition(":")[2], 16):
                return True
        return False

    def said(self):
        return (self.root / "output.log").read_text(errors="replace")

    def __enter__(self):
        for _ in range(5):
            self.port = free_port()
            if self._start_once():
                return self
            # Somebody else took the port in between.
            if "in use" not in self.said():
                break
        said = self.said()
        self._remove()
        raise RuntimeError(f"{self.name} did not start:\n{said}")

    def _start_once(self):
        command = self.command()
        with open(self.root / "output.log", "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.root, start_new_session=True,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")
                     + ":/usr/sbin", "LANG": "C"})
        for _ in tries(0.01):
            if self.process.poll() is not None:
                return False
            if self.is_ready():
                return True
        self._end()
        return False

    def __exit__(self, *exc):
        ended = self.process.poll() is not None
        said = self.said()
        try:
            self._end()
        finally:
            self._remove()
        assert not ended, f"{self.name} had ended by itself:\n{said[-4000:]}"

    def _end(self):
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(host.PATIENCE)
            except subprocess.TimeoutExpired:
                pass
        # Its session is its own: only its children can be left there.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def _remove(self):
        if os.environ.get("CORS_TEST_KEEP") != "1":
            shutil.rmtree(self.root, ignore_errors=True)

    def request(self, method, target, headers=(), body=None, tls=None,
                port=None):
        """One request on a connection of its own."""
        with Connection(port or self.port, tls=tls) as connection:
            return connection.request(
                method, target, [*headers, ("Connection", "close")], body)


def find(*names):
    """The path of a program that setup.sh installs."""
    path = os.environ.get("PATH", "/usr/bin") + ":/usr/sbin:/usr/local/sbin"
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    raise RuntimeError(f"no {names[0]}: run test/run server")
