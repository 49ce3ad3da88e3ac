"""The manner of every value."""

import copy
from functools import cached_property

from twin_core.value import Value


class _Named(Value):
    name: str

    @cached_property
    def long(self) -> str:
        return self.name * 2


def test_a_copy_works_out_its_own():
    """What was worked out of the content is not kept by a copy with another content."""
    first = _Named(name="a")
    assert first.long == "aa"
    assert first.model_copy(update={"name": "b"}).long == "bb"
    assert first.model_copy(update={"name": "b"}, deep=True).long == "bb"
    assert copy.copy(first) == copy.deepcopy(first) == first
