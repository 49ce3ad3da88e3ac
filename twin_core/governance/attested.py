"""What the audit chain says of the ledger's states: at each change of one, its version and digest.

Pure. A state that no record bears out is believed by nobody. It does not cover the proposals, whose
records say more (`warrant.py`). Who can write the file can also append records: those stand in the
trail, and what a witness has seen he cannot change. It must never say what a state should be.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from twin_core.canonical import digest
from twin_core.governance.events import Entry
from twin_core.governance.ports import AuditRecord
from twin_core.value import JSON

KIND: str = "attested"
"""Kind of the records; their subject is the state's key."""
_ELSEWHERE = "proposal/"

Stored: TypeAlias = tuple[JSON, int] | None
"""A state and its version; None where nothing stands."""


class Said(NamedTuple):
    """What the newest record about a state says: the record's index, and the state."""

    record: int
    version: JSON
    sha256: JSON


def covers(key: str) -> bool:
    """Whether a key's states need such records."""
    return not key.startswith(_ELSEWHERE)


def attestation(key: str, state: JSON, version: int, *, adopted: bool = False) -> Entry:
    """The record of a state; `adopted`: it stood there before there were such records.

    Raises:
        NotCanonical: it has no digest.
    """
    body = {"version": version, "sha256": digest(state)}
    return KIND, "opstwin", key, {**body, "adopted": True} if adopted else body


def newest(records: Iterable[AuditRecord]) -> dict[str, Said]:
    """What records, in their order, say last of each key."""
    return {
        one.subject: Said(one.index, one.body.get("version"), one.body.get("sha256"))
        for one in records
        if one.kind == KIND
    }


def doubt(key: str, stored: Stored, said: Said | None) -> str:
    """Why what is stored under a key is not to be believed; empty if it is borne out."""
    if said is None:
        return "" if stored is None else f"no record bears out the state of {key}"
    if stored is None:
        return f"the state of {key} is gone, and record {said.record} bears one out"
    if said != (said.record, stored[1], digest(stored[0])):
        return f"the state of {key} is not what record {said.record} says"
    return ""
