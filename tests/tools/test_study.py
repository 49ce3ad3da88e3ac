"""What one run worked out, and what a conversation goes back to."""

from tests.tools.scenery import LINE4, MINUTE, OPERATOR, Window
from tests.tools.standins import forecaster
from tools.scene import Scene
from tools.study import Study, Told


def study(forecaster, told, window=None):
    return Study(Scene(window or Window(), OPERATOR), forecaster, told)


async def test_a_new_question_is_diagnosed_anew():
    """What a conversation was told before is no answer to a new question."""
    counted, told = forecaster(), Told()
    await study(counted, told).diagnosis(LINE4)
    await study(counted, told).diagnosis(LINE4)
    assert [verb for verb, *_ in counted.asked] == ["diagnose", "diagnose"]


async def test_propose_it_means_what_was_told():
    """A proposal goes back to the diagnosis its conversation was told, simulated from now."""
    counted, told = forecaster(), Told()
    first = await study(counted, told).diagnosis(LINE4)
    later = study(counted, told)
    await later.recall(LINE4)
    assert await later.diagnosis(LINE4) is first
    await later.advice(LINE4, first.causes[0])
    assert [verb for verb, *_ in counted.asked] == ["diagnose", "advise"]


async def test_what_was_told_long_ago_is_worked_out_again():
    """After a quarter of an hour the plant is another one."""
    counted, told = forecaster(), Told()
    first = await study(counted, told).diagnosis(LINE4)
    told[LINE4] = first.model_copy(update={"end": first.end - 16 * MINUTE})
    later = study(counted, told)
    await later.recall(LINE4)
    await later.diagnosis(LINE4)
    assert [verb for verb, *_ in counted.asked] == ["diagnose", "diagnose"]
