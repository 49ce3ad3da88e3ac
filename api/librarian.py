"""The librarian: files what people bring, and keeps the library to what holds now.

The catalogue is what is true; the library is made of it. It must never read a file itself:
`read_apart.py` does, in a worker.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import structlog

from api.read_apart import read_apart
from knowledge.filing import Filing
from knowledge.library import Library
from knowledge.passages import Hit, Passage
from knowledge.records import work_order_passages
from knowledge.shipped import shipped
from twin_core.answer import Asker
from twin_core.documents import Catalogue, Document, Leaf
from twin_core.errors import (
    ModelDown,
    NotAllowed,
    OpsTwinError,
    StoreDown,
    Unavailable,
    UnknownName,
)
from twin_core.plant.assets import Plant
from twin_core.ports import Clock, Compute, WorkRecords
from twin_core.value import JSON

log = structlog.get_logger(__name__)

Record: TypeAlias = Callable[[str, str, str, JSON], Awaitable[object]]

_AT_ONCE = 2_000
"""Passages for which a start waits; more are taken in while the server already serves."""
_US = "opstwin"


class Filed(NamedTuple):
    """What became of a file that was brought: the document, and the one whose place it took."""

    document: Document
    outcome: Literal["filed", "superseded", "unchanged"]
    before: Document | None


class Checked(NamedTuple):
    """Whether library and catalogue agree.

    Attributes:
        state: what the library is doing.
        meaning: whether the embedding model answers questions.
        documents, passages: that hold, by the catalogue; work orders are no documents.
        held: passages in the library, work orders among them.
        missing: passages that hold and are not yet found.
        model: what makes vectors.
    """

    state: str
    meaning: str
    documents: int
    passages: int
    held: int
    missing: int
    model: str


class Librarian:
    """Of one site.

    Args:
        plant: whose assets work orders are about.
        catalogue: of documents.
        library: where passages are searched.
        compute: where files are read.
        records: work orders.
        clock: ledger time is read.
        record: kind, who, about what, what: an audit record, written before the act.
        corpus: the documents that come with us; absent = those of the installation.
    """

    def __init__(
        self,
        plant: Plant,
        catalogue: Catalogue,
        library: Library,
        compute: Compute,
        records: WorkRecords,
        clock: Clock,
        record: Record,
        corpus: Path | None = None,
    ) -> None:
        self._plant, self._catalogue, self._library = plant, catalogue, library
        self._compute, self._records, self._clock = compute, records, clock
        self._record, self._corpus = record, corpus
        self._orders: Mapping[str, Passage] = {}
        self._filing = asyncio.Lock()
        self._building: asyncio.Task[None] | None = None
        self._closing = False
        self.state = "not opened"
        self.meaning = "up"

    async def start(self) -> None:
        """File what comes with us, and take in what the library lacks: if much, in the background.

        An embedding model that does not answer is told by `state`, and asked again later.

        Raises:
            StoreDown: the catalogue or the library cannot be used.
        """
        async with self._filing:
            await self._file_shipped()
            self._orders = await self._orders_now()
            wanted, lacking = await self._lacking()
            if len(lacking) <= _AT_ONCE:
                await self._catch_up_or_later()
            else:
                await asyncio.to_thread(self._library.take, (), wanted)
                self.state = f"taking in: 0 of {len(lacking):,} passages"
                self._building = asyncio.create_task(self._built(), name="library")

    async def file(self, data: bytes, file: str, filing: Filing, asker: Asker) -> Filed:
        """Read a file and let it hold from now on.

        It is on file also where the embedding model does not answer; `state` says so, and it can be
        found once the model does.

        Raises:
            NotAllowed: he is no engineer.
            DocumentError: it cannot be read, and why.
            StoreDown, ComputeDown.
        """
        may_file(asker, self._plant.site)
        passages = await read_apart(self._compute, data, file, filing)
        digest = hashlib.sha256(data).hexdigest()
        said = {"file": file, "version": passages[0].version, "sha256": digest}
        async with self._filing:
            await self._record("filed", asker.user, passages[0].document, said)
            told = await self._filed(passages, file, digest, asker.user)
            if told.outcome != "unchanged":
                await self._catch_up_or_later()
            return told

    async def keep(self, passage: Passage, by: str) -> Filed:
        """File what a person said as a document of its own; said anew, it supersedes."""
        async with self._filing:
            told = await self._filed([passage], "", "", by)
            await self._catch_up_or_later()
            return told

    async def remove(self, number: str, reason: str, asker: Asker) -> Document:
        """Take a document away, for a reason; its record stays.

        Raises:
            NotAllowed: he is no engineer.
            UnknownName: none of that number holds.
        """
        may_file(asker, self._plant.site)
        async with self._filing:
            held = {one.number: one.slug for one in await self.documents()}
            if number not in held:
                raise UnknownName("document", number, get_close_matches(number, held, 3, 0.4))
            await self._record("removed", asker.user, number, {"reason": reason})
            gone = await self._catalogue.remove(held[number], self._clock.ledger(), asker.user)
            await self._catch_up_or_later()
            return gone

    async def search(
        self,
        query: str,
        classes: Sequence[str] = (),
        limit: int = 5,
        near: Mapping[str, int] | None = None,
    ) -> Sequence[Hit]:
        """Passages that hold at this site, best first; as `Library.search`.

        While the embedding model does not answer they are found by their words alone; `meaning`
        says so.
        """

        def search(*, by_words: bool) -> Sequence[Hit]:
            return self._library.search(
                query, classes, limit, site=self._plant.site, near=near, by_words=by_words
            )

        try:
            found = await asyncio.to_thread(search, by_words=False)
        except ModelDown as problem:
            if self.meaning == "up":
                log.warning("documents are found by words alone", problem=str(problem))
            self.meaning = f"by words alone: {problem}"
            return await asyncio.to_thread(search, by_words=True)
        self.meaning = "up"
        return found

    async def documents(self, *, ended: bool = False) -> Sequence[Document]:
        """Those that hold at this site, by number; with `ended` what was before, too."""
        found = await self._catalogue.documents(ended=ended)
        return tuple(one for one in found if not one.sites or self._plant.site in one.sites)

    async def history(self, passage: str) -> Sequence[tuple[Document, Passage]]:
        """Every wording a passage ever had at this site, newest first."""
        found = await self._catalogue.history(passage)
        return tuple(
            (one, Passage.model_validate_json(body))
            for one, body in found
            if not one.sites or self._plant.site in one.sites
        )

    async def refresh(self) -> None:
        """Take up work orders as they are now; while nobody can be asked, the last ones stay."""
        if self._building is not None and not self._building.done():
            return
        found = await self._orders_now()
        if found != self._orders or self.state.startswith("down"):
            async with self._filing:
                self._orders = found
                await self._catch_up_or_later()

    async def _orders_now(self) -> Mapping[str, Passage]:
        try:
            orders = await self._records.work_orders()
        except Unavailable:
            return self._orders

        def read() -> dict[str, Passage]:
            return {one.id: one for one in work_order_passages(orders, self._about)}

        return await asyncio.to_thread(read)

    async def check(self) -> Checked:
        """Whether everything that holds can be found."""
        documents = await self._catalogue.documents()
        wanted, lacking = await self._lacking()
        return Checked(
            state=self.state,
            meaning=self.meaning,
            documents=len(documents),
            passages=len(wanted) - len(self._orders),
            held=len(self._library),
            missing=len(lacking),
            model=self._library.model,
        )

    async def close(self) -> None:
        """Stop taking in, and let go of the library."""
        self._closing = True
        if self._building is not None:
            await asyncio.wait([self._building])
        await asyncio.to_thread(self._library.close)

    async def _filed(self, passages: Sequence[Passage], file: str, digest: str, by: str) -> Filed:
        first = passages[0]
        document = Document(
            slug=first.id.split("/")[0],
            number=first.document,
            title=first.title,
            version=first.version,
            file=file,
            digest=digest,
            classes=tuple(dict.fromkeys(kind for one in passages for kind in one.classes)),
            sites=first.sites,
            passages=len(passages),
            filed=self._clock.ledger(),
            by=by,
        )
        leaves = await asyncio.to_thread(
            lambda: [Leaf(one.id, one.digest, one.model_dump_json()) for one in passages]
        )
        before = await self._catalogue.file(document, leaves)
        if before is not None and before.status == "current":
            return Filed(before, "unchanged", None)
        return Filed(document, "superseded" if before else "filed", before)

    async def _file_shipped(self) -> None:
        """What comes with us holds unless somebody filed his own in its place, or removed it."""
        newest: dict[str, Document] = {}
        for one in await self._catalogue.documents(ended=True):
            newest.setdefault(one.slug, one)
        documents: dict[str, list[Passage]] = {}
        for passage in await asyncio.to_thread(shipped, *([self._corpus] if self._corpus else [])):
            documents.setdefault(passage.id.split("/")[0], []).append(passage)
        for slug, passages in documents.items():
            standing = newest.get(slug)
            ours = standing is not None and standing.by == _US and standing.status == "current"
            if standing is None or ours:
                await self._filed(passages, "", "", _US)

    async def _lacking(self) -> tuple[dict[str, str], list[str]]:
        """What holds, id → digest, and which of it the library lacks."""
        filed, orders = await self._catalogue.current(), self._orders

        def compared() -> tuple[dict[str, str], list[str]]:
            wanted = {**filed, **{one.id: one.digest for one in orders.values()}}
            return wanted, self._library.missing(wanted)

        return await asyncio.to_thread(compared)

    async def _catch_up_or_later(self) -> None:
        """What is on file is on file: a model that is away is asked again by `refresh`."""
        try:
            await self._catch_up()
        except ModelDown as problem:
            log.warning("documents were not taken in", problem=str(problem))

    async def _catch_up(self) -> None:
        await self._take(*await self._lacking())

    async def _take(self, wanted: Mapping[str, str], lacking: Sequence[str]) -> None:
        bodies = await self._catalogue.leaves([one for one in lacking if one not in self._orders])
        orders = [self._orders[one] for one in lacking if one in self._orders]

        def take() -> None:
            passages = [Passage.model_validate_json(body) for body in bodies]
            try:
                self._library.take([*passages, *orders], wanted, self._told)
            except ModelDown:
                self._library.take((), wanted)  # what no longer holds is found no more even so
                raise

        try:
            await asyncio.to_thread(take)
        except OpsTwinError as problem:
            self.state = f"down: {problem}"
            raise
        self.state = "up"

    async def _built(self) -> None:
        """Take in what is lacking, in the background; a failure is told and a restart goes on."""
        try:
            async with self._filing:
                await self._catch_up()
        except OpsTwinError as problem:
            log.warning("documents were not taken in", problem=str(problem))

    def _told(self, done: int, of: int) -> None:
        if self._closing:
            raise StoreDown("documents", "the server stops; what was taken in is kept")
        self.state = f"taking in: {done:,} of {of:,} passages"
        if of > _AT_ONCE:
            log.info("documents are taken in", done=done, of=of)

    def _about(self, asset: str) -> tuple[str, str]:
        unit = self._plant.units.get(asset)
        return (asset, "") if unit is None else (unit.name, unit.class_id)


def may_file(asker: Asker, site: str) -> None:
    """Nothing, for who may file documents and take them away: they speak to the whole site.

    Raises:
        NotAllowed: he is neither engineer nor administrator.
    """
    if not (asker.may("engineer", site) or asker.may("admin", site)):
        raise NotAllowed(asker.name, "file or remove documents", "role engineer or admin")
