"""The warehouses of a plant file, article by article.

It must never know how anything is picked. What is wrong is told with line and column.
"""

from collections.abc import Callable
from typing import Any

from twin_core.errors import BadInput, PlantFileError
from twin_core.plant.marked import Document, Loc
from twin_core.plant.warehouse import (
    Article,
    Crew,
    Fetching,
    Layout,
    MinMax,
    Slot,
    Stock,
    Storehouse,
    Times,
    Warehouse,
)

_KEYS = {
    "id", "name", "names", "layout", "crew", "times", "picks", "orders", "highest", "fetching",
    "articles",
}  # fmt: skip
_ARTICLE = {"id", "length_m", "width_m", "height_m", "mass_kg", "slots", "stock"}
_STOCK = {"capacity", "forward", "reserve", "low", "high"}


def warehouses(doc: Document) -> tuple[Storehouse, ...]:
    """The warehouses that stand under `warehouses:`; a file without that key has none.

    Raises:
        PlantFileError: a warehouse that cannot be, or two of one id.
    """
    found: dict[str, Storehouse] = {}
    for i, _ in enumerate(doc.items(("warehouses",))):
        at: Loc = ("warehouses", i)
        store = _warehouse(doc, at)
        if store.id in found:
            raise doc.error((*at, "id"), f"warehouse “{store.id}” is defined twice")
        found[store.id] = store
    return tuple(found.values())


def _warehouse(doc: Document, at: Loc) -> Storehouse:
    doc.only(at, _KEYS)
    layout = _made(doc, (*at, "layout"), lambda: doc.model(Layout, (*at, "layout")))
    articles, faces = [], {}
    stocks, rules = [], []
    for i, _ in enumerate(doc.items((*at, "articles"))):
        here: Loc = (*at, "articles", i)
        doc.only(here, _ARTICLE)
        told = dict(doc.mapping(here))
        slots, stock = (told.pop(key, None) for key in ("slots", "stock"))
        article = doc.model(Article, here, told)
        if article.id in faces:
            raise doc.error((*here, "id"), f"article “{article.id}” is defined twice")
        articles.append(article)
        faces[article.id] = tuple(
            doc.model(Slot, (*here, "slots", k)) for k, _ in enumerate(slots or ())
        )
        if stock is not None:
            held, rule = _stock(doc, (*here, "stock"), article.id)
            stocks.append(held)
            rules += [] if rule is None else [rule]
    warehouse = _made(
        doc,
        (*at, "articles"),
        lambda: Warehouse(layout=layout, articles=tuple(articles), faces=faces),
    )
    given = doc.mapping(at)
    data = {key: given[key] for key in ("id", "name", "names", "picks", "orders", "highest")
            if key in given}  # fmt: skip
    data |= {"warehouse": warehouse, "crew": doc.model(Crew, (*at, "crew"))}
    for key, kind in (("times", Times), ("fetching", Fetching)):
        if key in given:
            data[key] = doc.model(kind, (*at, key))
    return doc.model(Storehouse, at, {**data, "stocks": tuple(stocks), "rules": tuple(rules)})


def _stock(doc: Document, at: Loc, article: str) -> tuple[Stock, MinMax | None]:
    doc.only(at, _STOCK)
    told = dict(doc.mapping(at))
    rule = {key: told.pop(key) for key in ("low", "high") if key in told}
    stock = doc.model(Stock, at, {**told, "article": article})
    if not rule:
        return stock, None
    found = doc.model(MinMax, at, {"high": stock.capacity, **rule, "article": article})
    if not found.low < found.high <= stock.capacity:
        raise doc.error(
            at,
            f"fetched at {found.low} up to {found.high}",
            f"low below high, that at most the capacity, {stock.capacity}",
        )
    return stock, found


def _made(doc: Document, at: Loc, make: Callable[[], Any]) -> Any:
    """What is made, or why it cannot be, at its place."""
    try:
        return make()
    except PlantFileError:
        raise
    except BadInput as problem:
        raise doc.error(at, str(problem).rstrip(".")) from problem
