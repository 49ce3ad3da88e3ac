"""Reads the two files the emulator is given: the plant file and the catalogue of faults."""

from collections.abc import Callable
from pathlib import Path

import yaml
from pydantic import ValidationError

from evals.emulator.faults import Catalogue
from twin_core.errors import BadInput
from twin_core.plant.assets import Plant
from twin_core.plant.document import load

CATALOGUE = Path(__file__).resolve().parent.parent / "faults.yaml"
"""The cases that come with the stand-in plant."""


def catalogue_of(site: str) -> Path:
    """The cases that come with that site: a file of its own, else Riverside's."""
    own = CATALOGUE.with_name(f"faults_{site}.yaml")
    return own if own.is_file() else CATALOGUE


def read_plant(file: Path) -> Plant:
    """The plant of that file, classes read from beside it.

    Raises:
        PlantFileError: the file says something that cannot be.
        OSError: the file cannot be read.
    """
    beside: Callable[[str], str] = lambda name: (file.parent / name).read_text("utf-8")  # noqa: E731
    return load(file.read_text("utf-8"), file.name, beside)


def read_faults(file: Path = CATALOGUE) -> Catalogue:
    """The cases and faults of a file.

    Raises:
        BadInput: it cannot be read, or says something that cannot be.
    """
    try:
        tree = yaml.safe_load(file.read_text("utf-8")) or {}
        return Catalogue.model_validate(tree)
    except OSError as problem:
        raise BadInput(f"{file} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise BadInput(f"{file} is not UTF-8 text.") from problem
    except yaml.YAMLError as problem:
        raise BadInput(f"{file} is not YAML: {' '.join(str(problem).split())}.") from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        raise BadInput(f"{file}: {where}: {first['msg']}.") from problem
