"""Answers made by hand."""

from evals.emulator.faults import Fault
from evals.exam.question import Answered, Question
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.value import SECOND

STRUCK = 1_000 * SECOND
LINE = "site/hall/line1"


def fault(component="hall/line1/mill", modes=("worn",), **more):
    given = {"id": "f", "component": component, "parameter": "drive", "shape": "step"}
    return Fault(**{**given, "failure_modes": modes, **more})


def cause(
    asset="site/hall/line1/mill", mode="worn", late_s=0.0, onset_s=15.0, probability=0.6,
    *, sensor=False,
):  # fmt: skip
    return Cause(
        asset=asset, failure_mode=mode, name=asset, path=(asset,), probability=probability,
        onset=STRUCK + int(late_s * SECOND), onset_s=onset_s, sensor=sensor,
    )  # fmt: skip


def answered(faults, causes, verdict="cause", kind="machines", telling="as it is"):
    diagnosis = Diagnosis(
        subject=LINE, start=0, end=STRUCK, verdict=verdict, rate=None, usual=None,
        unit="1/min", causes=tuple(causes), summary="",
    )  # fmt: skip
    question = Question("case", kind, LINE, tuple(faults), 1, 0)
    return Answered(question, telling, "site", STRUCK, diagnosis, 0.1)
