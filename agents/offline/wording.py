"""What the offline operator says: its few phrases around the sentences tools wrote.

Every sentence of a tool keeps its evidence's id behind it. It must never word a number itself.
"""

from collections.abc import Iterator, Sequence

from agents.offline import phrases
from agents.offline.plan import Answers, Call, best_remedy, calls, needs_asking
from agents.offline.question import Reading
from tools.result import ToolResult
from twin_core.evidence import Evidence

_MOST_SIGNS = 3
_MOST_REMEDIES = 3
_SIGNS = frozenset({"symptom", "reading", "series", "state", "alarm", "incident", "source"})
_LISTED = 12


def word(readings: Sequence[Reading], answers: Answers, tools: frozenset[str]) -> str:
    """The whole answer."""
    blocks = ["\n".join(_block(r, answers, tools)) for r in readings]
    return "\n\n".join(block for block in blocks if block.strip()) or phrases.NOTHING_FOUND


def cited(evidence: Evidence) -> str:
    """A piece of evidence as a sentence with its id behind it."""
    said = evidence.statement.strip()
    mark = said[-1] if said[-1:] in {".", "!", "?"} else "."
    return f"{said.rstrip('.!? ')} [{evidence.id}]{mark}"


def _block(reading: Reading, answers: Answers, tools: frozenset[str]) -> Iterator[str]:
    if needs_asking(reading):
        yield _asked_back(reading)
        return
    if reading.refused:
        yield phrases.NOT_WRITTEN
    made = calls(reading, answers, tools)
    if reading.kind == "cause":
        yield from _cause(made, answers, tools)
        return
    for call in made:
        result = answers.get(call.key)
        if call.tool == "find_remedies" and reading.kind == "propose" and _found(result):
            continue
        if result is not None and call.tool == "propose" and result.evidence:
            yield from _proposed(result)
        elif result is not None:
            yield from _result(result)
        elif call.tool == "propose" and call.tool not in tools:
            yield phrases.MAY_NOT_PROPOSE
    if reading.kind == "remedies" and made:
        best = best_remedy(answers.get(made[0].key))
        if best is not None and best.data.get("kind"):
            yield phrases.OFFER if "propose" in tools else phrases.MAY_NOT_PROPOSE


def _found(result: ToolResult | None) -> bool:
    return result is None or result.status == "ok"


def _asked_back(reading: Reading) -> str:
    if reading.unknown:
        nearest = ", ".join(reading.nearest)
        return phrases.UNKNOWN_NAME.format(name=reading.unknown, nearest=nearest)
    if reading.choices:
        *rest, last = reading.choices
        told = f"{', '.join(rest)} or {last}" if rest else last
        return phrases.WHICH.format(choices=told)
    if reading.kind == "decide":
        return phrases.DECIDE
    if reading.kind == "what_if":
        return phrases.WHICH_CHANGE
    if reading.kind == "greeting":
        return phrases.HELLO.format(can=phrases.CAN)
    if reading.kind == "help":
        return phrases.CAN
    return phrases.NOT_UNDERSTOOD.format(question=reading.question, can=phrases.CAN)


def _result(result: ToolResult) -> Iterator[str]:
    """A tool's answer: its evidence line by line, or why there is none."""
    if result.evidence:
        first, *rest = result.evidence[: _LISTED + 1]
        yield cited(first)
        yield from (f"- {cited(e)}" for e in rest)
    elif result.choices and result.status == "failed":
        yield f"{result.text}"
    else:
        yield phrases.FAILED.format(text=result.text)


def _cause(made: Sequence[Call], answers: Answers, tools: frozenset[str]) -> Iterator[str]:
    """Causes of one asset after the other: each from its diagnosis to its proposal."""
    for call in made:
        result = answers.get(call.key)
        if result is None:
            continue
        if call.tool == "find_cause":
            yield from _diagnosis(result)
        elif call.tool == "search_documents" and result.evidence:
            yield phrases.DOCUMENT
            yield f"- {cited(result.evidence[0])}"
        elif call.tool == "find_remedies":
            yield from _remedies(result)
            best = best_remedy(result)
            proposed = any(c.tool == "propose" for c in made)
            if best is not None and best.data.get("kind") and not proposed:
                yield phrases.OFFER if "propose" in tools else phrases.MAY_NOT_PROPOSE
        elif call.tool == "propose":
            yield from _proposed(result)


def _proposed(result: ToolResult) -> Iterator[str]:
    """What became of a proposal; or why there is none, and what that rests on."""
    if not result.evidence or result.evidence[0].kind != "proposal":
        yield result.text
    yield from (cited(e) for e in result.evidence[:1])


def _diagnosis(result: ToolResult) -> Iterator[str]:
    if not result.evidence:
        yield result.text
        return
    causes = [e for e in result.evidence if e.kind == "cause"]
    checks = [e for e in result.evidence if e.kind == "counterfactual"]
    signs = [e for e in result.evidence[1:] if e.kind in _SIGNS]
    yield cited(result.evidence[0])
    if causes:
        yield cited(causes[0])
    yield from (cited(check) for check in checks[:1])
    if signs:
        yield phrases.SEEN
        yield from (f"- {cited(sign)}" for sign in signs[:_MOST_SIGNS])
    if len(causes) > 1:
        yield phrases.OTHERS
        yield from (f"- {cited(cause)}" for cause in causes[1:])


def _remedies(result: ToolResult) -> Iterator[str]:
    if not result.evidence:
        yield result.text
        return
    yield phrases.REMEDIES
    yield from (f"- {cited(remedy)}" for remedy in result.evidence[:_MOST_REMEDIES])
