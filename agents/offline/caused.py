"""Which tools a question for a cause needs next: diagnosis, manual, remedies, a proposal. Pure."""

from agents.offline import grammar, instrument
from agents.offline.call import Answers, Call
from agents.offline.question import Reading
from tools.result import ToolResult
from twin_core.evidence import Evidence

OF_RATE = frozenset({"", "rate", "output", "throughput", "production"})
"""What a diagnosis tells by itself."""


def cause_calls(
    asset: str, reading: Reading, answers: Answers, tools: frozenset[str]
) -> list[Call]:
    """The value that is asked of, why it is so, and the alarms where trouble was named."""
    looking, *then = _cause(asset, reading, answers, tools)
    return [
        *_measured(asset, reading),
        looking,
        *then,
        *_alarmed(asset, reading),
        *(_limiting(asset, reading) if is_healthy(answers.get(looking.key)) else []),
    ]


def is_healthy(found: ToolResult | None) -> bool:
    """Whether a diagnosis found nothing abnormal."""
    return found is not None and any(e.data.get("verdict") == "normal" for e in found.evidence)


def _limiting(asset: str, reading: Reading) -> list[Call]:
    """What limits a line of which it is asked what holds it back."""
    past = reading.at or reading.span or reading.incident
    paths = dict(zip(reading.assets, reading.paths, strict=True))
    of_line = paths.get(asset, "").count("/") == 2
    if past or not of_line or not instrument.held_back(grammar.normal(reading.question)):
        return []
    return [Call("bottleneck", {"line": asset})]


def best_remedy(found: ToolResult | None) -> Evidence | None:
    """The remedy ranked first in a result of `find_remedies`."""
    if found is None or found.status != "ok":
        return None
    return next((e for e in found.evidence if e.kind == "forecast"), None)


def _cause(asset: str, reading: Reading, answers: Answers, tools: frozenset[str]) -> list[Call]:
    """Diagnosis; then the manual and the remedies; for a root cause then the proposal.

    Of the past there is nothing to be done about any more.
    """
    then = {"at": reading.at, "incident": reading.incident}
    past = {name: said for name, said in then.items() if said}
    doubted = {"measurement": reading.measurement} if _doubted(reading) else {}
    looking = Call("find_cause", {"asset": asset, "span": reading.span, **past, **doubted})
    found = answers.get(looking.key)
    top = _top(found)
    if top is None:
        return [looking]
    known = top.data["failure_mode"] is not None
    query = str(top.data["name"] if known else top.data["class"]).replace("_", " ")
    reading_up = Call("search_documents", {"query": query, "asset": str(top.data["where"])})
    if past or _is_over(found):
        return [looking, reading_up]
    remedies = Call("find_remedies", {"asset": asset})
    planned = [looking, reading_up, remedies]
    best = best_remedy(answers.get(remedies.key))
    if reading.root and "propose" in tools and best is not None and best.data.get("kind"):
        planned.append(Call("propose", {"asset": asset}))
    return planned


def _doubted(reading: Reading) -> bool:
    """Whether it is asked if what an instrument shows is so."""
    plain = grammar.normal(reading.question)
    asked = instrument.doubted(plain) or instrument.suspected(plain)
    return asked and reading.measurement not in OF_RATE


def _measured(asset: str, reading: Reading) -> list[Call]:
    """The value that a cause is asked of (“why is the pressure low?”), as of now."""
    past = reading.at or reading.span or reading.incident
    if past or reading.measurement in OF_RATE:
        return []
    return [Call("latest_values", {"measurement": reading.measurement, "asset": asset})]


def _alarmed(asset: str, reading: Reading) -> list[Call]:
    """The alarms too, where it is asked whether anything is wrong now."""
    past = reading.at or reading.span or reading.incident
    troubled = grammar.TROUBLE.search(grammar.normal(reading.question)) is not None
    return [Call("alarms", {"asset": asset})] if troubled and not past else []


def _top(found: ToolResult | None) -> Evidence | None:
    if found is None or found.status != "ok":
        return None
    return next((e for e in found.evidence if e.kind == "cause"), None)


def _is_over(found: ToolResult | None) -> bool:
    """Whether the diagnosis is one of a time that is past."""
    return found is not None and any(e.data.get("over") for e in found.evidence)
