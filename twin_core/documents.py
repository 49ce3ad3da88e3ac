"""Documents that people filed: which there are, which hold now, and what became of the others.

A document is filed whole. One of the same number takes the place of that before it, which stays
on record with its passages: what was once quoted can be looked up for ever.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from twin_core.value import Instant, Slug, Value


class Document(Value):
    """A version of a document, as it was filed.

    Attributes:
        slug: its number as a slug; documents of one slug are versions of one document.
        number: as people cite it.
        file: name of the file it came in; `digest` SHA-256 of its bytes, "" where it came in none.
        classes: equipment classes it is about, () = any; `sites` where it holds, () = everywhere.
        passages: how many it has.
        status: whether it holds, another has its place, or it was taken away.
        filed, by: when (ledger time) and who.
        ended, ended_by: when it no longer held, and whose doing that was; None, "" while it does.
    """

    slug: str
    number: str
    title: str
    version: str
    file: str
    digest: str
    classes: tuple[Slug, ...] = ()
    sites: tuple[Slug, ...] = ()
    passages: int
    status: Literal["current", "superseded", "removed"] = "current"
    filed: Instant
    by: str
    ended: Instant | None = None
    ended_by: str = ""


class Leaf(NamedTuple):
    """A passage of a document: its id, the digest of all it says, and itself as JSON."""

    id: str
    digest: str
    body: str


class Catalogue(Protocol):
    """Where documents are kept; every call may raise StoreDown."""

    async def file(self, document: Document, leaves: Sequence[Leaf]) -> Document | None:
        """File a document in the place of the one of its slug, which is returned as it ended.

        Nothing changes where that one holds and has the same passages: it is returned as it is.
        """
        ...

    async def remove(self, slug: str, at: Instant, by: str) -> Document:
        """Take a document away; its record stays.

        Raises:
            UnknownName: none of that slug holds.
        """
        ...

    async def documents(self, *, ended: bool = False) -> Sequence[Document]:
        """Those that hold, by slug; with `ended` the others too, each slug's newest first."""
        ...

    async def current(self) -> Mapping[str, str]:
        """Passage id → digest, of all documents that hold."""
        ...

    async def leaves(self, ids: Sequence[str]) -> Sequence[str]:
        """The passages of those ids that hold, as JSON."""
        ...

    async def history(self, passage: str) -> Sequence[tuple[Document, str]]:
        """Every wording that a passage ever had, newest first, with the document that it was in."""
        ...
