"""Remedies, best first; what wins nothing is said to win nothing."""

import pytest

from tests.fakes import FakeForecaster
from tests.tools.box import Box
from tests.tools.scenery import FILLER4, LINE4, snapshot
from tests.tools.standins import advise, diagnose, forecast
from tools.remedies import choose_cause
from twin_core.advice.remedy import Remedy
from twin_core.errors import UnknownName
from twin_core.governance.action import Effect
from twin_core.simulation.scenario import Estimate, Scenario


async def test_remedies_come_best_first_with_forecast_gain_and_interval():
    """Each with its sign, doing nothing among them, and before them what they are against."""
    found = await Box()("find_remedies", asset="line 4")
    against, *remedies = found.evidence
    assert against.kind == "cause"
    assert [e.data["rank"] for e in remedies] == [0, 1, 2, 3]
    assert "+98 bottles/min (90 % interval +78 to +118)" in remedies[0].statement
    assert remedies[3].data["kind"] is None


def effect(mean, half):
    """A simulated effect on line 4."""
    as_it_is = forecast(snapshot(), Scenario(name="as it is", line=LINE4))
    return Effect(
        line=LINE4,
        gain=Estimate(mean=mean, low=mean - half, high=mean + half, unit="{bottle}/min"),
        forecast=as_it_is,
        baseline=as_it_is,
        settle_s=60.0,
    )


@pytest.mark.parametrize(
    ("mean", "half", "cures", "says", "not_said"),
    [
        (52.0, 20.0, False, "+52 bottles/min", "nothing"),
        (0.0, 0.0, False, "no effect is forecast on line 4 over the next 15 min.", "eases"),
        (0.0, 0.0, True, "no effect is forecast on line 4 over the next 15 min; removes", "eases"),
        (
            -0.2,
            0.1,
            True,
            "-0.2 bottles/min (90 % interval -0.3 to -0.1), so it wins nothing by then",
            "eases",
        ),
        (3.0, 5.0, False, "(90 % interval -2 to +8), so it may win nothing by then", "it wins"),
    ],
)
async def test_a_remedy_that_wins_nothing_is_said_to_win_nothing(mean, half, cures, says, not_said):
    """Without effect, with a loss, or with a gain that may be chance: the sentence says which."""

    def only(now, diagnosis, cause):
        given = advise(now, diagnosis, cause)
        one = given.best.model_copy(update={"effect": effect(mean, half), "cures": cures})
        return given.model_copy(update={"best": one, "remedies": (one,)})

    box = Box(forecaster=FakeForecaster(diagnose=diagnose, advise=only))
    (_, told) = (await box("find_remedies", asset="line 4")).evidence
    assert says in told.statement
    assert not_said not in told.statement


async def test_waiting_is_said_to_be_best_where_it_is():
    """“Do nothing” alone would be no answer."""

    def wait(now, diagnosis, cause):
        nothing = Remedy(title="Wait and watch", action=None)
        return advise(now, diagnosis, cause).model_copy(
            update={"best": nothing, "remedies": (nothing,)}
        )

    box = Box(forecaster=FakeForecaster(diagnose=diagnose, advise=wait))
    (_, told) = (await box("find_remedies", asset="line 4")).evidence
    assert told.statement == (
        "Wait and watch: nothing that could be done helps more, by the simulation."
    )


async def test_a_cause_is_chosen_by_all_its_words():
    """A word that two causes share does not make the first of them the one that was said."""

    def two(now, subject, span_s):
        found = diagnose(now, subject, span_s)
        (first,) = found.causes
        mode = now.plant.class_of(FILLER4).failure_modes[1]
        second = first.model_copy(
            update={"name": f"Filler 4: {mode.name}", "failure_mode": mode.id, "probability": 0.1}
        )
        return found.model_copy(update={"causes": (first, second)})

    found = two(snapshot(), LINE4, 1800.0)
    for cause in found.causes:
        mode = snapshot().plant.class_of(FILLER4).failure_mode(cause.failure_mode)
        assert mode is not None
        for said in (cause.name, mode.name, cause.failure_mode):
            assert choose_cause(found, said) == cause
    with pytest.raises(UnknownName):
        choose_cause(found, "purple elephants")
