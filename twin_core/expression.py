"""Expressions of derived points: their text → a small tree, or where it is wrong. Nothing runs.

    power / speed                    points of the same unit, by name
    "../rinser/speed"                a point of another unit of the line
    "hall/line/filler/speed"         any point, from the site down, as everywhere in the file
    4.19["kJ/(kg.K)"]                a number with its unit (UCUM)
    where(speed > 10["/min"], power / speed, 0["kW.min"])

Python's own parser reads it and a white list decides: no name is looked up, no attribute, index or
call but these exists, and text, depth, size and powers are bounded before anything is built.
"""

import ast
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ExpressionError

LONGEST, MOST_TERMS, DEEPEST, HIGHEST_POWER = 2000, 200, 100, 8
_LARGEST = 1e30
_SIGNS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ .,+-*/()<>=!\"'[]{}%"
)
_ALLOWED = (
    "+ - * / **, one comparison, min, max, abs, sqrt, exp, log, clip, where, parentheses, "
    'points by name or “path”, numbers, 3.6["kJ"]'
)

Column: TypeAlias = NDArray[np.float64]

OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "<": lambda a, b: 1.0 * np.less(a, b),
    "<=": lambda a, b: 1.0 * np.less_equal(a, b),
    ">": lambda a, b: 1.0 * np.greater(a, b),
    ">=": lambda a, b: 1.0 * np.greater_equal(a, b),
    "==": lambda a, b: 1.0 * np.equal(a, b),
    "!=": lambda a, b: 1.0 * np.not_equal(a, b),
    "neg": np.negative,
    "abs": np.abs,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "min": np.minimum,
    "max": np.maximum,
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "where": lambda holds, x, other: np.where(holds != 0, x, other),
}
"""What each operation does to columns, by IEEE 754; a comparison gives 1 or 0."""

ARITY: dict[str, int] = {
    **dict.fromkeys(OPERATIONS, 2),
    **dict.fromkeys(("neg", "abs", "sqrt", "exp", "log"), 1),
    **dict.fromkeys(("clip", "where"), 3),
}
COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_COMPARED = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_CALLED = frozenset({"min", "max", "abs", "sqrt", "exp", "log", "clip", "where"})


@dataclass(frozen=True, slots=True)
class Term:
    """A node: an operation on terms, a number or a reference.

    Attributes:
        op: a key of OPERATIONS, `num` or `ref`.
        terms: what the operation takes, as many as its ARITY.
        number: of a `num`; `unit` its UCUM code, empty if none was given.
        ref: of a `ref`, as written.
        column: where it stands in the text, from 1.
    """

    op: str
    terms: "tuple[Term, ...]" = ()
    number: float = 0.0
    unit: str = ""
    ref: str = ""
    column: int = 1


def parse(text: str) -> Term:
    """The tree of an expression.

    Raises:
        ExpressionError: with the column at which it cannot be read, and what is allowed.
    """
    if len(text) > LONGEST:
        raise ExpressionError(LONGEST + 1, "it is too long", f"{LONGEST} characters")
    text = text.replace("\n", " ")
    for at, sign in enumerate(text):
        if sign not in _SIGNS:
            raise ExpressionError(at + 1, f"“{sign}” has no place here", _ALLOWED)
    ahead = len(text) - len(text.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python only warns of is no expression either
            tree = ast.parse(text[ahead:], mode="eval")
    except SyntaxError as problem:
        column = ahead + min(max(problem.offset or 1, 1), len(text) + 1)
        raise ExpressionError(column, "it cannot be read from here on", _ALLOWED) from problem
    except (ValueError, MemoryError, RecursionError) as problem:
        raise ExpressionError(1, "it is nested too deeply", f"{DEEPEST} levels") from problem
    return _Reader(ahead).read(tree.body, 1)


class _Reader:
    """Python's nodes → ours, each counted."""

    def __init__(self, ahead: int) -> None:
        self._ahead = ahead
        self._left = MOST_TERMS

    def read(self, node: ast.expr, depth: int) -> Term:
        column = self._ahead + node.col_offset + 1
        self._left -= 1
        if self._left < 0:
            raise ExpressionError(column, "it is too large", f"{MOST_TERMS} terms")
        if depth > DEEPEST:
            raise ExpressionError(column, "it is nested too deeply", f"{DEEPEST} levels")
        match node:
            case ast.Name(id=name):
                return Term("ref", ref=name, column=column)
            case ast.Constant(value=str() as path):
                return Term("ref", ref=path, column=column)
            case ast.Constant(value=value):
                return Term("num", number=_number(value, column), column=column)
            case ast.Subscript(value=ast.Constant(value=value), slice=ast.Constant(value=str(u))):
                return Term("num", number=_number(value, column), unit=u, column=column)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.read(inner, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                term = self.read(inner, depth + 1)
                if term.op == "num":
                    return Term("num", number=-term.number, unit=term.unit, column=column)
                return Term("neg", (term,), column=column)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                pair = (self.read(left, depth + 1), self.read(right, depth + 1))
                return _bounded(Term(_BINARY[type(op)], pair, column=column))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARED:
                pair = (self.read(left, depth + 1), self.read(right, depth + 1))
                return Term(_COMPARED[type(op)], pair, column=column)
            case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if name in _CALLED:
                terms = tuple(self.read(each, depth + 1) for each in given)
                return _applied(name, terms, column)
        raise ExpressionError(column, "this is not part of the language", _ALLOWED)


def _number(value: object, column: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(column, "this is not part of the language", _ALLOWED)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not abs(number) <= _LARGEST:
        raise ExpressionError(column, "this number is too large", f"±{_LARGEST:g}")
    return number


def _bounded(term: Term) -> Term:
    if term.op == "**":
        power = term.terms[1]
        if power.op != "num" or power.unit or abs(power.number) > HIGHEST_POWER:
            raise ExpressionError(
                power.column, "no such power", f"a number from -{HIGHEST_POWER} to {HIGHEST_POWER}"
            )
    return term


def _applied(name: str, terms: tuple[Term, ...], column: int) -> Term:
    many = name in {"min", "max"}
    if (many and len(terms) < 2) or (not many and len(terms) != ARITY[name]):
        wanted = "two or more" if many else str(ARITY[name])
        raise ExpressionError(column, f"{name} has {len(terms)} arguments", wanted)
    while len(terms) > ARITY[name]:
        terms = (Term(name, terms[:2], column=column), *terms[2:])
    return Term(name, terms, column=column)
