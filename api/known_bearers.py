"""Whose tokens were looked up a moment ago, as long as nothing about people has changed since.

Whoever is disabled, removed or loses a right is not known any more with the next request: the
store's own count of changes says so, whichever process made them. It must never outlive a second.
"""

from collections import OrderedDict
from typing import NamedTuple

from api.identity_store import IdentityStore
from twin_core.answer import Asker
from twin_core.value import SECOND, Instant

_KEPT = 1000
_LONGEST = SECOND
"""Ledger time; what ends by itself, as a token or a grant, is seen within it."""


class _Seen(NamedTuple):
    asker: Asker
    at: Instant


class KnownBearers:
    """Of one identity store; used by the thread of the serving loop alone, but for `keep`.

    Attributes:
        version: of the store, when `of` last looked; what was read after it is at least as new.
    """

    def __init__(self, store: IdentityStore) -> None:
        self._store = store
        self.version = -1
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def of(self, token: str) -> Asker | None:
        """Whose token it is, if that is known still; else it is to be looked up."""
        if (version := self._store.version()) != self.version:
            self.version = version
            self._seen.clear()
            return None
        found = self._seen.get(token)
        if found is None or not 0 <= self._store.now() - found.at < _LONGEST:
            return None
        return found.asker

    def keep(self, token: str, asker: Asker, at: Instant, version: int) -> None:
        """It was looked up at a ledger time, after the store had come to a version."""
        if version == self.version != -1:
            self._seen[token] = _Seen(asker, at)
            if len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
