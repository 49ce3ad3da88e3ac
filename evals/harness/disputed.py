"""Answers that people called wrong, for the next evaluation: of a ledger, or of what was exported.

Who confirmed one stands in the ledger alone. It must never write a byte of it, nor count a word
against an answer: who evaluates is shown it.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from api.directory import DataDirectory
from api.disputes import DISPUTED, Dispute
from api.ledgers import recorded
from twin_core.errors import BadInput
from twin_core.governance.ports import AuditRecord
from twin_core.value import Value

_APPROVED = "approved"
_LISTED = TypeAdapter(tuple[Dispute, ...])


class Disputed(Value):
    """One answer that was called wrong.

    Attributes:
        confirmed: who confirmed what was said instead; None where that is not known.
    """

    dispute: Dispute
    confirmed: tuple[str, ...] | None = None


def disputed(where: Path) -> tuple[Disputed, ...]:
    """All of a data directory, the oldest first; or of a file of `opstwin wrong --json`.

    A data directory without a ledger has none.

    Raises:
        BadInput: it is neither.
        StoreDown: the ledger cannot be read.
    """
    if where.is_dir():
        return _of_ledger(asyncio.run(recorded(DataDirectory(where), DISPUTED, _APPROVED)))
    try:
        found = _LISTED.validate_json(where.read_bytes())
    except (OSError, ValidationError) as problem:
        raise BadInput(
            f"{where} holds no disputed answers: give a data directory, or a file that "
            "`opstwin wrong --json` wrote."
        ) from problem
    return tuple(Disputed(dispute=one) for one in found)


def _of_ledger(records: Sequence[AuditRecord]) -> tuple[Disputed, ...]:
    found = [Dispute.model_validate(one.body) for one in records if one.kind == DISPUTED]
    return tuple(Disputed(dispute=one, confirmed=_by(one.proposal, records)) for one in found)


def _by(proposal: str, records: Sequence[AuditRecord]) -> tuple[str, ...]:
    """Who approved that proposal, each once."""
    mine = [one for one in records if one.kind == _APPROVED and one.subject == proposal]
    return tuple(dict.fromkeys(one.actor for one in mine))
