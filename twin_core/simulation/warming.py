"""One tiny line run through, so that no question waits for a compiler. It must never say anything.

Called by each worker as it starts. What is compiled is kept on disk: the first worker of an
installation takes seven seconds of a core over it, all later ones half a second.
"""

import numpy as np

from twin_core.simulation.lines.line import Duration, Failure, Line, Machine
from twin_core.simulation.lines.recursion import run
from twin_core.simulation.numbers import Draws
from twin_core.simulation.plans.setting import RATES, settled


def warm() -> None:
    """Have every compiled function of the engine compiled, or read from where it is kept."""
    law = Failure(Duration(60.0, "exponential"), Duration(5.0, "exponential"))
    run(Line.serial([Machine(Duration(1.0), failures=(law,))] * 2, [5], 10.0), 1, 1)
    settled(np.zeros(2), (np.zeros((1, 2)),), (RATES,))
    Draws(0, 1).of(0).gamma(1.0)
