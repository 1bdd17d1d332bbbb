# SPDX-License-Identifier: Apache-2.0
"""PHP through php-fpm, on a socket that httpd's children may use.

    with PHP() as php:
        ... SetHandler "proxy:unix:{php.socket}|fcgi://localhost" ...
"""

import glob
import os
import socket

from harness import host
from .process import Process, find


class PHP(Process):
    name = "php"

    @property
    def socket(self):
        return self.root / "php.sock"

    def command(self):
        user = host.server_user()
        who = "" if not user else (
            f"user = {user.pw_name}\ngroup = {user.pw_gid}\n"
            f"listen.owner = {user.pw_name}\n")
        (self.root / "fpm.conf").write_text(f"""
[global]
error_log = {self.root}/fpm.log
daemonize = no
[test]
{who}listen = {self.socket}
pm = static
pm.max_children = 2
catch_workers_output = no
""")
        binary = find("php-fpm", *(os.path.basename(path) for path in sorted(
            glob.glob("/usr/sbin/php-fpm*"), reverse=True)))
        # -n: no php.ini, so nothing of the machine's counts.
        return [binary, "-n", "-F", "-y", str(self.root / "fpm.conf"),
                "-d", "display_errors=0", "-d", "log_errors=0"]

    def is_ready(self):
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(str(self.socket))
                return True
            except OSError:
                return False
