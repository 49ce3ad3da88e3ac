"""/audit: the chain read, checked, exported; its key replaced. Nothing here adds to it but that."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.audit_file import FORM, MARK, csv_lines, plain, row
from api.routes import AskerOf, Resolution, SystemOf
from api.system import System
from api.verifying import Verification
from twin_core.governance.audit import GENESIS, Head, hashed
from twin_core.governance.witness import KEY
from twin_core.value import JSON, Instant

router = APIRouter()

_LATEST = 2**53 - 1
_PAGE = 1000


@router.get("/audit")
async def audit(
    system: SystemOf,
    _asker: AskerOf,
    start: Annotated[int, Query(ge=0, le=_LATEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=_PAGE)] = 200,
    kind: str = "",
    subject: str = "",
) -> list[dict[str, Any]]:
    """Audit records from an index on; of one kind, or about one subject, where that is given."""
    if kind or subject:
        found = await (system.ledger.about(subject) if subject else system.ledger.of_kind(kind))
        some = [one for one in found if one.index >= start and kind in {"", one.kind}][:limit]
    else:
        some = [one for one, _ in await system.ledger.audit(start, limit)]
    return [one.model_dump(mode="json") for one in some]


@router.get("/audit/verification")
async def verify(system: SystemOf, _asker: AskerOf, deep: bool = False) -> Verification:
    """Check the whole chain against all that was witnessed; `deep`: each record's form too."""
    return await system.witness.verification(deep=deep)


@router.post("/audit/keys")
async def rotate(system: SystemOf, asker: AskerOf, body: Resolution) -> dict[str, str]:
    """Sign the audit chain with a new key, which the old one vouches for; an admin's act."""
    return {"key": await system.witness.rotate(asker, body.reason)}


@router.get("/audit/export")
async def export(
    system: SystemOf,
    _asker: AskerOf,
    start: Annotated[Instant, Query(ge=0, le=_LATEST)] = 0,
    end: Annotated[Instant, Query(ge=0, le=_LATEST)] = _LATEST,
    format: Literal["csv", "json"] = "csv",  # noqa: A002 (the name people know it by)
) -> StreamingResponse:
    """Records with `start ≤ ledger time < end` (microseconds), a row a record, streamed.

    JSON carries the bytes of each record, so that the file can be checked by itself.
    """
    media = "text/csv; charset=utf-8" if format == "csv" else "application/json"
    first = await _first(system, start)
    return StreamingResponse(_written(system, first, end, format), media_type=media)


async def _first(system: System, start: Instant) -> int:
    """Index of the first record at or after a time; the chain's times never go back."""
    low, high = 0, (await system.ledger.head()).count
    while low < high:
        middle = (low + high) // 2
        ((record, _),) = await system.ledger.audit(middle, 1)
        low, high = (middle + 1, high) if record.at < start else (low, middle)
    return low


async def _written(
    system: System, index: int, end: Instant, form: Literal["csv", "json"]
) -> AsyncIterator[str]:
    zone = system.plant.timezone
    proposals: dict[str, JSON] = {}
    until = min(end, await system.ledger.now())  # of before then it has all
    head = Head(count=index, digest=await _before(system, index))
    if form == "json":
        yield await _opening(system, head, until, zone)
    first = True
    while pairs := await system.ledger.audit(index, _PAGE):
        mine = [(record, stored) for record, stored in pairs if record.at < end]
        for record, _ in mine:
            await _recall(system, record.subject, proposals)
        rows = [(row(record, stored, zone, proposals), stored) for record, stored in mine]
        if mine:
            head = Head(count=mine[-1][0].index + 1, digest=hashed(mine[-1][1]))
        if form == "csv":
            yield csv_lines((one for one, _ in rows), head=first)
        elif rows:
            told = ({**one, "stored": plain(stored)} for one, stored in rows)
            page = ",\n".join(json.dumps(one, ensure_ascii=False) for one in told)
            yield page if first else ",\n" + page
        first = False
        if len(mine) < len(pairs):
            break
        index += len(pairs)
    if form == "json":
        kept = {name: one for name, one in proposals.items() if one is not None}
        yield f'\n],\n"proposals": {json.dumps(kept, ensure_ascii=False)},\n'
        yield f'"end": {json.dumps(head.model_dump(include={"count", "digest"}))}\n}}\n'
    elif first:
        yield csv_lines((), head=True)


async def _before(system: System, index: int) -> str:
    """The hash of the record before that index."""
    before = await system.ledger.audit(index - 1, 1) if index else ()
    return hashed(before[0][1]) if before else GENESIS


async def _opening(system: System, before: Head, until: Instant, zone: str) -> str:
    """All that stands before the first record."""
    known = await system.ledger.of_kind(KEY)
    pages = [await system.ledger.audit(one.index, 1) for one in known]
    head = {
        "site": system.plant.site,
        "timezone": zone,
        "start": before.count,
        "previous": before.digest,
        "until": until,
        "keys": [plain(stored) for ((_, stored),) in pages],
    }
    told = json.dumps({MARK: FORM, **head}, ensure_ascii=False, separators=(",", ":"))
    return told[:-1] + ',"records": [\n'


async def _recall(system: System, subject: str, proposals: dict[str, JSON]) -> None:
    """What was handed in as this proposal; None for what is no proposal."""
    if subject not in proposals:
        known = await system.ledger.about(subject) if subject.startswith("p-") else ()
        bodies = (one.body.get("proposal") for one in known if one.kind == "submitted")
        proposals[subject] = next(bodies, None)
