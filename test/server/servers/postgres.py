# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL, which does not run as root."""

import os
import signal
import subprocess
from pathlib import Path

from harness import host

from .process import Process, find


def program(name):
    """Debian keeps them out of the way, by version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else find(name)


class Postgres(Process):
    name = "postgres"
    # SIGTERM waits until every client has gone.
    stop_signal = signal.SIGINT

    def as_user(self):
        user = host.server_user()
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}",
                "--clear-groups"] if user else []

    def command(self):
        data = self.root / "data"
        if not data.exists():
            data.mkdir(mode=0o700)
            user = host.server_user()
            if user:
                os.chown(data, user.pw_uid, user.pw_gid)
            subprocess.run([*self.as_user(), program("initdb"), "-D", data,
                            "-A", "trust", "-U", "test", "-N",
                            "--locale=C"], check=True, capture_output=True,
                           cwd="/")
        return [*self.as_user(), program("postgres"), "-D", str(data),
                "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
                "-c", "unix_socket_directories=", "-c", "fsync=off"]

    def is_ready(self):
        return super().is_ready() and self.sql("SELECT 1").returncode == 0

    def sql(self, text):
        return subprocess.run([program("psql"), "-h", "127.0.0.1",
                               "-p", str(self.port), "-U", "test", "-qAt",
                               "-c", text, "postgres"],
                              text=True, capture_output=True)

    def restart(self):
        self._end()
        assert self._start_once(), self.said()

    def backends(self):
        """The processes that serve others' connections."""
        done = self.sql("SELECT pid FROM pg_stat_activity WHERE backend_type ="
                        " 'client backend' AND pid <> pg_backend_pid()")
        return [int(pid) for pid in done.stdout.split()]

    def break_connections(self):
        """As a restart does, or whoever cuts idle ones."""
        done = self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE pid <> pg_backend_pid()"
                        " AND backend_type = 'client backend'")
        assert "t" in done.stdout.split(), done
