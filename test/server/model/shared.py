# SPDX-License-Identifier: Apache-2.0
"""A shared cache by RFC 9111, with a clock of its own. (cache.py is one that
is as careless as it may be.) Sections named below are that RFC's.

    cache = SharedCache(send)           # send(method, target, headers)
    r = cache.request("GET", "/a", [("Origin", …)])
    r.cache                             # "hit", "miss", "revalidated", "pass"
    cache.now += 10

across=True: where none of what it has may be chosen, it asks whether one of
them would do after all, as browsers do (section 4.1, "with preconditions
added").
"""

import re
from email.utils import parsedate_to_datetime

from harness.client import Response

CONDITIONS = {"if-none-match", "if-modified-since", "if-range"}
UNSAFE = {"POST", "PUT", "DELETE", "PATCH"}


def values(pairs, name):
    return [v for n, v in pairs if n.lower() == name.lower()]


def without(pairs, names):
    return [(n, v) for n, v in pairs if n.lower() not in names]


def tokens(pairs, name):
    return [t.strip() for v in values(pairs, name) for t in v.split(",")
            if t.strip()]


def directives(pairs):
    """Cache-Control, as {name: value or None}."""
    found = {}
    for token in tokens(pairs, "Cache-Control"):
        name, _, value = token.partition("=")
        found[name.lower()] = value.strip('"') or None
    return found


def opaque(tag):
    """For the weak comparison."""
    return tag.removeprefix("W/")


class Stored:
    """One response, and the request that it answered."""

    def __init__(self, request, response, now):
        self.request = request
        self.status = response.status
        self.reason = response.reason
        self.headers = without(response.headers, {"connection", "keep-alive"})
        self.body = response.body
        self.set_time(now)

    def set_time(self, now):
        """Section 4.2.3: the age that it has already, and since when."""
        self.time = now - int((values(self.headers, "Age") or ["0"])[0])

    @property
    def vary(self):
        return {t.lower() for t in tokens(self.headers, "Vary")}

    @property
    def tag(self):
        return (values(self.headers, "ETag") or [None])[0]

    def matches(self, request):
        """Section 4.1."""
        vary = self.vary
        return "*" not in vary and all(
            tokens(self.request, n) == tokens(request, n) for n in vary)

    def lifetime(self):
        """Section 4.2.1; nothing is guessed."""
        control = directives(self.headers)
        for name in ("s-maxage", "max-age"):
            if control.get(name, "").isdigit():
                return int(control[name])
        return 0

    def is_fresh(self, now):
        return "no-cache" not in directives(self.headers) \
            and now - self.time < self.lifetime()

    def update(self, headers, now):
        """Section 3.2: new fields replace the old of that name; what is not
        there stays."""
        new = without(headers, {"content-length", "transfer-encoding",
                                "connection", "keep-alive"})
        self.headers = without(self.headers, {n.lower() for n, _ in new}) + new
        self.set_time(now)


