# SPDX-License-Identifier: Apache-2.0
"""Random policies, as text and for oracle.py, and random fetches."""

from . import oracle
from .browser import Fetch, normalise_method

PATTERNS = [oracle.pattern(text) for text in (
    "https://site.example", "https://a.site.example", "https://b.site.example",
    "https://a.site.example.", "https://deep.a.site.example",
    "https://site.example:8443", "http://site.example", "http://localhost",
    "http://localhost:3000", "http://127.0.0.1:5000", "http://[::1]:5000",
    "https://*.site.example", "https://*.a.site.example",
    "https://*.site.example:*", "https://site.example:*",
    "https://site.example:8000-8999", "http://localhost:3000-3999",
    "http://localhost:*", "https://*.site.example:8000-8999",
    "http://*.site.example", "chrome-extension://abcd", "moz-extension://*",
    "app://obsidian.md", "https://xn--bcher-kva.example")]
DENIABLE = [*PATTERNS, oracle.pattern("null")]
PATTERNS += [oracle.pattern(text, regex=True) for text in (
    r"https://[ab]\.site\.example", r"https://[a-z]{1,9}\.site\.example",
    r"http://localhost:3\d\d\d")]
ANY, NULL = oracle.pattern("*"), oracle.pattern("null")

ORIGINS = [
    "https://site.example", "https://a.site.example", "https://b.site.example",
    "https://a.site.example.", "https://deep.a.site.example",
    "https://deep.b.site.example", "https://site.example:8443",
    "https://a.site.example:8443", "https://a.site.example:9443",
    "http://site.example", "http://a.site.example", "https://asite.example",
    "https://site.example.evil.example", "https://evil.example",
    "http://localhost", "http://localhost:3000", "http://localhost:3999",
    "http://localhost:4000", "https://localhost:3000",
    "http://127.0.0.1:5000", "http://[::1]:5000", "null",
    "chrome-extension://abcd", "chrome-extension://efgh",
    "moz-extension://0a1b", "app://obsidian.md",
    "https://xn--bcher-kva.example",
]

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "patch", "put",
           "MKCOL", "FOO"]
HEADERS = [
    ("X-One", "1"), ("X-Two", "2"), ("X-Three", "3"),
    ("Authorization", "Bearer x"), ("Content-Type", "application/json"),
    ("Content-Type", "text/plain"), ("Accept", "text/html"),
    ("Accept-Language", "de"), ("Accept-Language", "x" * 200),
    ("Range", "bytes=0-3"), ("Range", "bytes=-3"), ("If-Match", '"x"'),
]
NAMES = ["X-One", "x-two", "X-Three", "Authorization", "Content-Type",
         "Accept-Language", "Range", "If-Match"]
EXPOSED = ["X-Own", "X-Always", "ETag", "Date", "Content-Type", "X-Absent"]


def some(rng, values, most):
    return rng.sample(values, rng.randint(1, most))


def origins(rng):
    roll = rng.random()
    if roll < 0.04:
        return []
    if roll < 0.14:
        return [ANY]
    chosen = some(rng, PATTERNS, 5)
    if rng.random() < 0.06:
        chosen.append(NULL)
    return chosen


def what(rng, section, most):
    """Some of the directives that say what an allowed origin may do."""
    kinds = {
        "methods": lambda: some(rng, ["PUT", "DELETE", "PATCH", "MKCOL",
                                      "FOO", "*"], 3),
        "headers": lambda: some(rng, [*NAMES, "*"], 4),
        "expose": lambda: some(rng, [*EXPOSED, "*"], 3),
        "max_age": lambda: rng.choice([0, 5, 600, 86400]),
        "timing": lambda: rng.random() < 0.5,
    }
    for name in rng.sample(sorted(kinds), rng.randint(0, most)):
        value = kinds[name]()
        if rng.random() < 0.1 and name != "timing":
            value = [] if isinstance(value, list) else None
        section[name] = value


def policy(rng):
    """A named policy that can be one of several."""
    section = {"origins": origins(rng)}
    if rng.random() < 0.5:
        section["credentials"] = rng.random() < 0.8
    if rng.random() < 0.3:
        section["deny"] = some(rng, DENIABLE, 2)
    what(rng, section, 5)
    return section


