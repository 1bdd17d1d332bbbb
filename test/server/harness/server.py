# SPDX-License-Identifier: Apache-2.0
"""Starts and stops one httpd, in a directory of its own: see place.py.

Not below the source tree nor below pytest's own directory: the server's user
must be able to reach it, and both may be closed to other users.
"""

import os
import shutil
import signal
import socket
import subprocess

from . import host
from .client import Connection
from .config import make_tree, run_httpd, write_config
from .h2client import H2Connection
from .log import ErrorLog
from .place import free_port, new_directory
from .tls import (client_context, make_certificate,
                  make_client_certificates)
from .wait import tries


class StartError(Exception):
    """httpd did not start; the text is what it said."""


class Server:
    """One httpd. config: text of test.conf; see start() for what it needs.

    Options: mpm ("event", "prefork", "worker"), modules (names without mod_;
    "cgi" stands for mod_cgi or mod_cgid), log_level, server_name, cors=False
    for a server without mod_cors, overrides (AllowOverride in htdocs; All
    where it is not given), expect_log: patterns of faults that are no
    fault in any test, files: {name below htdocs: text}; tls=True: listens on
    a second port too, ${TLS_PORT}, with mod_ssl and a certificate in
    ${ROOT}/tls.crt and tls.key (SSLEngine is the test's to turn on);
    tls="clients": and certificates for clients, see tls.py; environment: of
    httpd itself.
    """

    def __init__(self, config, expect_log=(), files=None, tls=False,
                 environment=None, **options):
        self.config = config
        self.environment = environment or {}
        self.options = options
        self.root = new_directory()
        make_tree(self.root)
        self.htdocs = self.root / "htdocs"
        self.log = ErrorLog(self.root / "error.log", expect_log)
        self.process = None
        self.port = None
        self.tls_port = None
        self.tls = tls
        if tls:
            make_certificate(self.root)
        if tls == "clients":
            make_client_certificates(self.root)
        for name, text in (files or {}).items():
            self.write(name, text)

    # --- running ------------------------------------------------------------

    def start(self):
        for _ in range(10):
            self.port = free_port()
            self.tls_port = free_port() if self.tls else None
            try:
                self._start_once()
                return self
            except StartError as e:
                # Somebody else took the port in between.
                if "Address already in use" not in str(e):
                    raise
                self.log.path.unlink(missing_ok=True)
        raise StartError("no free port in ten tries")

    def _write_config(self):
        return write_config(self.root, self.config, port=self.port,
                            tls_port=self.tls_port, **self.options)

    def _start_once(self):
        path = self._write_config()
        with open(self.root / "stderr.log", "wb") as stderr:
            self.process = subprocess.Popen(
                [host.httpd(), "-f", str(path), "-DFOREGROUND"],
                stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                env={**host.environment(), **self.environment},
                start_new_session=True)
        self._wait_until_running(1)

    def _wait_until_running(self, times):
        """Until httpd said so this many times and accepts connections."""
        for _ in tries(0.005):
            ready = self.log.everything().count("resuming normal operations")
            if ready >= times and self._accepts() and self._cgid_ready():
                return
            if self.process.poll() is not None:
                said = (self.root / "stderr.log").read_text(errors="replace")
                self.process = None
                raise StartError(f"httpd ended:\n{said}"
                                 + self.log.everything())
        self._kill()
        raise StartError("httpd is not ready in time:\n"
                         + self.log.everything())

    def _accepts(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def _cgid_ready(self):
        if "cgi" not in self.options.get("modules", ()) \
                or self.options.get("mpm", "event") == "prefork":
            return True
        return any((self.root / "run").glob("cgid.sock*"))

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def restart(self, config=None, graceful=False):
        """Restart, with a new configuration if one is given.

        After a graceful one the old children may still take a connection or
        two: poll for what the test wants to see.
        """
        if config is not None:
            self.config = config
            self._write_config()
        before = self.log.everything()
        self.process.send_signal(signal.SIGUSR1 if graceful
                                 else signal.SIGHUP)
        self._wait_until_running(
            before.count("resuming normal operations") + 1)
        if self._is_threaded() and not graceful:
            self.log.forgive_shutdown(before)

    def stop(self):
        """Stop, look at the log a last time, remove everything."""
        try:
            if self.process is not None:
                ended_early = self.process.poll() is not None
                if ended_early:
                    self._kill()    # children that it left
                else:
                    at_once = self._is_threaded() and not self.log.faults()
                    self._terminate()
                assert not ended_early, ("httpd had ended by itself:\n"
                                         + self.log.everything()[-4000:])
                self.log.check(stopped_at_once=at_once)
        finally:
            if os.environ.get("CORS_TEST_KEEP") != "1":
                shutil.rmtree(self.root, ignore_errors=True)

    def _is_threaded(self):
        return self.options.get("mpm") != "prefork"

    def _stop_signal(self):
        # A prefork child that is to stop at once aborts while its request has
        # a connection to a database, which it may have a moment longer than
        # the client waits: mod_dbd's pool is younger than the request's, so it
        # goes first, and APR's list of connections finds one missing.
        if self.options.get("mpm") == "prefork" \
                and "dbd" in self.options.get("modules", ()):
            return signal.SIGWINCH
        return signal.SIGTERM

    def _terminate(self):
        self.process.send_signal(self._stop_signal())
        try:
            self.process.wait(host.PATIENCE)
        except subprocess.TimeoutExpired:
            self._kill()
            raise AssertionError("httpd did not stop when told to") from None
        self.process = None

    def _kill(self):
        # Its session is its own, so the group holds its children only.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process = None

    def configtest(self):
        """What `httpd -t` says of this server's own configuration."""
        return run_httpd(self.root / "httpd.conf", "-t")

    # --- the log ------------------------------------------------------------

    def place(self, line, after=None, nth=1):
        """file:line of a line of the test's configuration: of the first one,
        or nth, behind another line."""
        lines = [text.strip() for text in
                 (self.root / "test.conf").read_text().splitlines()]
        start = lines.index(after) if after else 0
        found = [number for number, text in enumerate(lines[start:], start + 1)
                 if text == line]
        return f"{self.root}/test.conf:{found[nth - 1]}"

    def expect_log(self, pattern):
        """This test may cause faults in the log that match."""
        self.log.expect(pattern)

    def wait_log(self, pattern):
        """Wait for a line that matches; return the match."""
        return self.log.wait_for(pattern)

    # --- files --------------------------------------------------------------

    def write(self, name, content, mode=0o644):
        """Write a file below htdocs, with the directories above it."""
        path = self.htdocs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: a running httpd may read it meanwhile.
        part = path.with_name(path.name + ".part")
        part.write_bytes(content if isinstance(content, bytes)
                         else content.encode())
        part.chmod(mode)
        part.replace(path)
        return path

    def write_cgi(self, name, headers="Content-Type: text/plain",
                  body="hello", commands=""):
        """Write a CGI script (the name should end in .cgi) that notes each
        run for ran(). headers: text, one field a line, Status: among them if
        wanted. commands: lines of sh to run between the note and the answer.
        """
        return self.write(name, "\n".join([
            "#!/bin/sh",
            f"echo \"{name} $REQUEST_METHOD\" >>{self.root}/ran.log",
            commands,
            "cat <<'END-OF-ANSWER'",
            headers.strip("\n"), "", body,
            "END-OF-ANSWER", ""]), mode=0o755)

    def ran(self, name):
        """The methods with which a CGI script ran, in order."""
        lines = (self.root / "ran.log").read_text().splitlines()
        return [m for n, _, m in (line.partition(" ") for line in lines)
                if n == name]

    # --- requests -----------------------------------------------------------

    def connect(self, tls=False, **options):
        """A connection that stays open; see client.Connection."""
        if tls:
            return Connection(self.tls_port, tls=client_context(), **options)
        return Connection(self.port, **options)

    def connect_h2(self, tls=False, **options):
        """An HTTP/2 connection (mod_http2; Protocols h2c, or h2 with TLS)."""
        if tls:
            return H2Connection(self.tls_port, tls=client_context())
        return H2Connection(self.port, **options)

    def request(self, method, target, headers=(), body=None, origin=None,
                tls=False):
        """One request on a connection of its own."""
        pairs = list(headers.items() if isinstance(headers, dict)
                     else headers)
        if origin is not None:
            pairs.append(("Origin", origin))
        pairs.append(("Connection", "close"))
        with self.connect(tls) as connection:
            return connection.request(method, target, pairs, body)

    def get(self, target, origin=None, headers=()):
        return self.request("GET", target, headers, origin=origin)

    def preflight(self, target, origin, method="PUT", headers=None, extra=()):
        """headers: the value of Access-Control-Request-Headers, if any;
        extra: other header fields."""
        pairs = [("Access-Control-Request-Method", method)]
        if headers is not None:
            pairs.append(("Access-Control-Request-Headers", headers))
        return self.request("OPTIONS", target, pairs + list(
            extra.items() if isinstance(extra, dict) else extra),
            origin=origin)
