"""Something measured in a fresh process, so that what others left in this one has no weight."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


def apart(function: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
    """What the function gives there, or raises; it, what it is given and gives are pickled."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(function, *given, **named).result()
