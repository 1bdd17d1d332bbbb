# SPDX-License-Identifier: Apache-2.0
"""What spec.md says: patterns, merging, decisions, verdicts. Written from its
sections 1 and 3 to 5, for policies as generate.py makes them.

A section is a dict; what it does not name is not in it:
    origins      list of Pattern (CORSAllowOrigin and CORSAllowOriginMatch)
    credentials, always, timing     booleans
    methods, headers, expose        lists of names, "*" among them; [] is None
    max_age      seconds, or None
    engine       "On", "Off" or None
    deny         list of Pattern; only ever added to
    use          list of names of policies; [] is None
"""

import re
from collections import namedtuple

# text: as written; match(origin) for valid origins; risk: what is refused
# with credentials, or "any" for *; exact: a single origin
Pattern = namedtuple("Pattern", "text match risk exact regex")

SAFELISTED = ("GET", "HEAD", "POST")
WHAT = ("methods", "headers", "expose", "max_age", "timing")
# Not listed where the module makes the list (CORSExposeHeaders, section 1).
NEVER = {"set-cookie", "set-cookie2", "vary", "connection", "keep-alive",
         "transfer-encoding", "upgrade", "te", "trailer", "proxy-authenticate",
         "proxy-authorization", "proxy-connection"}
ALWAYS_READABLE = {"cache-control", "content-language", "content-length",
                   "content-type", "expires", "last-modified", "pragma"}

DEFAULT_PORTS = {"http": "80", "https": "443"}


def split(origin):
    """scheme, host, port with the default one filled in."""
    scheme, _, rest = origin.partition("://")
    m = re.fullmatch(r"(\[.*\]|[^:]*)(?::(\d+))?", rest)
    return scheme, m.group(1), m.group(2) or DEFAULT_PORTS.get(scheme, "")


def pattern(text, regex=False):
    if regex:
        return Pattern(text, lambda o: o != "null" and re.fullmatch(text, o),
                       None, False, True)
    if text == "*":
        return Pattern(text, lambda o: True, "any", False, False)
    if text == "null":
        return Pattern(text, lambda o: o in ("null", "file://"), "null", False,
                       False)
    scheme, _, rest = text.partition("://")
    if scheme not in DEFAULT_PORTS:
        if rest == "*":
            return Pattern(text, lambda o: o.startswith(scheme + "://"),
                           "scheme", False, False)
        return Pattern(text, lambda o: o == text, None, True, False)
    host, port = re.fullmatch(r"(\[.*\]|[^:]*):?(.*)", rest).groups()
    local = host in ("localhost", "127.0.0.1", "[::1]")
    risk = "insecure" if scheme == "http" and not local else None

    def match(origin):
        if origin == "null":
            return False
        s, h, p = split(origin)
        if s != scheme:
            return False
        if host.startswith("*."):
            if not h.endswith(host[1:]) or len(h) < len(host):
                return False
        elif h != host:
            return False
        if port == "*":
            return True
        if "-" in port:
            low, high = port.split("-")
            return int(low) <= int(p) <= int(high)
        return p == (port or DEFAULT_PORTS[scheme])

    return Pattern(text, match, risk,
                   not host.startswith("*.") and "-" not in port
                   and port != "*", False)


def holds(patterns, origin):
    return any(p.match(origin) for p in patterns)


def denies(patterns, origin):
    """An entry also matches its host with a trailing dot."""
    if holds(patterns, origin):
        return True
    if "://" not in origin or not re.search(r"\.(:\d+)?$", origin):
        return False
    return origin.startswith("http") and holds(
        patterns, re.sub(r"\.((?::\d+)?)$", r"\1", origin))


