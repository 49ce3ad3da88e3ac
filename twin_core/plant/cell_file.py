"""The robot cells of a plant file, or of a file of their own.

It must never know what is simulated with them. What is wrong is told with line and column.
"""

from collections.abc import Collection

from twin_core.plant.cell import Cell
from twin_core.plant.marked import Document


def cells(doc: Document, site: str = "", units: Collection[str] = ()) -> tuple[Cell, ...]:
    """The cells that stand under `cells:`; a file without that key has none.

    Args:
        doc: the file.
        site: to which the `unit` of a cell is relative.
        units: paths of the assets a cell may belong to.

    Raises:
        PlantFileError: a cell that cannot be, or two of one id.
    """
    found: dict[str, Cell] = {}
    for i, _ in enumerate(doc.items(("cells",))):
        at = ("cells", i)
        data = dict(doc.mapping(at))
        if "unit" in data:
            data["unit"] = f"{site}/{doc.text((*at, 'unit'))}"
            if data["unit"] not in units:
                raise doc.error((*at, "unit"), f"no asset “{doc.text((*at, 'unit'))}”")
        cell = doc.model(Cell, at, data)
        if cell.id in found:
            raise doc.error((*at, "id"), f"cell “{cell.id}” is defined twice")
        found[cell.id] = cell
    return tuple(found.values())


def read_cells(text: str, file: str) -> tuple[Cell, ...]:
    """The cells of a file that holds nothing else; they belong to no asset.

    Raises:
        PlantFileError: anything that is not such a file.
    """
    doc = Document.parse(text, file)
    doc.only((), {"schema", "cells"})
    doc.schema()
    return cells(doc)
