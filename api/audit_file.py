"""The audit trail as an inspector reads it: one row a record, CSV or JSON, and the JSON's check.

Pure but for the file that is checked. A row says nothing but what the record's bytes say, and those
of the proposal it is about. It must never let a cell of a CSV be taken for a formula.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from twin_core.canonical import VERSION, canonical, digest
from twin_core.errors import BadInput, ChainBroken
from twin_core.governance.audit import Head, hashed, read, verify
from twin_core.governance.ports import AuditRecord
from twin_core.value import JSON, SECOND, Instant

MARK = "opstwin_audit"
"""The first key of an export in JSON; its value is the version of the form."""
FORM = 2
"""That version. The first form did not state its end, so that a part cut off was not missed."""

FIELDS = (
    "index", "time", "local_time", "kind", "actor", "name", "meaning", "reason", "subject",
    "title", "asset", "old", "new", "unit", "result", "digest", "hash",
)  # fmt: skip
"""The columns: `time` in UTC, `local_time` in the plant's zone, both ISO 8601; `actor` the user's
id and `name` what he signed with; `old`, `new` and `unit` of each step, parted by `; `; `digest`
of the proposal that was signed; `hash` of the record's bytes."""

_ACTS = frozenset("=+-@\t\r\n＝＋－＠")  # what makes a spreadsheet calculate
_SIGNED = frozenset({"approved", "rejected"})

Row = dict[str, JSON]


def row(record: AuditRecord, stored: bytes, zone: str, proposals: Mapping[str, JSON]) -> Row:
    """One record.

    Args:
        record: what its bytes say.
        stored: its bytes.
        zone: the plant's, IANA.
        proposals: those that were handed in, as they were, by id.
    """
    body, signature = record.body, _tree(record.body.get("signature"))
    proposal = _tree(proposals.get(record.subject))
    draft = _tree(proposal.get("draft"))
    steps = _steps(record, _tree(draft.get("action")))
    outcome = _tree(body.get("outcome"))
    told = {
        "index": record.index,
        "time": _iso(record.at, "UTC"),
        "local_time": _iso(record.at, zone),
        "kind": record.kind,
        "actor": record.actor,
        "name": signature.get("name", ""),
        "meaning": signature.get("meaning", ""),
        "reason": signature.get("reason") or body.get("reason") or body.get("why") or "",
        "subject": record.subject,
        "title": draft.get("title", ""),
        "asset": "; ".join(dict.fromkeys(step["where"] for step in steps)),
        "result": outcome.get("result", "") or body.get("result", ""),
        "digest": signature.get("digest") or body.get("digest") or "",
        "hash": hashed(stored),
    }
    for name in ("old", "new", "unit"):
        told[name] = "; ".join(_text(step[name]) for step in steps)
    return {name: _text(told[name]) if name != "index" else record.index for name in FIELDS}


def csv_lines(rows: Iterable[Row], *, head: bool) -> str:
    """Rows as CSV (RFC 4180); `head`: with the names of the columns before them."""
    page = io.StringIO()
    writer = csv.writer(page)
    if head:
        writer.writerow(FIELDS)
    writer.writerows([_cell(one[name]) for name in FIELDS] for one in rows)
    return page.getvalue()


def plain(stored: bytes) -> str:
    """A record's bytes as text; the version byte is left out, as JSON has no such thing."""
    return stored.removeprefix(VERSION).decode()


def exported(path: Path) -> bool:
    """Whether a file is an export in JSON, by its beginning."""
    with path.open("rb") as file:
        return file.read(64).lstrip().startswith(b'{"' + MARK.encode())


def verify_export(
    path: Path, heads_of: Callable[[Sequence[AuditRecord]], Iterable[Head]], *, deep: bool = False
) -> tuple[Head, int, int]:
    """The head after an exported part of the chain, and where it begins.

    What stands beside the bytes must be what they say, and its end where the export states it. It
    holds every record of before the time `until`: a head of before then must lie on it.

    Args:
        path: the file.
        heads_of: heads kept elsewhere, given the records that introduce keys.
        deep: whether each record must also be in its one canonical form.

    Returns:
        The head, the index of the first record, and how many records the newest head of after
        `until` counts (0: there is none).

    Raises:
        BadInput: not in the form of an export.
        ChainBroken: names the first index that does not hold.
    """
    try:
        told = json.loads(path.read_bytes())
        if told[MARK] != FORM:
            raise BadInput(f"{path} is not an export of form {FORM}: export it anew.")
        until, stated = int(told["until"]), Head(**told["end"])
        start, zone, proposals = int(told["start"]), str(told["timezone"]), told["proposals"]
        rows = [(dict(one), VERSION + str(one.pop("stored")).encode()) for one in told["records"]]
        keys = [read(VERSION + str(text).encode(), 0) for text in told["keys"]]
        after = Head(count=start, digest=told["previous"], at=0)
        ZoneInfo(zone)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as problem:
        raise BadInput(f"{path} is not an export of the audit trail in JSON.") from problem
    for position, (given, stored) in enumerate(rows, start=start):
        record = read(stored, position)
        given.pop("stored", None)
        if given != row(record, stored, zone, proposals):
            raise ChainBroken(position, "what the export says of it is not what its bytes say")
        mine = proposals.get(record.subject)
        if record.kind in _SIGNED | {"submitted"} and given["digest"] != digest(mine):
            raise ChainBroken(position, "the proposal beside it is not the one it is about")
    end = start + len(rows)
    if end != stated.count:
        raise ChainBroken(end, f"the export states that it ends before record {stated.count}")
    heads = [one for one in heads_of(keys) if one.count >= start]
    seen = [one for one in heads if one.count <= end or one.at < until]
    head = verify((stored for _, stored in rows), after, [*seen, stated], deep=deep)
    later = max((one.count for one in heads if one not in seen), default=0)
    return head, start, later


def _steps(record: AuditRecord, action: dict[str, JSON]) -> list[dict[str, JSON]]:
    """What is changed from what to what: by the record itself, or by the proposal it is about."""
    body = record.body
    for old, new in (("from", "to"), ("before", "key")):  # a step of trust; a signing key
        if old in body and new in body:
            return [_step(record.subject, body[old], body[new])]
    command = _tree(body.get("command"))
    steps = [command["step"]] if "step" in command else action.get("steps", [])
    if isinstance(steps, list) and steps:
        return [
            _step(one.get("point", ""), one.get("old"), one.get("value"), one.get("unit", ""))
            for one in map(_tree, steps)
        ]
    return [_step(str(action["asset"]), None, None)] if "asset" in action else []


def _step(where: str, old: JSON, new: JSON, unit: str = "") -> dict[str, JSON]:
    return {"where": where, "old": old, "new": new, "unit": unit}


def _tree(value: JSON) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: JSON) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else plain(canonical(value))


def _iso(at: Instant, zone: str) -> str:
    moment = datetime.fromtimestamp(at // SECOND, UTC).replace(microsecond=at % SECOND)
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="microseconds")


def _cell(value: JSON) -> JSON:
    """A cell that no spreadsheet takes for a formula: an apostrophe stands before what could be."""
    if not isinstance(value, str) or not value or value[0] not in _ACTS:
        return value
    try:
        float(value)
    except ValueError:
        return "'" + value
    return value
