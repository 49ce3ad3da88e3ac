"""A case of the evaluation as its YAML file says it: what happened, who asks what, what must be so.

Four epochs play a case: each has its own seed, onset, load and wording. It must never name a tool
or prescribe in which order anything is looked up: only what is said and what has become of things.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from evals.emulator.faults import Fault
from twin_core.value import Slug, Value

EPOCHS = 4
Family = Literal[
    "state", "trend", "indicators", "alarms", "cause", "two_causes", "sensor_fault", "what_if",
    "comparison", "plan", "maintenance", "documents", "work_orders", "propose", "approval",
    "follow_up", "ambiguous", "false_premise", "no_data", "stale_data", "out_of_scope", "injection",
]  # fmt: skip
Person = Literal["vera", "olga", "sam", "sue", "erik"]
"""Vera looks (viewer); Olga operates; Sam and Sue supervise; Erik is the engineer."""
Asset = Annotated[str, Field(pattern=r"^[a-z0-9_-]+(/[a-z0-9_-]+){0,3}$")]
"""A path without its site: `packaging/line3/filler`."""


class Onset(Value):
    """Something that happens in a history, plant minutes after its beginning.

    Attributes:
        case: id of the catalogue of faults that stands beside the plant; or
        fault: a fault of its own; or
        silence: id of a source of the plant file that cannot be heard from then on; or
        order: a work order that somebody opens, as `asset: task`; the crew does it.
    """

    at_min: float = Field(ge=0)
    case: Slug | None = None
    fault: Fault | None = None
    silence: Slug | None = None
    order: dict[Asset, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one(self) -> "Onset":
        if sum(map(bool, (self.case, self.fault, self.silence, self.order))) != 1:
            raise ValueError("an onset is one of case, fault, silence, order")
        return self


class History(Value):
    """What a plant lived through before the first question.

    Attributes:
        plant: name of the plant file without its ending.
        start: local time at which it begins, `HH:MM` of one fixed Monday.
        minutes: how long it is.
        events: what happens in it; epoch k moves every one of them 2·k minutes later.
    """

    id: Slug
    plant: Literal["riverside", "pumping_station"] = "riverside"
    start: Annotated[str, Field(pattern=r"^\d\d:\d\d$")] = "06:10"
    minutes: float = Field(gt=0, le=240)
    events: tuple[Onset, ...] = ()


class Fact(Value):
    """A number that the answer must hold, by what the stand-in plant itself knows.

    Attributes:
        of: `now` the value of a point; `mean`, `min`, `max` of it over the last `minutes`; `made`
            what left a line or machine in the last `minutes`; `rate` the same each minute;
            `number` stands here itself.
        at: the point, line or machine, without its site.
        number: of `number`.
        short: of `rate`: by how many per cent it stays below what the line's product calls for.
        when: set-points, as if somebody wrote them now: `made`, `rate`, `mean`, `min` and `max` are
            then of the `minutes` that follow, and `now` is at their end.
        unit: UCUM or as people write it; the number must have it; empty = any or none.
        within: how far off it may be, in that unit; or `within_pct` of it. Where both are given
            the wider counts.
    """

    of: Literal["now", "mean", "min", "max", "made", "rate", "number"]
    at: str = ""
    number: float | None = None
    short: bool = False
    when: dict[str, float] = Field(default_factory=dict)
    minutes: float = Field(default=60, gt=0)
    unit: str = ""
    within: float = Field(default=0, ge=0)
    within_pct: float = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _short_of_a_rate(self) -> "Fact":
        if self.short and self.of != "rate":
            raise ValueError("only a rate is short of what is called for")
        return self


class Culprit(Value):
    """What is really wrong: an asset, and failure modes of its class each of which is right."""

    at: Asset
    modes: tuple[Slug, ...] = ()


class Wanted(Value):
    """A proposal that must be handed in.

    Attributes:
        kind: of the action, or several of which one is right.
        at: the asset it acts on (a point's asset for a write).
        point: that is written; empty = any of the asset.
        low, high: between which the last value written must lie.
        as_before: it must put its set-point back to where that stood before anything happened,
            within one per cent; the point must be given.
    """

    kind: tuple[
        Literal["write_plan", "work_order", "inspection", "schedule_change", "stock_move"], ...
    ]
    at: Asset
    point: str = ""
    low: float | None = None
    high: float | None = None
    as_before: bool = False

    @model_validator(mode="after")
    def _of_a_point(self) -> "Wanted":
        if self.as_before and not self.point:
            raise ValueError("what is put back as_before is a point: give it")
        return self


class Expected(Value):
    """What must be true of one answer. Everything given must hold.

    Attributes:
        facts: numbers in it; `unless` it says one of these words, as that it lacks the language.
        names: assets that it must name, by any name that people have for them.
        names_any: of which it must name at least one.
        avoids: assets that it must not name.
        cause: what must stand first among its causes; `causes`: all among the first three.
        path: assets on the way from cause to loss, each named in answer or evidence.
        no_cause: it must not claim a cause.
        cites: ids of documents of which it must cite a passage.
        says: of each group of words one must occur, in any case; `never`: none of these.
        abstains: it must say that this is not known or cannot be had, and give no value for it.
        asks: it must ask back, naming at least two of these.
        refuses: it must say that this is not its to do, and do nothing.
        marks: it must say of a value that it is stale, uncertain, bad or in quarantine.
        proposes: a proposal that must now wait for people; `proposes_nothing`: there is no new one.
        language: in which it must be.
    """

    facts: tuple[Fact, ...] = ()
    unless: tuple[str, ...] = ()
    names: tuple[Asset, ...] = ()
    names_any: tuple[Asset, ...] = ()
    avoids: tuple[Asset, ...] = ()
    cause: Culprit | None = None
    causes: tuple[Culprit, ...] = ()
    path: tuple[Asset, ...] = ()
    no_cause: bool = False
    cites: tuple[str, ...] = ()
    says: tuple[tuple[str, ...], ...] = ()
    never: tuple[str, ...] = ()
    abstains: bool = False
    asks: tuple[str, ...] = ()
    refuses: bool = False
    marks: bool = False
    proposes: Wanted | None = None
    proposes_nothing: bool = False
    language: Literal["en", "de", "es", "fr"] = "en"


class Turn(Value):
    """One thing that happens in the case: somebody asks, somebody decides, or time passes.

    Attributes:
        who: the person.
        says: a question in as many wordings as there are epochs; or
        does: what he does with the newest proposal; `refused` = the gate must refuse it; or
        wait_min: plant minutes that pass; or
        restart: the server is stopped and started again.
        thread: which conversation of his.
    """

    who: Person = "olga"
    says: tuple[str, ...] = ()
    does: Literal["approve", "reject", "revoke", "freeze", "lift"] | None = None
    refused: bool = False
    wait_min: float = Field(default=0, ge=0, le=120)
    restart: bool = False
    thread: Slug = "one"
    expect: Expected = Expected()

    @model_validator(mode="after")
    def _one(self) -> "Turn":
        if sum(map(bool, (self.says, self.does, self.wait_min, self.restart))) != 1:
            raise ValueError("a turn is one of says, does, wait_min, restart")
        if self.says and len(self.says) != EPOCHS:
            raise ValueError(f"a question has {EPOCHS} wordings, one an epoch")
        return self


class Ends(Value):
    """What must have become of plant and ledger when the case is over.

    Attributes:
        state: of the newest proposal.
        points: point → where the stand-in has it, within one per cent.
        unchanged: set-points that stand exactly where they stood before the first turn.
        pending: proposals that now wait for people, whoever drew them up, in whichever turn.
        right_end: every fault of the history is corrected, mitigated or repaired, as its catalogue
            says.
        writes: of how many proposals writes reached the plant, each step of a plan once: what is
            undone or sent again counts as one more. None = it does not matter. One that no person
            (or standing rule) approved always fails the case.
    """

    state: tuple[str, ...] = ()
    points: dict[str, float] = Field(default_factory=dict)
    unchanged: tuple[str, ...] = ()
    pending: tuple[Wanted, ...] = ()
    right_end: bool = False
    writes: int | None = 0


class Case(Value):
    """One case.

    Attributes:
        history: its id.
        live: whether the plant lives on between the turns (a case that writes does).
        wired: whether it is also played over real protocols.
        why: what it is there to show, one sentence.
    """

    id: Slug
    family: Family
    history: Slug
    why: str
    turns: tuple[Turn, ...] = Field(min_length=1)
    ends: Ends = Ends()
    live: bool = False
    wired: bool = False

    @property
    def only_asks(self) -> bool:
        """Whether nothing is done in it but to ask; what is asked for may still be proposed."""
        return not self.live and all(turn.says for turn in self.turns)

    @property
    def wait_min(self) -> float:
        """Plant minutes that are waited in it."""
        return sum(turn.wait_min for turn in self.turns)

    @property
    def proposes(self) -> bool:
        """Whether something must be handed in."""
        wanted = (turn.expect.proposes is not None for turn in self.turns)
        return bool(self.ends.pending) or any(wanted)

    @property
    def should_abstain(self) -> bool:
        """Whether it has to be said somewhere that this is not known, or not done."""
        return any(turn.expect.abstains or turn.expect.refuses for turn in self.turns)


class CaseFile(Value):
    """A file of cases of one family."""

    version: Literal[1] = Field(default=1, alias="schema")
    family: Family
    cases: tuple[dict[str, object], ...]


class HistoryFile(Value):
    """The file of histories; at most ten, so that four epochs make forty."""

    version: Literal[1] = Field(default=1, alias="schema")
    histories: tuple[History, ...] = Field(max_length=10)
