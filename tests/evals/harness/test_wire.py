"""Cases over the wire, with a stand-in for the stage: what one leaves, the next must not find."""

from collections import Counter
from types import SimpleNamespace
from typing import ClassVar

import pytest

from api.plant_file import read_plant
from api.settings import load
from evals.emulator.account import Account
from evals.emulator.faults import Injection
from evals.harness import wire
from evals.harness.case import Case, Fact, History
from evals.harness.ends import right_end
from evals.harness.load import PLANTS
from evals.harness.players import Model
from evals.harness.truth import Record
from evals.harness.wire import Stages
from twin_core.value import SECOND

PLANT = read_plant(PLANTS / "riverside.yaml")
SPEED = "packaging/line3/filler/speed_setpoint"
AT = PLANT.index[f"{PLANT.site}/{SPEED}"]
FAULT = {
    "id": "slow", "component": "packaging/line3/filler", "parameter": "speed_setpoint",
    "shape": "step", "size": {"value": 430.0}, "right_end": "corrected",
    "failure_modes": ["speed_set_low"], "asset": "packaging/line3/filler",
}  # fmt: skip


def record(*values):
    """What was true at that point, every ten seconds."""
    found = Record(PLANT)
    for i, value in enumerate(values):
        row = [0.0] * len(PLANT.read)
        row[AT] = value
        found.put(i * 10 * SECOND, row, {}, {})
    return found


def struck(**more):
    return [Injection.model_validate({"at": 15 * SECOND, "fault": {**FAULT, **more}})]


def account(jobs=(), writes=()):
    return Account(now=60 * SECOND, writes=writes, jobs=jobs)


JOB = {
    "asset": "riverside/packaging/line3/filler", "failure_mode": "worn", "created": 20 * SECOND,
    "closed": 50 * SECOND, "found_fault": True, "mended": ("slow",),
}  # fmt: skip
WRITE = {"time": 30 * SECOND, "point": f"{PLANT.site}/{SPEED}"}


@pytest.mark.parametrize(
    ("end", "done", "stands", "held"),
    [
        ("corrected", {}, 540.0, True),
        ("corrected", {"writes": [WRITE]}, 500.0, False),
        ("mitigated", {"writes": [WRITE]}, 500.0, True),
        ("mitigated", {"writes": [{**WRITE, "time": 10 * SECOND}]}, 500.0, False),
        ("mitigated", {"writes": [WRITE], "jobs": [JOB]}, 500.0, False),
        ("repaired", {"jobs": [JOB]}, 430.0, True),
        ("repaired", {"jobs": [{**JOB, "mended": ()}]}, 430.0, False),
        ("no_loss", {"jobs": [JOB]}, 430.0, True),
        ("no_loss", {"jobs": [JOB], "writes": [WRITE]}, 430.0, False),
    ],
)
def test_every_fault_is_treated_as_its_catalogue_calls_right(end, done, stands, held):
    """By what the stand-in says was done, the same over the wire as in process."""
    past = record(540, 540, 430, 430)
    values = {AT: stands}
    found = right_end(
        struck(right_end=end), account(**{k: tuple(v) for k, v in done.items()}), past,
        values.__getitem__,
    )  # fmt: skip
    assert found.held is held
    assert held or found.why.endswith(f"slow is not {end.replace('_', ' ')}")


def test_what_is_true_moves_on_while_somebody_answers():
    """Each moment since has its own truth; that before is not among them."""
    fact = Fact(of="now", at=SPEED)
    assert [one.number(fact) for one in record(1, 2, 3).moments(1)] == [2, 3]


class Played:
    """A wire on which a case that is live writes, and the stage that it runs on."""

    did: ClassVar[Counter[str]] = Counter()

    def __init__(self, _stage):
        self.did["opened"] += 1
        self.written = False

    def live(self, _history):
        """The past."""
        self.did["lived"] += 1

    def play(self, case):
        """One case."""
        self.did["played"] += 1
        self.written |= case.live
        return case.id

    def changed(self):
        """Whether one has written."""
        return self.written


def stage(*_args, **_options):
    closes = {"close": lambda: Played.did.update(["closed"])}
    return SimpleNamespace(__enter__=lambda: None, **closes)


def case(name, *, live=False):
    turn = {"wait_min": 1}
    told = {"id": name, "family": "state", "history": "past", "why": "A test.", "turns": [turn]}
    return Case.model_validate({**told, "live": live})


@pytest.mark.catches("a case is played on a plant that another has changed")
def test_a_plant_is_kept_until_a_case_has_changed_it(monkeypatch):
    """Those that only ask share it; after a write the next one gets another."""
    monkeypatch.setattr(wire, "Wire", Played)
    monkeypatch.setattr(wire, "Stage", stage)
    monkeypatch.setattr(Played, "did", Counter())
    stages, past = Stages({}), History(id="past", minutes=30)
    for one in (case("a"), case("b"), case("writes", live=True), case("c")):
        assert stages.play(one, past) == one.id
    assert Played.did == {"opened": 2, "lived": 2, "played": 4, "closed": 1}
    stages.close()
    assert Played.did["closed"] == 2


def test_the_server_on_a_stage_is_set_up_like_a_house():
    """The same model, key and prices, by environment."""
    model = Model(
        model="m", openai_api_key="sk-x", openai_base_url="http://localhost:1/v1",
        price_read=2, price_written=8.5, most_cost=0.5,
    )  # fmt: skip
    settings = load(environment=model.environment())
    assert {name: getattr(settings, name) for name in model.given()} == model.given()
    assert "sk-x" not in repr(model)
