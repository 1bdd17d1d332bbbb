# SPDX-License-Identifier: Apache-2.0
"""The module's CORS_* variables, as the access log sees them.

    server = start_server(CONFIG + variables.LOG, …)
    r, seen = variables.ask(server, "GET", "/shop/", origin=APP)
    assert seen.result == "allowed"
"""

import itertools
from collections import namedtuple

from .wait import until

# CustomLog at server level; a variable that is unset is logged as "-".
LOG = """
LogFormat "%{X-Test}i|%>s|%{CORS_RESULT}e|%{CORS_POLICY}e|%{CORS_ORIGIN}e" seen
CustomLog ${ROOT}/variables.log seen
"""

Seen = namedtuple("Seen", "status result policy origin")

_numbers = itertools.count(1)


def ask(server, method, target, headers=(), body=None, origin=None):
    """One request: (response, Seen). What is unset is None."""
    number = str(next(_numbers))
    pairs = list(headers.items() if isinstance(headers, dict) else headers)
    r = server.request(method, target, [*pairs, ("X-Test", number)], body,
                       origin)
    return r, find(server, number)


def ask_preflight(server, target, origin, method="PUT", headers=None,
                  extra=()):
    """The same for a preflight; arguments as for Server.preflight."""
    number = str(next(_numbers))
    r = server.preflight(target, origin, method, headers,
                         [*extra, ("X-Test", number)])
    return r, find(server, number)


def find(server, number):
    """The line of the request with this X-Test, once it is there: httpd logs
    when the response has gone."""
    path = server.root / "variables.log"

    def line():
        lines = path.read_text("latin-1").split("\n")[:-1]
        return next((line for line in reversed(lines)
                     if line.startswith(number + "|")), None)

    return Seen(*(None if v == "-" else v for v in until(
        line, lambda: f"not in {path}: {number}").split("|", 4)[1:]))
