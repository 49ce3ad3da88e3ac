"""Reading a plant file and its class files from disk."""

from pathlib import Path

from twin_core.errors import BadInput, PlantFileError
from twin_core.plant.assets import Plant
from twin_core.plant.document import load


def read_plant(file: Path) -> Plant:
    """The plant of a file; class files are looked for beside it.

    Raises:
        BadInput: the file cannot be read.
        PlantFileError: what is in it is not a plant.
    """
    return load(_text(file), str(file), lambda name: _class_text(file.parent / name))


def _class_text(file: Path) -> str:
    # A device or a pipe would be read without end.
    if not file.is_file():
        raise FileNotFoundError(file)
    return file.read_text(encoding="utf-8")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{file} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise PlantFileError(str(file), 1, 1, "the file is not UTF-8 text") from problem
