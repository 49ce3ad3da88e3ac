"""What was learnt of the plant, who is champion, and what was foretold: the store of models.

It carries out promotions as a CommandSink: compare, set and read back in one transaction. A version
once kept is never changed. It must never judge a model.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from connectors.database import Database
from twin_core.errors import OpsTwinError, UnknownName
from twin_core.governance.action import Command, ModelPromotion, Outcome
from twin_core.models import Champion, Kept, Told
from twin_core.value import Instant

_META = sa.MetaData()
_MODELS = sa.Table(
    "model",
    _META,
    sa.Column("asset", sa.String, primary_key=True),
    sa.Column("model", sa.String, primary_key=True),
    sa.Column("version", sa.String, primary_key=True),
    sa.Column("made", sa.BigInteger, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("report", sa.Text, nullable=False),
)
_CHAMPIONS = sa.Table(
    "champion",
    _META,
    sa.Column("asset", sa.String, primary_key=True),
    sa.Column("model", sa.String, primary_key=True),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("proposal", sa.String, nullable=False),
)
_FORETOLD = sa.Table(
    "foretold",
    _META,
    sa.Column("line", sa.String, primary_key=True),
    sa.Column("version", sa.String, primary_key=True),
    sa.Column("start", sa.BigInteger, primary_key=True),
    sa.Column("end", sa.BigInteger, nullable=False),
    sa.Column("mean", sa.Float, nullable=False),
    sa.Column("low", sa.Float, nullable=False),
    sa.Column("high", sa.Float, nullable=False),
    sa.Column("actual", sa.Float),
)
_KEY = ("asset", "model", "version")
_SHOWN = 2000
"""Forecasts of a version that are looked at, the newest."""


class SqlModels:
    """The store.

    Args:
        url: of SQLAlchemy; a database of its own.

    Raises:
        StoreDown: the database cannot be opened, or is of a newer schema.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url, "models")

    async def keep(self, kept: Kept) -> None:
        """Keep a model; one of that version stays as it is, under the newest report."""
        at = (kept.asset, kept.model, kept.version)
        same = sa.and_(*(_MODELS.c[key] == value for key, value in zip(_KEY, at, strict=True)))

        def put(connection: sa.Connection) -> None:
            if connection.execute(_one(*at)).first() is None:
                connection.execute(_MODELS.insert().values(**kept.model_dump()))
            else:
                connection.execute(_MODELS.update().where(same).values(report=kept.report))

        await self._database.run(put)

    async def kept(self, asset: str, model: str, version: str) -> Kept:
        """A model that was kept.

        Raises:
            UnknownName: there is none of that version.
        """
        row = await self._database.run(
            lambda connection: connection.execute(_one(asset, model, version)).mappings().first()
        )
        if row is None:
            raise UnknownName(f"version of the {model.replace('-', ' ')} of {asset}", version)
        return Kept.model_validate(dict(row))

    async def champions(self) -> tuple[Champion, ...]:
        """Every champion with its model, by asset."""
        asked = (
            sa.select(_MODELS, _CHAMPIONS.c.proposal)
            .join(
                _CHAMPIONS,
                sa.and_(*(_MODELS.c[key] == _CHAMPIONS.c[key] for key in _KEY)),
            )
            .order_by(_MODELS.c.asset, _MODELS.c.model)
        )
        rows = await self._database.run(lambda c: c.execute(asked).mappings().all())
        found = []
        for row in rows:
            kept = {key: value for key, value in row.items() if key != "proposal"}
            found.append(Champion(kept=Kept.model_validate(kept), proposal=row["proposal"]))
        return tuple(found)

    async def foretell(self, told: Told) -> None:
        """Keep a forecast; one of the same moment stays as it is."""

        def put(connection: sa.Connection) -> None:
            same = sa.and_(
                _FORETOLD.c.line == told.line,
                _FORETOLD.c.version == told.version,
                _FORETOLD.c.start == told.start,
            )
            if connection.execute(sa.select(_FORETOLD.c.line).where(same)).first() is None:
                connection.execute(_FORETOLD.insert().values(**told.model_dump()))

        await self._database.run(put)

    async def open(self, until: Instant) -> tuple[Told, ...]:
        """Forecasts whose time was over at `until` and of which nobody has said what came."""
        due = sa.and_(_FORETOLD.c.actual.is_(None), _FORETOLD.c.end <= until)
        return await self._told(sa.select(_FORETOLD).where(due).order_by(_FORETOLD.c.start))

    async def came(self, told: Told, actual: float | None) -> None:
        """Say what came of a forecast; None = it is not known, and the forecast is forgotten."""
        same = sa.and_(
            _FORETOLD.c.line == told.line,
            _FORETOLD.c.version == told.version,
            _FORETOLD.c.start == told.start,
        )
        done = (
            _FORETOLD.delete().where(same)
            if actual is None
            else _FORETOLD.update().where(same).values(actual=actual)
        )
        await self._database.run(lambda connection: connection.execute(done) and None)

    async def foretold(self, line: str, version: str) -> tuple[Told, ...]:
        """Forecasts of a version with what came, oldest first."""
        newest = (
            sa.select(_FORETOLD)
            .where(
                _FORETOLD.c.line == line,
                _FORETOLD.c.version == version,
                _FORETOLD.c.actual.is_not(None),
            )
            .order_by(_FORETOLD.c.start.desc())
            .limit(_SHOWN)
        )
        return tuple(reversed(await self._told(newest)))

    async def execute(self, command: Command) -> Outcome:
        """Make a version champion where the one that it replaces still is, and read it back."""
        step = command.step
        if not isinstance(step, ModelPromotion):
            return _outcome(command, "not_applied", None, "not sent: it promotes no model")
        try:
            standing, sent, why = await self._database.run(
                lambda connection: _promote(connection, step, command.proposal)
            )
        except OpsTwinError as problem:
            return _outcome(command, "not_applied", None, str(problem))
        result = "verified" if standing == step.version else "not_applied"
        return _outcome(command, result, standing, why, sent=sent)

    async def look(self, command: Command) -> Outcome:
        """Who is champion."""
        step = command.step
        if not isinstance(step, ModelPromotion):
            return _outcome(command, "unknown", None, "it promotes no model")
        try:
            standing = await self._database.run(lambda c: _standing(c, step.asset, step.model))
        except OpsTwinError as problem:
            return _outcome(command, "unknown", None, str(problem))
        return _outcome(command, "verified" if standing == step.version else "unknown", standing)

    async def close(self) -> None:
        """Let go of the database."""
        await self._database.close()

    async def _told(self, asked: sa.Select[tuple[object, ...]]) -> tuple[Told, ...]:
        rows: Sequence[sa.RowMapping] = await self._database.run(
            lambda connection: connection.execute(asked).mappings().all()
        )
        return tuple(Told.model_validate(dict(row)) for row in rows)


