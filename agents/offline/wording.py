"""What the offline operator says: its few phrases around the sentences tools wrote.

Every sentence of a tool keeps its evidence's id behind it. It must never word a number itself.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from agents.offline import grammar, instrument, phrases
from agents.offline.call import Answers, Call
from agents.offline.caused import best_remedy, is_healthy
from agents.offline.plan import calls, needs_asking
from agents.offline.question import Reading, proposable
from tools.result import ToolResult
from twin_core.evidence import Evidence

_MOST_SIGNS = 3
_MOST_REMEDIES = 3
_SIGNS = frozenset({"symptom", "reading", "series", "state", "alarm", "source"})
_FOUND = frozenset({"cause", "counterfactual"})
_PEOPLE = frozenset({"testimony", "incident", "record"})
"""What people said of a cause, and how often it came before."""
_LISTED = 12
_HALF = 0.5


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
        yield asked_back(reading)
        return
    made = calls(reading, answers, tools)
    if reading.kind == "cause":
        if instrument.suspected(grammar.normal(reading.question)):
            yield from _if_sensor(made, answers)
        yield from _cause(made, answers, tools)
        looked = [call for call in made if call.tool == "find_cause"]
        healthy = looked and all(is_healthy(answers.get(call.key)) for call in looked)
        if reading.root and healthy:
            yield phrases.NOTHING_TO_PROPOSE
        return
    if reading.kind == "onset":
        for call in made:
            yield from _onset(answers.get(call.key))
        return
    if reading.later:
        yield phrases.NOT_THEN.format(when=reading.later)
    proposing = any(call.tool == "propose" for call in made)
    for call in made:
        result = answers.get(call.key)
        if call.tool == "find_remedies" and reading.kind == "propose" and _found(result):
            if proposing:
                continue
            yield phrases.NOT_AMONG
        if result is not None and call.tool == "propose" and result.evidence:
            yield from _proposed(result)
        elif result is not None and call.tool == "find_remedies":
            yield from _remedies(result)
        elif result is not None and call.tool == "shift_handover" and result.evidence:
            yield from _handover(result)
        elif result is not None:
            yield from _result(result)
        elif call.tool == "propose" and call.tool not in tools:
            yield phrases.MAY_NOT_PROPOSE
    if reading.refused:
        yield phrases.NOT_WRITTEN
        if proposable(reading):
            yield phrases.OFFER_IT if "propose" in tools else phrases.MAY_NOT_PROPOSE
    if reading.kind == "remedies" and made:
        best = best_remedy(answers.get(made[0].key))
        if best is not None and best.data.get("kind"):
            yield phrases.OFFER if "propose" in tools else phrases.MAY_NOT_PROPOSE


def _found(result: ToolResult | None) -> bool:
    return result is None or result.status == "ok"


def asked_back(reading: Reading) -> str:
    """What is asked in return, or why nothing can be answered."""
    if reading.unknown:
        nearest = ", ".join(reading.nearest)
        return phrases.UNKNOWN_NAME.format(name=reading.unknown, nearest=nearest)
    if reading.choices:
        *rest, last = reading.choices
        told = f"{', '.join(rest)} or {last}" if rest else last
        return phrases.WHICH.format(choices=told)
    if reading.numeral:
        return phrases.NOT_A_NUMBER.format(numeral=reading.numeral, said=reading.unread)
    if reading.unit:
        return phrases.WRONG_UNIT.format(
            unit=reading.unit, needed=reading.needed, said=reading.unread
        )
    if reading.words:
        words = "”, “".join(reading.words)
        return phrases.NOT_WHOLE.format(words=words, said=reading.unread, changes=phrases.CHANGES)
    if reading.unread:
        return phrases.NOT_READ.format(said=reading.unread, changes=phrases.CHANGES)
    if reading.kind == "foreign":
        return phrases.ENGLISH_ONLY[reading.query].format(examples=phrases.EXAMPLES)
    if reading.kind == "decide":
        return phrases.DECIDE
    if reading.kind == "handing":
        return phrases.NOT_HANDED
    if reading.kind == "future":
        return phrases.YET_TO_COME.format(horizon=reading.horizon)
    if reading.kind == "report":
        return phrases.REPORT
    if reading.kind == "greeting":
        return phrases.HELLO.format(can=phrases.CAN)
    if reading.kind == "help":
        return phrases.CAN
    if reading.meant:
        asked = phrases.UNSURE if len(reading.meant) > 1 else phrases.NOT_SURE
        return "\n".join((asked, *(f"- {question}" for question in reading.meant)))
    return phrases.NOT_UNDERSTOOD


def _result(result: ToolResult) -> Iterator[str]:
    """A tool's answer: its evidence line by line, or why there is none."""
    if result.evidence:
        first, *rest = result.evidence[: _LISTED + 1]
        yield cited(first)
        yield from (f"- {cited(e)}" for e in rest)
    else:
        yield f"{result.text} {phrases.ANY_OF_THESE}" if result.choices else result.text


