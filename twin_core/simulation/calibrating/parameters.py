"""What calibration learnt of a line: one set of parameters, whose version is its content.

It must never hold a number without what it was made from.
"""

from functools import cached_property

from twin_core.canonical import digest
from twin_core.simulation.calibrating.buffer_check import BufferCheck
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.calibrating.goodness import Goodness
from twin_core.simulation.calibrating.law_fit import Fit
from twin_core.simulation.calibrating.lives import Kind
from twin_core.value import Instant, Path, Range, Value


class StopParameters(Value):
    """How often a kind of stop comes and how long it lasts.

    Attributes:
        kind: minor stop or failure, told apart by their length.
        between: running seconds from one to the next; `length` how long they last. None where not
            estimated, see `Missing`.
        between_good, length_good: whether each law describes what was seen; None where too little
            was seen to tell.
        at_least_s: where no such stop was seen: with 95 % they are no less apart than this.
    """

    kind: Kind
    between: Fit | None = None
    between_good: Goodness | None = None
    length: Fit | None = None
    length_good: Goodness | None = None
    at_least_s: float | None = None


class MachineParameters(Value):
    """One machine.

    Attributes:
        rates: what it takes through a minute when nothing hinders it, by product number (-1: not
            known which), in its `unit_out`.
        rejects: share of that which it rejects.
        stops: by kind.
    """

    unit: Path
    rates: dict[int, Estimated]
    rejects: Estimated | None
    stops: tuple[StopParameters, ...]


class Remark(Value):
    """Something about a parameter, and why it is so."""

    asset: Path
    what: str
    why: str


class ParameterSet(Value):
    """The parameters of a line.

    Attributes:
        start, end: the span they were learnt from.
        history: digest of it; `plant` digest of the plant file it was read with.
        minor_s: the length that tells minor stops from failures; None = not told apart.
        seen: share of the span in which states were told.
        ranges: by machine at what it was seen to turn, per minute: above nothing was fitted.
        missing: what could not be estimated; `doubts` what was, and should not be relied on.
    """

    line: Path
    start: Instant
    end: Instant
    history: str
    plant: str
    minor_s: float | None
    seen: float
    machines: tuple[MachineParameters, ...]
    buffers: tuple[BufferCheck, ...]
    ranges: dict[Path, Range]
    missing: tuple[Remark, ...] = ()
    doubts: tuple[Remark, ...] = ()

    @cached_property
    def version(self) -> str:
        """`pa-` and 12 hexadecimal digits of the content's digest."""
        return "pa-" + digest(self)[:12]

    def machine(self, path: str) -> MachineParameters | None:
        """The machine of that path, if it is in the set."""
        return next((m for m in self.machines if m.unit == path), None)


class Difference(Value):
    """A parameter of the plant file beside what was seen.

    Attributes:
        parameter: its name in the file.
        outside: whether the file's lies outside the interval of what was seen.
    """

    asset: Path
    parameter: str
    file: float
    seen: Estimated
    outside: bool

    @property
    def sentence(self) -> str:
        """What it comes to."""
        says = "differs from" if self.outside else "agrees with"
        return f"{self.asset}: {self.parameter} seen {self.seen} {says} the file's {self.file:g}."
