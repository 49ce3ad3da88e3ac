"""Reading a plant file and its class files from disk."""

import os.path
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twin_core.errors import BadInput, PlantFileError
from twin_core.plant.assets import Plant
from twin_core.plant.class_file import load_classes
from twin_core.plant.classes import EquipmentClass
from twin_core.plant.document import load
from twin_core.plant.draft import Draft, draft
from twin_core.plant.proposal import propose
from twin_core.plant.survey import Survey


def read_plant(file: Path, check: Callable[[Plant], None] | None = None) -> Plant:
    """The plant of a file; class files are looked for beside it.

    Args:
        file: the plant file.
        check: raises Unusable for what a connector cannot use; absent = nobody looks at it.

    Raises:
        BadInput: the file cannot be read.
        PlantFileError: what is in it is not a plant.
    """
    return load(text_of(file), str(file), lambda name: _class_text(file.parent / name), check)


def _class_text(file: Path) -> str:
    # A device or a pipe would be read without end.
    if not file.is_file():
        raise FileNotFoundError(file)
    return file.read_text(encoding="utf-8")


def text_of(file: Path) -> str:
    """What is written in a file.

    Raises:
        BadInput: it cannot be read.
        PlantFileError: it is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{file} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise PlantFileError(str(file), 1, 1, "the file is not UTF-8 text") from problem


def bytes_of(file: Path) -> bytes:
    """What is in a file.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        return file.read_bytes()
    except OSError as problem:
        raise BadInput(f"{file} cannot be read: {problem.strerror}.") from problem


def class_files(folder: Path) -> dict[Path, tuple[EquipmentClass, ...]]:
    """The class files of a folder: those in its `classes`, or if it has none its own.

    Raises:
        BadInput: there is none.
        PlantFileError: one cannot be used.
    """
    inner = sorted((folder / "classes").glob("*.yaml")) or sorted(folder.glob("*.yaml"))
    found = {file: load_classes(text_of(file), str(file)) for file in inner}
    if not found:
        raise BadInput(f"{folder} has no class files (classes/*.yaml).")
    return found


def drafted(
    survey: Survey,
    files: Mapping[Path, tuple[EquipmentClass, ...]],
    folder: Path,
    options: Mapping[str, Any],
    check: Callable[[Plant], None] | None = None,
) -> Draft:
    """A plant file's draft, as it can stand in `folder`; it was loaded once.

    Args:
        survey: what a server offers.
        files: class files and what is in them.
        folder: from which the class files are looked for.
        options: of the source.
        check: as of `read_plant`.
    """
    machines = propose(survey.tags, [kind for kinds in files.values() for kind in kinds])
    names = [os.path.relpath(file, folder) for file in files]
    made = draft(survey, machines, names, options)
    if made.units:
        load(made.text, "the draft", lambda name: _class_text(folder / name), check)
    return made
