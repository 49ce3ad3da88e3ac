"""Faults as data, and what they do to the true plant while they are on.

A fault acts on any true number of a component, on a set-point (once, at onset) or on a sensor's
channel. It is never cleared by a write: it ends by its own time or because the crew mended it.
It must never know an equipment class.
"""

import math
import random
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import Field, model_validator

from twin_core.errors import UnknownName
from twin_core.value import Instant, Slug, Value

Shape = Literal["step", "ramp", "drift", "intermittent", "stuck"]
RightEnd = Literal["corrected", "mitigated", "repaired", "no_loss"]
Group = Literal["machines", "utilities", "sensors", "operations", "pairs"]


def full_path(path: str, site: str) -> str:
    """`path` with its site in front, which the catalogue may leave out."""
    return path if path == site or path.startswith(f"{site}/") else f"{site}/{path}"


class Size(Value):
    """How far: exactly one of the four.

    Attributes:
        factor: the healthy number times this.
        offset: the healthy number plus this.
        value: this instead of the healthy number.
        lost: sensors only: the channel says nothing, with a Bad status.
    """

    factor: float | None = None
    offset: float | None = None
    value: float | None = None
    lost: bool = False

    @model_validator(mode="after")
    def _one(self) -> "Size":
        given = [self.factor, self.offset, self.value].count(None)
        if (3 - given) + self.lost != 1:
            msg = "give exactly one of factor, offset, value, lost"
            raise ValueError(msg)
        return self

    def of(self, healthy: float, level: float) -> float:
        """The number at `level` (0 healthy … 1 the full size)."""
        if self.factor is not None:
            return healthy * (1.0 + level * (self.factor - 1.0))
        if self.offset is not None:
            return healthy + level * self.offset
        assert self.value is not None
        return healthy + level * (self.value - healthy)


class Fault(Value):
    """One thing that is wrong with one number.

    Attributes:
        component: path of a unit, relative to the site (or the site's id: the surroundings).
        parameter: a true number of that component, a set-point's id, or `sensor:POINT`.
        shape: `step` at once; `ramp` linear over `over_s`, then holds; `drift` approaches the size
            with time constant `over_s`; `intermittent` on for `on_s`, off for `off_s`; `stuck`
            holds what it was at onset (a valve, a sensor).
        onset, end: plant seconds after the fault was put in; no end = until mended.
        asset, failure_modes: the truth that a diagnosis and a work order are held against;
            an empty tuple means that no repair exists.
        repair_s: plant seconds the crew works on it.
        finding: what the crew writes when it has found it.
    """

    id: Slug
    component: str
    parameter: str
    shape: Shape
    size: Size = Size(offset=0.0)
    onset: float = Field(default=0.0, ge=0)
    end: float | None = Field(default=None, gt=0)
    over_s: float = Field(default=60.0, gt=0)
    on_s: float = Field(default=4.0, gt=0)
    off_s: float = Field(default=20.0, gt=0)
    asset: str | None = None
    failure_modes: tuple[Slug, ...] = ()
    repair_s: float = Field(default=180.0, gt=0)
    finding: str = ""
    right_end: RightEnd | None = None

    @property
    def at(self) -> str:
        """The asset it is found at."""
        return self.asset or self.component


class Injection(Value):
    """A fault that was put in, or will be, and the case it belongs to."""

    at: Instant
    fault: Fault
    case: str | None = None


class Case(Value):
    """One entry of the catalogue: what happens, what the operator sees, how it ends well."""

    id: Slug
    group: Group
    line: str
    complaint: str
    faults: tuple[Fault, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _named(cls, tree: Any) -> Any:
        """A fault without an id has its case's, and from the second on a number."""
        if not isinstance(tree, dict) or not isinstance(tree.get("faults"), list | tuple):
            return tree
        own = tree.get("id")
        named = [
            {"id": own if number == 1 else f"{own}-{number}", **fault}
            if isinstance(fault, dict)
            else fault
            for number, fault in enumerate(tree["faults"], start=1)
        ]
        return {**tree, "faults": named}

    @model_validator(mode="after")
    def _told(self) -> "Case":
        if any(f.right_end is None or not f.failure_modes for f in self.faults):
            msg = f"case {self.id}: every fault states its right end and its failure modes"
            raise ValueError(msg)
        return self


class Catalogue(Value):
    """A file of faults: cases that are called by name, and faults that are there from the start."""

    version: Literal[1] = Field(default=1, alias="schema")
    cases: tuple[Case, ...] = ()
    faults: tuple[Fault, ...] = ()

    def case(self, case_id: str) -> Case:
        """The case of that id.

        Raises:
            UnknownName: there is none; the nearest are named, or all.
        """
        known = {case.id: case for case in self.cases}
        if case_id not in known:
            raise UnknownName("fault", case_id, get_close_matches(case_id, known) or list(known))
        return known[case_id]


class Trouble:
    """A fault at work, with its own clock and random stream.

    Attributes:
        since: plant seconds (of the stand-in's own count) at which it was put in.
        mended: the crew has removed it.
    """

    def __init__(self, fault: Fault, since: float, seed: str) -> None:
        self.fault = fault
        self.since = since
        self.mended = False
        self.fired = False
        self.held: float | None = None
        self.stops: tuple[float | None, float | None] = (None, None)
        self._stream = random.Random(f"{seed}/{fault.id}")
        self._switch_at = since + fault.onset
        self._on = False

    def level(self, now: float) -> float:
        """How much of the size is there at plant second `now`: 0 … 1. Call once a step."""
        fault = self.fault
        age = now - self.since - fault.onset
        if self.mended or age < 0 or (fault.end is not None and now - self.since >= fault.end):
            return 0.0
        if fault.shape == "ramp":
            return min(1.0, age / fault.over_s)
        if fault.shape == "drift":
            return 1.0 - math.exp(-age / fault.over_s)
        if fault.shape == "intermittent":
            while now >= self._switch_at:
                self._on = not self._on
                span = fault.on_s if self._on else fault.off_s
                self._switch_at += span * self._stream.uniform(0.7, 1.3)
            return 1.0 if self._on else 0.0
        return 1.0

    def standing(self, now: float) -> bool:
        """Whether it has come and is still there at plant second `now`, on or between times."""
        age = now - self.since
        over = self.fault.end is not None and age >= self.fault.end
        return not self.mended and not over and age >= self.fault.onset

    def matches(self, asset: str, mode: str | None, site: str) -> bool:
        """Whether a job on `asset` for `mode` (None: unknown) finds it."""
        modes = self.fault.failure_modes
        if not modes or asset != full_path(self.fault.at, site):
            return False
        return mode is None or mode in modes
