"""The options a plant file gives a source, as its connector understands them.

A wrong or unknown one is refused before anything is opened; it must never be guessed at.
"""

from typing import TypeVar

from pydantic import ValidationError

from twin_core.errors import WrongKind
from twin_core.plant.assets import Source
from twin_core.value import Value

_Options = TypeVar("_Options", bound=Value)


def options(kind: type[_Options], source: Source) -> _Options:
    """The source's options as `kind` has them.

    Raises:
        WrongKind: an option it does not have, or a value that cannot be.
    """
    try:
        return kind.model_validate(source.options)
    except ValidationError as problem:
        first = problem.errors()[0]
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            known = f"one of {', '.join(kind.model_fields)}"
            raise WrongKind(f"source {source.id}", f"option {name}", known) from problem
        needed = first["msg"].removeprefix("Input should be ")
        what = f"source {source.id}, option {name}"
        raise WrongKind(what, repr(source.options[name]), needed) from problem
