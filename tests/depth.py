"""How long tests of chance look: `SAYSO_TEST_DEPTH=20 pytest tests/faults` kills and races twenty times as often."""

import os

DEPTH = float(os.environ.get("SAYSO_TEST_DEPTH", "1"))


def times(usual: int) -> int:
    """So many, where every change is tested with `usual`."""
    return max(1, round(usual * DEPTH))
