"""A list of values under one key of the ledger, changed only with a record of who changed it.

It is read at each question, so that every process of a plant sees the same. It must never be empty
because it could not be read.
"""

from collections.abc import Sequence
from typing import Generic, TypeVar

from pydantic import ValidationError

from twin_core.errors import StoreDown
from twin_core.governance.ports import Ledger
from twin_core.value import JSON, Value

_V = TypeVar("_V", bound=Value)


class Kept(Generic[_V]):
    """Values of one kind.

    Args:
        key: of the ledger's state; `name` of the list inside it.
    """

    def __init__(self, ledger: Ledger, key: str, name: str, kind: type[_V]) -> None:
        self._ledger = ledger
        self._key, self._name, self._kind = key, name, kind

    async def read(self) -> tuple[tuple[_V, ...], int | None]:
        """All of them, in their order, and the version that a change compares.

        Raises:
            StoreDown: the ledger cannot be read, or holds what is not of a known form.
        """
        stored = await self._ledger.load(self._key)
        if stored is None:
            return (), None
        try:
            return tuple(self._kind.model_validate(one) for one in stored[0][self._name]), stored[1]
        except (LookupError, TypeError, ValidationError) as problem:
            why = f"{self._key} is stored in a form that this program does not know"
            raise StoreDown("ledger", why) from problem

    async def put(
        self, values: Sequence[_V], version: int | None, *records: tuple[str, str, str, JSON]
    ) -> None:
        """Store all of them in the place of a version, with the audit records of the change.

        Raises:
            Conflict: another version stands there.
            StoreDown: nothing was written.
        """
        state: JSON = {self._name: [one.model_dump(mode="json") for one in values]}
        await self._ledger.save(self._key, state, version, records)
