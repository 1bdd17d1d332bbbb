# SPDX-License-Identifier: Apache-2.0
"""Express with its own cors package: test/backends/express.mjs.

    with Express() as express:
        ... ProxyPass /api http://127.0.0.1:{express.port} ...
        assert express.seen() == ["GET /listed/item"]
"""

import json

from harness.host import ROOT
from .process import Process, find


class Express(Process):
    name = "express"

    def command(self):
        directory = ROOT / "test/backends"
        if not (directory / "node_modules/express").exists():
            raise RuntimeError(f"no Express in {directory}: run test/run")
        return [find("node", "nodejs"), str(directory / "express.mjs"),
                str(self.port)]

    def seen(self):
        """The requests since the last call, as "METHOD path"."""
        return json.loads(self.request("GET", "/seen").body)
