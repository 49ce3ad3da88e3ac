"""Units of an expression: checked once, by dimension, and their factors folded into its terms.

Numbers are converted only where two units meet, so that bars minus bars stay exactly that. A
temperature scale that does not begin at absolute zero keeps how far it lies above it beside the
term; differences of temperatures are kelvins. It must never be asked per reading.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twin_core.errors import ExpressionError, WrongKind
from twin_core.expression import COMPARISONS, Term
from twin_core.plant.ucum import above_zero, registry, unit

UnitOf = Callable[[Term], str]
"""The UCUM code of what a reference means; raises ExpressionError where it means nothing."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """A term that shows `unit`; what it means is `above` more, in that unit.

    Attributes:
        shares: how many temperatures above zero are in it: one in a temperature, none in the
            difference of two; None where nobody can tell.
    """

    term: Term
    unit: Any
    above: float = 0.0
    shares: float | None = 0.0


def folded(term: Term, unit_of: UnitOf, wanted: str) -> Term:
    """The same expression in numbers alone, its result in the unit `wanted`.

    Raises:
        ExpressionError: units that do not fit, with the column at which they meet.
    """
    result = _measured(term, unit_of)
    target = _unit(wanted, term)
    if not _alike(result.unit, target):
        raise ExpressionError(
            term.column, f"its result is in {result.unit:~}, not {wanted}", "one dimension"
        )
    result = _in(result, target)
    shift = result.above - above_zero(wanted)
    if above_zero(wanted) and result.shares not in {1.0, None}:
        raise ExpressionError(
            term.column, f"its result is no temperature on the scale {wanted}",
            "K for a difference of temperatures",
        )  # fmt: skip
    return _plus(result.term, shift)


def _measured(term: Term, unit_of: UnitOf) -> _Measured:
    if term.op in {"num", "ref"}:
        code = term.unit if term.op == "num" else unit_of(term)
        of = _unit(code or "1", term)
        above = above_zero(code)
        kelvin = of.dimensionality == registry().Unit("kelvin").dimensionality
        return _Measured(term, of, above, 1.0 if above else None if kelvin else 0.0)
    given = [_measured(each, unit_of) for each in term.terms]
    if term.op in {"*", "/"}:
        return _scaled(term, *given)
    if term.op in {"**", "sqrt"}:
        base = _whole(given[0])
        power = 0.5 if term.op == "sqrt" else given[1].term.number
        terms = (base.term,) if term.op == "sqrt" else (base.term, given[1].term)
        return _Measured(_again(term, *terms), base.unit**power)
    if term.op in {"exp", "log"}:
        one = registry().Unit("")
        if not _alike(given[0].unit, one):
            raise ExpressionError(
                term.column, f"{term.op} of something in {given[0].unit:~}", "a number without unit"
            )
        return _Measured(_again(term, _in(given[0], one).term), one)
    return _joined(term, given)


def _scaled(term: Term, a: _Measured, b: _Measured) -> _Measured:
    """Products and quotients; times a plain number a temperature stays one, in shares."""
    for number, other, whole in ((b, a, True), (a, b, term.op == "*")):
        if whole and number.term.op == "num" and number.term.unit in {"", "1"}:
            factor = number.term.number
            if term.op == "/":
                factor = 1.0 / factor if factor else float("inf")
            shares = None if other.shares is None else other.shares * factor
            above = other.above * factor if other.above else 0.0
            return _Measured(_again(term, a.term, b.term), other.unit, above, shares)
    a, b = _whole(a), _whole(b)
    joined = a.unit * b.unit if term.op == "*" else a.unit / b.unit
    return _Measured(_again(term, a.term, b.term), joined, shares=None)


def _joined(term: Term, given: list[_Measured]) -> _Measured:
    """Operations whose terms must be of one dimension: sums, comparisons, choices."""
    chosen = given[1:] if term.op == "where" else given
    first = next((each for each in chosen if not _nothing(each)), chosen[0])
    alike = []
    for each in chosen:
        if _nothing(each) and not first.above:
            alike.append(_Measured(each.term, first.unit))
        elif _alike(each.unit, first.unit):
            alike.append(_in(each, first.unit))
        else:
            raise ExpressionError(
                each.term.column,
                f"{term.op} joins {first.unit:~} and {each.unit:~}", "one dimension",
            )  # fmt: skip
    if term.op == "neg":
        (one,) = alike
        return _Measured(_again(term, one.term), one.unit, -one.above, _times(one.shares, -1))
    if term.op in {"+", "-"}:
        a, b = alike
        sign = 1 if term.op == "+" else -1
        shares = None if a.shares is None or b.shares is None else a.shares + sign * b.shares
        return _Measured(_again(term, a.term, b.term), a.unit, a.above + sign * b.above, shares)
    if term.op == "abs" or any(each.above != alike[0].above for each in alike):
        alike = [_whole(each) for each in alike]
    same = {each.shares for each in alike}
    shares = same.pop() if len(same) == 1 else None
    terms = [each.term for each in alike]
    if term.op in COMPARISONS:
        return _Measured(_again(term, *terms), registry().Unit(""))
    if term.op == "where":
        holds = given[0]
        if not _alike(holds.unit, registry().Unit("")):
            raise ExpressionError(
                holds.term.column, f"a condition in {holds.unit:~}", "a comparison"
            )
        terms = [holds.term, *terms]
    return _Measured(_again(term, *terms), alike[0].unit, alike[0].above, shares)


def _unit(code: str, term: Term) -> Any:
    try:
        return unit(code)
    except WrongKind as problem:
        raise ExpressionError(
            term.column, f"“{code}” is not a unit that is known here",
            "a UCUM code such as bar, m3/h, kW.h, Cel, {bottle}/min",
        ) from problem  # fmt: skip


def _nothing(given: _Measured) -> bool:
    """Zero without a unit is zero of anything."""
    return given.term.op == "num" and given.term.number == 0 and not given.term.unit


def _alike(a: Any, b: Any) -> bool:
    return bool(a.dimensionality == b.dimensionality)


def _in(given: _Measured, wanted: Any) -> _Measured:
    if given.unit == wanted:
        return given
    factor = float(registry().Quantity(1.0, given.unit).to(wanted).magnitude)
    above = given.above * factor
    return _Measured(_times_number(given.term, factor), wanted, above, given.shares)


def _whole(given: _Measured) -> _Measured:
    """With what it is above put into the term."""
    if not given.above:
        return given
    return _Measured(_plus(given.term, given.above), given.unit, 0.0, given.shares)


def _times(shares: float | None, factor: float) -> float | None:
    return None if shares is None else shares * factor


def _times_number(term: Term, factor: float) -> Term:
    if factor == 1.0:
        return term
    if term.op == "num":
        return Term("num", number=term.number * factor, column=term.column)
    number = Term("num", number=factor, column=term.column)
    return Term("*", (term, number), column=term.column)


def _plus(term: Term, more: float) -> Term:
    if not more:
        return term
    return Term("+", (term, Term("num", number=more, column=term.column)), column=term.column)


def _again(term: Term, *terms: Term) -> Term:
    return Term(term.op, terms, column=term.column)
