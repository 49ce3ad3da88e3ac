"""The catalogue of documents in a SQL database: every version of each, and its passages.

It must never forget one: what is superseded or removed is marked.
"""

import json
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from connectors.database import Database
from twin_core.documents import Document, Leaf
from twin_core.errors import UnknownName
from twin_core.value import Instant

_META = sa.MetaData()
_DOCUMENTS = sa.Table(
    "document",
    _META,
    sa.Column("key", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("slug", sa.String, nullable=False, index=True),
    sa.Column("number", sa.String, nullable=False),
    sa.Column("title", sa.String, nullable=False),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("file", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("classes", sa.Text, nullable=False),
    sa.Column("sites", sa.Text, nullable=False),
    sa.Column("passages", sa.Integer, nullable=False),
    sa.Column("status", sa.String, nullable=False, index=True),
    sa.Column("filed", sa.BigInteger, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("ended", sa.BigInteger),
    sa.Column("ended_by", sa.String, nullable=False),
)
_PASSAGES = sa.Table(
    "passage",
    _META,
    sa.Column("document", sa.Integer, sa.ForeignKey("document.key"), primary_key=True),
    sa.Column("id", sa.String, primary_key=True, index=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
_HOLDS = _DOCUMENTS.c.status == "current"
_AT_ONCE = 500
"""Ids in one statement: SQLite takes 999 by default where it is old."""


class SqlDocuments:
    """The catalogue.

    Args:
        url: of SQLAlchemy; a database of its own.

    Raises:
        StoreDown: the database cannot be opened, or is of a newer schema.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url, "documents")

    async def file(self, document: Document, leaves: Sequence[Leaf]) -> Document | None:
        """File a document in the place of the one of its slug, which is returned as it ended.

        Nothing changes where that one holds and has the same passages: it is returned as it is.
        """

        def put(connection: sa.Connection) -> Document | None:
            standing = connection.execute(
                sa.select(_DOCUMENTS).where(_HOLDS, _DOCUMENTS.c.slug == document.slug)
            ).mappings().first()  # fmt: skip
            if standing is not None:
                told = sa.select(_PASSAGES.c.id, _PASSAGES.c.digest).where(
                    _PASSAGES.c.document == standing["key"]
                )
                before = {row.id: row.digest for row in connection.execute(told)}
                if before == {leaf.id: leaf.digest for leaf in leaves}:
                    return _document(standing)
                _end(connection, standing["key"], "superseded", document.filed, document.by)
            row = document.model_dump() | {
                "classes": json.dumps(document.classes),
                "sites": json.dumps(document.sites),
            }
            key = connection.execute(_DOCUMENTS.insert().values(**row)).inserted_primary_key
            assert key is not None
            connection.execute(
                _PASSAGES.insert(),
                [
                    {"document": key[0], "place": place, **leaf._asdict()}
                    for place, leaf in enumerate(leaves)
                ],
            )
            return None if standing is None else _ended(connection, standing["key"])

        return await self._database.run(put)

    async def remove(self, slug: str, at: Instant, by: str) -> Document:
        """Take a document away; its record stays.

        Raises:
            UnknownName: none of that slug holds.
        """

        def take(connection: sa.Connection) -> Document:
            key = connection.scalar(
                sa.select(_DOCUMENTS.c.key).where(_HOLDS, _DOCUMENTS.c.slug == slug)
            )
            if key is None:
                held = sa.select(_DOCUMENTS.c.number).where(_HOLDS).order_by(_DOCUMENTS.c.slug)
                raise UnknownName("document", slug, list(connection.scalars(held.limit(20))))
            _end(connection, key, "removed", at, by)
            return _ended(connection, key)

        return await self._database.run(take)

    async def documents(self, *, ended: bool = False) -> Sequence[Document]:
        """Those that hold, by slug; with `ended` the others too, each slug's newest first."""
        asked = sa.select(_DOCUMENTS).order_by(_DOCUMENTS.c.slug, _DOCUMENTS.c.key.desc())
        chosen = asked if ended else asked.where(_HOLDS)
        rows = await self._database.run(lambda c: c.execute(chosen).mappings().all())
        return tuple(_document(row) for row in rows)

    async def current(self) -> Mapping[str, str]:
        """Passage id → digest, of all documents that hold."""
        asked = sa.select(_PASSAGES.c.id, _PASSAGES.c.digest).join(_DOCUMENTS).where(_HOLDS)
        rows = await self._database.run(lambda c: c.execute(asked).all())
        return {row.id: row.digest for row in rows}

    async def leaves(self, ids: Sequence[str]) -> Sequence[str]:
        """The passages of those ids that hold, as JSON."""

        def read(connection: sa.Connection) -> list[str]:
            found: list[str] = []
            for start in range(0, len(ids), _AT_ONCE):
                some = _PASSAGES.c.id.in_(ids[start : start + _AT_ONCE])
                asked = sa.select(_PASSAGES.c.body).join(_DOCUMENTS).where(_HOLDS, some)
                found += connection.scalars(asked.order_by(_PASSAGES.c.document, _PASSAGES.c.place))
            return found

        return await self._database.run(read)

    async def history(self, passage: str) -> Sequence[tuple[Document, str]]:
        """Every wording that a passage ever had, newest first, with the document that it was in."""
        asked = (
            sa.select(_DOCUMENTS, _PASSAGES.c.body)
            .join(_PASSAGES, _PASSAGES.c.document == _DOCUMENTS.c.key)
            .where(_PASSAGES.c.id == passage)
            .order_by(_DOCUMENTS.c.key.desc())
        )
        rows = await self._database.run(lambda c: c.execute(asked).mappings().all())
        return tuple((_document(row), str(row["body"])) for row in rows)

    async def close(self) -> None:
        """Let go of the database."""
        await self._database.close()


def _end(connection: sa.Connection, key: int, status: str, at: Instant, by: str) -> None:
    told = {"status": status, "ended": at, "ended_by": by}
    connection.execute(_DOCUMENTS.update().where(_DOCUMENTS.c.key == key).values(**told))


def _ended(connection: sa.Connection, key: int) -> Document:
    asked = sa.select(_DOCUMENTS).where(_DOCUMENTS.c.key == key)
    return _document(connection.execute(asked).mappings().one())


def _document(row: sa.RowMapping) -> Document:
    told = {name: row[name] for name in Document.model_fields}
    return Document.model_validate(
        told | {"classes": json.loads(row["classes"]), "sites": json.loads(row["sites"])}
    )
