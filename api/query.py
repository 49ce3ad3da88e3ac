"""No query parameter goes by unread: a misspelt one is refused with the names there are.

One rule for every route, read from what the route itself declares. It must never name one.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from twin_core.errors import UnknownName, WrongKind

_BOUNDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}


async def known_query(request: Request) -> None:
    """Refuse a request whose address has parameters that its route does not take.

    Raises:
        UnknownName: one that it does not take; the nearest are those it takes.
        WrongKind: it takes none.
    """
    takes = {field.alias for field in _fields(request)}
    for name in request.query_params:
        if name not in takes:
            where = f"{request.method} {request.url.path}"
            if not takes:
                raise WrongKind(where, f"the parameter “{name[:80]}”", "no parameter")
            raise UnknownName(f"parameter of {where}", name, sorted(takes))


def bounds(request: Request, where: Sequence[str | int]) -> str:
    """Between what a query parameter may lie: “; allowed: above 0, at most 50”.

    Empty if nothing bounds it, or `where` leads to none.

    Both sides are told of whatever is outside: what is no number is outside of both.
    """
    told = [
        f"{word} {getattr(rule, side):g}"
        for field in _fields(request)
        if where[0] == "query" and field.alias == where[-1]
        for rule in field.field_info.metadata
        for side, word in _BOUNDS.items()
        if getattr(rule, side, None) is not None
    ]
    return f"; allowed: {', '.join(told)}" if told else ""


def _fields(request: Request) -> Iterator[Any]:
    """Every query parameter of the request's route, and of what it depends on."""
    route = request.scope.get("route")
    waiting: list[Dependant] = [route.dependant] if isinstance(route, APIRoute) else []
    while waiting:
        one = waiting.pop()
        yield from one.query_params
        waiting += one.dependencies
