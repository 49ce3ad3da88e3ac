"""How a derived point is made of others: its expression, checked, in the order it is worked out.

A value that travels with the plant. It must never be evaluated here: `twin_core/derived.py` does.
"""

from functools import cached_property

from pydantic import Field

from twin_core.canonical import digest
from twin_core.expression import Term
from twin_core.value import Path, Value


class Formula(Value):
    """The expression of a derived point.

    Attributes:
        text: as the plant file has it.
        operations: in postfix order; `ref` takes the next of `inputs`, `num` the next of
            `numbers`, every other one (`twin_core/expression.py`) what stands on the stack.
        inputs: points by path, one for each reference; their values in their own units.
        numbers: constants, unit factors folded in, so that the result is in the point's unit.
    """

    text: str
    operations: tuple[str, ...] = Field(min_length=1)
    inputs: tuple[Path, ...] = Field(min_length=1)
    numbers: tuple[float, ...] = ()

    @cached_property
    def version(self) -> str:
        """Digest of what is computed, whatever the text looks like."""
        computed = [list(self.operations), list(self.inputs), list(self.numbers)]
        return digest(computed)

    @staticmethod
    def of(text: str, term: Term, inputs: dict[str, str]) -> "Formula":
        """The formula of a checked tree; `inputs` says which path each reference means."""
        operations: list[str] = []
        refs: list[str] = []
        numbers: list[float] = []

        def put(each: Term) -> None:
            for below in each.terms:
                put(below)
            operations.append(each.op)
            if each.op == "ref":
                refs.append(inputs[each.ref])
            elif each.op == "num":
                numbers.append(each.number)

        put(term)
        return Formula(
            text=text, operations=tuple(operations), inputs=tuple(refs), numbers=tuple(numbers)
        )