def _handover(result: ToolResult) -> Iterator[str]:
    """A shift's report part by part, each with its heading; and what of it cannot be had."""
    first, *rest = result.evidence
    yield cited(first)
    for kind, heading in phrases.HANDOVER.items():
        found = [e for e in rest if e.kind == kind]
        yield from [heading, *(f"- {cited(e)}" for e in found)] if found else []
    lacking = result.text.removeprefix(first.statement).strip()
    yield from [lacking] if lacking else []


def _cause(made: Sequence[Call], answers: Answers, tools: frozenset[str]) -> Iterator[str]:
    """Causes of one asset after the other: each from its diagnosis to its proposal.

    Of several assets the likeliest causes stand at the top, one beside the other.
    """
    found = [answers.get(call.key) for call in made if call.tool == "find_cause"]
    first = [next((e for e in one.evidence if e.kind == "cause"), None) for one in found if one]
    heads = [e for e in first if e is not None] if len(found) > 1 else []
    yield from dict.fromkeys(map(cited, heads))
    for call in made:
        result = answers.get(call.key)
        if result is None:
            continue
        if call.tool == "latest_values":
            yield from map(cited, result.evidence)
        elif call.tool in {"alarms", "bottleneck"}:
            yield from _result(result)
        elif call.tool == "find_cause":
            yield from _diagnosis(result, {e.id for e in heads})
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


def _if_sensor(made: Sequence[Call], answers: Answers) -> Iterator[str]:
    """Whether an instrument is at fault: yes, no, or that it cannot be told; for each diagnosis."""
    for call in made:
        result = answers.get(call.key)
        held = (
            [e for e in result.evidence if e.data.get("belief") == "quarantined"] if result else []
        )
        if call.tool == "latest_values" and held:
            yield phrases.NOT_BELIEVED.format(id=held[0].id)
            return
        if call.tool != "find_cause" or result is None or result.status != "ok":
            continue
        likely = [
            e for e in result.evidence if e.kind == "cause" and e.data["probability"] >= _HALF
        ]
        faulty = [e for e in likely if e.data["sensor"]]
        seen = next((e for e in result.evidence if "verdict" in e.data), None)
        if faulty:
            yield phrases.SENSOR.format(id=faulty[0].id)
        elif likely:
            yield phrases.NO_SENSOR.format(id=likely[0].id)
        elif is_healthy(result) and seen is not None:
            yield phrases.NO_SIGN.format(id=seen.id)
        else:
            yield phrases.SENSOR_OPEN


def _proposed(result: ToolResult) -> Iterator[str]:
    """What became of a proposal; or why there is none, and what that rests on."""
    if result.evidence and result.evidence[0].kind == "proposal":
        yield cited(result.evidence[0])
    else:
        yield from _instead(result)


def _instead(result: ToolResult) -> Iterator[str]:
    """Why there is not what was asked for, and what that rests on."""
    rests = result.evidence[:1]
    if result.text not in {e.statement for e in rests}:
        yield result.text
    yield from (cited(e) for e in rests)


def _diagnosis(result: ToolResult, told: AbstractSet[str] = frozenset()) -> Iterator[str]:
    """Causes first, then what else is known: the answer stands at the top; nothing `told` again."""
    if result.status != "ok":
        yield from _instead(result)
        return
    signs = [e for e in result.evidence if e.kind in _SIGNS]
    found = [e for e in result.evidence if e.kind in _FOUND or "verdict" in e.data]
    yield from (cited(e) for e in found if e.id not in told)
    yield from (cited(e) for e in result.evidence if e.kind in _PEOPLE)
    if signs:
        yield phrases.SEEN
        yield from (f"- {cited(sign)}" for sign in signs[:_MOST_SIGNS])


def _onset(result: ToolResult | None) -> Iterator[str]:
    """Since when the likeliest cause acts; without one, what is known instead."""
    found = [e for e in result.evidence if e.kind == "cause"] if result is not None else []
    if found:
        yield cited(found[0])
    elif result is not None:
        yield from _diagnosis(result)


def _remedies(result: ToolResult) -> Iterator[str]:
    """What could be done; or that there is nothing, and what that rests on."""
    remedies = [e for e in result.evidence if e.kind == "forecast"]
    if not remedies:
        yield from _instead(result)
        return
    yield result.text
    yield from (f"- {cited(remedy)}" for remedy in remedies[:_MOST_REMEDIES])