class SharedCache:
    def __init__(self, send, across=False):
        self.send = send
        self.across = across
        self.stored = {}
        self.now = 0

    # --- what it keeps ------------------------------------------------------

    def _select(self, target, request):
        """The newest that could be chosen for this request."""
        found = [s for s in self.stored.get(target, ()) if s.matches(request)]
        return max(found, key=lambda s: s.time, default=None)

    def _may_store(self, request, response):
        """Section 3."""
        control = directives(response.headers)
        if response.status in (206, 304) or "no-store" in control \
                or "private" in control or "*" in response.vary:
            return False
        if values(request, "Authorization") and not (
                control.keys() & {"public", "s-maxage", "must-revalidate"}):
            return False
        return bool(control.keys() & {"max-age", "s-maxage", "no-cache"})

    def _store(self, target, request, response):
        if not self._may_store(request, response):
            return
        new = Stored(request, response, self.now)
        kept = [s for s in self.stored.get(target, ())
                if not (s.vary == new.vary and s.matches(request))]
        self.stored[target] = kept + [new]

    def _freshen(self, target, request, response):
        """Section 4.3.4: of those that could be chosen for the request, all
        with the strong validator, or else the newest with the weak one."""
        found = sorted((s for s in self.stored.get(target, ())
                        if s.matches(request)), key=lambda s: s.time)
        tag = response.one("ETag")
        if tag and not tag.startswith("W/"):
            found = [s for s in found if s.tag == tag]
        elif tag:
            found = [s for s in found if opaque(s.tag or "") == opaque(tag)]
            found = found[-1:]
        else:
            found = found if len(found) == 1 and not found[0].tag else []
        for stored in found:
            stored.update(response.headers, self.now)
        return found

    def _look_at_head(self, target, request, response):
        """Section 4.3.5: a HEAD tells of the GET's response."""
        for stored in self.stored.get(target, ()):
            if not stored.matches(request):
                continue
            if stored.tag == response.one("ETag") and values(
                    stored.headers, "Content-Length") == response.all(
                        "Content-Length"):
                stored.update(response.headers, self.now)
            else:
                stored.time = -10 ** 9      # stale

    # --- what it answers ----------------------------------------------------

    def _deliver(self, method, request, stored, how):
        """Section 4.3.2: the client's own conditions are the cache's."""
        status, reason, body = stored.status, stored.reason, stored.body
        headers = without(stored.headers, {"age", "transfer-encoding"})
        headers.append(("Age", str(int(self.now - stored.time))))
        tags = tokens(request, "If-None-Match")
        since = values(request, "If-Modified-Since")
        changed = values(stored.headers, "Last-Modified")
        if status == 200 and tags:
            same = "*" in tags or opaque(stored.tag or "-") in map(opaque,
                                                                   tags)
        else:
            same = status == 200 and since and changed and (
                parsedate_to_datetime(changed[0])
                <= parsedate_to_datetime(since[0]))
        if same:
            status, reason, body = 304, "Not Modified", b""
        r = Response("HTTP/1.1", status, reason, headers)
        r.body = b"" if method == "HEAD" else body
        r.cache = how
        return r

    def _forward(self, method, target, request):
        r = self.send(method, target, request)
        r.cache = "pass"
        if method in UNSAFE and r.status < 400:
            self.stored.pop(target, None)                   # section 4.4
        return r

    def _revalidate(self, method, target, request, stored):
        """Section 4.3.1, with the stored response's validators."""
        asked = without(request, CONDITIONS)
        if stored.tag:
            asked.append(("If-None-Match", stored.tag))
        for date in values(stored.headers, "Last-Modified"):
            asked.append(("If-Modified-Since", date))
        r = self.send("GET", target, asked)
        if r.status == 304:
            found = self._freshen(target, request, r)
            assert found, f"304 for none of those asked for: {r}"
            return self._deliver(method, request, found[-1], "revalidated")
        return self._receive(method, target, request, r)

    def _adopt(self, target, request):
        """Section 4.3.1, with the validators of all that it has; a 304 tells
        by its own which of them is the answer."""
        known = {s.tag: s for s in self.stored.get(target, ()) if s.tag}
        r = self.send("GET", target, without(request, CONDITIONS) + [
            ("If-None-Match", ", ".join(known))])
        if r.status != 304:
            return self._receive("GET", target, request, r)
        old = known[r.one("ETag")]
        new = Stored(request, Response("HTTP/1.1", old.status, old.reason,
                                       old.headers), self.now)
        new.body = old.body
        new.update(r.headers, self.now)
        self.stored[target].append(new)
        return self._deliver("GET", request, new, "adopted")

    def _receive(self, method, target, request, r):
        """A whole response: store it, and answer from it."""
        self._store(target, request, r)
        return self._deliver(method, request, Stored(request, r, self.now),
                             "miss")

    def request(self, method, target, headers=()):
        request = list(headers)
        if method not in ("GET", "HEAD") or values(request, "Range"):
            return self._forward(method, target, request)
        stored = self._select(target, request)
        if stored and stored.is_fresh(self.now) and not re.search(
                r"no-cache|no-store|max-age=0", ",".join(
                    values(request, "Cache-Control"))):
            return self._deliver(method, request, stored, "hit")
        if stored and (stored.tag or values(stored.headers, "Last-Modified")):
            return self._revalidate(method, target, request, stored)
        if self.across and method == "GET" and not stored and any(
                s.tag for s in self.stored.get(target, ())):
            return self._adopt(target, request)
        # Nothing to compare: the client's conditions go on as they are.
        r = self.send(method, target, request)
        r.cache = "miss"
        if r.status == 304:
            self._freshen(target, request, r)
        elif method == "HEAD":
            self._look_at_head(target, request, r)
        else:
            self._store(target, request, r)
        return r
