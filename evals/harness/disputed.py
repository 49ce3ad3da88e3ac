"""Answers that people called wrong, for the next evaluation: of a ledger, or of what was exported.

Who confirmed one stands in the ledger alone. It must never write a byte of it, nor count a word
against an answer: who evaluates is shown it.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from api.directory import DataDirectory
from api.disputes import DISPUTED, Dispute
from connectors.ledger_file import reading
from twin_core.errors import BadInput
from twin_core.value import Value

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
        ledger = DataDirectory(where).ledger
        return asyncio.run(_of_ledger(ledger)) if ledger.is_file() else ()
    try:
        found = _LISTED.validate_json(where.read_bytes())
    except (OSError, ValidationError) as problem:
        raise BadInput(
            f"{where} holds no disputed answers: give a data directory, or a file that "
            "`opstwin wrong --json` wrote."
        ) from problem
    return tuple(Disputed(dispute=one) for one in found)


async def _of_ledger(file: Path) -> tuple[Disputed, ...]:
    async with reading(file) as ledger:
        found = [Dispute.model_validate(one.body) for one in await ledger.of_kind(DISPUTED)]
        approved = [(one.subject, one.actor) for one in await ledger.of_kind("approved")]
    return tuple(Disputed(dispute=one, confirmed=_by(one.proposal, approved)) for one in found)


def _by(proposal: str, approved: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Who approved that proposal, each once."""
    return tuple(dict.fromkeys(actor for subject, actor in approved if subject == proposal))
