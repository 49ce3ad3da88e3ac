"""One tiny line run through, so that no question waits for a compiler. It must never say anything.

Called by each worker as it starts. What is compiled is kept on disk: the first worker of an
installation takes seven seconds of a core over it, all later ones half a second.
"""

from twin_core.simulation.lines.line import Duration, Failure, Line, Machine
from twin_core.simulation.lines.recursion import run


def warm() -> None:
    """Have every compiled function of the line engine compiled, or read from where it is kept."""
    law = Failure(Duration(60.0, "exponential"), Duration(5.0, "exponential"))
    run(Line.serial([Machine(Duration(1.0), failures=(law,))] * 2, [5], 10.0), 1, 1)
