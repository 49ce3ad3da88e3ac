"""What options differ by on the same days: the mean of paired differences, and how sure it is.

It must never run anything, and never say which option is better.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.measured import LEVEL, half_width
from twin_core.simulation.scenario import Estimate


def paired(differences: NDArray[np.float64], unit: str, comparisons: int = 1) -> Estimate:
    """Mean of paired differences with its confidence interval, 90 % for all comparisons together.

    Law, *Simulation Modeling and Analysis*, 5th ed., 2015, 10.2 and 10.4.

    Args:
        differences: float64[n], n of 2 or more, independent.
        unit: of them.
        comparisons: made at once (Bonferroni).
    """
    mean = float(differences.mean())
    half = half_width(differences, 1.0 - (1.0 - LEVEL) / comparisons)
    return Estimate(mean=mean, low=mean - half, high=mean + half, unit=unit)
