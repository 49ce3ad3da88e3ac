"""What one run worked out, and what a conversation goes back to."""

from tests.tools.scenery import LINE4, MINUTE, OPERATOR, Window
from tests.tools.standins import forecaster
from tools.scene import Scene
from tools.study import Study, Told, first_of, of_its_own


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


def _beside(first, asset, **update):
    """A diagnosis with a second likely cause at an asset."""
    cause = first.causes[0]
    other = cause.model_copy(
        update={"asset": asset, "beside": True, "probability": 0.8, "check": None, **update}
    )
    return first.model_copy(update={"causes": (cause, other)})


async def test_what_is_wrong_with_the_machine_asked_about_comes_first():
    """Of causes that do not exclude each other; of a line none does."""
    found = _beside(await study(forecaster(), Told()).diagnosis(LINE4), f"{LINE4}/packer")
    first, second = of_its_own(found, f"{LINE4}/packer").causes
    assert (first.asset, first.beside, second.beside) == (f"{LINE4}/packer", False, True)
    assert of_its_own(found, LINE4) is found


async def test_an_instrument_that_lies_is_not_what_a_line_loses_by():
    """It comes first only where the line makes its rate, or is asked for itself."""
    asset = f"{LINE4}/packer"
    found = _beside(await study(forecaster(), Told()).diagnosis(LINE4), asset, sensor=True)
    losing = found.model_copy(update={"rate": 80.0, "usual": 100.0})
    well = found.model_copy(update={"rate": 99.0, "usual": 100.0})
    assert of_its_own(losing, asset) is losing
    assert of_its_own(well, asset).causes[0].sensor
    assert first_of(losing, lambda one: one.sensor).causes[0].sensor


async def test_an_instrument_elsewhere_stands_behind_what_the_process_suffers_from():
    """However sure it is; alone it stays, and at the machine asked about it is what is wrong."""
    asset = f"{LINE4}/packer"
    found = await study(forecaster(), Told()).diagnosis(LINE4)
    away = found.causes[0].model_copy(update={"asset": asset, "sensor": True})
    alone = found.model_copy(update={"causes": (away,), "rate": 99.0, "usual": 100.0})
    both = _beside(alone, found.causes[0].asset, sensor=False)
    assert [one.sensor for one in of_its_own(both, LINE4).causes] == [False, True]
    assert of_its_own(both, asset) is both
    assert of_its_own(alone, LINE4) is alone


async def test_a_cause_that_excludes_the_first_never_comes_before_it():
    """A rival is less likely, wherever it sits."""
    asset = f"{LINE4}/packer"
    found = _beside(await study(forecaster(), Told()).diagnosis(LINE4), asset, beside=False)
    assert of_its_own(found, asset) is found
