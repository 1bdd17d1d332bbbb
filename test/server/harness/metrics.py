# SPDX-License-Identifier: Apache-2.0
"""The module's counters, as its own page tells them.

    CONFIG = '''…
    <Location /metrics>
        SetHandler cors-metrics
    </Location>
    '''
    before = metrics.read(server)
    …
    assert metrics.read(server) - before == {
        metrics.key("requests", "shop", "allowed"): 1}
"""

import re

SAMPLE = re.compile(r'(\w+)\{(.*)\} (\d+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Counts(dict):
    """{(name, ((label, value), …)): number}; what is 0 is left out."""

    def __sub__(self, before):
        return Counts({k: v - before.get(k, 0) for k, v in self.items()
                       if v != before.get(k, 0)})


def key(name, policy, result=None, reason="none"):
    labels = [("policy", policy)]
    if result:
        labels += [("result", result), ("reason", reason)]
    return f"cors_{name}_total", tuple(labels)


def parse(text):
    counts = Counts()
    for line in text.splitlines():
        m = SAMPLE.fullmatch(line)
        if m and m.group(3) != "0":
            counts[m.group(1), tuple(LABEL.findall(m.group(2)))] = \
                int(m.group(3))
    counts.pop(next((k for k in counts if k[0] == "cors_build_info"), None),
               None)
    return counts


def read(server, target="/metrics"):
    r = server.get(target)
    assert r.status == 200, r
    return parse(r.text)
