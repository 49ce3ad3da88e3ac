"""`opstwin plant import`: tables of another system become a plant of ours, by a mapping.

The plant is loaded once before anything is written. It must never write over a file.
"""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

from api.directory import DataDirectory
from api.outside import keep_orders, keep_readings, table
from api.plant_file import text_of
from api.settings import Settings
from api.wiring import usable
from twin_core.errors import Conflict, OpsTwinError, StoreDown
from twin_core.importing.imported import CLASSES, MODES, PLANT, Imported, imported
from twin_core.importing.mapping import Mapped, Table
from twin_core.plant.assets import Plant
from twin_core.plant.document import load


def plan(mapping: Path, tables: Path) -> tuple[Imported, Plant]:
    """What would be made, and the plant that it is.

    Args:
        mapping: the mapping file.
        tables: the folder in which the files that it names lie.

    Raises:
        PlantFileError: at the mapping's line; also of a file outside that folder.
        BadInput: a file cannot be read.
    """
    mapped = Mapped(text_of(mapping), str(mapping))
    read: dict[str, Table] = {}
    inside = tables.resolve()
    for at, name in mapped.mapping.files:
        if not (tables / name).resolve().is_relative_to(inside):
            problem = f"file “{name}” leads out of {tables}"
            raise mapped.document.error(at, problem, "a file in that folder or below")
        if not (tables / name).is_file():
            there = sorted(p.name for p in tables.glob("*") if p.suffix in {".csv", ".parquet"})
            allowed = ", ".join(there) or f"none: {tables} holds no CSV or Parquet file"
            raise mapped.document.error(at, f"no file “{name}” in {tables}", allowed)
        if name not in read:
            read[name] = table(tables / name)
    made = imported(mapped, read)
    plant = load(made.plant, PLANT, lambda _: made.classes, usable)
    return made, plant


async def write(made: Imported, plant: Plant, out: Path, settings: Settings) -> None:
    """Files beside each other, readings into the history, orders into the work records.

    Raises:
        Conflict: one of the files is there already, or the data directory has a history.
        StoreDown: nothing more could be written.
    """
    texts = {PLANT: made.plant, CLASSES: made.classes, MODES: made.modes}
    await asyncio.to_thread(_free, out, list(texts))
    await asyncio.to_thread(_put, out, texts)
    directory = DataDirectory(settings.data)
    try:
        with directory.locked():
            await keep_readings(settings, plant, directory, made.readings)
            await keep_orders(directory, made.orders)
    except OpsTwinError:
        await asyncio.to_thread(_take_back, out, texts)
        raise


def _free(out: Path, names: Iterable[str]) -> None:
    standing = [name for name in names if (out / name).exists()]
    if standing:
        raise Conflict(str(out / standing[0]), "it exists already; give another --out")


def _take_back(out: Path, names: Iterable[str]) -> None:
    for name in names:
        (out / name).unlink(missing_ok=True)


def _put(out: Path, texts: Mapping[str, str]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8")
    except OSError as problem:
        raise StoreDown("imported plant", f"{out}: {problem.strerror}") from problem
