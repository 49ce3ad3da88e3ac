"""By how much each controller's clock is off. Drawn from the seed, steady over a run."""

import random

from twin_core.value import SECOND

LARGEST_S = 20.0


def clock_offset(seed: int, source: str) -> int:
    """The controller's clock minus plant time, microseconds, within ±LARGEST_S."""
    return round(random.Random(f"{seed}/clock/{source}").uniform(-LARGEST_S, LARGEST_S) * SECOND)
