"""What the controllers report of their own alarms, as Evidence of theirs, told apart from ours.

Their texts are quoted: data, never read as an instruction or as our own finding.
"""

from tools.hearing import points_under
from tools.wording import called, moment, sentence
from twin_core.evidence import Evidence
from twin_core.operations.conditions import Condition
from twin_core.plain_text import quoted
from twin_core.plant.assets import Plant
from twin_core.twin import Snapshot

_REST = frozenset({"event", "normal", "disabled", "suppressed", "shelved", "out_of_service"})


def reported(snapshot: Snapshot, path: str) -> list[Condition]:
    """What concerns an asset or a source that reads it: what needs somebody first, worst first."""
    sources = {point.source for point in points_under(path, snapshot.plant)}
    mine = (
        c
        for c in snapshot.conditions
        if c.subject == path
        or c.subject.startswith(path + "/")
        or (c.subject == c.source and c.source in sources)
    )
    return sorted(mine, key=lambda c: (c.state in _REST, -c.said.severity, -c.time))


def report_evidence(condition: Condition, snapshot: Snapshot) -> Evidence:
    """One of them in one sentence: what, how it stands, since when, who reports it."""
    plant, said = snapshot.plant, condition.said
    reporter = _name(condition.source, plant)
    about = reporter if condition.subject == condition.source else called(condition.subject, plant)
    when = moment(condition.time, plant, snapshot.now)
    what = " ".join(quoted(text) for text in (said.name, said.message) if text) or said.kind
    if condition.state == "event":
        state = f"event at {when}"
    else:
        state = f"alarm {condition.state.replace('_', ' ')} since {when}"
    doubt = "" if condition.certain else f", before the connection to {reporter} was lost"
    return Evidence(
        kind="alarm",
        subject=condition.subject,
        statement=(
            f"{sentence(about)}: {state}, severity {said.severity} of 1000, reported by the "
            f"controller {reporter}{doubt}: {what}."
        ),
        data={
            "reported_by": condition.source,
            "state": condition.state,
            "certain": condition.certain,
            "severity": [said.severity, 1000],
            "name": said.name,
            "message": said.message,
            "since": condition.time,
        },
        time=condition.time,
        quality="good" if condition.certain else "uncertain",
        origin=condition.source,
    )


def _name(source: str, plant: Plant) -> str:
    return next((s.name for s in plant.sources if s.id == source), source)
