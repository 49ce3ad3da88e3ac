"""Which warehouse and which day are meant. It must never read a clock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from twin_core.errors import BadInput, UnknownName
from twin_core.plant.assets import Plant
from twin_core.plant.warehouse import PickOrder, Storehouse


def store_called(said: str, plant: Plant) -> Storehouse:
    """The warehouse that is meant; where there is one, nothing need be said.

    Raises:
        BadInput: the plant file has none, or has several and none was said.
        UnknownName: another was said.
    """
    stores = plant.warehouses
    if not stores:
        raise BadInput("The plant file describes no warehouse; allowed: one under `warehouses:`.")
    wanted = said.strip().lower()
    if not wanted:
        if len(stores) == 1:
            return stores[0]
        raise BadInput(f"Which warehouse? Allowed: {', '.join(store.id for store in stores)}.")
    for store in stores:
        if wanted in {name.lower() for name in (store.id, store.name, *store.names)}:
            return store
    raise UnknownName("warehouse", said, [store.id for store in stores][:3])


def day_of(days: Collection[date], today: date, asked: date | None = None) -> date:
    """The day asked for; else today, or where nothing was ordered today the newest day before.

    Raises:
        BadInput: there is no such day.
    """
    known = sorted(days)
    if not known:
        raise BadInput("There is no day of orders; allowed: one or more.")
    if asked is not None:
        if asked not in days:
            raise BadInput(f"No orders of {asked}; allowed: days from {known[0]} to {known[-1]}.")
        return asked
    return today if today in days else max((d for d in known if d < today), default=known[-1])


def days_until(
    days: Mapping[date, Sequence[PickOrder]], today: date, asked: date | None = None
) -> tuple[date, list[Sequence[PickOrder]]]:
    """The day that is meant, and the orders of all days up to it, oldest first.

    Raises:
        BadInput: as `day_of`.
    """
    day = day_of(days, today, asked)
    return day, [days[one] for one in sorted(days) if one <= day]
