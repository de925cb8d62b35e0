"""How long the tasks of a measurement take: drawn once, and alike for every client."""

import math
from random import Random

STEADY = 0.1
NOISY = 0.5
"""The spread of a queue: the standard deviation of the logarithm."""


def drawn(median: float, count: int, *, spread: float = STEADY, seed: int = 1) -> list[float]:
    """So many seconds about a median, log-normal: none is negative, and some are long."""
    dice = Random(seed)  # noqa: S311  # for a measurement
    return [median * math.exp(dice.gauss(0, spread)) for _ in range(count)]
