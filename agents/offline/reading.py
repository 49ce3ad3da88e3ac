"""Questions read: each message part by part, a conversation one question after the other.

Reading folds over a conversation, so that "and line 2?" asks the same of another line. The same
words read the same for ever; nothing is learnt from what is asked.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from agents.offline import grammar, instrument
from agents.offline.assets import asked_back, of_lines, with_assets
from agents.offline.context import completed
from agents.offline.examples import UNCLEAR
from agents.offline.followed import followed, renumbered
from agents.offline.kept import mainly
from agents.offline.kinds import kind_of, measurement_of
from agents.offline.learnt import ranked
from agents.offline.lone_number import with_names
from agents.offline.measured import of_few, sought
from agents.offline.orders import lines_of
from agents.offline.product import of_product, with_product
from agents.offline.question import INCIDENT, OF_VALUES, PROPOSAL, Reading, Said
from agents.offline.remark import turned
from agents.offline.slots import of_question
from agents.offline.stops import STOPS
from agents.offline.suggested import picked, suggested
from agents.offline.tongue import tongue
from tools.length import find_length
from tools.span import find_second, find_span
from twin_core.plant.names import Names

_ASKING = (
    "what whats why how hows which who where when is are does do did has have can could should "
    "will would show list give tell plot compare propose search find check explain diagnose "
    "investigate forecast simulate predict suggest recommend any please submit hand make raise"
)
_ASKED_BEFORE = re.compile(
    rf"\b(?:what|whats|how|hows|which|why|whether)\b|^(?:please )?(?:{'|'.join(_ASKING.split())})\b"
)
_SO = re.compile(r"\W+so\b", re.IGNORECASE)
_LONG = 6
"""Words of what is told before “so what …”, which asks nothing then, however it begins."""
_ASKS = re.compile(rf"^(?:and |also |then |so )*(?:{'|'.join(_ASKING.split())})\b")
_ENDS = re.compile(
    r"[?!;]+|\.(?=\s+[A-Z]|\s*$)|\n+"
    r"|,?\s+and\s+(?!which (?:one )?(?:the )?(?:most|least|best|worst|fewest|highest|lowest)\b)"
    r"(?=(?:what|whats|why|how|are|is|show|which|any|do|does|did|has|have|compare"
    r"|propose|search|find|list|give|tell|plot)\b)",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"(?:please |just |now |could you |can you |would you )*(?:have |take )?(?:a )?"
    r"(?:look|check|think|search|see|find out|go)"
    r"(?: (?:ahead|around|round|about|into|at|through|closely|again|up|it|that|this|over|the|data"
    r"|for|me|us|please|plan|records|system))*"
)
"""Only says that it is looked for, not what."""
_WITHIN = re.compile(r"\b(?:find out|tell me|see|check|know) (?:why|what|whether|how|which)\b")
"""Asks in the midst of a sentence."""
_TELLS = re.compile(rf"\d|{STOPS.pattern}")
_WHAT_THEY_ARE = re.compile(
    r"(?:and )?(?:what|which)(?: ones?)?(?: (?:is|are|was|were) (?:it|they|that|those|these))?"
)
"""“Anything waiting, and what is it?”: no other question."""
_MOST_PARTS = 3
_HEARD = 2000
"""Letters of an answer that are looked through for what it names."""

Reads: TypeAlias = Callable[[str, Names, Reading | None], list[Reading]]


def read_conversation(
    questions: Sequence[str],
    names: Names,
    reads: Reads | None = None,
    answers: Sequence[str] = (),
) -> list[Reading]:
    """What the last question asks, each part of it, in the light of those before it.

    Args:
        questions: in order.
        names: of the plant.
        reads: reads one message, and may remember what it has read: the same reads the same.
        answers: to the questions before the last: “it” may be a machine that only they name.
    """
    before: Reading | None = None
    readings: list[Reading] = []
    spoken: tuple[str, ...] = ()
    told = (*answers, *[""] * len(questions))
    for question, answer in zip(questions, told, strict=False):
        language = tongue(question)
        if language != "en" and tongue(question, names.words) == language:
            readings = [Reading(kind="foreign", question=question, query=language)]
            continue
        readings = (reads or read)(question, names, before)
        before = readings[-1] if readings[-1].kind not in {"greeting", "help"} else before
        spoken = _spoken(answer, names) or spoken
        before = replace(before, spoken=spoken) if before is not None else None
    return readings


def _of_statement(asked: Reading, said: Reading) -> Reading:
    """What is asked, about what the sentence before it spoke of, where it names nothing itself."""
    if asked.kind == "window" and not asked.query:
        asked = replace(asked, query=find_length(grammar.joined(said.question)) or "")
    if said.kind == "unclear" and not asked.paths and grammar.REFERS.search(asked.question.lower()):
        return said  # “which medicine should I take, and how much of it?”
    if instrument.doubted(grammar.normal(asked.question)) and not asked.measurement:
        asked = replace(asked, measurement=said.measurement)
    if asked.paths or asked.unknown or not (said.paths or said.unknown or said.choices):
        return asked
    return replace(
        asked, paths=said.paths, assets=said.assets, unknown=said.unknown, nearest=said.nearest,
        choices=said.choices,
    )  # fmt: skip


def _spoken(answer: str, names: Names) -> tuple[str, ...]:
    """The machines that an answer names beyond doubt, in order."""
    found = names.mentions(answer[:_HEARD])
    paths = (m.paths[0] for m in found if m.kind == "unit" and len(m.paths) == 1)
    return tuple(dict.fromkeys(paths))


def read(text: str, names: Names, before: Reading | None = None) -> list[Reading]:
    """What one message asks, part by part (three at most)."""
    text = with_names(text, names)
    whole = _unremarked(text, names, before)
    parts = _parts(text)
    if len(parts) < 2 or whole.kind in {"what_if", "compare"}:
        return [whole]
    asking = any(asks for _, asks in parts)
    found: list[Reading] = []
    said, told = before, ""
    for part, asks in parts[:_MOST_PARTS]:
        asked = _unremarked(part, names, said)
        if asked.kind == "documents" and told:
            asked = replace(asked, query=f"{told} {asked.query}")
        told = "" if asks else " ".join(grammar.content(grammar.normal(part)))
        if said is not None and said is not before:
            asked = _of_statement(asked, said)
        said = asked = of_lines(asked, names) if asked.kind == "cause" else asked
        # A statement beside a question only says what the question is about.
        if asks or not asking:
            found.append(asked)
    clear = [r for r in found if r.kind not in {"unclear", "greeting"}]
    return _merged(clear) if clear else [whole]


def _unremarked(text: str, names: Names, before: Reading | None) -> Reading:
    """What one sentence asks, apart from what it only remarks before it asks.

    Of a remark that names anything, a question that names nothing is asked.
    """
    whole = _sentence(text, names, before)
    turn = turned(text)
    supposes = whole.kind in {"what_if", "compare"}
    if turn is None:
        return whole
    remark, question = (Said(part, names) for part in turn)
    own = find_span(question.rest) or question.horizon
    timed = not own and (find_span(remark.rest) or remark.horizon)
    if timed or PROPOSAL.search(remark.text):
        return whole
    goes_on = len(remark.plain.split()) >= _LONG and _SO.match(text, len(turn[0])) is not None
    if _ASKED_BEFORE.search(remark.plain) and not goes_on:
        return whole
    named = question.of_kind("unit", "line", "area", "site")
    sure = any(len(m.paths) == 1 for m in named)
    if question.of_kind("measurement") and not named:  # “the pressure on header A” is one name
        sure = len(_sentence(question.text, names, None).paths) == 1
    names_one = remark.mentions or lines_of(remark.text, names)
    if not (named or question.content) or (names_one and not sure):
        return whole
    asked = _sentence(question.text, names, before)
    if asked.kind == "documents" and len(grammar.content(asked.query)) > 1:
        return asked
    if asked.kind == "documents":  # what is remarked is looked up
        told = replace(asked, query=" ".join((*remark.content, asked.query)))
        return whole if whole.kind == asked.kind else told
    if supposes or asked.kind in {"what_if", "compare"}:
        # What is supposed may stand in the remark, as far as that tells anything.
        own_changes = asked.changes and not re.search(r"\d", remark.plain)
        tells = remark.of_kind("unit", "line") or (not own_changes and _TELLS.search(remark.plain))
        return whole if tells or not (asked.changes or asked.options) else asked
    return whole if asked.kind == "unclear" else asked


def _sentence(text: str, names: Names, before: Reading | None) -> Reading:
    """What one sentence asks."""
    said = Said(text, names)
    meant = "" if before is None else picked(said.plain, before.meant)
    if before is not None and meant:
        return _sentence(meant, names, replace(before, meant=()))
    again = "" if before is None else renumbered(said, names, before)
    if before is not None and again:
        return _sentence(again, names, replace(before, changes=(), options=()))
    proposal, incident = PROPOSAL.search(text), INCIDENT.search(text)
    reading = Reading(
        kind="unclear",
        question=text.strip(),
        measurement=measurement_of(said, names),
        span=find_span(said.rest) or "",
        against=find_second(said.rest),
        incident=incident.group(0).lower() if incident else "",
        horizon=said.horizon,
        proposal=proposal.group(0).lower() if proposal else "",
    )
    reading = with_assets(reading, said, names, before)
    back = None if before is None else followed(reading, said, names, before)
    if back is not None:
        return asked_back(back, said, names)
    made = with_product(reading, said, names)
    reading = made or sought(reading, said, names)
    kind = "value" if made else kind_of(reading, said, names, before)
    reading = replace(reading, kind=kind)
    if reading.kind == "product":
        reading = of_product(reading, said, names)
    if reading.kind in OF_VALUES and reading.choices:
        reading = of_few(reading, said, names)
    reading = mainly(completed(reading, said, names, before), said, names)
    if reading.kind == UNCLEAR:
        words = "" if len(grammar.unheard(said.content)) > 1 else of_question(said, names)
        reading = replace(reading, meant=suggested(reading, ranked(words)) if words else ())
    return asked_back(reading, said, names)


def _parts(text: str) -> list[tuple[str, bool]]:
    """The sentences and questions of a message, each with whether it asks something."""
    found: list[tuple[str, bool]] = []
    start = 0
    for end in [*_ENDS.finditer(text), None]:
        part = text[start : end.start() if end else len(text)].strip()
        asks = end is not None and "?" in end.group(0)
        plain = grammar.normal(part)
        if found and _WHAT_THEY_ARE.fullmatch(plain):
            found[-1] = (found[-1][0], True)
        elif part:
            asks = asks or _WITHIN.search(plain) is not None
            found.append((part, asks or bool(_ASKS.match(plain) and not _LOOKS.fullmatch(plain))))
        start = end.end() if end else len(text)
    return found


def _merged(found: list[Reading]) -> list[Reading]:
    """Readings without those another one answers already."""
    kept: list[Reading] = []
    for reading in found:
        twin = next(
            (i for i, k in enumerate(kept) if k.kind == "cause" and k.paths == reading.paths), None
        )
        if twin is not None and reading.kind == "propose":
            kept[twin] = replace(kept[twin], root=True)
        elif twin is not None and reading.kind == "alarms" and _troubled(kept[twin]):
            kept[twin] = reading  # “anything wrong? any alarms?” asks for those
        elif reading.kind == "cause" and any(
            k.kind == "state" and k.paths == reading.paths for k in kept
        ):
            # how it is is told with what is wrong there
            kept = [reading if k.kind == "state" and k.paths == reading.paths else k for k in kept]
        elif twin is not None and reading.kind in {"remedies", "cause"}:
            kept[twin] = replace(kept[twin], root=kept[twin].root or reading.root)
        elif reading.kind == "proposals" and any(k.kind == "work_orders" for k in kept):
            continue  # “which order is there, and has it been carried out?”
        elif all((k.kind, k.paths) != (reading.kind, reading.paths) for k in kept):
            kept.append(reading)
    return kept


def _troubled(reading: Reading) -> bool:
    return grammar.TROUBLE.search(grammar.normal(reading.question)) is not None