def merge(outer, inner, policies):
    """Section 1, Merging."""
    both = dict(outer)
    if "use" in inner:
        # Drops what outer sections say on who and what; the rest stays
        # unless the policy names it, denies stay and the policy's are added.
        both = {k: v for k, v in outer.items() if k in ("engine", "deny")}
        both["use"] = inner["use"]
        if len(inner["use"]) == 1:
            policy = policies[inner["use"][0]]
            if "engine" in policy:
                both["engine"] = policy["engine"]
            both["deny"] = both.get("deny", []) + policy.get("deny", [])
    if "origins" in inner:
        both["origins"] = inner["origins"]
        for name in ("credentials", "always"):
            both.pop(name, None)
        if len(both.get("use", [])) > 1:
            del both["use"]
    for name in ("credentials", "always", *WHAT, "engine"):
        if name in inner:
            both[name] = inner[name]
    both["deny"] = both.get("deny", []) + inner.get("deny", [])
    return both


def over_policy(section, policy):
    """A named policy, with the section's own directives over it."""
    one = dict(policy)
    if "origins" in section:
        for name in ("origins", "credentials", "always"):
            one.pop(name, None)
    for name in ("origins", "credentials", "always", *WHAT):
        if name in section:
            one[name] = section[name]
    return one


def is_sound(policy, denied):
    """Section 5: what one list and its credentials cannot be."""
    origins = policy.get("origins", [])
    if any(p.risk == "any" for p in origins) and len(origins) > 1:
        return False
    if policy.get("credentials") and any(p.risk for p in origins):
        return False
    if policy.get("always"):
        return (len(origins) == 1 and origins[0].exact
                and not denies(denied, origins[0].text))
    return True


class Rules:
    """What a merged section means."""

    def __init__(self, section, policies):
        use = section.get("use")
        self.deny = section.get("deny", [])
        self.several = use is not None and len(use) > 1
        self.policies = []
        if self.several:
            self.policies = [over_policy(section, policies[n]) for n in use]
        elif use:
            self.policies = [over_policy(section, policies[use[0]])]
        elif "origins" in section:
            self.policies = [section]
        in_force = "origins" in section or use is not None
        engine = section.get("engine")
        self.on = engine == "On" or (engine is None and in_force)
        self.sound = all(is_sound(p, self.deny) for p in self.policies)
        if self.several:
            self.sound &= not any(n in section for n in
                                  ("origins", "credentials"))
            self.sound &= not section.get("always")
            self.sound &= not any(
                pattern.risk == "any" for p in self.policies[:-1]
                for pattern in p.get("origins", []))
        if not self.sound:
            self.policies = []

    @property
    def plain(self):
        """Section 3, first row: "*" for everybody."""
        if self.several or len(self.policies) != 1 or self.deny:
            return False
        p = self.policies[0]
        return [o.text for o in p.get("origins", [])] == ["*"]

    @property
    def always(self):
        return (not self.several and len(self.policies) == 1
                and bool(self.policies[0].get("always")))

    def decides(self, origin):
        """The policy that lets this origin read, or None."""
        if not self.on or denies(self.deny, origin):
            return None
        for p in self.policies:
            if holds(p.get("origins", []), origin):
                if self.several and denies(p.get("deny", []), origin):
                    continue
                return p
        return None


def allows_method(policy, method):
    methods = policy.get("methods") or []
    return method in SAFELISTED or method in methods or "*" in methods


def allows_header(policy, name):
    """* never covers Authorization, which must be named beside it."""
    names = [n.lower() for n in policy.get("headers") or []]
    return name in names or ("*" in names and name != "authorization")


def readable(policy, names):
    """Of the header names of a response, those that a script may read."""
    expose = [n.lower() for n in policy.get("expose") or []]
    found = {n for n in names if n in ALWAYS_READABLE or n in expose}
    if "*" in expose:
        found |= names - (NEVER if policy.get("credentials")
                          else {"set-cookie", "set-cookie2"})
        if policy.get("credentials"):
            found = {n for n in found if not n.startswith("access-control-")}
    return found


def verdict(rules, fetch, unsafe):
    """The policy under which a fetch may read, or None. unsafe: the request
    headers that a browser asks for."""
    policy = rules.decides(fetch.origin)
    if policy is None:
        return None
    if fetch.credentials == "include" and not policy.get("credentials"):
        return None
    if not allows_method(policy, fetch.method):
        return None
    if not all(allows_header(policy, name) for name in unsafe):
        return None
    return policy
