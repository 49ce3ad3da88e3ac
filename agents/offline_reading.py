"""A question read: its type, the assets, measurement and span it speaks of, or what is unclear.

Reading folds over the questions of a conversation, so that "and line 2?" asks the same of another
line. The same words read the same for ever; nothing is learnt and nothing is guessed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from agents import offline_grammar as grammar
from agents.offline_changes import changes_in, options_in
from tools.span import find_span, seconds_in
from twin_core.plant.classes import Role
from twin_core.plant.names import Mention, Names

_NEXT = re.compile(
    r"\b(?:(?:in|over|within|for|during)\s+)?(?:the\s+)?(?:next|coming)\s+(?P<length>(?:[\w.]+\s*)?"
    r"(?:s|secs?|seconds?|min|mins|minutes?|h|hrs?|hours?|shift)\b)",
    re.IGNORECASE,
)
_PROPOSAL = re.compile(r"\bp-[a-z0-9]{4,}\b", re.IGNORECASE)
_ASKING = (
    "what whats why how hows which who where when is are does do did has have can could should "
    "will would show list give tell plot compare propose search find check explain diagnose "
    "investigate forecast simulate predict suggest recommend any please submit hand make raise"
)
_ASKS = re.compile(rf"^(?:and |also |then |so )*(?:{'|'.join(_ASKING.split())})\b")
_ENDS = re.compile(
    r"[?!;]+|\.(?=\s+[A-Z]|\s*$)|\n+"
    r"|,?\s+and\s+(?=(?:what|whats|why|how|are|is|show|which|any|do|does|did|has|have|compare"
    r"|propose|search|find|list|give|tell|plot)\b)",
    re.IGNORECASE,
)
_RATES = re.compile(
    r"\b(?:rate|throughput|output|production|make|makes|making|producing|produced?|fast)\b"
)
_ENOUGH = 3.0
_MOST_PARTS = 3
_STATES = frozenset({Role.STATE, Role.MODE, Role.STARVED, Role.BLOCKED, Role.STOP_REASON})
_OF_VALUES = frozenset({"value", "trend", "state"})
_NEEDS_ASSET = frozenset({"cause", "trend", "indicators", "remedies", "propose", "compare"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One question as understood.

    Attributes:
        kind: question type of the grammar, or `value`, `decide`, `unclear`.
        assets: names each of which means one asset.
        paths: their paths.
        measurement, span, horizon, proposal, query, remedy: as they were said; empty if not.
        changes: of a what-if; `options` of a comparison.
        root: asked for the root cause, so that the best remedy is proposed too.
        unknown: a name nothing bears; `nearest` are some that exist.
        choices: names the asked name could mean.
        refused: asked to act or decide.
    """

    kind: str
    question: str
    assets: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    measurement: str = ""
    span: str = ""
    horizon: str = ""
    proposal: str = ""
    query: str = ""
    remedy: str = ""
    changes: tuple[dict[str, Any], ...] = field(default=(), hash=False)
    options: tuple[dict[str, Any], ...] = field(default=(), hash=False)
    root: bool = False
    unknown: str = ""
    nearest: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    refused: bool = False


def read_conversation(questions: Sequence[str], names: Names) -> list[Reading]:
    """What the last question asks, each part of it, in the light of those before it."""
    before: Reading | None = None
    readings: list[Reading] = []
    for question in questions:
        readings = read(question, names, before)
        before = readings[-1] if readings[-1].kind not in {"greeting", "help"} else before
    return readings


