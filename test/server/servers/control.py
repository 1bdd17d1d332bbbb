# SPDX-License-Identifier: Apache-2.0
"""The same httpd twice, with mod_cors and without: what the module does not
say must be byte for byte what it is without the module.

    pair = Pair(start_server, CONFIG, mpm=mpm, modules=[…])
    r = pair.ask("GET", "/api/x", origin=APP)       # compares, returns ours

What stands in <IfModule cors_module> in CONFIG is for the one alone.
"""


def is_cors(name):
    return name.lower().startswith("access-control-")


# Of the clock, and what is judged by itself.
NOT_COMPARED = {"date", "age", "vary"}


def others(r, ignore=()):
    """What the module has no say in."""
    return (r.version, r.status, r.reason, r.body,
            [(n, v) for n, v in r.headers
             if n.lower() not in NOT_COMPARED and n.lower() not in ignore
             and not is_cors(n)])


def check_vary(r, control, adds=True):
    """Vary is the control's, and Origin where it should be; nothing twice."""
    assert len(r.vary) == len(set(r.vary)), r.all("Vary")
    want = set(control.vary)
    if "*" in want:
        want = {"*"}
    elif adds:
        want.add("origin")
        if r.status == 304:
            want.add("accept-encoding")
    assert set(r.vary) == want, (r.all("Vary"), control.all("Vary"))
    if adds:
        assert len(r.all("Vary")) <= 1


class Pair:
    HOST = "www.example"

    def __init__(self, start_server, config, **options):
        # Redirects name it, with its port.
        options.setdefault("server_name", "www.example:80")
        self.cors = start_server(config, **options)
        self.control = start_server(config, cors=False, **{
            **options, "log_level": "warn"})
        self.both = (self.cors, self.control)

    def write(self, name, content, mode=0o644):
        for server in self.both:
            server.write(name, content, mode)

    def expect_log(self, pattern):
        for server in self.both:
            server.expect_log(pattern)

    def ask(self, method, target, headers=(), body=None, origin=None,
            ignore=(), vary=True):
        """The response with the module, compared with the one without.
        ignore: names in lower case that may differ; vary: whether the module
        adds Origin to it."""
        pairs = [("Host", self.HOST), *headers]
        ours, control = (server.request(method, target, pairs, body, origin)
                         for server in self.both)
        assert others(ours, ignore) == others(control, ignore)
        check_vary(ours, control, vary)
        ours.cors                                   # each at most once
        ours.control = control
        return ours
