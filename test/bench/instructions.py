# SPDX-License-Identifier: Apache-2.0
"""Instructions that policies of all kinds and sizes, recipes and .htaccess
files add to a request; the basic cases are basic.py's."""

import sys

import callgrind
from basic import EXPOSING, POLICY
from callgrind import APP, added, count
from rows import row

ACTUAL = {"actual": callgrind.CASES["actual"]}
SIZES = [3, 1000, 100_000, 1_000_000]
# The usual recipe: an origin is one line more.
RECIPE = """
Header always set Access-Control-Allow-Origin "%{CORS_ORIGIN}e" env=CORS_ORIGIN
Header always set Access-Control-Allow-Credentials "true" env=CORS_ORIGIN
Header always set Access-Control-Allow-Methods "GET, PUT, DELETE" \
env=CORS_ORIGIN
Header always set Access-Control-Allow-Headers \
"Authorization, Content-Type, If-Match, Range, X-A, X-B" env=CORS_ORIGIN
Header always set Access-Control-Max-Age "600" env=CORS_ORIGIN
Header always set Access-Control-Expose-Headers "X-B" env=CORS_ORIGIN
Header always merge Vary "Origin"
RewriteEngine On
RewriteCond %{REQUEST_METHOD} =OPTIONS
RewriteRule ^ - [R=204,L]
"""


def recipe(n):
    return "".join(f'SetEnvIf Origin "^https://app{i or ""}\\.example\\.com$" '
                   "CORS_ORIGIN=$0\n" for i in range(n)) + RECIPE


def entry(kind, i):
    if kind == "patterns" or (kind == "both" and i % 2):
        return f"https://*.h{i}.example"
    return f"https://h{i}.example"


def origins(kind, n):
    """n entries, the one that is asked for among them."""
    first = "https://*.example.com" if kind == "patterns" else APP
    entries = [first] + [entry(kind, i) for i in range(1, n)]
    return "".join("CORSAllowOrigin " + " ".join(entries[i:i + 200]) + "\n"
                   for i in range(0, n, 200))


def sizes(bare):
    for kind in ("exact", "patterns", "both"):
        figures = []
        for n in SIZES:
            figure = added(count(origins(kind, n), ACTUAL), bare)["actual"]
            figures.append(figure)
            row("size", f"actual, {n:,} {kind}", round(figure),
                "instructions")
        row("size", f"largest over smallest, {kind}",
            round(max(figures) / min(figures), 4), "times", 1.02)


def merged(bare):
    """A second section around the first: what it adds."""
    def lists(section, n):
        return "".join(f"CORSAllowOrigin https://{section}{i}.example\n"
                       f"CORSAllowHeaders X-{section}-{i}\n"
                       for i in range(n))

    def inner(n):
        return f"<Location />\n{POLICY}{lists('inner', n)}</Location>\n"

    def two(n):
        return added(count(lists("outer", n) + inner(n)), bare)

    one, short, long = added(count(inner(1)), bare), two(1), two(10_000)
    for case in ("no Origin", "actual", "preflight"):
        row("merging", f"a second section, {case}",
            round(short[case] - one[case]), "instructions", 300)
    row("merging", "lists of 10,000 over lists of 1, no Origin",
        round(long["no Origin"] / short["no Origin"], 4), "times", 1.02)


def recipes(bare):
    cases = {case: callgrind.CASES[case]
             for case in ("no Origin", "actual", "preflight")}
    for n in (3, 100, 1000):
        figures = added(count(recipe(n), cases), bare)
        for case, figure in figures.items():
            row("recipe", f"{case}, {n:,} origins", round(figure),
                "instructions")
    lines = [f'Header always set Access-Control-Allow-Origin "{APP}"\n',
             'Header always set Access-Control-Allow-Credentials "true"\n',
             'Header always set Access-Control-Expose-Headers "X-B"\n',
             'Header always merge Vary "Origin"\n']
    for n, what in ((1, "one static Header line"),
                    (4, "four static Header lines")):
        figures = added(count("".join(lines[:n]), cases), bare)
        for case in ("no Origin", "actual"):
            row("recipe", f"{case}, {what}", round(figures[case]),
                "instructions")


LISTED = 15
TWENTY = "".join(f"CORSAllowOrigin https://app{i or ''}.example.com\n"
                 for i in range(LISTED)) + EXPOSING.split("\n", 2)[2]


def htaccess():
    """Over an .htaccess that says nothing: httpd's own reading of it is
    httpd's."""
    cases = {case: callgrind.CASES[case].replace(b"/f.html", b"/h/f.html")
             for case in ("no Origin", "actual", "preflight")}
    named = f"<CORSPolicy front>\n{EXPOSING}</CORSPolicy>\n"

    def with_file(text, policy="", load=True):
        return count(policy, cases, load=load, override="All",
                     files={"h/.htaccess": text, "h/f.html": "x" * 1024})

    bare = with_file("", load=False)
    same = with_file(recipe(LISTED), load=False)
    policy = with_file(TWENTY)
    use = with_file("CORSUsePolicy front\n", named)
    none = count("", cases, load=False, override="All",
                 files={"h/f.html": "x" * 1024})
    row(".htaccess", "httpd's own: an empty file, actual",
        round(bare["actual"] - none["actual"]), "instructions")
    for case in cases:
        over = same[case] - bare[case]
        row(".htaccess", f"the recipe, {LISTED} origins, {case}", round(over),
            "instructions")
        row(".htaccess", f"a policy of 20 lines, {case}",
            round(policy[case] - bare[case]), "instructions",
            round(over / 3))
    for case in cases:
        row(".htaccess", f"a CORSUsePolicy line, {case}",
            round(use[case] - bare[case]), "instructions", 6000)


assert TWENTY.count("\n") == 20


def main():
    why = callgrind.reason_not()
    if why:
        print(f"no instructions counted: {why}", file=sys.stderr)
        return
    bare = count("", load=False)
    elsewhere = "<Location /elsewhere>\n{}</Location>\n"
    section = count(elsewhere.format("ForceType text/plain\n"), load=False)
    for case, figure in added(count(elsewhere.format(POLICY)),
                              section).items():
        row("instructions", f"policy elsewhere, {case}", round(figure),
            "instructions", 200 if case == "no Origin" else None)
    merged(bare)
    recipes(bare)
    htaccess()
    sizes(bare)


if __name__ == "__main__":
    main()
