"""Expressions of derived points: what they mean, and what is refused before anything is built."""

import ast
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.plant_fixture import OVEN, bakery
from twin_core.derived import Derived
from twin_core.errors import ExpressionError, PlantFileError
from twin_core.expression import DEEPEST, LONGEST, OPERATIONS, parse

HEAT = "temperature: {address: o4, names: [baking heat]}}"
LAWS = settings(max_examples=100, deadline=None, derandomize=True)
WIDE = "limits: {low: -1e300, high: 1e300}"


def plant(*declared):
    """The bakery with derived points on its oven, each as `name: {…}`."""
    return bakery({HEAT: f"{HEAT}, derived: {{{', '.join(declared)}}}"})


def made(expr, unit="1", limits=WIDE, name="made"):
    """One derived point as the file has it."""
    quoted = expr.replace("'", "''")
    return f"{name}: {{expr: '{quoted}', unit: \"{unit}\", {limits}}}"


def value(found, path=f"{OVEN}/made", **values):
    """What a derived point comes to where the oven shows these values."""
    read = np.full(len(found.read), np.nan)
    for name, number in values.items():
        read[found.index[f"{OVEN}/{name}"]] = number
    return float(Derived.of(found).values(read)[found.index[path]])


REFS = ("state", "produced")  # points of the oven without a dimension


def expressions():
    number = st.integers(-9, 9).map(str) | st.floats(0.125, 8, width=16).map(repr)
    leaf = number.map(lambda n: f"({n})") | st.sampled_from(REFS)

    def more(inner):
        two = st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner)
        compared = st.tuples(inner, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner)
        return (
            two.map(lambda t: f"({t[0]} {t[1]} {t[2]})")
            | compared.map(lambda t: f"({t[0]} {t[1]} {t[2]})")
            | st.tuples(inner, st.integers(-3, 3)).map(lambda t: f"({t[0]} ** {t[1]})")
            | st.tuples(st.sampled_from(["abs", "sqrt", "exp", "log", "-"]), inner).map(
                lambda t: f"{t[0]}({t[1]})"
            )
            | st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
                lambda t: f"{t[0]}({t[1]}, {t[2]})"
            )
            | st.tuples(st.sampled_from(["clip", "where"]), inner, inner, inner).map(
                lambda t: f"{t[0]}({t[1]}, {t[2]}, {t[3]})"
            )
        )

    return st.recursive(leaf, more, max_leaves=12)


def plain(node, names):
    """What Python's own floats make of it, by IEEE 754 where Python raises."""
    np_float = np.float64
    match node:
        case ast.Constant(value=int() | float() as number):
            return np_float(number)
        case ast.Name(id=name):
            return np_float(names[name])
        case ast.UnaryOp(operand=inner):
            return -plain(inner, names)
        case ast.BinOp(left=a, op=op, right=b):
            a, b = plain(a, names), plain(b, names)
            kind = type(op).__name__
            return {"Add": lambda: a + b, "Sub": lambda: a - b, "Mult": lambda: a * b,
                    "Div": lambda: a / b, "Pow": lambda: a**b}[kind]()  # fmt: skip
        case ast.Compare(left=a, ops=[op], comparators=[b]):
            a, b = plain(a, names), plain(b, names)
            kind = type(op).__name__
            return np_float({"Lt": a < b, "LtE": a <= b, "Gt": a > b, "GtE": a >= b,
                             "Eq": a == b, "NotEq": a != b}[kind])  # fmt: skip
        case ast.Call(func=ast.Name(id=name), args=args):
            x = [plain(each, names) for each in args]
            if name in {"min", "max"}:
                if any(math.isnan(each) for each in x):
                    return np_float("nan")
                return min(x) if name == "min" else max(x)
            if name == "clip":
                if any(math.isnan(each) for each in x):
                    return np_float("nan")
                return min(max(x[0], x[1]), x[2])
            if name == "where":
                return x[1] if x[0] != 0 else x[2]
            return {"abs": np.abs, "sqrt": np.sqrt, "exp": np.exp, "log": np.log}[name](x[0])
    raise AssertionError(ast.dump(node))


