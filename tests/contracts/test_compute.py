"""What every Compute does: process pools of any size, a Ray cluster, and the one in line."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import pytest

from connectors.compute import ProcessPool
from connectors.compute_ray import RayCluster
from evals.bench.local_ray import local_ray
from tests.fakes import InlineCompute
from twin_core.errors import OutOfRange
from twin_core.ports import Compute

MAKE: dict[str, Callable[[], Compute]] = {
    "pool of 1": lambda: ProcessPool(1),
    "pool of 3": lambda: ProcessPool(3),
    "inline": InlineCompute,
}


@pytest.fixture(scope="module", params=[*MAKE, "ray of 2"])
def compute(request):
    with ExitStack() as stack:
        made: Compute
        if request.param in MAKE:
            made = MAKE[request.param]()
        else:
            made = RayCluster(stack.enter_context(local_ray(2)).door)
        yield made
        asyncio.run(made.close())


async def test_results_come_in_the_order_of_the_items(compute):
    """The results are those of a plain loop, in its order, on any number of workers."""
    assert await compute.map(divmod_by_7, range(101)) == [divmod_by_7(n) for n in range(101)]
    assert await compute.map(divmod_by_7, []) == []


async def test_an_error_of_the_function_reaches_the_caller(compute):
    """What the function raises is raised, and the next map works."""
    with pytest.raises(ZeroDivisionError):
        await compute.map(inverse, [1, 0, 2])
    with pytest.raises(OutOfRange) as refused:
        await compute.map(refuse, [3])
    assert refused.value.value == 3
    assert await compute.map(inverse, [4]) == [0.25]


async def test_it_tells_how_many_are_done(compute):
    """Who asks hears ever more that are done, and at the end that all are."""
    heard: list[int] = []
    await compute.map(divmod_by_7, range(50), heard.append)
    assert heard == sorted(set(heard))
    assert heard[-1] == 50
    await compute.map(divmod_by_7, [], heard.append)
    assert heard[-1] == 50


async def test_what_a_function_is_bound_to_comes_along_whatever_its_size(compute):
    """Large or small, twice or in turn with another."""
    large, other = partial(place_in, list(range(50_000))), partial(place_in, list("abc" * 50_000))
    for _ in range(2):
        assert await compute.map(large, [7, 49_999]) == [7, 49_999]
        assert await compute.map(other, ["c", "a", "b"]) == [2, 0, 1]


async def test_maps_at_the_same_time_do_not_mix(compute):
    """Each gets its own results."""
    asked = [range(n, n + 40) for n in (0, 100, 200)]
    found = await asyncio.gather(*(compute.map(divmod_by_7, items) for items in asked))
    assert found == [[divmod_by_7(n) for n in items] for items in asked]


async def test_a_cancelled_map_ends_and_the_next_one_works(compute, tmp_path):
    """What has not begun is not done any more."""
    begun = asyncio.Event()
    mark = partial(mark_and_wait, tmp_path)
    asked = asyncio.ensure_future(compute.map(mark, range(2000), lambda _: begun.set()))
    await begun.wait()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    for _ in range(2):
        assert await compute.map(inverse, [2] * 8) == [0.5] * 8  # behind all that was out
        assert 1 <= len(list(tmp_path.iterdir())) < 1000


def divmod_by_7(n):
    return divmod(n, 7)


def inverse(n):
    return 1 / n


def refuse(n):
    raise OutOfRange("a number", n, 0, 2, "1")


def place_in(values, value):
    return values.index(value)


def mark_and_wait(folder, n):
    (folder / str(n)).touch()
    return sum(i * i for i in range(20_000))  # about a millisecond
