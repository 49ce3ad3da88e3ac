"""Reads the two files the emulator is given: the plant file and the catalogue of faults."""

from collections.abc import Callable
from pathlib import Path

from evals.emulator.faults import Catalogue, Fault, load_catalogue
from twin_core.plant.assets import Plant
from twin_core.plant.document import load

CATALOGUE = Path(__file__).resolve().parent.parent / "faults.yaml"


def read_plant(file: Path) -> Plant:
    """The plant of that file, classes read from beside it.

    Raises:
        PlantFileError: the file says something that cannot be.
        OSError: the file cannot be read.
    """
    beside: Callable[[str], str] = lambda name: (file.parent / name).read_text("utf-8")  # noqa: E731
    return load(file.read_text("utf-8"), file.name, beside)


def read_faults(file: Path | None) -> tuple[Catalogue, tuple[Fault, ...]]:
    """Cases that can be called by name, and faults that are put in at the start.

    Without a file, the catalogue and no fault at the start.
    """
    import yaml

    if file is None:
        return load_catalogue(CATALOGUE.read_text("utf-8")), ()
    text = file.read_text("utf-8")
    tree = yaml.safe_load(text) or {}
    return load_catalogue(text), tuple(Fault.model_validate(f) for f in tree.get("faults", []))