@LAWS
@given(expressions(), st.floats(-100, 100), st.floats(0, 1000))
def test_columns_come_to_what_plain_evaluation_comes_to(text, state, produced):
    """Whatever the expression: the same number, or none where that is not finite."""
    if len(text) > LONGEST:
        text = text[:1] and "state"
    with np.errstate(all="ignore"):
        wanted = float(
            plain(ast.parse(text, mode="eval").body, {"state": state, "produced": produced})
        )
    full = f"{text} + 0 * state + 0 * produced"
    try:
        found = value(plant(made(full)), state=state, produced=produced)
    except PlantFileError as problem:
        assert "nested too deeply" in str(problem) or "too large" in str(problem)  # noqa: PT017
        return
    wanted = wanted if abs(wanted) <= 1e300 else math.nan
    assert found == pytest.approx(wanted, rel=1e-12, nan_ok=True)


HOSTILE = [
    "__import__('os')", "state.__class__", "(lambda: 1)()", "[x for x in state]",
    "state if 1 else 2",
    "state and 1", "not state", "state := 3", "f'{state}'", "state[0]", "state(1)", "min(state)",
    "min(*state, 1)", "max(state, key=abs)", "9**9**9", "state ** state", "2 ** 100", "1e400",
    "9" * 400, "1j", "True", "None", "...", "state < 1 < 2", "state @ 2", "state // 2", "state % 2",
    "state << 2", "~state", "'a' 'b", "'\\x41'", "state\x00", "ﬀ", "", "   ", "#", "state;state",
    "1_0_", "0777", "1if 2else 3", "1or 2", "\ttemperature", "(" * 400, "-" * 1999 + "1",
    "+".join(["1"] * 300), "abs(" * 150 + "1" + ")" * 150, "1" * 2001, "-" * 150 + "state",
    "3['bar']['bar']",
    "clip(state, 1)", "where(1, 2)", "print(1)", "state[:1]", "{1}", "[1]", "(1, 2)", "yield",
    "await x",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_expression_is_refused_at_once(text):
    """By a white list, whatever Python would make of it; with a column, and soon."""
    begun = time.thread_time()
    with pytest.raises(ExpressionError) as refused:
        parse(text)
    assert time.thread_time() - begun < 0.5
    assert 1 <= refused.value.column <= LONGEST + 1


@settings(max_examples=300, deadline=500, derandomize=True)
@given(st.text("abs(min,max)+-*/.0123456789e'\"[]<>=! where_state%{}", max_size=LONGEST + 20))
def test_any_text_is_an_expression_or_is_refused(text):
    """Never another error, never a term that was not asked for."""
    try:
        term = parse(text)
    except ExpressionError:
        return
    queue, depth = [(term, 1)], 0
    while queue:
        each, here = queue.pop()
        depth = max(depth, here)
        assert each.op in {*OPERATIONS, "num", "ref"}
        queue += [(below, here + 1) for below in each.terms]
    assert depth <= 2 * DEEPEST


def test_units_are_checked_and_factors_folded_in():
    """The result is in the unit declared, whatever its inputs are in."""
    assert value(plant(made('speed * 1["min"]', "{loaf}")), speed=90.0) == 90.0
    assert value(plant(made("speed", "{loaf}/h")), speed=90.0) == pytest.approx(5400.0)
    assert value(plant(made('2["kW"] / speed', "W.h")), speed=120.0) == pytest.approx(1000 / 3600)
    assert value(plant(made("max(0, speed)", "{loaf}/s")), speed=90.0) == pytest.approx(1.5)


def test_a_temperature_is_no_difference_of_temperatures():
    """Degrees Celsius minus degrees Celsius are kelvins; a mean of two is a temperature again."""
    cel = 'temperature - 20["Cel"]'
    assert value(plant(made(cel, "K")), temperature=230.0) == 210.0
    assert value(plant(made('(temperature + 20["Cel"]) / 2', "Cel")), temperature=230.0) == 125.0
    assert value(plant(made('max(temperature, 20["Cel"])', "Cel")), temperature=230.0) == 230.0
    assert value(plant(made("temperature", "[degF]")), temperature=100.0) == pytest.approx(212.0)
    assert value(plant(made('temperature + 5["K"]', "Cel")), temperature=100.0) == 105.0
    ideal = 'temperature / 293.15["K"]'
    assert value(plant(made(ideal)), temperature=20.0) == pytest.approx(1.0)
    with pytest.raises(PlantFileError, match="no temperature on the scale Cel"):
        plant(made(cel, "Cel"))


@pytest.mark.parametrize(
    ("expr", "unit", "column", "said"),
    [
        ("speed + temperature", "K", 9, "joins 1 / min and K"),
        ("speed", "bar", 1, "its result is in 1 / min, not bar"),
        ("1 + exp(speed)", "1", 5, "exp of something in 1 / min"),
        ("where(speed, 1, 2)", "1", 7, "a condition in 1 / min"),
        ('2["furlong"] * state', "1", 1, "“furlong” is not a unit"),
        ("state + spead", "1", 9, "no point “spead”; allowed: of this unit: state, speed"),
        ("state + '../oven/nothing'", "1", 9, "no point “../oven/nothing”"),
        ("1 + 2", "1", 1, "it refers to no point"),
        ("state + import", "1", 9, "cannot be read"),
    ],
)
def test_an_error_names_its_place_in_the_file_and_in_the_expression(expr, unit, column, said):
    with pytest.raises(PlantFileError) as refused:
        plant(made(expr, unit))
    assert refused.value.line == 20
    assert refused.value.column > 200
    assert f"column {column} of the expression" in str(refused.value)
    assert said in str(refused.value)


def test_what_is_derived_from_itself_is_refused_with_the_circle():
    declared = [made(f"{name} + state", name=own) for own, name in ("ab", "bc", "ca")]
    with pytest.raises(PlantFileError, match=f"{OVEN}/a → {OVEN}/b → {OVEN}/c → {OVEN}/a"):
        plant(*declared)


def test_a_long_row_of_derived_points_is_refused_and_not_run_into():
    declared = [made(f"p{i + 1} + 1", name=f"p{i}") for i in range(200)]
    with pytest.raises(PlantFileError, match="too many derived points in a row"):
        plant(*declared, made("state", name="p200"))


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("made: {expr: state, unit: '1'}", "“limits” is missing"),
        ("made: {unit: '1', limits: {low: 0, high: 1}}", "“expr” must be given"),
        (made("state") [:-1] + ", address: x}", "unknown key “address”"),
        (made("state") [:-1] + ", adjustable: {low: 0, high: 1}}", "unknown key “adjustable”"),
        (made("speed", name="state"), "is defined twice"),
        (made("state", name="No"), "cannot be an id"),
    ],
)  # fmt: skip
def test_a_derived_point_has_what_a_point_has_and_no_wire(declared, said):
    with pytest.raises(PlantFileError, match=said):
        plant(declared)


def test_points_are_referred_to_from_here_or_from_the_site_down():
    found = plant(
        made('"../divider/speed" + "bread/toast/slicer/speed" + speed', "{loaf}/min"),
        made('made * 1["min"]', name="twice"),
    )
    assert {p.id for p in found.rests_on(f"{OVEN}/twice")} == {
        f"northmill/bread/toast/{unit}/speed" for unit in ("divider", "slicer", "oven")
    }
    assert not any(p.writable for p in found.derived)
    assert found.points[: len(found.read)] == found.read
