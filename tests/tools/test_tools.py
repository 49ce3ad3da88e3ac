"""Every tool on the scenery: ok, no data and failed are three answers, and nothing is raised."""

from dataclasses import replace
from typing import Any

import pytest

from tests.fakes import FakeForecaster, FakeLibrary, FakeWorkRecords
from tests.tools.scenery import (
    FILLER4,
    LINE3,
    LINE4,
    MINUTE,
    NOW,
    OPERATOR,
    STRANGER,
    VIEWER,
    Window,
    advise,
    alarm,
    desk,
    diagnose,
    forecaster,
    library,
    records,
    snapshot,
    waiting,
)
from tools.result import ToolResult
from tools.toolbox import toolbox
from twin_core.twin import Quarantine
from twin_core.value import SECOND


class Box:
    """A toolbox and what is around it."""

    def __init__(self, window=None, asker=OPERATOR, **around):
        self.window = window or Window()
        self.desk = around.get("desk") or desk()
        tools = toolbox(
            self.window,
            self.desk,
            around.get("library") or library(),
            around.get("forecaster") or forecaster(),
            around.get("records") or records(),
            asker,
        )
        self.tools = {tool.name: tool for tool in tools}

    async def __call__(self, name, /, **arguments):
        call = {"name": name, "args": arguments, "id": "1", "type": "tool_call"}
        answer = await self.tools[name].ainvoke(call)
        result = ToolResult.model_validate(answer.artifact)
        assert answer.content == result.content()
        return result


async def test_the_overview_has_every_line_and_every_open_incident():
    """Rates with units and times, then what is open."""
    found = await Box()("plant_overview")
    assert "1 open incident" in found.text
    told = " ".join(e.statement for e in found.evidence)
    for line in ("Line 1 makes 540", "Line 2 makes", "Line 3 makes", "Line 4 makes 403"):
        assert line in told
    assert "in-0a1b2c3d" in told


async def test_an_assets_state_says_packml_and_every_value_with_unit_and_time():
    """A machine's values, without its counters."""
    found = await Box()("asset_state", asset="filler 4")
    assert found.status == "ok"
    assert found.evidence[0].statement == "Filler 4 is in Execute, at 13:59:58 GMT."
    told = [e.statement for e in found.evidence]
    assert any("bar at 13:59:58 GMT" in t for t in told)
    assert not any("2147483648" in t for t in told)


async def test_a_lines_state_says_its_rate_and_its_machines():
    """And the incidents it is part of."""
    found = await Box()("asset_state", asset="line 4")
    kinds = [e.kind for e in found.evidence]
    assert kinds[0] == "indicator"
    assert kinds.count("state") == 7
    assert "incident" in kinds


async def test_a_value_carries_its_point_unit_and_quality():
    """One value is one piece of evidence."""
    found = await Box()("latest_values", measurement="bowl pressure", asset="line 3")
    (seen,) = found.evidence
    assert seen.subject == f"{LINE3}/filler/bowl_pressure"
    assert seen.data["unit"] == "bar"
    assert seen.quality == "good"
    assert seen.origin == "line3_plc"


@pytest.mark.parametrize("said", ["rate", "throughput", "output", ""])
async def test_a_lines_rate_is_its_settled_indicator(said):
    """Whatever people call it."""
    found = await Box()("latest_values", measurement=said, asset="line 4")
    assert found.evidence[0].data["rate"] == 402.6


async def test_a_stale_value_is_no_data_not_an_old_value():
    """The number is not in the answer."""
    now = snapshot()
    time = now.time.copy()
    time[now.plant.index[f"{FILLER4}/bowl_pressure"]] -= 10 * MINUTE
    old = replace(now, time=time)
    found = await Box(Window(old))("latest_values", measurement="bowl pressure", asset="filler 4")
    assert found.status == "no_data"
    assert "stale" in found.text
    assert "bar" not in found.text


