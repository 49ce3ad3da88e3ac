"""One line, one start, one scenario: put together and run. Shared by forecasts and replays.

A pure function of its arguments; every random number comes from the seed. It must never choose
what to ask.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.calendar import union
from twin_core.plant.assets import Plant
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.lines import line as lines
from twin_core.simulation.lines.line import Crew
from twin_core.simulation.live.seen import Rows, fastest
from twin_core.simulation.live.start import LineStart, start_of
from twin_core.simulation.numbers import Draws
from twin_core.simulation.plans.frame import Frame
from twin_core.simulation.plans.parts import grain_of, realise
from twin_core.simulation.plans.plan import plan_of
from twin_core.simulation.processes.media import Media, media_of
from twin_core.simulation.processes.moves import Moves, moves_of
from twin_core.simulation.processes.process import potentials
from twin_core.simulation.scenario import (
    BufferSize,
    Change,
    Failures,
    Rejects,
    Rework,
    Staffing,
    Stops,
)
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

_GRID_S = 20.0
_MOST_STEPS = 240
_MEDIA_PURPOSE = 1_000_003
_UNSEEN_BY_MEDIA = (Failures, Stops, Rejects, Rework, BufferSize, Staffing)
"""Changes that leave what media do as it is, to this model."""


@dataclass(frozen=True, eq=False)
class Held:
    """What headers hold in scenarios of one snapshot: lines that hang at the same ones share it.

    Attributes:
        at_once: replications for which it is found at a time.
        found: by what it depends on.
    """

    at_once: int
    found: dict[Hashable, dict[str, NDArray[np.float64]]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Model:
    """A line's model at a moment; `usual` as it was before it, `began` (see `start_of`).

    `held`: what headers hold, by what that depends on: scenarios may share it.
    """

    snapshot: Snapshot
    line: str
    at: Instant
    usual: bool = False
    began: Mapping[str, Instant] = field(default_factory=dict)
    held: dict[Hashable, dict[str, NDArray[np.float64]]] = field(default_factory=dict)

    @property
    def plant(self) -> Plant:
        """The plant."""
        return self.snapshot.plant

    @cached_property
    def rows(self) -> Rows:
        """The recent past up to the start."""
        return Rows(self.snapshot, self.at)

    @cached_property
    def start(self) -> LineStart:
        """The line at the start."""
        return start_of(self.snapshot, self.line, self.at, self.began, usual=self.usual)

    @cached_property
    def media(self) -> Media:
        """The media that reach the line at the start."""
        units = [m.unit for m in self.start.machines]
        units += [b.conveyor for b in self.start.buffers if b.conveyor is not None]
        return media_of(self.rows, tuple(units), usual=self.usual)

    @cached_property
    def _past(self) -> dict[Instant, "Model"]:
        return {}

    def before(self, at: Instant) -> "Model":
        """The line and its media as they were before a moment; the start itself at the latest."""
        at = min(at, self.at)
        return self._past.setdefault(at, Model(self.snapshot, self.line, at, usual=True))

    def simulate(
        self,
        changes: Sequence[Change],
        after_s: float,
        horizon_s: float,
        seed: int,
        replications: int,
        first: int = 0,
        *,
        steps: int = 0,
    ) -> "Result":
        """Run the line over the horizon, once a replication, from replication `first` on.

        A replication is the same in whatever share it is run. `steps`: of the courses that are
        told.
        """
        experiment = Experiment(self, tuple(changes), after_s, horizon_s, seed, replications)
        return experiment.run(replications, first, steps=steps)


@dataclass(frozen=True, eq=False)
class Experiment:
    """A scenario on a model, whose replications are run in shares.

    What media do is found for `at_once` replications at a time: it takes hardly longer for many.

    Attributes:
        media_of: a scenario of the same model, horizon and seed whose media it takes for its own:
            a hundredth of the work, where what it changes moves no header much.
    """

    model: Model
    changes: tuple[Change, ...]
    after_s: float
    horizon_s: float
    seed: int
    at_once: int
    media_of: "Experiment | None" = None

    @cached_property
    def t(self) -> NDArray[np.float64]:
        """The time axis, seconds."""
        steps = max(1, min(_MOST_STEPS, round(self.horizon_s / _GRID_S)))
        return np.asarray(np.linspace(0.0, self.horizon_s, steps + 1), np.float64)

    @cached_property
    def moves(self) -> Moves:
        """What the changes move."""
        return moves_of(self.model.plant, self.changes, self.after_s, self.model.rows)

    @cached_property
    def before(self) -> dict[str, Model]:
        """By path of a restored asset the model as it was."""
        return {asset: self.model.before(at) for asset, at in self.moves.restored.items()}

    @cached_property
    def stops(self) -> dict[str, tuple[tuple[float, float], ...]]:
        """By production line (start, end) of its planned stops, seconds after the start."""
        plant, at = self.model.plant, self.model.at
        end = at + int(self.horizon_s * SECOND)
        return {
            line.id: tuple(
                ((p.start - at) / SECOND, (p.end - at) / SECOND)
                for p in planned_stops(plant, line.id, at, end)
            )
            for line in plant.lines
            if line.kind == "production"
        }

    @cached_property
    def running_s(self) -> float:
        """Seconds of the horizon in which no stop of the line is planned, 1 at least."""
        planned = self.stops.get(self.model.start.line.id, ())
        spans = union([(round(max(a, 0.0)), round(min(b, self.horizon_s))) for a, b in planned])
        return max(1.0, self.horizon_s - sum(b - a for a, b in spans))

    def potentials(self, replications: int, first: int) -> dict[str, NDArray[np.float64]]:
        """What headers hold over `t`, float64[R, T] by path."""
        if self.media_of is not None:
            return self.media_of.potentials(replications, first)
        if self.at_once < replications:
            return self._balanced(replications, first)
        seen = tuple(c for c in self.changes if not isinstance(c, _UNSEEN_BY_MEDIA))
        model, held, found = self.model, self.model.held, []
        what = (model.at, model.usual, *model.media.headers, seen, self.after_s, self.horizon_s)
        blocks = range(first // self.at_once, (first + replications - 1) // self.at_once + 1)
        for b in blocks:
            key = (what, self.seed, self.at_once, b)
            if key not in held:
                held[key] = self._balanced(self.at_once, b * self.at_once)
            found.append(held[key])
        begin = first - blocks[0] * self.at_once
        return {
            header: np.concatenate([f[header] for f in found])[begin : begin + replications]
            for header in found[0]
        }

    def _balanced(self, replications: int, first: int) -> dict[str, NDArray[np.float64]]:
        media = {asset: then.media for asset, then in self.before.items()}
        random = Draws(self.seed, replications, first).of(_MEDIA_PURPOSE)
        plant = self.model.plant
        return potentials(plant, self.model.media, media, self.moves, self.stops, self.t, random)

    def run(self, replications: int, first: int = 0, *, steps: int = 0) -> "Result":
        """So many replications from `first` on; see `Model.simulate`."""
        model, moves, line = self.model, self.moves, self.model.start
        frame = Frame(
            plant=model.plant,
            start=line,
            before={asset: then.start for asset, then in self.before.items()},
            potentials=self.potentials(replications, first),
            levels=model.media.levels,
            before_levels={asset: then.media.levels for asset, then in self.before.items()},
            moves=moves,
            planned=tuple(
                (start, stop - start)
                for start, stop in self.stops.get(line.line.id, ())
                if start > 0
            ),
            horizon_s=self.horizon_s,
            t=self.t,
            draws=Draws(self.seed, replications, first),
        )
        rates = [x for m in line.machines for x in (m.setpoint, m.worth * fastest(m.unit))]
        quickest = max(x for x in rates if isfinite(x))
        smallest = min((b.capacity for b in line.buffers if b.capacity > 0), default=inf)
        plan = plan_of(frame)
        # stores stand around the line's own machines
        own = 2 if line.source is not None else 0
        machines = slice(own, own + len(line.machines))
        units = [m.unit.id for m in line.machines]
        crews = [
            Crew(
                tuple(own + units.index(m) for m in mended or units),
                people,
                tuple(own + units.index(m) for m in before),
            )
            for mended, people, before in moves.crews
        ]
        rework = [
            lines.Rework(own + units.index(m), own + units.index(target), share)
            for m, (target, share) in moves.rework.items()
        ]
        grain = grain_of(quickest, self.horizon_s, smallest)
        found = realise(plan, grain, quickest, self.seed, first, crews, rework, steps)
        return Result(
            model=model,
            horizon_s=self.horizon_s,
            counted=found.made[:, plan.counted],
            made=found.made[:, machines],
            rejected=found.rejected[:, machines],
            again=found.again[:, machines],
            worked_s=found.worked_s[:, machines],
            down_s=found.down_s[:, machines],
            starved_s=found.starved_s[:, machines],
            blocked_s=found.blocked_s[:, machines],
            contents=found.contents[:, own : machines.stop - 1],
            good=found.good[:, machines],
            levels=found.levels[:, own : machines.stop - 1],
            extremes=found.extremes[:, own : machines.stop - 1],
            grain=grain,
            potentials=frame.potentials,
            frame=frame,
        )


@dataclass(frozen=True, eq=False)
class Result:
    """What came of it, of R replications, M machines of the line and M - 1 buffers between them.

    Attributes:
        counted: what the line made in the horizon, in its unit of flow, float64[R].
        made, rejected, again: by machine, in the line's unit of flow, float64[R, M]; `again` was
            sent back.
        worked_s, down_s, starved_s, blocked_s: by machine, float64[R, M], adding up to the horizon.
        contents: of the buffers at the end of the horizon, float64[R, M - 1].
        good: by machine, what it made by each of K + 1 moments at equal steps from 0 to the
            horizon, float64[R, M, K + 1]; none were asked for where the last axis is of length 0.
        levels: what lies on the buffers then, float64[R, M - 1, K + 1].
        extremes: the least and the most of it at any time, float64[R, M - 1, 2].
        grain: units of flow, to which all these are known.
        potentials: by header path over `frame.t`, float64[R, T].
    """

    model: Model
    horizon_s: float
    counted: NDArray[np.float64]
    made: NDArray[np.float64]
    rejected: NDArray[np.float64]
    again: NDArray[np.float64]
    worked_s: NDArray[np.float64]
    down_s: NDArray[np.float64]
    starved_s: NDArray[np.float64]
    blocked_s: NDArray[np.float64]
    contents: NDArray[np.float64]
    good: NDArray[np.float64]
    levels: NDArray[np.float64]
    extremes: NDArray[np.float64]
    grain: float
    potentials: Mapping[str, NDArray[np.float64]]
    frame: Frame

    @property
    def rates(self) -> NDArray[np.float64]:
        """Mean rate of the line in units of flow per minute, float64[R]."""
        return self.counted / self.horizon_s * 60.0
