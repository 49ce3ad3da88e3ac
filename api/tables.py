"""Plain tables for the terminal. It must never word what stands in them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from api.printable import printable

if TYPE_CHECKING:
    from rich.table import Table


def table(
    head: Sequence[str], rows: Sequence[Sequence[object]], folds: Sequence[str] = ()
) -> "Table":
    """Cells under their heads, left-aligned; only columns named in `folds` are ever broken."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in head:
        made.add_column(Text(name), no_wrap=bool(folds) and name not in folds)
    for row in rows:
        made.add_row(*(Text(printable(str(cell))) for cell in row))
    return made