async def test_a_quarantined_value_is_no_data_with_the_reason():
    """What was not believed is not told."""
    point = f"{FILLER4}/bowl_pressure"
    held = Quarantine(
        point=point, rule="stuck", since=NOW - MINUTE, value=2.0, reason="has not moved"
    )
    now = replace(snapshot(), quarantined={point: held})
    found = await Box(Window(now))("latest_values", measurement="bowl pressure", asset="filler 4")
    assert found.status == "no_data"
    assert "quarantined since 13:59:00 GMT: has not moved" in found.text


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("asset_state", {"asset": "line 3"}),
        ("latest_values", {"measurement": "rate", "asset": "line 3"}),
        ("latest_values", {"measurement": "bowl pressure", "asset": "filler 3"}),
        ("indicators", {"asset": "line 3"}),
        ("find_cause", {"asset": "line 3"}),
        ("find_remedies", {"asset": "line 3"}),
        ("what_if", {"line": "line 3"}),
        ("compare_options", {"options": [{"asset": "filler 3", "kind": "stop"}]}),
        ("propose", {"asset": "line 3"}),
    ],
)
async def test_every_tool_says_no_data_of_a_silent_line(tool, arguments):
    """Since when it has been silent, and nothing else of it."""
    box = Box(Window(snapshot(down={"line3_plc": NOW - 90 * SECOND})))
    found = await box(tool, **arguments)
    assert found.status == "no_data"
    assert "no data from" in found.text
    assert "since 13:58:30 GMT" in found.text
    assert "bottles/min" not in found.content()
    assert box.desk.submitted == []


@pytest.mark.parametrize("tool", ["asset_state", "indicators", "find_cause", "propose"])
async def test_a_line_that_brings_nothing_new_is_silent_before_its_source_is_called_lost(tool):
    """All its readings are too old: since the newest of them there is no data."""
    now = snapshot()
    box = Box(Window(replace(now, now=NOW + 20 * SECOND)))
    found = await box(tool, asset="line 3")
    assert found.status == "no_data"
    assert "no data from line 3 since 13:59:58 GMT (nothing new came)" in found.text
    assert "bottles/min" not in found.content()


async def test_a_shared_utility_that_is_silent_does_not_silence_the_lines():
    """Line 4 still has data when the utilities' controller is down."""
    box = Box(Window(snapshot(down={"utilities_plc": NOW - MINUTE})))
    assert (await box("asset_state", asset="line 4")).status == "ok"
    assert (await box("asset_state", asset="compressor 1")).status == "no_data"


async def test_a_source_never_heard_is_said_to_be_that():
    """There is no time to name."""
    now = snapshot()
    now = replace(now, sources={k: v for k, v in now.sources.items() if k != "line3_plc"})
    found = await Box(Window(now))("asset_state", asset="line 3")
    assert found.status == "no_data"
    assert "line3_plc was never heard" in found.text


@pytest.mark.parametrize(
    "tool", ["asset_state", "indicators", "find_cause", "find_remedies", "propose", "work_orders"]
)
async def test_an_unknown_asset_gives_the_nearest_names(tool):
    """Failed, with names that exist; never another asset's answer."""
    found = await Box()(tool, asset="line 9")
    assert found.status == "failed"
    assert "line 9" in found.text
    assert "Line 1" in found.choices


async def test_an_ambiguous_asset_gives_its_choices():
    """Four fillers, none guessed."""
    found = await Box()("asset_state", asset="filler")
    assert found.status == "failed"
    assert found.choices == ("Filler 1", "Filler 2", "Filler 3", "Filler 4")


async def test_a_trend_reads_the_last_hour_from_the_snapshot_and_draws_it():
    """First, last, mean, extremes, direction, and the curve."""
    found = await Box()("trend", measurement="bowl pressure", asset="filler 4", span="last 20 min")
    (seen,) = found.evidence
    assert seen.data["direction"] == "steady"
    assert "from 13:40:00 to 14:00:00 GMT" in seen.statement
    (chart,) = found.charts
    assert len(chart.series[0].time) == 120


async def test_a_trend_of_a_rate_counts_what_left_the_line_and_leaves_out_a_restart():
    """7 cases in ten seconds are 504 bottles a minute; a counter at 0 again is no loss."""
    now = snapshot()
    i = now.plant.index[f"{LINE4}/packer/produced"]
    high = now.recent.high.copy()
    high[300:, i] -= high[300, i]
    window = Window(replace(now, recent=replace(now.recent, high=high)))
    found = await Box(window)("trend", measurement="rate", asset="line 4", span="last 30 min")
    seen = found.evidence[0]
    assert seen.data["mean"] == pytest.approx(504)
    assert seen.data["low"] > 0


async def test_a_rising_value_is_rising_and_a_gap_is_told():
    """The direction needs more than noise; what was not heard is not bridged."""
    now = snapshot()
    i = now.plant.index[f"{FILLER4}/product_temperature"]
    mean = now.recent.mean.copy()
    mean[240:, i] += 0.05 * (1 + __import__("numpy").arange(120))
    mean[280:300, i] = float("nan")
    recent = replace(now.recent, mean=mean, low=mean, high=mean)
    found = await Box(Window(replace(now, recent=recent)))(
        "trend", measurement="product temperature", asset="filler 4", span="last 20 min"
    )
    seen = found.evidence[0]
    assert seen.data["direction"] == "rising"
    assert "Heard for 83 % of the span" in seen.statement


