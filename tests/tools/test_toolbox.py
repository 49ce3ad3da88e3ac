"""Every tool of the box: nothing of another site, nothing raised, everything described."""

from typing import Any

import pytest

from tests.fakes import FakeForecaster, FakeWorkRecords
from tests.tools.box import Box
from tests.tools.scenery import (
    LINE4,
    STRANGER,
    Window,
    riverside,
    snapshot,
    two_warehouses,
    waiting,
)
from tests.tools.standins import forecaster, records

EVERY: dict[str, dict[str, Any]] = {
    "list_assets": {"inside": "line 4"},
    "asset_details": {"asset": "filler 4"},
    "sensor_data": {"assets": ["filler 4"], "measurement": "bowl pressure", "span": "last 7 days"},
    "plant_overview": {},
    "asset_state": {"asset": "line 4"},
    "latest_values": {"measurement": "rate", "asset": "line 4"},
    "trend": {"measurement": "rate", "asset": "line 4"},
    "indicators": {"asset": "line 4"},
    "made": {"asset": "line 4"},
    "alarms": {},
    "find_cause": {"asset": "line 4"},
    "find_remedies": {"asset": "line 4"},
    "ruled_out": {"asset": "line 4", "suspect": "compressor 1"},
    "bottleneck": {"line": "line 4"},
    "what_if": {"line": "line 4"},
    "compare_options": {"options": [{"asset": "filler 4", "kind": "stop"}]},
    "schedule": {"line": "line 4"},
    "production_orders": {"line": "line 4"},
    "planned_times": {"line": "line 4", "what": "break"},
    "picking_strategies": {},
    "search_documents": {"query": "low"},
    "proposals_status": {},
    "work_orders": {},
    "recurring_causes": {},
    "shift_handover": {},
    "propose": {"asset": "line 4"},
    "robot_cell": {},
    "failure_risk": {"asset": "filler 4"},
    "remaining_life": {"asset": "filler 4"},
    "likely_to_fail": {"asset": "capper 4"},
    "maintenance_window": {"asset": "packer 4", "duration": "10 min", "horizon": "30 min"},
    "could_run_better": {},
    "quality": {"line": "line 4"},
    "model_error": {"line": "line 4"},
    "slotting_rules": {},
    "replenishment_rules": {},
    "stock_rebalancing": {},
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
    plant = two_warehouses() if tool == "stock_rebalancing" else riverside()
    found = await Box(Window(snapshot(plant), proposals=[waiting()]))(tool, **EVERY[tool])
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
