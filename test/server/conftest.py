# SPDX-License-Identifier: Apache-2.0
"""The server tests take their fixtures from the harness."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness.fixtures import *  # noqa: E402,F401,F403
