# SPDX-License-Identifier: Apache-2.0
"""The benchmark's table, and the page and the picture that it makes."""

import re
import sys
from xml.etree import ElementTree

import pytest

from harness.host import ROOT

sys.path.insert(0, str(ROOT / "test/bench"))

import chart  # noqa: E402
import report  # noqa: E402

PAGE = (ROOT / "docs/performance.md").read_text()
PICTURE = (ROOT / "docs/cost.svg").read_text()


def row(figure, goal=None, group="a", what="one"):
    return {"group": group, "what": what, "figure": figure, "unit": "ns",
            "goal": goal}


@pytest.mark.parametrize("figure, goal, missed", [
    (10, 10, False), (10.5, 10, True), (-3, 0, False), (0, 0, False),
    (1, 0, True), (10 ** 6, None, False)])
def test_a_figure_above_its_goal_is_told(figure, goal, missed):
    assert ("MISSED" in report.table([row(figure, goal)])) == missed
    assert ("**" in report.markdown([row(figure, goal)])) == missed


DOCUMENT = "before\n<!-- bench: a, b -->\nold\n<!-- end -->\nafter\n"


def test_a_page_gets_the_groups_it_names():
    rows = [row(1), row(2, group="b"), row(3, group="c")]
    filled = report.fill(DOCUMENT, rows)
    assert filled.startswith("before\n<!-- bench: a, b -->\n| ")
    assert filled.endswith("|\n<!-- end -->\nafter\n")
    assert re.findall(r"\| one \| (\d) ns", filled) == ["1", "2"]
    assert report.fill(filled, rows) == filled


def test_a_page_keeps_what_was_not_measured():
    assert report.fill(DOCUMENT, [row(1)]) == DOCUMENT


def test_every_table_of_the_page_is_filled():
    blocks = re.findall(r"<!-- bench: (.*?) -->\n(.*?)<!-- end -->", PAGE,
                        re.S)
    assert len(blocks) > 8
    for groups, text in blocks:
        assert text.count("\n") > 2, groups


def test_the_picture_shows_the_figures_of_the_page():
    page = {(m[1], int(m[2].replace(",", ""))): m[3] for m in re.finditer(
        r"^\| actual, (([\d,]+) (?:exact|origins)) \| ([\d,]+) \|", PAGE,
        re.M)}
    drawn = re.findall(r'<circle class="(\w+)".*?<title>([\d,]+) origins: '
                       r"\+([\d,]+) instructions", PICTURE, re.S)
    assert len(drawn) == len(page) == 7
    for series, origins, figure in drawn:
        kind = "exact" if series == "module" else "origins"
        assert page[f"{origins} {kind}",
                    int(origins.replace(",", ""))] == figure


def test_the_picture_is_drawn_within_its_frame():
    assert "cost.svg" in PAGE
    svg = ElementTree.fromstring(PICTURE)
    space = "{http://www.w3.org/2000/svg}"
    circles = list(svg.iter(f"{space}circle"))
    assert {c.get("class") for c in circles} == {"module", "recipe"}
    for c in circles:
        assert chart.LEFT <= float(c.get("cx")) <= chart.WIDTH - chart.RIGHT
        assert chart.TOP <= float(c.get("cy")) <= chart.HEIGHT - chart.BOTTOM


def test_logarithmic_axes():
    """Ten times as many origins are as far apart everywhere."""
    steps = {round(chart.x(10 ** (n + 1)) - chart.x(10 ** n))
             for n in range(6)}
    assert len(steps) == 1 and steps.pop() > 30
    assert chart.y(10 ** 4) > chart.y(10 ** 5)
