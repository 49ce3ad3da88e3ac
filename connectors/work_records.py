"""The work orders that the maintenance system holds, kept here to be read at any time.

A copy, refreshed by the service; when the system is down, what was last known is still read. It
must never be written but from what the system says, or said when its orders were imported.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from connectors.cmms import Maintenance
from connectors.database import Database
from twin_core.ports import WorkOrderRecord

_AT_ONCE = 500
"""References in one statement: engines bound how many a statement may hold."""
_META = sa.MetaData()
_ORDERS = sa.Table(
    "work_order",
    _META,
    sa.Column("reference", sa.String, primary_key=True),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("asset", sa.String, nullable=False, index=True),
    sa.Column("task", sa.Text, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("finding", sa.Text, nullable=False),
    sa.Column("found_fault", sa.Boolean),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("closed", sa.BigInteger),
)


class SqlWorkRecords:
    """WorkRecords.

    Args:
        url: of SQLAlchemy; a database of its own.
        maintenance: whose orders they are; None = nobody's any more, they were imported.

    Raises:
        StoreDown: the database cannot be opened, or is of a newer schema.
    """

    def __init__(self, url: str, maintenance: Maintenance | None = None) -> None:
        self._maintenance = maintenance
        self._database = Database(url, "work records")
        self._known: dict[str, WorkOrderRecord] = {}

    async def refresh(self) -> None:
        """Store what has changed at the maintenance system since the last time.

        Raises:
            SourceDown: it does not answer; what is stored stays.
            StoreDown: nothing was stored.
        """
        if self._maintenance is not None:
            await self.keep(await self._maintenance.records())  # all: crews date a report back

    async def keep(self, found: Sequence[WorkOrderRecord]) -> None:
        """Store orders, in the place of those of the same reference.

        Raises:
            StoreDown: nothing was stored.
        """
        changed = [r for r in found if self._known.get(r.reference) != r]
        if not changed:
            return
        names = [record.reference for record in changed]

        def replace(connection: sa.Connection) -> None:
            for at in range(0, len(names), _AT_ONCE):
                here = _ORDERS.c.reference.in_(names[at : at + _AT_ONCE])
                connection.execute(_ORDERS.delete().where(here))
            connection.execute(_ORDERS.insert(), [record.model_dump() for record in changed])

        await self._database.run(replace)
        self._known.update({record.reference: record for record in changed})

    async def work_orders(self, asset: str | None = None) -> Sequence[WorkOrderRecord]:
        """Work orders of an asset and everything below it, or all; newest first."""
        asked = sa.select(_ORDERS).order_by(_ORDERS.c.created.desc(), _ORDERS.c.reference.desc())
        if asset is not None:
            below = _ORDERS.c.asset.startswith(f"{asset}/", autoescape=True)
            asked = asked.where(sa.or_(_ORDERS.c.asset == asset, below))
        rows = await self._database.run(
            lambda connection: connection.execute(asked).mappings().all()
        )
        return [WorkOrderRecord.model_validate(dict(row)) for row in rows]

    async def close(self) -> None:
        """Let go of the database."""
        await self._database.close()
