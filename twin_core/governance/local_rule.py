"""A local rule: writes that an engineer signs in advance, and the readings that bring them about.

It is data, written in a file and in force once signed. Its writes go the way of every other: the
gate, the audit trail, one write, read back. It is no safety function: nothing here must be relied
on where a person could be hurt. It must never name what the plant file does not let be written.
"""

import math
import tomllib
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from twin_core.canonical import digest
from twin_core.errors import BadInput, NotWritable, OutOfRange, WrongKind
from twin_core.plant.assets import Plant
from twin_core.value import Path, Slug, Value

_MONTH_S = 2_592_000.0
_LONGEST = 500  # characters of a message about a file
_LEAST_COOLDOWN_S = 5.0


class Condition(Value):
    """What a point shows when the rule is to act; one of `below` and `above` is given.

    Attributes:
        unit: of the bound, the point's own.
        for_ms: plant milliseconds for which it must have shown it, from one Good reading to another
            (of a source that tells only changes: or until it stands so long).
        on_loss: it holds also while the point, once seen, is not Good or its source is lost.
            Otherwise what cannot be seen holds nothing.
    """

    point: Path
    below: float | None = Field(default=None, allow_inf_nan=False)
    above: float | None = Field(default=None, allow_inf_nan=False)
    unit: str
    for_ms: int = Field(default=0, ge=0, le=600_000)
    on_loss: bool = False

    @model_validator(mode="after")
    def _one_bound(self) -> "Condition":
        if (self.below is None) == (self.above is None):
            problem = "one of below and above is needed"
            raise ValueError(problem)
        return self

    def __str__(self) -> str:
        """As people are told it."""
        bound = f"below {self.below:g}" if self.below is not None else f"above {self.above:g}"
        kept = f" for {self.for_ms} ms" if self.for_ms else ""
        return f"{self.point} {bound} {self.unit}{kept}{' or lost' if self.on_loss else ''}"


class LocalWrite(Value):
    """One write: an absolute value in the point's unit; `check` is the read-back tolerance."""

    point: Path
    value: float = Field(allow_inf_nan=False)
    unit: str
    check: float = Field(ge=0, allow_inf_nan=False)


class LocalRule(Value):
    """Conditions and the writes they bring about, in order.

    Attributes:
        reason: why, for people to read.
        when: whether all conditions must hold, or any.
        write: in the order in which they are carried out; where one fails, those before it are
            undone. What should go on without the others is a rule of its own.
        cooldown_s: plant seconds after it acted before it acts again.
        most: times it may act within `window_s` seconds.
        days: after its signature when it ends.
    """

    id: Slug = Field(max_length=64)
    reason: str = Field(min_length=1, max_length=2000)
    when: Literal["all", "any"] = "all"
    condition: tuple[Condition, ...] = Field(min_length=1, max_length=8)
    write: tuple[LocalWrite, ...] = Field(min_length=1, max_length=16)
    cooldown_s: float = Field(ge=_LEAST_COOLDOWN_S, le=_MONTH_S)
    most: int = Field(ge=1, le=1000)
    window_s: float = Field(gt=0, le=_MONTH_S)
    days: float = Field(gt=0, le=366)

    @model_validator(mode="after")
    def _once_each(self) -> "LocalRule":
        points = [write.point for write in self.write]
        if len(set(points)) < len(points):
            problem = "a point is written once"
            raise ValueError(problem)
        return self

    @property
    def digest(self) -> str:
        """What a signature stands under."""
        return digest(self)

    def __str__(self) -> str:
        """As people are told it."""
        joined = " and " if self.when == "all" else " or "
        does = ", then ".join(f"{w.point} to {w.value:g} {w.unit}" for w in self.write)
        return f"{joined.join(map(str, self.condition))}: {does}"


def parse(text: str, file: str) -> tuple[LocalRule, ...]:
    """The rules that a TOML text says, in order.

    Raises:
        BadInput: not TOML, an unknown key, a value that cannot be, an id twice.
    """
    try:
        tree: dict[str, Any] = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as problem:
        raise _wrong(file, f"not TOML: {problem}") from problem
    if tree.pop("schema", None) != 1:
        raise _wrong(file, "schema is not given or not known; allowed: schema = 1")
    found, left = tree.pop("rule", []), ", ".join(tree)
    if left or not isinstance(found, list):
        raise _wrong(file, f"{left or 'rule'} is not known here; allowed: [[rule]]")
    rules: dict[str, LocalRule] = {}
    for number, one in enumerate(found, 1):
        try:
            rule = LocalRule.model_validate(one)
        except ValidationError as problem:
            first = problem.errors()[0]
            where = ".".join(map(str, ("rule", number, *first["loc"])))
            said = str(first.get("ctx", {}).get("error", first["msg"].lower()))
            raise _wrong(file, f"{where}: {said}") from problem
        if rule.id in rules:
            raise _wrong(file, f"rule.{number}: there is a rule {rule.id} before it")
        rules[rule.id] = rule
    return tuple(rules.values())


def fitting(plant: Plant, rules: Sequence[LocalRule]) -> None:
    """Return if every rule could be seen and carried out at the plant.

    Raises:
        UnknownName: no such point.
        NotWritable: a point nobody may write.
        OutOfRange: a value outside what the plant file lets be written.
        WrongKind: another unit than the point's, a number it cannot show, or a point that is
            computed here and not read.
    """
    for rule in rules:
        for condition in rule.condition:
            point = plant.point(condition.point)
            _same_unit(condition.point, condition.unit, point.spec.unit)
            if point.formula is not None:
                raise WrongKind(condition.point, "a derived point", "one that a source tells")
        for write in rule.write:
            spec = plant.point(write.point).spec
            if spec.safety_critical:
                why = "it is safety-critical and belongs to the controller alone"
                raise NotWritable(write.point, why)
            if spec.adjustable is None:
                raise NotWritable(write.point, "the plant file does not offer it")
            _same_unit(write.point, write.unit, spec.unit)
            if not spec.adjustable.holds(write.value):
                low, high = spec.adjustable.low, spec.adjustable.high
                raise OutOfRange(write.point, write.value, low, high, spec.unit)
            if spec.type != "float" and write.value != math.floor(write.value):
                raise WrongKind(
                    f"value of {write.point}", f"{write.value:g}", f"{spec.type} number"
                )


def _same_unit(point: str, given: str, unit: str) -> None:
    if given != unit:
        raise WrongKind(f"unit of {point}", given, unit)


def _wrong(file: str, problem: str) -> BadInput:
    return BadInput(f"{file}: {problem}"[:_LONGEST] + ".")
