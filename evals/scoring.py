"""How good a diagnosis and a remedy are, against what was really wrong. It must never be lenient.

A cause is right if asset and failure mode are; naming the asset alone, mode unknown, is right
where no mode of its class is the truth.
"""

from evals.emulator.faults import Fault, full_path
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.governance.action import Action, Inspection, WorkOrder, WritePlan


def names(cause: Cause, fault: Fault, site: str) -> bool:
    """Whether the cause is this fault, asset and mode."""
    if cause.asset != full_path(fault.at, site):
        return False
    if not fault.failure_modes:
        return cause.failure_mode is None
    return cause.failure_mode in fault.failure_modes


def rank(diagnosis: Diagnosis, fault: Fault, site: str) -> int | None:
    """Place of the fault among the causes, from 1; None if it is not listed."""
    if diagnosis.verdict != "cause":
        return None
    places = [i for i, c in enumerate(diagnosis.causes, start=1) if names(c, fault, site)]
    return places[0] if places else None


def asset_rank(diagnosis: Diagnosis, fault: Fault, site: str) -> int | None:
    """Place of the first cause at the fault's asset, whatever its mode.

    Where no cause is claimed, of the asset among those to be looked at first.
    """
    at = full_path(fault.at, site)
    if not diagnosis.causes:
        first = [i for i, o in enumerate(diagnosis.first_out, start=1) if o.asset == at]
        return first[0] if first else None
    places = [i for i, c in enumerate(diagnosis.causes, start=1) if c.asset == at]
    return places[0] if places and diagnosis.verdict == "cause" else None


def kind_of(action: Action | None) -> str:
    """`write`, `job` or `wait`."""
    if isinstance(action, WritePlan):
        return "write"
    if isinstance(action, WorkOrder | Inspection):
        return "job"
    return "wait"


def fits(kind: str, end: str | None) -> bool:
    """Whether a first answer of that kind can come to the end the catalogue calls right."""
    return kind == ("write" if end in {"corrected", "mitigated"} else "job")
