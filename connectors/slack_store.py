"""What the Slack channel must not forget: what it took, its buttons, what it posted; in SQLite.

What Slack sends twice is taken once, after a restart too; what was taken and not done is found
again. It must never decide anything, nor keep an answer.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from connectors.database import Database
from connectors.group_commit import GroupCommit
from twin_core.chat import Button, Posted, Taken
from twin_core.errors import StoreDown
from twin_core.value import JSON, SECOND, Instant

_META = sa.MetaData()
_TAKEN = sa.Table(
    "taken",
    _META,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("done", sa.BigInteger),
)
_BUTTONS = sa.Table(
    "button",
    _META,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("proposal", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("verb", sa.String, nullable=False),
)
_POSTED = sa.Table(
    "posted",
    _META,
    sa.Column("topic", sa.String, primary_key=True),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("ts", sa.String, nullable=False),
    sa.Column("shown", sa.String, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
_REMEMBERED = 10_000
_KEPT = 7 * 86_400 * SECOND
"""So long what was taken and done is remembered; Slack sends nothing again after an hour."""


class SlackStore:
    """A ChatStore.

    Args:
        url: of SQLAlchemy; a database of its own.
        now: ledger time.
        ids: a fresh opaque id at each call.

    Raises:
        StoreDown: the database cannot be opened, or is of a newer schema.
    """

    def __init__(self, url: str, now: Callable[[], Instant], ids: Callable[[], str]) -> None:
        self._now, self._ids = now, ids
        self._database = Database(url, "slack")
        self._arriving = GroupCommit(self._database, self._take)
        self._ending = GroupCommit(self._database, self._end)
        self._buttons: dict[str, Button] = {}  # what one stands for never changes
        self._names: dict[Button, str] = {}

    async def take(self, key: str, body: JSON) -> bool:
        """Keep what came, durably, before it is said to have come; False: it was taken before.

        Raises:
            StoreDown: it is not kept; it must not be acknowledged.
        """
        return await self._arriving.add((key, json.dumps(body)))

    async def done(self, key: str) -> None:
        """Nothing is left to be done about it; what was done long ago is let go."""
        await self._ending.add(key)

    async def undone(self) -> Sequence[Taken]:
        """What was taken and is still to be done, oldest first.

        Raises:
            StoreDown: it cannot be read, or not understood.
        """
        asked = sa.select(_TAKEN).where(_TAKEN.c.done.is_(None)).order_by(_TAKEN.c.at)
        rows = await self._database.run(lambda c: c.execute(asked).all())
        try:
            return [Taken(key=r.key, at=r.at, body=json.loads(r.body)) for r in rows]
        except ValueError as problem:
            raise StoreDown("slack", "what was taken is damaged: no JSON") from problem

    async def button(self, proposal: str, digest: str, verb: str) -> str:
        """The opaque id of a button; the same for the same."""
        said = {"proposal": proposal, "digest": digest, "verb": verb}
        if (known := self._names.get(Button.model_validate(said))) is not None:
            return known

        def transaction(connection: sa.Connection) -> str:
            asked = sa.select(_BUTTONS.c.id).filter_by(**said)
            found = connection.scalar(asked)
            if found is None:
                found = self._ids()
                connection.execute(_BUTTONS.insert().values(id=found, **said))
            return str(found)

        name = await self._database.run(transaction)
        self._remember(name, Button.model_validate(said))
        return name

    async def pressed(self, name: str) -> Button | None:
        """What a button stands for; None: it is none of ours."""
        if name in self._buttons:
            return self._buttons[name]
        asked = sa.select(_BUTTONS).where(_BUTTONS.c.id == name)
        row = await self._database.run(lambda c: c.execute(asked).one_or_none())
        if row is None:
            return None
        found = Button(proposal=row.proposal, digest=row.digest, verb=row.verb)
        self._remember(name, found)
        return found

    async def posted(self, topic: str) -> Posted | None:
        """The message of a topic; None: there is none."""
        asked = sa.select(_POSTED).where(_POSTED.c.topic == topic)
        row = await self._database.run(lambda c: c.execute(asked).one_or_none())
        return None if row is None else _posted(row)

    async def all_posted(self, prefix: str) -> Sequence[Posted]:
        """The messages of topics that begin so, oldest first."""
        asked = (
            sa.select(_POSTED)
            .where(_POSTED.c.topic.startswith(prefix, autoescape=True))
            .order_by(_POSTED.c.at)
        )
        rows = await self._database.run(lambda c: c.execute(asked).all())
        return [_posted(row) for row in rows]

    async def post(self, posted: Posted) -> None:
        """Keep where a topic's message stands and what it shows."""
        values = {**posted.model_dump(), "at": self._now()}

        def transaction(connection: sa.Connection) -> None:
            connection.execute(_POSTED.delete().where(_POSTED.c.topic == posted.topic))
            connection.execute(_POSTED.insert().values(values))

        await self._database.run(transaction)

    async def forget(self, topic: str) -> None:
        """A topic's message is looked after no more."""
        await self._database.run(
            lambda c: c.execute(_POSTED.delete().where(_POSTED.c.topic == topic))
        )

    async def close(self) -> None:
        """Finish what waits and let go."""
        await self._database.close()

    def _remember(self, name: str, button: Button) -> None:
        self._buttons[name], self._names[button] = button, name
        if len(self._buttons) > _REMEMBERED:
            oldest = next(iter(self._buttons))
            self._names.pop(self._buttons.pop(oldest), None)

    def _take(self, connection: sa.Connection, came: Sequence[tuple[str, str]]) -> list[bool]:
        """Keep what is new of it; for each whether it was."""
        asked = sa.select(_TAKEN.c.key).where(_TAKEN.c.key.in_([key for key, _ in came]))
        known, at, new = set(connection.scalars(asked)), self._now(), []
        for key, body in came:
            new.append(key not in known)
            if new[-1]:
                known.add(key)
                row = {"key": key, "at": at, "body": body, "done": None}
                connection.execute(_TAKEN.insert().values(row))
        return new

    def _end(self, connection: sa.Connection, keys: Sequence[str]) -> list[None]:
        now = self._now()
        ended = _TAKEN.update().where(_TAKEN.c.key.in_(list(keys)))
        ended = ended.values(done=now, body="{}")  # what was said is needed no more
        connection.execute(ended)
        connection.execute(_TAKEN.delete().where(_TAKEN.c.done < now - _KEPT))
        return [None] * len(keys)


def _posted(row: sa.Row[Any]) -> Posted:
    return Posted(topic=row.topic, channel=row.channel, ts=row.ts, shown=row.shown)