async def test_a_longer_trend_asks_the_history_and_no_readings_are_no_data():
    """Empty buckets are not zeros."""
    found = await Box()("trend", measurement="bowl pressure", asset="filler 4", span="last 5 h")
    assert found.status == "no_data"
    assert "There is no data from" in found.text


async def test_indicators_say_what_is_not_to_be_had():
    """No quality, so no OEE; nothing is made up."""
    found = await Box()("indicators", asset="line 4")
    assert "availability 91 %" in found.text
    assert "not to be had: OEE, quality" in found.text
    found = await Box()("indicators", asset="filler 4")
    assert "Execute 50 min, Suspended 10 min" in found.evidence[-1].statement


async def test_alarms_and_incidents_are_those_below_the_asset():
    """Line 4's are not line 2's; a clean line says so."""
    box = Box(Window(replace(snapshot(), alarms=(alarm(),))))
    found = await box("alarms", asset="line 4")
    assert "1 open incident, 1 alarm" in found.text
    assert any("13.4 °C against a limit of 12 °C" in e.statement for e in found.evidence)
    assert "no alarm, no incident" in (await box("alarms", asset="line 2")).text


async def test_a_cause_has_its_counterfactual_and_its_signs():
    """Cause, simulated check with 90 % interval, and the evidence it rests on."""
    found = await Box()("find_cause", asset="line 4")
    kinds = [e.kind for e in found.evidence]
    assert kinds == ["indicator", "cause", "counterfactual", "symptom"]
    check = found.evidence[2]
    assert check.quality == "simulated"
    assert "399 bottles/min (90 % interval 387 to 411)" in check.statement
    assert found.evidence[1].data["asset"] == FILLER4


async def test_nothing_abnormal_is_an_answer():
    """Not every line has a cause to find."""
    found = await Box()("find_cause", asset="line 2")
    assert found.status == "ok"
    assert "nothing abnormal was found" in found.text


async def test_diagnosis_and_advice_are_worked_out_once_a_run():
    """Cause, remedies and proposal of one run share them."""
    asked = forecaster()
    box = Box(forecaster=asked)
    for tool in ("find_cause", "find_remedies", "propose"):
        await box(tool, asset="line 4")
    assert [verb for verb, _ in asked.asked] == ["diagnose", "advise"]


async def test_remedies_come_best_first_with_forecast_gain_and_interval():
    """Each with its sign, and doing nothing among them."""
    found = await Box()("find_remedies", asset="line 4")
    assert [e.data["rank"] for e in found.evidence] == [0, 1, 2, 3]
    assert "+98.0 bottles/min (90 % interval +78.0 to +118.0)" in found.evidence[0].statement
    assert found.evidence[3].data["kind"] is None


async def test_a_forecast_says_its_interval_and_horizon():
    """Simulated, and marked so."""
    found = await Box()("what_if", line="line 4", horizon="30 min")
    (seen,) = found.evidence
    assert seen.quality == "simulated"
    assert "403 bottles/min (90 % interval 391 to 415) over the next 30 min" in seen.statement


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"asset": "filler 4", "kind": "speed", "value": 90}, "filler 4 at 90 % of its speed"),
        ({"asset": "filler 4", "kind": "stop", "duration": "20 min"}, "stopped for 20 min"),
        ({"asset": "filler 4", "kind": "rejects", "value": 5}, "rejecting 5 % more"),
        (
            {"asset": "filler 4", "kind": "set", "measurement": "bowl pressure", "value": 2.4},
            "setpoint of filler 4 at 2.4 bar",
        ),
    ],
)
async def test_a_change_is_said_back_as_it_was_understood(change, words):
    """Against as it is, with the difference."""
    found = await Box()("what_if", changes=[change])
    assert words in found.evidence[0].statement
    assert "difference" in found.evidence[0].statement


