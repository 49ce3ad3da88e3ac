"""Sweeps: what is varied read out of plain words, its scenarios shared out to the workers.

One sweep runs at a time: two would only take each other's workers. It must never simulate in this
process, nor hold up a question: those go between a sweep's parcels.
"""

import asyncio
from collections.abc import Callable, Sequence

from agents.offline import phrases
from agents.offline.changes import changes_in
from tools.ahead import simulated_ahead
from tools.change_said import ChangeSaid
from tools.changes import Understood, felt_on, lines_touched, understand_change
from tools.ranges import ranged
from tools.scene import Scene
from tools.wording import called, sentence
from twin_core.errors import BadInput, Busy
from twin_core.plant.names import Names
from twin_core.ports import Compute
from twin_core.simulation.scenario import Scenario
from twin_core.simulation.sweep import Axis, Each, Sweep, Swept
from twin_core.twin import Snapshot

_HORIZON_S = 900.0
_AGAIN_S = 30


def understand_sweep(
    scene: Scene, names: Names, varied: Sequence[str], line: str = "", horizon: str = ""
) -> Sweep:
    """The sweep that is meant, each of its scenarios possible.

    Args:
        scene: what the asker may see.
        names: of its plant.
        varied: one change each, a range where its number stands (see `ranged`).
        line: whose rate is asked for; empty = the one line that the changes touch.
        horizon: how far ahead; empty = 15 min.

    Raises:
        BadInput: with what was not understood, or is not possible, and what is allowed.
    """
    axes, varying = [], list[Understood]()
    for text in varied:
        axis, first = _axis(scene, names, text)
        axes.append(axis)
        varying.append(first)
    plant, touched = names.plant, [one.unit for one in varying]
    if line.strip():
        asked = plant.line(scene.asset(line))
    else:
        lines = lines_touched(touched, plant)
        if len(lines) != 1:
            allowed = ", ".join(one.name for one in lines or plant.lines)
            raise BadInput(f"Which line's rate is asked for is not said; allowed: {allowed}.")
        asked = lines[0]
    for one in varying:
        if not felt_on(one, asked.id, plant):
            raise BadInput(
                f"{sentence(one.words)} changes nothing on {called(asked.id, plant)}; allowed: "
                f"{called(plant.line(one.unit).id, plant)}."
            )
    scene.heard(asked.id, *touched)
    ahead = simulated_ahead(horizon, scene.now(), plant, _HORIZON_S)
    baseline = Scenario(name="as it is", line=asked.id, horizon_s=ahead)
    return Sweep(baseline=baseline, axes=tuple(axes)).checked(scene.look())


def _axis(scene: Scene, names: Names, text: str) -> tuple[Axis, Understood]:
    found = ranged(text)
    understood = [_change(scene, names, found.said(value)) for value in found.values]
    axis = Axis(
        name=found.name,
        values=tuple(float(value) for value in found.values),
        changes=tuple(one.change for one in understood),
    )
    return axis, understood[0]


def _change(scene: Scene, names: Names, text: str) -> Understood:
    read = changes_in(text, names)
    if len(read.said) != 1 or read.unread or read.passed:
        raise BadInput(f"“{text[:200]}” is not understood as one change. {phrases.CHANGES}")
    return understand_change(scene, ChangeSaid.model_validate(read.said[0]))


class Sweeper:
    """Runs sweeps, one at a time, by the workers that all questions use."""

    def __init__(self, compute: Compute, seed: int) -> None:
        self._compute, self._seed = compute, seed
        self._running: tuple[int, int] | None = None

    async def run(
        self,
        snapshot: Snapshot,
        sweep: Sweep,
        replications: int,
        told: Callable[[int], None] | None = None,
    ) -> Swept:
        """Forecast every scenario; cancelled, those that have not begun are not.

        Args:
            snapshot: where all begin.
            sweep: what is asked.
            replications: of each scenario.
            told: hears how many are done.

        Raises:
            Busy: another one runs.
            ComputeDown: the workers cannot be used.
        """
        if self._running is not None:
            done, of = self._running
            raise Busy(f"A sweep runs already, {done:,} of {of:,} scenarios done", _AGAIN_S)

        def heard(done: int) -> None:
            self._running = done, sweep.size
            if told is not None:
                told(done)

        self._running = 0, sweep.size
        try:
            one = Each(snapshot, self._seed, replications)
            found = await self._compute.map(one, sweep.scenarios, heard, long=True)
        finally:
            self._running = None
        swept = Swept(sweep=sweep, forecasts=tuple(found))
        await asyncio.to_thread(lambda: swept.digest)
        return swept
