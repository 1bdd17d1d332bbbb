# SPDX-License-Identifier: Apache-2.0
"""docs/cost.svg: instructions of a request against the number of origins, the
module's beside the recipe's, on logarithmic axes."""

import math
import re

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 90, 170, 46, 62
X = (1, 2_000_000)
Y = (1_000, 2_000_000)
STYLE = """
svg { font: 14px system-ui, sans-serif; background: #fff; color: #1f2328 }
text { fill: currentColor }
.grid { stroke: #d0d7de; stroke-width: 1 }
.axis { stroke: currentColor; stroke-width: 1 }
.line { fill: none; stroke-width: 2.5 }
.module { stroke: #0969da; fill: #0969da }
.recipe { stroke: #bc4c00; fill: #bc4c00 }
path.line { fill: none }
.label { stroke: none; font-weight: 600 }
@media (prefers-color-scheme: dark) {
    svg { background: #0d1117; color: #e6edf3 }
    .grid { stroke: #30363d }
    .module { stroke: #58a6ff; fill: #58a6ff }
    .recipe { stroke: #ffa657; fill: #ffa657 }
}
"""
SERIES = {"module": r"actual, ([\d,]+) exact",
          "recipe": r"actual, ([\d,]+) origins"}
GROUPS = {"module": "size", "recipe": "recipe"}
NAMES = {"module": "mod_cors", "recipe": "recipe"}


def sizes(rows):
    """{series: [(origins, instructions)]}, or {} where one is missing."""
    found = {}
    for series, pattern in SERIES.items():
        found[series] = [
            (int(m[1].replace(",", "")), r["figure"]) for r in rows
            if r["group"] == GROUPS[series]
            and (m := re.fullmatch(pattern, r["what"]))]
    return found if all(found.values()) else {}


def place(value, scale, start, length):
    low, high = map(math.log10, scale)
    return start + (math.log10(value) - low) / (high - low) * length


def x(value):
    return round(place(value, X, LEFT, WIDTH - LEFT - RIGHT), 1)


def y(value):
    return round(place(value, Y, HEIGHT - BOTTOM, TOP + BOTTOM - HEIGHT), 1)


def powers(scale):
    power = math.ceil(math.log10(scale[0]))
    while 10 ** power <= scale[1]:
        yield 10 ** power
        power += 1


def axes():
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for value in powers(X):
        yield (f'<path class="grid" d="M{x(value)} {TOP}V{bottom}"/>'
               f'<text x="{x(value)}" y="{bottom + 20}" '
               f'text-anchor="middle">{value:,}</text>')
    for value in powers(Y):
        yield (f'<path class="grid" d="M{LEFT} {y(value)}H{right}"/>'
               f'<text x="{LEFT - 8}" y="{y(value) + 5}" '
               f'text-anchor="end">{value:,}</text>')
    middle = (TOP + bottom) / 2
    yield (f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{bottom}'
           f'H{right}"/>'
           f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 14}" '
           'text-anchor="middle">allowed origins</text>'
           f'<text transform="translate(18 {middle}) rotate(-90)" '
           'text-anchor="middle">instructions added to a request</text>')


def line(series, points):
    points = sorted(points)
    path = "L".join(f"{x(n)} {y(cost)}" for n, cost in points)
    yield f'<path class="line {series}" d="M{path}"/>'
    for n, cost in points:
        yield (f'<circle class="{series}" cx="{x(n)}" cy="{y(cost)}" r="4">'
               f"<title>{n:,} origins: +{cost:,} instructions</title>"
               "</circle>")
    n, cost = points[-1]
    yield (f'<text class="label {series}" x="{x(n) + 12}" y="{y(cost) + 5}">'
           f"{NAMES[series]} +{cost:,}</text>")


def draw(series):
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
             f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
             f'height="{HEIGHT}">',
             "<title>What an allowed request costs: mod_cors stays level, the "
             "recipe grows with every origin</title>",
             f"<style>{STYLE}</style>",
             f'<text x="{LEFT}" y="26" font-weight="600">What a policy adds '
             "to a request that it allows</text>", *axes()]
    for name, points in series.items():
        parts += line(name, points)
    return "\n".join(parts + ["</svg>", ""])