def _one(asset: str, model: str, version: str) -> sa.Select[tuple[object, ...]]:
    given = (asset, model, version)
    return sa.select(_MODELS).where(
        *(_MODELS.c[key] == value for key, value in zip(_KEY, given, strict=True))
    )


def _standing(connection: sa.Connection, asset: str, model: str) -> str:
    asked = sa.select(_CHAMPIONS.c.version).where(
        _CHAMPIONS.c.asset == asset, _CHAMPIONS.c.model == model
    )
    return connection.scalar(asked) or ""


def _promote(
    connection: sa.Connection, step: ModelPromotion, proposal: str
) -> tuple[str, bool, str]:
    """Who is champion now, whether anything was written, and why not."""
    standing = _standing(connection, step.asset, step.model)
    if standing != step.replaces:
        return standing, False, f"{step.replaces or 'none'} was to be replaced"
    if (
        step.version
        and connection.execute(_one(step.asset, step.model, step.version)).first() is None
    ):
        return standing, False, f"there is no version {step.version}"
    where = sa.and_(_CHAMPIONS.c.asset == step.asset, _CHAMPIONS.c.model == step.model)
    connection.execute(_CHAMPIONS.delete().where(where))
    if step.version:
        connection.execute(
            _CHAMPIONS.insert().values(
                asset=step.asset, model=step.model, version=step.version, proposal=proposal
            )
        )
    return _standing(connection, step.asset, step.model), True, ""


def _outcome(
    command: Command, result: str, standing: str | None, why: str = "", *, sent: bool = False
) -> Outcome:
    return Outcome.model_validate(
        {
            "key": command.key,
            "result": result,
            "sent": sent,
            "acknowledged": sent,
            "reference": standing,
            "detail": why,
        }
    )