def section(rng, names):
    """One section; names: of the policies that there are."""
    result = {}
    roll = rng.random()
    if roll < 0.55:
        result["origins"] = origins(rng)
    elif roll < 0.9:
        result["use"] = some(rng, names, 3)
        if rng.random() < 0.08:
            result["use"] = []
        if len(result["use"]) == 1 and rng.random() < 0.2:
            result["origins"] = origins(rng)
    if rng.random() < 0.4 and len(result.get("use", [])) < 2:
        result["credentials"] = rng.random() < 0.8
    if rng.random() < 0.1:
        result["always"] = rng.random() < 0.8
    if rng.random() < 0.3:
        result["deny"] = some(rng, DENIABLE, 2)
    if rng.random() < 0.12:
        result["engine"] = rng.choice(["On", "Off", None])
    what(rng, result, 5)
    return result


def inner(rng, names):
    """A section within another: mostly a line or two."""
    result = section(rng, names)
    keep = rng.sample(sorted(result), min(len(result), rng.randint(0, 2)))
    result = {name: result[name] for name in keep}
    if len(result.get("use", [])) > 1:
        for name in ("origins", "credentials", "always"):
            result.pop(name, None)
    return result


def is_accepted(section, policies):
    """Whether configtest takes it, by itself."""
    return oracle.Rules(oracle.merge({}, section, policies), policies).sound


def until(make, good):
    while True:
        made = make()
        if good(made):
            return made


def words(values):
    return " ".join(v if isinstance(v, str) else v.text
                    for v in values) or "None"


def keep_elsewhere(plain, rng, lists):
    """Some of the entries into a list of its own: what is left of them, and the
    line that names it. Not a single one, which Always may need."""
    movable = [p for p in plain if p not in (ANY, NULL)]
    if len(movable) < 2 or rng.random() < 0.5:
        return plain, []
    moved = some(rng, movable, len(movable))
    name = f"lists/{len(lists)}.txt"
    lists[name] = "# some of them\n" + "".join(f"{p.text}\n" for p in moved)
    words = [f"file:{name}"]
    if rng.random() < 0.3:
        words.insert(rng.randint(0, 1), "file:lists/none.txt")
    return ([p for p in plain if p not in moved],
            ["CORSAllowOriginFrom " + " ".join(words)])


def text(section, rng, lists=None):
    """The section's directives, in any order. lists: gets {name: text} of files
    for CORSAllowOriginFrom; None: there shall be none."""
    lines = []
    patterns = section.get("origins")
    if patterns is not None:
        plain = [p for p in patterns if not p.regex]
        if lists is not None:
            plain, lines = keep_elsewhere(plain, rng, lists)
        if plain or not patterns:
            lines.append("CORSAllowOrigin " + words(plain))
        lines += [f'CORSAllowOriginMatch "{p.text}"'
                  for p in patterns if p.regex]
        if NULL in patterns:
            lines.append("CORSTolerate null-origin")
    lines += [f"CORSDenyOrigin {p.text}" for p in section.get("deny", ())]
    for name, directive in (("methods", "CORSAllowMethods"),
                            ("headers", "CORSAllowHeaders"),
                            ("expose", "CORSExposeHeaders"),
                            ("use", "CORSUsePolicy")):
        if name in section:
            lines.append(f"{directive} {words(section[name])}")
    for name, directive, on, off in (
            ("credentials", "CORSAllowCredentials", "On", "Off"),
            ("timing", "CORSTimingAllowOrigin", "On", "Off"),
            ("always", "CORSSendOrigin", "Always", "Matching")):
        if name == "always" and section.get("use") == []:
            continue    # of nobody's origins one cannot be sent: CORS032
        if name in section:
            lines.append(f"{directive} {on if section[name] else off}")
    if "max_age" in section:
        lines.append(f"CORSMaxAge {section['max_age']}")
    if "engine" in section:
        lines.append(f"CORSEngine {section['engine']}")
    rng.shuffle(lines)
    return "".join(f"    {line}\n" for line in lines)


def fetch(rng, readers):
    """readers: origins of which more than others are wanted."""
    origin = rng.choice(readers if readers and rng.random() < 0.8
                        else ORIGINS)
    headers = [] if rng.random() < 0.4 else some(rng, HEADERS, 3)
    names = [name for name, _ in headers]
    headers = [h for i, h in enumerate(headers) if h[0] not in names[:i]]
    return Fetch(origin, normalise_method(rng.choice(METHODS)),
                 headers, rng.choice(["include", "same-origin", "omit"]))
