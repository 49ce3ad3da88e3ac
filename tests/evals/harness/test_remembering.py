"""What was worked out once is known; what the laws work out, to the next process too."""

import asyncio
import functools
import threading

from evals.harness.load import plant_of
from evals.harness.remembering import Remembering
from twin_core.canonical import digest
from twin_core.diagnosis.graph import supplies


def _own(item):
    return item + 1


BEGAN, MAY_END = threading.Event(), threading.Event()


def _long(item):
    BEGAN.set()
    MAY_END.wait(10)
    return item


def _asked(memory, function, *items):
    return asyncio.run(memory.map(function, items))


def test_the_same_question_is_worked_out_once(tmp_path):
    memory = Remembering()
    assert _asked(memory, _own, 1, 2, 1) == [2, 3, 2]
    assert (memory.worked, memory.remembered) == (2, 1)


def test_what_a_law_works_out_is_known_to_who_comes_after(tmp_path):
    """Whatever order its sets are in."""
    law = functools.partial(digest)
    first, second = Remembering(tmp_path), Remembering(tmp_path)
    said = _asked(first, law, {"a": 1})
    assert _asked(second, law, {"a": 1}) == said
    assert (second.worked, second.remembered) == (0, 1)
    one: set[str] = set()
    other: set[str] = set()
    for n in range(50):
        one.add(f"w{n}")
        other.add(f"w{49 - n}")
    third = Remembering()
    _asked(third, len, one, other)
    assert (third.worked, third.remembered) == (1, 1)


def test_what_is_no_law_is_kept_by_nobody(tmp_path):
    """Its code may change, and nobody would know."""
    for function in (_own, functools.partial(functools.partial, _own)):
        _asked(Remembering(tmp_path), function, 1)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_told_apart_is_worked_out_anew(tmp_path):
    memory = Remembering(tmp_path)
    _asked(memory, lambda item: item, 1, 1)
    assert memory.worked == 2


def test_who_was_tired_of_waiting_finds_it_known_when_he_asks_again():
    """And nobody else works at it meanwhile."""

    async def asked():
        memory = Remembering()
        slow = asyncio.create_task(memory.map(_long, [1]))
        await asyncio.to_thread(BEGAN.wait, 10)
        slow.cancel()
        asyncio.get_running_loop().call_later(0.01, MAY_END.set)
        return await memory.tired(), await memory.tired(), await memory.map(_long, [1])

    assert asyncio.run(asked()) == (True, False, [1])


def test_what_is_asked_of_what_was_found_is_known_next_time_too(tmp_path):
    """Fresh or from the shelf it is the same to what is asked next."""
    plant = plant_of("pumping_station")
    line = next(one for one in plant.lines if supplies(plant, one))
    for worked, remembered in ((2, 0), (0, 2)):
        memory = Remembering(tmp_path)
        (found,) = _asked(memory, functools.partial(supplies, plant), line)
        _asked(memory, digest, {"found": list(found), "of": plant.unit(found[0]).id})
        assert (memory.worked, memory.remembered) == (worked, remembered)
