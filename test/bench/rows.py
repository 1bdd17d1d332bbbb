# SPDX-License-Identifier: Apache-2.0
"""A figure, and its goal beside it: one JSON object a line. report.py makes a
table of them."""

import json


def row(group, what, figure, unit, goal=None):
    """goal: at most so much. None: none, the figure is for comparison."""
    print(json.dumps({"group": group, "what": what, "figure": figure,
                      "unit": unit, "goal": goal}), flush=True)