def read(text: str, names: Names, before: Reading | None = None) -> list[Reading]:
    """What one message asks, part by part (three at most)."""
    whole = _one(text, names, before)
    parts = list(_parts(text))
    if len(parts) < 2 or whole.kind in {"what_if", "compare"}:
        return [whole]
    asking = any(asks for _, asks in parts)
    found: list[Reading] = []
    said = before
    for part, asks in parts[:_MOST_PARTS]:
        asked = _one(part, names, said)
        if said is not before and not (asked.paths or asked.choices or asked.unknown):
            asked = replace(asked, paths=said.paths, assets=said.assets) if said else asked
        said = asked = _of_lines(asked, names) if asked.kind == "cause" else asked
        # A statement beside a question only says what the question is about.
        if asks or not asking:
            found.append(asked)
    clear = [r for r in found if r.kind not in {"unclear", "greeting"}]
    return _merged(clear) if clear else [whole]


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The sentences and questions of a message, each with whether it asks something."""
    start = 0
    for end in [*_ENDS.finditer(text), None]:
        part = text[start : end.start() if end else len(text)].strip()
        asks = end is not None and "?" in end.group(0)
        if part:
            yield part, asks or _ASKS.match(grammar.normal(part)) is not None
        start = end.end() if end else len(text)


def _merged(found: list[Reading]) -> list[Reading]:
    """Readings without those another one answers already."""
    kept: list[Reading] = []
    for reading in found:
        twin = next(
            (i for i, k in enumerate(kept) if k.kind == "cause" and k.paths == reading.paths), None
        )
        if twin is not None and reading.kind == "propose":
            kept[twin] = replace(kept[twin], root=True)
        elif twin is not None and reading.kind in {"remedies", "cause"}:
            kept[twin] = replace(kept[twin], root=kept[twin].root or reading.root)
        elif all((k.kind, k.paths) != (reading.kind, reading.paths) for k in kept):
            kept.append(reading)
    return kept


def _one(text: str, names: Names, before: Reading | None) -> Reading:
    """What one sentence asks."""
    plain = grammar.normal(text)
    found = names.mentions(text)
    horizon = _NEXT.search(text)
    rest = text if horizon is None else text[: horizon.start()] + " " + text[horizon.end() :]
    reading = Reading(
        kind="unclear",
        question=text.strip(),
        measurement=_measurement(text, found, names),
        span=find_span(rest) or "",
        horizon=horizon.group("length") if horizon else "",
        proposal=m.group(0).lower() if (m := _PROPOSAL.search(text)) else "",
    )
    reading = _with_assets(reading, names, found, plain, before)
    reading = replace(reading, kind=_kind(reading, plain, found, before))
    reading = _completed(reading, names, text, plain, before)
    return _checked(reading, names)


def _measurement(text: str, found: Sequence[Mention], names: Names) -> str:
    """What is to be measured: the last of neighbouring words ("current torque"), else the longest.

    Words for what a machine does ("state", "blocked") ask for its state, not for a value.
    """
    states = {p.spec.id for p in names.plant.points if p.spec.role in _STATES}
    said = [m for m in found if m.kind == "measurement" and not set(m.paths) <= states]
    heads = [
        m for m, after in zip_longest(said, said[1:]) if after is None or after.start - m.end > 1
    ]
    if heads:
        return max((m.text for m in heads), key=len)
    return "rate" if _RATES.search(text.lower()) else ""


def _with_assets(
    reading: Reading,
    names: Names,
    found: Sequence[Mention],
    plain: str,
    before: Reading | None,
) -> Reading:
    """The reading with the assets it names, those it refers to, or what is unclear about them."""
    unknown = next((m.text for m in found if m.kind == "unknown"), "")
    if unknown:
        return replace(reading, unknown=unknown, nearest=names.nearest(unknown))
    named = [m for m in found if m.kind in {"line", "unit", "area", "site"}]
    paths = names.meant(named)
    if grammar.ALL_LINES.search(plain) and not paths:
        paths = tuple(line.id for line in names.plant.lines if line.kind == "production")
        return replace(reading, paths=paths, assets=tuple(map(names.full_name, paths)))
    units = [m for m in named if m.kind == "unit" and len(m.paths) > 1]
    lines = [m for m in named if m.kind == "line"]
    several = len(paths) > max(1, len(lines)) if units else False
    if before is not None and before.choices and not units:
        paths = _among(paths, before.choices, names) or paths
    if several and before is not None:
        paths = _narrowed(paths, before)
        several = len(paths) > 1
    if several:
        return replace(reading, choices=tuple(names.full_name(p) for p in paths[:8]))
    if not paths and before is not None and before.choices and not named:
        paths = _picked(plain, before.choices, names)
    return replace(reading, paths=paths, assets=tuple(names.full_name(p) for p in paths))


def _among(paths: Sequence[str], choices: Sequence[str], names: Names) -> tuple[str, ...]:
    """Those of our choices that stand on the lines which the answer names."""
    offered = [names.asset(choice) for choice in choices]
    return tuple(p for p in offered if any(p.startswith(line + "/") for line in paths))


def _narrowed(paths: Sequence[str], before: Reading) -> tuple[str, ...]:
    """Those of the paths on a line that was spoken of before; all, if there are none."""
    lines = {"/".join(p.split("/")[:3]) for p in before.paths}
    inside = tuple(p for p in paths if "/".join(p.split("/")[:3]) in lines)
    return inside or tuple(paths)


def _picked(plain: str, choices: Sequence[str], names: Names) -> tuple[str, ...]:
    """The choice that an answer to our own question picks."""
    words = set(plain.split())
    fits = [c for c in choices if words & (set(c.lower().split()) & _distinct(choices))]
    return (names.asset(fits[0]),) if len(fits) == 1 else ()


def _distinct(choices: Sequence[str]) -> set[str]:
    """Words that not every choice has."""
    split = [frozenset(c.lower().split()) for c in choices]
    return {word for words in split for word in words if any(word not in s for s in split)}


def _kind(reading: Reading, plain: str, found: Sequence[Mention], before: Reading | None) -> str:
    """The question type."""
    scores = grammar.weights(plain)
    act = grammar.ACTS.match(plain)
    bare = _unnamed(plain, found)
    if act is not None and act.group("verb") in grammar.DECISIONS:
        return "decide"
    if act is not None and scores["propose"] < _ENOUGH and (found or before is not None):
        return "what_if" if re.search(r"\d", bare) else "decide"
    if reading.horizon:
        scores["what_if"] += 3
    if reading.proposal:
        scores["proposals"] += 6
    if reading.measurement and reading.measurement != "rate":
        scores["state"] += 2
        scores["indicators"] -= 2
    if reading.span and reading.measurement:
        scores["trend"] += 5
    best = max(grammar.ORDER, key=lambda kind: scores[kind])
    left = grammar.content(bare)
    follows = before is not None and before.kind != "unclear"
    if before is not None and before.choices and reading.paths and len(left) <= 2:
        return before.kind
    if follows and before is not None and scores[best] < _ENOUGH:
        told = reading.measurement and before.kind not in _OF_VALUES
        # Handing in for another asset must be asked for in so many words.
        again = "cause" if before.kind == "propose" else before.kind
        if grammar.FOLLOWS.match(plain) and not told:
            return again
        if len(left) <= 1 and not reading.measurement and not _starts_anew(reading, before):
            return again
    if best == "greeting" and any(scores[k] >= _ENOUGH for k in grammar.ORDER if k != "greeting"):
        best = max((k for k in grammar.ORDER if k != "greeting"), key=lambda kind: scores[kind])
    if scores[best] < _ENOUGH:
        short = len(left) <= 2
        known = bool(reading.paths or reading.choices or reading.unknown)
        best = "state" if known and (short or scores[best] > 0) else "unclear"
    if best == "state" and reading.measurement:
        return "value"
    if best == "indicators" and reading.measurement == "rate" and not grammar.STRICT.search(plain):
        return "value"
    return best


def _starts_anew(reading: Reading, before: Reading) -> bool:
    """Whether a bare name is a question of its own: asked after something that takes no name."""
    return bool(reading.paths) and before.kind not in _NEEDS_ASSET | _OF_VALUES


def _unnamed(plain: str, found: Sequence[Mention]) -> str:
    for mention in found:
        plain = plain.replace(grammar.normal(mention.text), " ")
    return plain


def _completed(
    reading: Reading, names: Names, text: str, plain: str, before: Reading | None
) -> Reading:
    """The reading with what its type needs: changes, query, what was spoken of before."""
    kind = reading.kind
    if kind in {"what_if", "compare"}:
        reading = replace(
            reading,
            changes=tuple(changes_in(text, names)),
            options=tuple(options_in(text, names)),
            refused=grammar.ACTS.match(plain) is not None,
        )
        if reading.choices and (reading.changes or reading.options):
            lines = tuple(p for m in names.mentions(text) if m.kind == "line" for p in m.paths)
            reading = replace(
                reading, choices=(), paths=lines, assets=tuple(map(names.full_name, lines))
            )
    if kind == "documents":
        reading = replace(reading, query=" ".join(grammar.content(_without_cues(plain))) or plain)
    if kind == "propose":
        words = grammar.content(_unnamed(plain, names.mentions(text)))
        reading = replace(reading, remedy=" ".join(w for w in words if w not in grammar.PROPOSING))
    if kind == "cause":
        reading = _of_lines(reading, names)
        reading = replace(reading, root=bool(re.search(r"\broot causes?\b", plain)))
    if before is None:
        return reading
    left = grammar.content(_unnamed(plain, names.mentions(text)))
    bare = grammar.FOLLOWS.match(plain) is not None or len(left) <= 1
    same = kind == before.kind and bare
    inherits = kind in _NEEDS_ASSET or kind in {"value", "what_if"}
    refers = grammar.REFERS.search(plain) is not None or same
    unset = not (reading.paths or reading.choices or reading.unknown)
    whole = grammar.WHOLE.search(plain) is not None
    if unset and not whole and (inherits or refers) and not reading.changes:
        reading = replace(reading, paths=before.paths, assets=before.assets)
    if same:
        reading = replace(
            reading,
            measurement=reading.measurement or before.measurement,
            span=reading.span or before.span,
            horizon=reading.horizon or before.horizon,
            changes=reading.changes or _moved(before.changes, reading, names),
            root=reading.root or before.root,
            query=before.query
            if same and kind == "documents" and not reading.query
            else reading.query,
        )
    return reading


def _of_lines(reading: Reading, names: Names) -> Reading:
    """Of lines and the systems that supply them, the lines: causes are looked for from there."""
    lines = {line.id for line in names.plant.lines if line.kind == "production"}
    kept = tuple(p for p in reading.paths if p in lines)
    if not kept or len(reading.paths) < 2:
        return reading
    return replace(reading, paths=kept, assets=tuple(map(names.full_name, kept)))


def _moved(
    changes: Sequence[dict[str, Any]], reading: Reading, names: Names
) -> tuple[dict[str, Any], ...]:
    """Earlier changes, now of the machine that is named, or of its like on the line named."""
    moved = []
    for change in changes:
        step = names.asset(change["asset"]).rsplit("/", 1)[-1]
        here = [p for path in reading.paths for p in (path, f"{path}/{step}")]
        unit = next((p for p in here if p in names.plant.units), None)
        if unit is None:
            return ()
        moved.append({**change, "asset": names.full_name(unit)})
    return tuple(moved)


def _without_cues(plain: str) -> str:
    for cue in grammar.CUES["documents"]:
        plain = re.sub(rf"(?<!\S){re.escape(cue)}(?!\S)", " ", plain)
    return plain


def _checked(reading: Reading, names: Names) -> Reading:
    """The reading, with the lines to choose from where an asset is needed and none was said."""
    if reading.kind not in _NEEDS_ASSET | {"value"} or reading.unknown or reading.choices:
        return reading
    if reading.paths or reading.options:
        return reading
    if reading.kind == "value" and reading.measurement != "rate":
        holders = [
            u.id
            for u in names.plant.units.values()
            if any(_means(reading.measurement, p.spec.id, p.spec.name, *p.names) for p in u.points)
        ]
        if len(holders) == 1:
            return replace(reading, paths=(holders[0],), assets=(names.full_name(holders[0]),))
        return replace(reading, choices=tuple(names.full_name(u) for u in holders[:8]))
    lines = tuple(line.name for line in names.plant.lines if line.kind == "production")
    return replace(reading, choices=lines)


def _means(said: str, *names: str) -> bool:
    return any(said.lower() == name.lower().replace("_", " ") for name in names)


def horizon_of(reading: Reading) -> str:
    """How far ahead is asked, if that can be counted."""
    return reading.horizon if reading.horizon and seconds_in(reading.horizon) else ""