async def test_a_shared_utility_concerns_every_line_it_supplies():
    """Compressor 1 feeds header A, and by the tie header B."""
    found = await Box()("what_if", changes=[{"asset": "compressor 1", "kind": "stop"}])
    assert [e.subject for e in found.evidence] == [
        f"riverside/packaging/line{n}" for n in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"asset": "filler 4", "kind": "set", "measurement": "bowl pressure", "value": 99},
            "outside",
        ),
        ({"asset": "filler 4", "kind": "speed"}, "no value"),
        ({"asset": "filler 4", "kind": "speed", "value": 900}, "outside 0 to 200"),
        ({"asset": "filler 4", "kind": "set", "measurement": "vibration", "value": 1}, "not set"),
        ({"asset": "line 4", "kind": "stop"}, "no machine"),
    ],
)
async def test_an_impossible_change_fails_with_what_was_allowed(change, says):
    """Nothing impossible is simulated."""
    asked = forecaster()
    found = await Box(forecaster=asked)("what_if", changes=[change])
    assert found.status == "failed"
    assert says in found.text
    assert asked.asked == []


@pytest.mark.parametrize("horizon", ["0 min", "3 days", "soon"])
async def test_an_impossible_horizon_fails(horizon):
    """Up to eight hours."""
    found = await Box()("what_if", line="line 4", horizon=horizon)
    assert found.status == "failed"
    assert "allowed" in found.text


async def test_options_are_compared_best_first():
    """On the same random numbers, with a verdict and bars."""
    found = await Box()(
        "compare_options",
        options=[
            {"asset": "filler 4", "kind": "speed", "value": 80},
            {"asset": "filler 4", "kind": "speed", "value": 120},
        ],
    )
    assert found.text == "Best for line 4: filler 4 at 120 % of its speed."
    assert found.charts[0].labels[1] == "filler 4 at 120 % of its speed"


async def test_a_passage_is_quoted_with_document_and_section():
    """Narrowed by the machine's class; the words are data."""
    shelf = library()
    found = await Box(library=shelf)("search_documents", query="low pressure", asset="filler 4")
    (seen,) = found.evidence
    assert seen.kind == "passage"
    assert seen.statement.startswith("FG-03 Rotary filler fault finding, section 3.2")
    assert shelf.asked[0] == ("low pressure", ("rotary_filler",))


async def test_no_passage_is_no_data():
    """Nothing is quoted that was not found."""
    found = await Box(library=FakeLibrary())("search_documents", query="anything")
    assert found.status == "no_data"


async def test_work_orders_say_what_the_crew_found():
    """Below the asset, newest first."""
    found = await Box()("work_orders", asset="line 3")
    assert "WO-12 on capper 3, done" in found.evidence[1].statement
    assert "clutch worn" in found.evidence[1].statement
    assert "2, 1 open" in (await Box()("work_orders")).text


async def test_proposals_say_who_must_approve():
    """Waiting ones first; an unknown id fails with known ones."""
    box = Box(Window(proposals=[waiting()]))
    found = await box("proposals_status")
    assert "needs 1 supervisor, not the requester" in found.evidence[1].statement
    assert (await box("proposals_status", proposal="p-zzzzzzzz")).status == "failed"


async def test_a_proposal_is_the_best_remedy_in_the_askers_name():
    """The draft carries cause, counterfactual, signs, forecast and basis; the desk the person."""
    box = Box()
    found = await box("propose", asset="line 4")
    ((draft, asker),) = box.desk.submitted
    assert asker == OPERATOR
    assert found.proposals == ("p-00000001",)
    assert draft.title == "Raise the bowl pressure of filler 4 to 2.4 bar"
    assert [e.kind for e in draft.evidence] == ["cause", "counterfactual", "symptom", "forecast"]
    assert draft.basis.points[0].point == f"{FILLER4}/bowl_pressure_setpoint"
    assert draft.effect is not None
    assert "1 supervisor, not the requester" in found.text


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("best", "Raise the bowl pressure of filler 4 to 2.4 bar"),
        ("replace the bowl seal", "Replace the bowl seal of filler 4"),
        ("work order", "Replace the bowl seal of filler 4"),
        ("inspection", "Inspect filler 4"),
    ],
)
async def test_a_named_remedy_is_the_one_proposed(said, title):
    """By its title or its kind."""
    box = Box()
    await box("propose", asset="line 4", remedy=said)
    assert box.desk.submitted[0][0].title == title


async def test_a_remedy_nobody_found_is_not_proposed():
    """Failed, with the titles there are."""
    box = Box()
    found = await box("propose", asset="line 4", remedy="paint it green")
    assert found.status == "failed"
    assert found.choices
    assert box.desk.submitted == []


async def test_doing_nothing_is_not_handed_in():
    """Better wait is an answer, not a draft."""
    box = Box()
    found = await box("propose", asset="line 4", remedy="do nothing")
    assert found.status == "ok"
    assert box.desk.submitted == []
    found = await box("propose", asset="line 2")
    assert found.status == "ok"
    assert box.desk.submitted == []


