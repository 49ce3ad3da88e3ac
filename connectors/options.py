"""What a plant file says to a connector alone: a source's options, a point's address.

A wrong or unknown one is refused before anything is opened; it must never be guessed at.
"""

from typing import Any, TypeVar

from pydantic import ValidationError

from twin_core.errors import Unusable
from twin_core.plant.assets import Point
from twin_core.plant.source import Source
from twin_core.value import Value

_Options = TypeVar("_Options", bound=Value)


def options(kind: type[_Options], source: Source) -> _Options:
    """The source's options as `kind` has them.

    Raises:
        Unusable: an option it does not have, or a value that cannot be.
    """
    try:
        return kind.model_validate(source.options)
    except ValidationError as problem:
        first = problem.errors()[0]
        name = str(first["loc"][0])
        at = ("options", name)
        if first["type"] == "extra_forbidden":
            known = f"one of {', '.join(kind.model_fields)}"
            what = f"source {source.id}"
            raise Unusable(what, f"option {name}", known, source.id, at) from problem
        needed = first["msg"].removeprefix("Input should be ")
        what = f"source {source.id}, option {name}"
        raise Unusable(what, repr(source.options[name]), needed, source.id, at) from problem


def address(
    kind: type[_Options], protocol: str, point: Point, allowed: str, given: Any = None
) -> _Options:
    """The point's address as `kind` has it.

    Args:
        kind: what an address is.
        protocol: whose.
        point: whose address it is.
        allowed: what an address looks like, for people.
        given: the address in its long form; absent = as it stands.

    Raises:
        Unusable: it is none.
    """
    try:
        return kind.model_validate(point.address if given is None else given)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "address"
        raise Unusable(
            f"the {protocol} address of {point.id}",
            f"{point.address!r} ({where}: {first['msg'][:1].lower()}{first['msg'][1:]})",
            allowed,
            point.id,
            ("address", *first["loc"]),
        ) from problem
