# SPDX-License-Identifier: Apache-2.0
"""A server's directory that is only ever checked, for test_htaccess_*.py."""

import os
import re
import shutil

import pytest

from harness.config import ConfigTest, make_tree, run_httpd, write_config
from harness.place import new_directory

# place, severity, number, text
LINE = re.compile(r"(?m)^(\S.*?): (error|warning): (CORS\d+): (.*)$")
MODULES = ["headers", "macro", "auth_basic", "authn_core", "authz_user"]


class Tree:
    def __init__(self):
        self.root = new_directory()
        make_tree(self.root)
        self.htdocs = self.root / "htdocs"
        self.config = ""

    def write(self, name, content):
        path = self.htdocs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes)
                         else content.encode())
        return path

    def write_config(self):
        return write_config(self.root, self.config, port=1, modules=MODULES)

    def check(self, *args):
        """Of the output, paths begin below the server's root."""
        r = run_httpd(self.write_config(), "-t", "-D", "CHECK_CORS_HTACCESS",
                      *args)
        return ConfigTest(r.code, *(part.replace(f"{self.root}/", "")
                                    for part in r[1:]))

    def found(self, code=None):
        """[(place, number)] in order; checks the exit code with them."""
        r = self.check()
        lines = LINE.findall(r.stderr)
        errors = any(severity == "error" for _, severity, _, _ in lines)
        assert (r.code != 0) == errors, r.output
        assert code is None or (r.code != 0) == code, r.output
        return [(place, number) for place, _, number, _ in lines]


@pytest.fixture
def tree():
    t = Tree()
    yield t
    for path, directories, _ in os.walk(t.root):
        for name in directories:
            p = os.path.join(path, name)
            if not os.path.islink(p):
                os.chmod(p, 0o755)
    shutil.rmtree(t.root)
