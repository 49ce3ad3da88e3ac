"""A machine's state in words: PackML's names and what holds it up. It must never guess a state.

Numbers are StateCurrent of ISA-TR88.00.02 (PackML).
"""

from tools.wording import called, moment, sentence
from twin_core.evidence import Evidence
from twin_core.plant.assets import Unit
from twin_core.plant.classes import Role
from twin_core.twin import Snapshot

PACKML: dict[int, str] = {
    0: "Undefined",
    1: "Clearing",
    2: "Stopped",
    3: "Starting",
    4: "Idle",
    5: "Suspended",
    6: "Execute",
    7: "Stopping",
    8: "Aborting",
    9: "Aborted",
    10: "Holding",
    11: "Held",
    12: "Unholding",
    13: "Suspending",
    14: "Unsuspending",
    15: "Resetting",
    16: "Completing",
    17: "Completed",
}


def state_name(number: float) -> str:
    """The name of a PackML state number."""
    return PACKML.get(round(number), f"state {round(number)}")


def machine_state(unit: Unit, snapshot: Snapshot) -> Evidence | None:
    """What the machine does now, in one sentence; None if it has no state point."""
    point = unit.with_role(Role.STATE)
    if point is None:
        return None
    believed = snapshot.latest(point.id)
    name = called(unit.id, snapshot.plant)
    if believed.value is None or believed.state == "stale":
        why = f": {believed.why}" if believed.why else ""
        return Evidence(
            kind="state",
            subject=unit.id,
            statement=f"The state of {name} is not known ({believed.state}{why}).",
            data={"state": None, "belief": believed.state},
            time=snapshot.now,
            quality="bad",
            origin=point.source,
        )
    held = [
        word
        for role, word in ((Role.STARVED, "starved"), (Role.BLOCKED, "blocked"))
        if _is_set(unit, role, snapshot)
    ]
    told = state_name(believed.value) + (f", {' and '.join(held)}" if held else "")
    when = moment(believed.time or snapshot.now, snapshot.plant, snapshot.now)
    return Evidence(
        kind="state",
        subject=unit.id,
        statement=f"{sentence(name)} is in {told}, at {when}.",
        data={"state": round(believed.value), "name": state_name(believed.value), "held": held},
        time=believed.time or snapshot.now,
        quality="good" if believed.state == "good" else "uncertain",
        origin=point.source,
    )


def _is_set(unit: Unit, role: Role, snapshot: Snapshot) -> bool:
    point = unit.with_role(role)
    if point is None:
        return False
    believed = snapshot.latest(point.id)
    return believed.state in {"good", "uncertain"} and bool(believed.value)
