"""What is true of every machine of a kind: usual points, physics by the nameplate, failure modes.

A class file is shared by plants and knows none of them. Failure modes carry mode, mechanism,
cause and detection apart (ISO 14224, annex B). It must never name an asset.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from twin_core.plant.alarming import AlarmSpec
from twin_core.value import Path, Range, Slug, Value


class Role(str, Enum):
    """What a point means to a machine, whatever the vendor calls it (PackML tags in brackets)."""

    STATE = "state"  # [Status.StateCurrent] ISA-TR88.00.02 numbers
    MODE = "mode"  # [Status.UnitModeCurrent]
    COMMAND = "command"  # [Command.CntrlCmd] ISA-TR88.00.02 numbers
    CHANGE_REQUEST = "change_request"  # [Command.CmdChangeRequest] asks that it be followed
    SPEED = "speed"  # [Status.CurMachSpeed]
    SPEED_SETPOINT = "speed_setpoint"  # [Status.MachSpeed]
    PRODUCED = "produced"  # [Admin.ProdProcessedCount]
    DEFECTIVE = "defective"  # [Admin.ProdDefectiveCount]
    STARVED = "starved"  # [Status.EquipmentInterlock.Starved]
    BLOCKED = "blocked"  # [Status.EquipmentInterlock.Blocked]
    STOP_REASON = "stop_reason"  # [Admin.StopReason]
    PRODUCT = "product"  # number of the product being made
    LEVEL = "level"  # contents of a conveyor, tank or store, in its unit of flow
    POTENTIAL = "potential"  # what a header holds: pressure, temperature, voltage
    FLOW = "flow"  # what passes through a producer or header
    OUTPUT = "output"  # what a producer gives, as a share of its capacity
    SETPOINT = "setpoint"  # a target somebody may change
    PROCESS = "process"  # any other measurement


SETTINGS = frozenset({Role.SETPOINT, Role.SPEED_SETPOINT})
"""What somebody sets."""


class PointSpec(Value):
    """A usual point of a class; the plant file says which of them an asset has, and where.

    Attributes:
        unit: UCUM code ("bar", "Cel", "{bottle}/min", "1" for none).
        type: how the value is to be read.
        limits: what the instrument can show; outside is quarantined.
        normal: where a healthy machine at nominal speed keeps it (for people and for weighing
            symptoms; not an alarm).
        alarm_low, alarm_high: alarm limits, absent if there is no alarm; `alarm` how they behave.
        rate_limit: the most it can change, unit per second, absent if anything is possible.
        period_s: plant seconds within which a new reading is expected.
        resolution: the smallest step the instrument shows.
        noise: usual standard deviation around the value on a steady machine.
        band: how far it may move before a proposal that rests on it is stale.
        adjustable: range inside which a write may be proposed; absent = not writable.
        step: the largest single change by one write.
        measures: for a setpoint, the id of the point that should follow it.
        settle_s: for a setpoint, plant seconds until the process has followed.
        safety_critical: never written by anything of ours.
        redundant_with: another point that measures the same thing at the same place: its id in
            the same asset, or its path below the site.
    """

    id: Slug
    name: str
    role: Role = Role.PROCESS
    unit: str
    type: Literal["float", "int", "bool"] = "float"
    limits: Range
    normal: Range | None = None
    alarm_low: float | None = None
    alarm_high: float | None = None
    alarm: AlarmSpec = AlarmSpec()
    rate_limit: float | None = Field(default=None, gt=0)
    period_s: float = Field(default=2.0, gt=0)
    resolution: float = Field(default=0.0, ge=0)
    noise: float = Field(default=0.0, ge=0)
    band: float = Field(default=0.0, ge=0)
    adjustable: Range | None = None
    step: float | None = Field(default=None, gt=0)
    measures: Slug | None = None
    settle_s: float | None = Field(default=None, gt=0)
    safety_critical: bool = False
    redundant_with: Path | None = None

    def overlaid(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """This with the keys that a plant file gives; of `alarm` single keys of it too."""
        whole = {**self.model_dump(), **given}
        if isinstance(given.get("alarm"), Mapping):
            whole["alarm"] = {**self.alarm.model_dump(), **given["alarm"]}
        return whole

    @field_validator("normal", "adjustable")
    @classmethod
    def _inside_limits(cls, given: Range | None, others: ValidationInfo) -> Range | None:
        limits = others.data.get("limits")
        if given is None or limits is None:
            return given
        if given.low < limits.low or given.high > limits.high:
            raise PydanticCustomError(
                "outside_limits",
                "{low} to {high} reaches outside limits",
                {
                    "low": given.low,
                    "high": given.high,
                    "allowed": f"{limits.low} to {limits.high}",
                },
            )
        return given

    @field_validator("alarm_high")
    @classmethod
    def _above_alarm_low(cls, high: float | None, others: ValidationInfo) -> float | None:
        low = others.data.get("alarm_low")
        if high is not None and low is not None and low > high:
            raise PydanticCustomError(
                "alarms", "{high} lies below alarm_low, {low}", {"high": high, "low": low}
            )
        return high


class Parameter(Value):
    """A number of the nameplate: what it is, its unit, and its usual value for the kind."""

    unit: str
    value: float
    description: str


class Effect(Value):
    """Nameplate physics: how something known bends what the machine does.

    `by` is a point id of the same asset, or `supply:MEDIUM` for the potential of the header that
    supplies MEDIUM to it. The factor on `on` is 1 where `by` is on the side of `full`, `floor`
    where it is beyond `none`, and linear between (`full` may lie above or below `none`).
    For `on: rejects`, `on: stops` and `on: offset` the value grows from 0 (at `full`) to
    `ceiling` (at `none`).

    Attributes:
        on: `speed` (factor on the speed that can be reached), `rejects` (added share of output
            rejected), `stops` (added minor stops per hour), `capacity` (factor on what a
            producer can give or a conveyor carry), `demand` (factor on what is drawn from
            `medium`), `offset` (added to the true value of `point`, in its unit, on top of what
            its setpoint asks for; `ceiling` may then be negative).
        point: for `offset`: the process point of the same asset that shifts.
    """

    on: Literal["speed", "rejects", "stops", "capacity", "demand", "offset"]
    by: str
    full: float
    none: float
    floor: float = Field(default=0.0, ge=0)
    ceiling: float = 0.0
    medium: Slug | None = None
    point: Slug | None = None


Shows = Literal[
    "low", "high", "rising", "falling", "noisy", "stuck", "spiking", "missing", "stopping", "losing"
]


class Symptom(Value):
    """What a failure mode shows on a point, and how strongly it speaks for the mode.

    Attributes:
        point: a point id of the asset, or `supply:MEDIUM` for the supplying header's potential,
            or `supplied` for the speed of the machines it supplies, or `supplied:POINT` for a point
            of what it supplies, where half of them and two at least show it.
        shows: deviation from what is usual here in this state (`stopping`: state leaves
            Execute again and again; `missing`: no values though the source is up; `losing`: of a
            header's potential, more comes in by the meters around it than goes out and stays).
        order: 1 appears first; equal numbers together.
        weight: probability that the symptom is seen when the mode is present (noisy-OR).
    """

    point: str
    shows: Shows
    order: int = Field(default=1, ge=1)
    weight: float = Field(default=0.8, gt=0, le=1)


class Act(Value):
    """What a failure mode does to the model of its machine: input of the counterfactual.

    Attributes:
        on: `speed` (factor), `stops` (per hour added), `stop_s` (mean seconds of each such stop),
            `rejects` (share), `capacity` (factor on a producer or conveyor), `demand` (factor on
            the header it supplies or draws from), `outage` (1: it does not run at all),
            `offset` (of a process point's true value, in that point's unit), `none` (the
            process is fine: a sensor).
        size: plausible range; the magnitude inside it is fitted to what was observed.
    """

    on: Literal[
        "speed", "stops", "stop_s", "rejects", "capacity", "demand", "outage", "offset", "none"
    ]
    size: Range
    point: Slug | None = None


class RemedySpec(Value):
    """What can be done about a failure mode.

    Attributes:
        kind: `set_point` (a write), `work_order` (a job for the crew), `inspection`.
        point: for `set_point`: a point id of the asset, or `supplier:POINT` /
            `neighbour:POINT` for a point of the producer or peer linked to it.
        move: `recipe` (the value product or class calls for), `up`, `down` (the best inside its
            limits, found by simulation).
        task: what to do, one sentence, for a person.
        duration_s: plant seconds of work, without travel.
        cures: whether it removes the cause, or only eases its effect.
    """

    kind: Literal["set_point", "work_order", "inspection"]
    task: str
    point: str | None = None
    move: Literal["recipe", "up", "down"] | None = None
    duration_s: float = Field(default=0.0, ge=0)
    cures: bool = False


class FailureMode(Value):
    """One way in which a machine of the kind fails.

    Attributes:
        mode: ISO 14224 failure mode code (e.g. ELP external leakage, LOO low output, ERO erratic
            output, STP fails to stop, VIB vibration, OHE overheating, PLU plugged, AIR abnormal
            instrument reading, PDE parameter deviation, SPS spurious stop, UST spurious stop).
        mechanism, cause, detection: ISO 14224 tables B.2, B.3, B.4, in words.
        prior: relative frequency among the modes of the class.
        sensor: the process is fine, an instrument is not; then `instrument` names the point.
    """

    id: Slug
    name: str
    mode: str = Field(pattern=r"^[A-Z]{3}$")
    mechanism: str
    cause: str
    detection: str
    prior: float = Field(default=1.0, gt=0)
    sensor: bool = False
    instrument: Slug | None = None
    symptoms: tuple[Symptom, ...] = Field(min_length=1)
    acts: tuple[Act, ...] = Field(min_length=1)
    remedies: tuple[RemedySpec, ...] = Field(min_length=1)


class EquipmentClass(Value):
    """A kind of equipment.

    Attributes:
        model: which balance describes it: `machine` (counts things, PackML), `conveyor` (holds
            and moves them), `producer` (gives a medium), `header` (holds a medium), `tie` (joins
            two headers by its opening), `store` (warehouse place), `other`.
        medium: for producers, headers and ties: `air`, `chilled_water`, `steam`, `power` …
        nicknames: what people call one, singular, lower case.
    """

    id: Slug
    name: str
    model: Literal["machine", "conveyor", "producer", "header", "tie", "store", "other"]
    medium: Slug | None = None
    nicknames: tuple[str, ...] = ()
    parameters: dict[Slug, Parameter] = Field(default_factory=dict)
    points: tuple[PointSpec, ...] = ()
    effects: tuple[Effect, ...] = ()
    failure_modes: tuple[FailureMode, ...] = ()

    def point(self, point_id: str) -> PointSpec | None:
        """The usual point of that id, if the class has one."""
        return next((p for p in self.points if p.id == point_id), None)

    def failure_mode(self, mode_id: str) -> FailureMode | None:
        """The failure mode of that id, if the class has one."""
        return next((m for m in self.failure_modes if m.id == mode_id), None)
