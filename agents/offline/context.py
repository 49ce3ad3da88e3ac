"""What a question needs beyond its kind: its change, query or remedy, and what went before it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agents.offline import grammar
from agents.offline.assets import about, of_lines
from agents.offline.changes import changes_in, options_in
from agents.offline.question import NEEDS_ASSET, Reading, Said
from twin_core.plant.names import Names

_ROOT = re.compile(r"\broot causes?\b")


def completed(reading: Reading, said: Said, names: Names, before: Reading | None) -> Reading:
    """The reading with all that its kind needs, as far as it was said now or before."""
    reading = _own(reading, said, names)
    if before is None:
        return reading
    follows = grammar.FOLLOWS.match(said.plain) is not None or len(said.content) <= 1
    same = reading.kind == before.kind and follows
    inherits = reading.kind in NEEDS_ASSET | {"value", "what_if"}
    refers = grammar.REFERS.search(said.plain) is not None
    whole = grammar.WHOLE.search(said.plain) is not None
    if reading.unset and not (whole or reading.changes) and (inherits or refers or same):
        reading = replace(reading, paths=before.paths, assets=before.assets)
    if not same:
        return reading
    return replace(
        reading,
        measurement=reading.measurement or before.measurement,
        span=reading.span or before.span,
        horizon=reading.horizon or before.horizon,
        query=reading.query or before.query,
        changes=reading.changes or _moved(before.changes, reading, names),
    )


def _own(reading: Reading, said: Said, names: Names) -> Reading:
    """What the sentence itself says for its kind."""
    if reading.kind in {"what_if", "compare"}:
        reading = replace(
            reading,
            changes=tuple(changes_in(said.text, names)),
            options=tuple(options_in(said.text, names)),
            refused=grammar.ACTS.match(said.plain) is not None,
        )
        if reading.choices and (reading.changes or reading.options):
            return about(reading, [p for m in said.of_kind("line") for p in m.paths], names)
    if reading.kind == "documents":
        query = " ".join(grammar.content(_without_cues(said.plain)))
        return replace(reading, query=query or said.plain)
    if reading.kind == "propose":
        remedy = " ".join(w for w in said.content if w not in grammar.PROPOSING)
        return replace(reading, remedy=remedy)
    if reading.kind == "cause":
        return replace(of_lines(reading, names), root=_ROOT.search(said.plain) is not None)
    return reading


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
