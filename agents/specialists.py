"""Who works on a question: five specialists, each with the fewest tools and a prompt of his own.

One hands over to another by one typed call and nothing else: what a tool or document says cannot
change who works. Only the steward can propose. Prompt and tools of a specialist never change, so
that an endpoint may cache them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from agents.prompt import SYSTEM


@dataclass(frozen=True, slots=True)
class Specialist:
    """One of them.

    Attributes:
        name: what the others call him.
        does: what for, as they are told.
        tools: names of his share, in the order a model is shown them; without the first of them
            he is not there.
    """

    name: str
    does: str
    tools: tuple[str, ...]

    @property
    def prompt(self) -> str:
        """What a language model is told when it is him."""
        return SYSTEM[self.name]


LIBRARIAN = Specialist(
    "librarian",
    "manuals and procedures; work orders",
    ("search_documents", "work_orders"),
)
ANALYST = Specialist(
    "analyst",
    "states, values, courses, indicators, alarms, incidents, the shift's report; what there is",
    ("latest_values", "asset_state", "plant_overview", "trend", "indicators", "made",
     "alarms", "sensor_data", "list_assets", "asset_details", "proposals_status", "shift_handover"),
)  # fmt: skip
DIAGNOSTICIAN = Specialist(
    "diagnostician",
    "causes and remedies; what limits a line, what comes back, what is likely to fail",
    ("find_cause", "ruled_out", "find_remedies", "search_documents", "bottleneck",
     "recurring_causes", "likely_to_fail", "failure_risk", "remaining_life"),
)  # fmt: skip
PLANNER = Specialist(
    "planner",
    "what would happen if; options compared; planned stops, shifts and orders, order of jobs, "
    "maintenance windows, quality ahead, warehouse, robot cell",
    ("what_if", "compare_options", "planned_times", "production_orders", "schedule",
     "maintenance_window", "could_run_better", "quality", "model_error", "picking_strategies",
     "slotting_rules", "replenishment_rules", "stock_rebalancing", "robot_cell"),
)  # fmt: skip
STEWARD = Specialist(
    "steward",
    "hands in a proposal, where the person asked for one or for the root cause; how they stand",
    ("propose", "find_remedies", "proposals_status"),
)

TEAM = (LIBRARIAN, ANALYST, DIAGNOSTICIAN, PLANNER, STEWARD)
"""All; a tool that several have is the first one's when nothing else decides."""
HAND_OVER = "hand_over"
"""Name of the call by which one lets another go on."""


def staffed(tools: Collection[str]) -> tuple[Specialist, ...]:
    """Those who have a share of these tools; for who may not propose there is no steward."""
    return tuple(one for one in TEAM if one.tools[0] in tools)


def owner(tool: str) -> Specialist | None:
    """Whose a tool is in the first place; None if nobody has it."""
    return next((one for one in TEAM if tool in one.tools), None)


@cache
def handing_over(staff: tuple[Specialist, ...]) -> dict[str, Any]:
    """The call as a model is told of it, in the form of the chat-completions protocol."""
    told = "\n".join(f"- {one.name}: {one.does}." for one in staff)
    return {
        "type": "function",
        "function": {
            "name": HAND_OVER,
            "description": "Let a colleague go on with this question. He sees all that was found "
            "so far. Call it beside your own last look-ups, or it costs a step.\n" + told,
            "parameters": {
                "type": "object",
                "properties": {"to": {"type": "string", "enum": [one.name for one in staff]}},
                "required": ["to"],
                "additionalProperties": False,
            },
        },
    }


def within_reach(shown: Collection[str], colleagues: Collection[str]) -> frozenset[str]:
    """The tools somebody has himself, and those of the colleagues he may hand over to."""
    others = (one.tools for one in TEAM if one.name in colleagues)
    return frozenset(shown).union(*others) - {HAND_OVER}
