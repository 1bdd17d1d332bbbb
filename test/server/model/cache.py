# SPDX-License-Identifier: Apache-2.0
"""A shared cache (RFC 9111) as careless as it may be: it keeps everything for
ever, honours Vary, and asks with every ETag that it has for a URL."""

from collections import namedtuple

# selecting: the request headers that Vary named; headers: pairs
Stored = namedtuple("Stored", "selecting status headers")


def values(pairs, name):
    return [v for n, v in pairs if n.lower() == name.lower()]


def vary(headers):
    return {t.strip().lower() for v in values(headers, "Vary")
            for t in v.split(",") if t.strip()}


class Cache:
    def __init__(self, send, revalidates=False):
        """send(method, headers) -> Response. revalidates: every use of a
        stored response asks the server first."""
        self.send = send
        self.revalidates = revalidates
        self.stored = []
        self.hits = 0
        self.freshened = 0

    def _store(self, request, status, headers):
        names = vary(headers)
        if "*" in names:
            return
        selecting = {n: values(request, n) for n in names}
        # An updated response is selected by what its Vary now names.
        self.stored = [s for s in self.stored if s.selecting != selecting]
        self.stored.append(Stored(selecting, status, headers))

    def _freshen(self, stored, headers):
        """RFC 9111, section 3.2: the new fields replace the old; what the 304
        lacks stays."""
        new = {n.lower() for n, _ in headers} - {"content-length"}
        return [(n, v) for n, v in stored.headers if n.lower() not in new] \
            + [(n, v) for n, v in headers if n.lower() in new]

    def get(self, request):
        """A GET through the cache: (status, headers)."""
        for stored in self.stored:
            if all(values(request, n) == v
                   for n, v in stored.selecting.items()) \
                    and not self.revalidates:
                self.hits += 1
                return stored.status, stored.headers
        tags = [t for s in self.stored for t in values(s.headers, "ETag")]
        asked = list(request)
        if tags:
            asked.append(("If-None-Match", ", ".join(dict.fromkeys(tags))))
        r = self.send("GET", asked)
        if r.status != 304:
            self._store(request, r.status, r.headers)
            return r.status, r.headers
        # The newest that has this ETag is freshened and used.
        for stored in reversed(self.stored):
            if values(stored.headers, "ETag") == r.all("ETag"):
                headers = self._freshen(stored, r.headers)
                self.freshened += 1
                self._store(request, stored.status, headers)
                return stored.status, headers
        raise AssertionError(f"304 for no ETag that was sent: {r}")
