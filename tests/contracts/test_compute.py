"""What every Compute does: process pools of any size and the one in line."""

import pytest

from connectors.compute import ProcessPool
from tests.fakes import InlineCompute


@pytest.fixture(scope="module", params=["pool of 1", "pool of 3", "inline"])
def make(request):
    return {"pool of 1": lambda: ProcessPool(1), "pool of 3": lambda: ProcessPool(3)}.get(
        request.param, InlineCompute
    )


@pytest.fixture
async def compute(make):
    made = make()
    yield made
    await made.close()


async def test_results_come_in_the_order_of_the_items(compute):
    """The results are those of a plain loop, in its order, on any number of workers."""
    assert await compute.map(divmod_by_7, range(101)) == [divmod_by_7(n) for n in range(101)]
    assert await compute.map(divmod_by_7, []) == []


async def test_an_error_of_the_function_reaches_the_caller(compute):
    """What the function raises is raised, and the next map works."""
    with pytest.raises(ZeroDivisionError):
        await compute.map(inverse, [1, 0, 2])
    assert await compute.map(inverse, [4]) == [0.25]


def divmod_by_7(n):
    return divmod(n, 7)


def inverse(n):
    return 1 / n
