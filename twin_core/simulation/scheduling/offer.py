"""Search, then run what was found, and only then offer it, beside what the floor would do.

The search's own word is not enough: the law must find nothing broken, in the schedule as found and
in what the simulation made of its sequences, and nothing may end later than was planned. What is
offered has the times of that run. It must never look for a schedule itself.
"""

from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from twin_core.simulation.scheduling.model import Aim
from twin_core.simulation.scheduling.run import Ran, run, timed
from twin_core.simulation.scheduling.schedule import Schedule, Use, broken, use
from twin_core.simulation.scheduling.search import Found, NoneExists, NoneYet, cost, search
from twin_core.simulation.scheduling.shop import Shop
from twin_core.simulation.scheduling.solve import Ended, Ending, Limits, Progress
from twin_core.simulation.scheduling.trial import Trial, Upsets, trial
from twin_core.value import Value

MODEL_VERSION = "schedule 1"


class Offer(Value):
    """A schedule that was run.

    Attributes:
        schedule: as it ran; `before` what would be done without it.
        value, value_before: of the aim; no schedule has less than `bound`.
        use, use_before: of every machine, in the shop's order.
        trial: both under the same upsets, `before` first; None where none are given.
    """

    kind: Literal["offer"] = "offer"
    aim: Aim
    schedule: Schedule
    value: int
    bound: int
    ended: Ended
    before: Schedule
    value_before: int
    use: tuple[Use, ...]
    use_before: tuple[Use, ...]
    trial: Trial | None = None
    model_version: str = MODEL_VERSION

    @property
    def proven(self) -> bool:
        """Whether nothing better exists."""
        return self.value == self.bound


class Withheld(Value):
    """Found, but not as it should be when it was looked at: `why`, a sentence each."""

    kind: Literal["withheld"] = "withheld"
    why: tuple[str, ...] = Field(min_length=1)


Outcome = Annotated[Offer | Withheld | NoneYet | NoneExists, Field(discriminator="kind")]


def offer(
    shop: Shop,
    aim: Aim,
    limits: Limits,
    before: Schedule | None = None,
    start: Schedule | None = None,
    upsets: Upsets | None = None,
    told: Callable[[Progress], bool] | None = None,
    ending: Ending | None = None,
) -> Outcome:
    """The best schedule that could be found and run.

    Args:
        shop: what to schedule.
        aim: what to make small.
        limits: how long to look; their seed is also that of the trial.
        before: what is planned now; None = the best that a dispatching rule makes.
        start: where to begin to look; None = with `before`.
        upsets: under which both are tried; None = they are not.
        told: as of `search`.
        ending: as of `search`.

    Raises:
        ImpossibleScenario, TooLarge: as `search` and `trial`.
    """
    found = search(shop, aim, limits, start or before, told, ending)
    if not isinstance(found, Found):
        return found
    now = before or found.start
    ran = run(shop, found.schedule)
    why = tuple(faults(shop, found.schedule, ran))
    if why:
        return Withheld(why=why)
    schedule = timed(ran)
    return Offer(
        aim=aim,
        schedule=schedule,
        value=cost(shop, aim, schedule),
        bound=found.bound,
        ended=found.ended,
        before=now,
        value_before=cost(shop, aim, now),
        use=use(shop, schedule),
        use_before=use(shop, now),
        trial=trial(shop, (now, schedule), aim, upsets, limits.seed)
        if upsets is not None
        else None,
    )


def faults(shop: Shop, schedule: Schedule, ran: Ran) -> Iterator[str]:
    """What speaks against a schedule: rules broken, as found or as run, and what ends later."""
    yield from broken(shop, schedule)
    yield from ran.waiting
    if not ran.waiting:
        yield from (f"as run, {problem}" for problem in broken(shop, timed(ran)))
    for stint, _, end in ran.stints:
        if end > stint.end:
            name = f"operation {stint.operation + 1} of {stint.job}"
            yield f"as run, {name} ends at {end} s, planned was {stint.end} s"
