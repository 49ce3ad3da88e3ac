"""What a line loses when one of its machines stands from a moment on, simulated.

With and without the stop under the same luck, from the live state: buffers bridge it, planned
stops hide it, what was behind catches up. What headers hold is taken from the line as it is: a
machine that stands leaves them a little more. It must never choose a moment.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.prospect.window import Job, Window
from twin_core.simulation.line_schedule import product_of
from twin_core.simulation.measured import estimate, half_width
from twin_core.simulation.model import Experiment
from twin_core.simulation.possible import check
from twin_core.simulation.scenario import Change, Estimate, Outage, Scenario
from twin_core.simulation.starting import model_of
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

RECOVERY_S = 3600.0
"""After a stop a line makes up for some of it."""
REPLICATIONS = 16
_UNPLANNED = 6
_KINDS = {"machine", "conveyor"}


class Stopping:
    """The costs of doing a job at moments.

    Args:
        snapshot: belief now; settled values are the start.
        job: what is to be done.
        seed: of every random number.
        known: what is to come anyway: change-overs and stops that are moved.
        replications: of every run.

    Raises:
        UnknownName: no such asset.
        ImpossibleScenario: an asset that no production line would stand for.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        job: Job,
        seed: int,
        known: tuple[Change, ...] = (),
        replications: int = REPLICATIONS,
    ) -> None:
        plant = snapshot.plant
        unit, self.line = plant.unit(job.asset), plant.line(job.asset)
        if self.line.kind != "production" or plant.class_of(unit.id).model not in _KINDS:
            raise ImpossibleScenario(
                f"a window for {unit.name}, for which no one line stands",
                "a machine or conveyor of a production line",
            )
        self.job, self._known, self._seed, self._n = job, known, seed, replications
        self._reach_s = job.horizon_s + max(job.duration_s, job.failed_s) + RECOVERY_S
        scenario = Scenario(
            name="as it is", line=self.line.id, horizon_s=self._reach_s, changes=known
        )
        check(plant, scenario, snapshot)
        self._model = model_of(snapshot, scenario)
        self.at: Instant = self._model.at
        self.unit = self.line.unit_of_flow or "1"
        self._costs: dict[int, Window] = {}
        product = product_of(plant, self.line, self._model.rows)
        prices = plant.prices
        self._margin = None
        if prices is not None and product is not None and product.id in prices.margin:
            self._margin = (prices.margin[product.id], prices.currency)

    @property
    def priced(self) -> bool:
        """Whether a margin of what is made now is given."""
        return self._margin is not None

    @cached_property
    def _as_it_is(self) -> Experiment:
        # more at once than are run: what media do is kept
        return Experiment(self._model, self._known, 0.0, self._reach_s, self._seed, self._n + 1)

    @cached_property
    def _usual(self) -> NDArray[np.float64]:
        return self._as_it_is.run(self._n).counted

    @cached_property
    def rate(self) -> float:
        """What the line makes on average while it is meant to run, units of flow per second."""
        return float(self._usual.mean()) / self._as_it_is.running_s

    def lost(self, start_s: float, duration_s: float) -> NDArray[np.float64]:
        """Units of flow that are not made for a stop, by replication, float64[R]."""
        stop = Outage(asset=self.job.asset, after_s=start_s, duration_s=duration_s)
        run = Experiment(
            self._model, (*self._known, stop), 0.0, self._reach_s, self._seed, self._n,
            self._as_it_is,
        ).run(self._n)  # fmt: skip
        return np.asarray(self._usual - run.counted, np.float64)

    @cached_property
    def _unplanned(self) -> NDArray[np.float64]:
        """What an unplanned stop loses: the mean over moments evenly apart, by replication."""
        job = self.job
        moments = (np.arange(_UNPLANNED) + 0.5) / _UNPLANNED * job.horizon_s
        found = [self.lost(float(at), job.failed_s) for at in moments]
        return np.asarray(np.mean(found, axis=0), np.float64)

    @property
    def unplanned(self) -> Estimate:
        """What an unplanned stop loses, with the confidence interval of that mean."""
        return _of_mean(self._unplanned, self.unit)

    def cost(self, start_s: float) -> Window:
        """The job begun so many seconds from now.

        `cost(s) = (1 - F(s)) L(s) + F(s) U`: the loss of the window if it lasts until then, that of
        an unplanned stop if it does not (age replacement: Barlow and Proschan, *Mathematical Theory
        of Reliability*, 1965, section 4.2, over one horizon). Without a life F is 0.
        """
        key = round(start_s)
        if key not in self._costs:
            self._costs[key] = self._worked_out(float(key))
        return self._costs[key]

    @property
    def tried(self) -> tuple[Window, ...]:
        """What was worked out so far, by start."""
        return tuple(self._costs[key] for key in sorted(self._costs))

    def _worked_out(self, start_s: float) -> Window:
        job = self.job
        lost = self.lost(start_s, job.duration_s)
        fails = job.life.failed_by(start_s) if job.life is not None else 0.0
        expected = (1.0 - fails) * lost + (fails * self._unplanned if fails > 0 else 0.0)
        cost = _of_mean(expected, self.unit)
        return Window(
            start=self.at + int(start_s * SECOND),
            end=self.at + int((start_s + job.duration_s) * SECOND),
            lost=estimate(lost, self.unit),
            fails_before=fails,
            cost=cost,
            money=self._money(cost),
        )

    def _money(self, cost: Estimate) -> Estimate | None:
        if self._margin is None:
            return None
        each, currency = self._margin
        return Estimate(
            mean=each * cost.mean, low=each * cost.low, high=each * cost.high, unit=currency
        )


def _of_mean(column: NDArray[np.float64], unit: str) -> Estimate:
    """A mean with the 90 % confidence interval of the mean itself."""
    half = half_width(column)
    mean = float(column.mean())
    return Estimate(mean=mean, low=mean - half, high=mean + half, unit=unit, half=half)
