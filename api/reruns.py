"""GET /audit/reruns/INDEX: the causes that a recorded answer gave, worked out anew.

As of the moment of then, out of the history, by the program and plant file of now; what was changed
in these since is told by their versions. It must never change or hide what was answered then.
"""

from typing import Any

from fastapi import APIRouter

from api.answers import ANSWERED
from api.aside import AsideRoute
from api.routes import AskerOf, SystemOf
from tools.diagnosis import cause_evidence
from tools.scene import Scene
from tools.study import Study
from twin_core.errors import BadInput, ImpossibleScenario, NoData, UnknownName
from twin_core.value import JSON, Instant

router = APIRouter(route_class=AsideRoute)


@router.get("/audit/reruns/{index}")
async def rerun(system: SystemOf, asker: AskerOf, index: int) -> dict[str, Any]:
    """What was answered then, and the causes it gave worked out anew, of the same moment.

    `unknown` says why a moment cannot be asked about any more (the history was let go). Forecasts
    and proposals are not made anew.
    """
    found = await system.ledger.audit(index, 1)
    if not found or found[0][0].kind != ANSWERED:
        raise BadInput(f"Record {index} is no answer; `opstwin audit show --answers` lists them.")
    body = found[0][0].body
    study = Study(Scene(system.view_for(asker), asker), system.forecaster)
    again, unknown = [], []
    for asset, at in _asked(body["evidence"]):
        try:
            then = await study.diagnosis(asset, at=at)
        except (ImpossibleScenario, NoData, UnknownName) as problem:
            unknown.append(str(problem))
            continue
        said = [cause_evidence(one, i, then, system.plant) for i, one in enumerate(then.causes)]
        causes = [e.model_dump(mode="json") for e in said]
        again.append({"asset": asset, "time": at, "summary": then.summary, "causes": causes})
    versions = system.answers.versions()
    return {"then": body, "again": again, "unknown": unknown, "versions": versions}


def _asked(evidence: list[dict[str, JSON]]) -> list[tuple[str, Instant]]:
    """The assets whose causes were given, and of which moment: a cause acts on its path's last."""
    causes = [one for one in evidence if one["kind"] == "cause"]
    asked = (
        (str((one["data"].get("path") or [one["subject"]])[-1]), one["time"]) for one in causes
    )
    return list(dict.fromkeys(asked))
