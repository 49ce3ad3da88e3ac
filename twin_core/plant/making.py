"""What a plant file says of making: products, orders, shifts, changeovers.

It must never know a machine: only lines and equipment classes by name.
"""

from collections.abc import Callable, Mapping

from twin_core.plant.classes import EquipmentClass
from twin_core.plant.marked import Document, Loc
from twin_core.plant.production import (
    LONGEST_CHANGEOVER_MIN,
    Changeovers,
    Order,
    Product,
    Shift,
)


class Making:
    """Reads the sections `products`, `orders`, `shifts` and `changeovers`.

    Args:
        doc: the plant file.
        site: its id; `lines` the paths of its lines.
        classes: equipment classes by id.
        once: refuses a second thing of that kind and name, at a place.
    """

    def __init__(
        self,
        doc: Document,
        site: str,
        lines: set[str],
        classes: Mapping[str, EquipmentClass],
        once: Callable[[Loc, str, str | int], None],
    ) -> None:
        self._doc, self._site, self._lines = doc, site, lines
        self._classes, self._once = classes, once

    def products(self) -> tuple[Product, ...]:
        """Every product."""
        return tuple(self._product(("products", i)) for i, _ in self._each("products"))

    def orders(self, products: set[str]) -> tuple[Order, ...]:
        """Every order, for one of these products."""
        return tuple(self._order(("orders", i), products) for i, _ in self._each("orders"))

    def shifts(self) -> tuple[Shift, ...]:
        """Every shift."""
        return tuple(self._shift(("shifts", i)) for i, _ in self._each("shifts"))

    def changeovers(self, products: set[str]) -> Changeovers:
        """Line → product → next product → minutes."""
        found: Changeovers = {}
        for line in self._doc.mapping(("changeovers",)):
            path = self._line_path(("changeovers", line), line)
            found[path] = {}
            for before in self._doc.mapping(("changeovers", line)):
                at = ("changeovers", line, before)
                row = self._doc.mapping(at)
                for product, here in ((before, at), *((after, (*at, after)) for after in row)):
                    if product not in products:
                        allowed = ", ".join(sorted(products)) or "none"
                        raise self._doc.error(here, f"no product “{product}”", allowed)
                found[path][before] = {
                    after: self._minutes((*at, after), given) for after, given in row.items()
                }
        return found

    def _minutes(self, at: Loc, given: object) -> float:
        number = isinstance(given, int | float) and not isinstance(given, bool)
        if number and 0 <= given <= LONGEST_CHANGEOVER_MIN:  # type: ignore[operator]
            return float(given)  # type: ignore[arg-type]
        problem = f"“{str(given)[:40]}” cannot be minutes of a changeover"
        raise self._doc.error(at, problem, f"0 to {LONGEST_CHANGEOVER_MIN}")

    def _each(self, section: str) -> "enumerate[object]":
        return enumerate(self._doc.items((section,)))

    def _product(self, at: Loc) -> Product:
        data = dict(self._doc.mapping(at))
        rates = self._doc.mapping((*at, "rates"))
        data["rates"] = {self._line_path((*at, "rates", k), k): v for k, v in rates.items()}
        for section in ("recipe", "tolerances"):
            for class_id in self._doc.mapping((*at, section)):
                here = (*at, section, class_id)
                if class_id not in self._classes:
                    raise self._doc.error(here, f"no equipment class “{class_id}”")
                for point in self._doc.mapping(here):
                    if self._classes[class_id].point(point) is None:
                        raise self._doc.error((*here, point), f"class {class_id} has no “{point}”")
        product = self._doc.model(Product, at, data)
        self._once((*at, "id"), "product", product.id)
        self._once((*at, "number"), "product number", product.number)
        return product

    def _order(self, at: Loc, products: set[str]) -> Order:
        data = dict(self._doc.mapping(at))
        data["line"] = self._line_path((*at, "line"), self._doc.text((*at, "line")))
        product = self._doc.text((*at, "product"))
        if product not in products:
            raise self._doc.error(
                (*at, "product"), f"no product “{product}”", ", ".join(sorted(products))
            )
        order = self._doc.model(Order, at, data)
        self._once((*at, "id"), "order", order.id)
        return order

    def _shift(self, at: Loc) -> Shift:
        data = dict(self._doc.mapping(at))
        data["stops"] = [
            {
                **self._doc.mapping((*at, "stops", i)),
                "line": self._line_path(
                    (*at, "stops", i, "line"), self._doc.text((*at, "stops", i, "line"))
                ),
            }
            for i, _ in enumerate(self._doc.items((*at, "stops")))
        ]
        shift = self._doc.model(Shift, at, data)
        self._once((*at, "id"), "shift", shift.id)
        return shift

    def _line_path(self, at: Loc, given: str) -> str:
        path = f"{self._site}/{given}"
        if path not in self._lines:
            allowed = ", ".join(sorted(line.split("/", 1)[1] for line in self._lines))
            raise self._doc.error(at, f"no line “{given}”", allowed)
        return path