@pytest.mark.catches("every ask hands in another draft")
async def test_f63_what_waits_already_is_not_handed_in_again():
    """The same remedy is answered with the proposal that waits."""
    same = waiting().model_copy(update={"title": "Raise the bowl pressure of filler 4 to 2.4 bar"})
    box = Box(Window(proposals=[same]))
    found = await box("propose", asset="line 4")
    assert box.desk.submitted == []
    assert found.proposals == (same.proposal,)


async def test_a_write_to_a_point_that_is_not_believed_is_not_proposed():
    """No fresh reading, no basis, no proposal."""
    point = f"{FILLER4}/bowl_pressure_setpoint"
    held = Quarantine(point=point, rule="stuck", since=NOW, value=2.0, reason="stuck")
    asked = FakeForecaster(
        diagnose=diagnose,
        advise=lambda *given: advise(*given).model_copy(update={"basis": None}),
    )
    box = Box(Window(replace(snapshot(), quarantined={point: held})), forecaster=asked)
    found = await box("propose", asset="line 4")
    assert found.status == "no_data"
    assert box.desk.submitted == []


def test_who_may_not_propose_is_not_shown_the_tool():
    """A viewer's box has no `propose`."""
    assert "propose" not in Box(asker=VIEWER).tools
    assert "propose" in Box().tools


EVERY: dict[str, dict[str, Any]] = {
    "plant_overview": {},
    "asset_state": {"asset": "line 4"},
    "latest_values": {"measurement": "rate", "asset": "line 4"},
    "trend": {"measurement": "rate", "asset": "line 4"},
    "indicators": {"asset": "line 4"},
    "alarms": {},
    "find_cause": {"asset": "line 4"},
    "find_remedies": {"asset": "line 4"},
    "what_if": {"line": "line 4"},
    "compare_options": {"options": [{"asset": "filler 4", "kind": "stop"}]},
    "search_documents": {"query": "low"},
    "proposals_status": {},
    "work_orders": {},
    "propose": {"asset": "line 4"},
}


def test_this_file_runs_every_tool():
    """A new tool is added here, or this fails."""
    assert set(EVERY) == set(Box().tools)


@pytest.mark.parametrize("tool", EVERY)
async def test_a_person_of_another_site_learns_nothing(tool):
    """No tool shows a value, a name or a proposal of a site the asker may not see."""
    box = Box(Window(proposals=[waiting()]), asker=STRANGER)
    found = await box(tool, **EVERY[tool])
    assert found.status == "failed"
    assert not found.evidence
    assert "Line" not in found.content()
    assert "p-7k3m9q2x" not in found.content()
    assert box.desk.submitted == []


@pytest.mark.parametrize("tool", EVERY)
async def test_a_broken_room_is_a_failed_answer_never_an_exception(tool):
    """Whatever breaks behind a tool, the model reads one sentence without its innards."""

    class Broken:
        def __getattr__(self, name):
            raise RuntimeError("secret detail")

    box = Box(Broken(), library=Broken(), forecaster=Broken(), records=Broken(), desk=Broken())
    call = {"name": tool, "args": EVERY[tool], "id": "1", "type": "tool_call"}
    answer = await box.tools[tool].ainvoke(call)
    assert answer.artifact["status"] == "failed"
    assert "secret detail" not in answer.content
    assert "Traceback" not in answer.content


@pytest.mark.parametrize("tool", EVERY)
async def test_evidence_of_every_tool_carries_id_time_and_its_numbers(tool):
    """Ids are digests; what a statement says can be found again."""
    found = await Box(Window(proposals=[waiting()]))(tool, **EVERY[tool])
    assert found.status == "ok"
    for seen in found.evidence:
        assert seen.id.startswith("ev-")
        assert seen.time > 0
        assert f"[{seen.id}] " in found.content()


@pytest.mark.parametrize("tool", EVERY)
def test_a_strangers_view_of_a_tool_says_what_it_is_for(tool):
    """A description, and one for each argument."""
    made: Any = Box().tools[tool]
    assert len(made.description) > 60
    for name, field in made.args_schema.model_fields.items():
        assert field.description, f"{tool}.{name} is not described"


def test_every_tool_reads_only_protocols():
    """FakeForecaster, FakeWorkRecords and the rest are all a toolbox needs."""
    assert isinstance(forecaster(), FakeForecaster)
    assert isinstance(records(), FakeWorkRecords)
    assert LINE4 in Window().snapshot().indicators
