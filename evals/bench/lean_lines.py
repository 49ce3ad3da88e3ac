"""The peers of `simulation_line.py`: the same lines in SimPy, as lean as its documentation is."""

import random
from collections.abc import Generator
from typing import Any

import simpy

_Steps = Generator[simpy.Event, Any, None]


def serial(horizon_s: float, seed: int, people: int = 7, rejects: float = 0.0) -> int:
    """Seven machines, buffers of 20, failures by work, people who mend them; parts made.

    So many as the last but one rejects go first at the second.
    """
    draw, env = random.Random(seed), simpy.Environment()  # noqa: S311 (not for secrets)
    stores = [simpy.Store(env, 20) for _ in range(6)]
    crew = simpy.Resource(env, people)
    made, back = [0], [0]

    def machine(number: int) -> _Steps:
        life = draw.expovariate(1 / 600)
        while True:
            if number == 1 and back[0]:
                back[0] -= 1
            elif number:
                yield stores[number - 1].get()
            work = 1.0
            while life < work:
                yield env.timeout(life)
                work -= life
                with crew.request() as turn:
                    yield turn
                    yield env.timeout(draw.expovariate(1 / 60))
                life = draw.expovariate(1 / 600)
            yield env.timeout(work)
            life -= work
            if number == 5 and rejects and draw.random() < rejects:
                back[0] += 1
            elif number < 6:
                yield stores[number].put(1)
            else:
                made[0] += 1

    for number in range(7):
        env.process(machine(number))
    env.run(horizon_s)
    return made[0]


def lots(horizon_s: float, seed: int) -> int:
    """Bottles and caps, filler, labeller, packer, palletizer, wrapper; pallets made."""
    draw, env = random.Random(seed), simpy.Environment()  # noqa: S311 (not for secrets)
    bottles, caps, filled, labelled, cases, pallets = (
        simpy.Container(env, size) for size in (20, 20, 20, 60, 80, 5)
    )
    made = [0]

    def by_work(
        cycle: float, takes: list[tuple[simpy.Container, int]], puts: simpy.Container | None
    ) -> _Steps:
        life = draw.expovariate(1 / 600)
        while True:
            for store, parts in takes:
                yield store.get(parts)
            slow = 0.9 if puts is filled and env.now > horizon_s / 2 else 1.0
            work = cycle / slow
            while life < work:
                yield env.timeout(life)
                work -= life
                yield env.timeout(draw.expovariate(1 / 60))
                life = draw.expovariate(1 / 600)
            yield env.timeout(work)
            life -= work
            if puts is not None:
                yield puts.put(1)
            else:
                made[0] += 1

    def by_calendar(
        cycle: float, takes: simpy.Container, parts: int, puts: simpy.Container
    ) -> _Steps:
        while True:
            yield takes.get(parts)
            left = cycle
            while left > 0:
                begun = env.now
                try:
                    yield env.timeout(left)
                    left = 0.0
                except simpy.Interrupt as failure:
                    left -= env.now - begun
                    yield env.timeout(float(failure.cause or 0.0))
            yield puts.put(1)

    def fails(process: simpy.Process) -> _Steps:
        while True:
            yield env.timeout(draw.expovariate(1 / 1200))
            repair = draw.expovariate(1 / 60)
            if isinstance(process.target, simpy.events.Timeout):
                process.interrupt(repair)
            yield env.timeout(repair)

    env.process(by_work(1.0, [], bottles))
    env.process(by_work(0.9, [], caps))
    env.process(by_work(1.0, [(bottles, 1), (caps, 1)], filled))
    env.process(fails(env.process(by_calendar(1.0, filled, 1, labelled))))
    env.process(fails(env.process(by_calendar(11.0, labelled, 12, cases))))
    env.process(by_work(400.0, [(cases, 40)], pallets))
    env.process(by_work(300.0, [(pallets, 1)], None))
    env.run(horizon_s)
    return made[0]
