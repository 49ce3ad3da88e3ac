from collections import Counter, defaultdict
from pathlib import Path

import pytest

from evals.demo import DEFAULT
from evals.emulator.faults import Case
from evals.emulator.nameplate import read_faults
from evals.emulator.standin import StandIn
from tests.evals.emulator.riverside import calm, plant
from tests.evals.emulator.telling import NOTICED_S, Telling
from tests.evals.emulator.treatments import orders, writes
from twin_core.errors import BadInput, UnknownName

CASES = read_faults().cases
BY_ID = {case.id: case for case in CASES}
SLOW_TO_SHOW = {"few-empties-on-three", "empties-late-on-one"}
"""Pallets and bottles on the way last longer than the four minutes of the others."""
FAST = (
    "loose-caps-on-two",
    "warm-product-on-four",
    "weak-drive-on-one",
    "frozen-pressure-on-four",
    "weak-compressor",
    "two-settings-on-three",
)
EVALS = Path(__file__).resolve().parents[3] / "evals"


def tell(case: Case, seed: int) -> None:
    told = Telling(case, seed)
    told.turn(NOTICED_S)
    healthy_end = {f.right_end for f in case.faults} == {"no_loss"}
    if healthy_end:
        assert abs(told.loss()) < 0.01
    elif case.id not in SLOW_TO_SHOW:
        assert 0.075 < told.loss() < 0.6, f"{case.id}: {told.loss():.3f}"
    else:
        told.turn(240)
    told.treat(writes(case, told.standin), orders(case, plant().site))
    lost = told.judge(240)
    wanted = 0.5 * (lost.healthy - lost.untreated)
    verdict = told.until_reached(1500, forecast=wanted)
    assert verdict.reached, verdict.sentence
    assert told.elapsed_s < 2000
    told.turn(60)


def test_the_catalogue_is_large_enough_and_of_every_kind():
    """At least 24 cases of all groups; at least six end corrected and six mitigated."""
    assert len(CASES) >= 24
    assert len(BY_ID) == len(CASES)
    assert {c.group for c in CASES} == {
        "machines", "utilities", "sensors", "operations", "pairs"
    }  # fmt: skip
    ends = Counter(f.right_end for c in CASES if len(c.faults) == 1 for f in c.faults)
    assert ends["corrected"] >= 6
    assert ends["mitigated"] >= 6
    assert ends["repaired"] >= 4
    assert ends["no_loss"] >= 4
    assert {c.line for c in CASES} == {f"packaging/line{n}" for n in (1, 2, 3, 4)}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_every_case_names_what_exists(case):
    """Components, numbers, lines and failure modes are those of the plant and its classes."""
    plant().line(f"{plant().site}/{case.line}")
    for fault in case.faults:
        kind = plant().class_of(f"{plant().site}/{fault.at}")
        assert all(kind.failure_mode(mode) for mode in fault.failure_modes)
        assert fault.finding


def test_every_case_can_be_put_in():
    """No fault needs a number that no component has."""
    standin = StandIn(plant(), 1, calm())
    for case in CASES:
        for fault in case.faults:
            standin.inject(fault)
    standin.step()


def test_classes_list_twice_the_failure_modes_that_the_catalogue_uses():
    """The catalogue is a sample of what a class may suffer."""
    used = defaultdict(set)
    for case in CASES:
        for fault in case.faults:
            kind = plant().class_of(f"{plant().site}/{fault.at}")
            used[kind.id].add(fault.failure_modes[0])
    for class_id, modes in used.items():
        assert len(plant().classes[class_id].failure_modes) >= 2 * len(modes), class_id


def test_the_harness_has_no_rule_for_a_case():
    """No case stands in the harness's code but the one that is told when none is named."""
    assert DEFAULT in BY_ID
    for file in EVALS.rglob("*.py"):
        text = file.read_text()
        assert {name for name in BY_ID if name in text} <= {DEFAULT}, file
    assert all(case.complaint.strip() for case in CASES)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("cases: [", "is not YAML"),
        ("cases:", "cases"),
        ("- 1", "faults.yaml: the file"),
        ("cases: [{id: a}]", r"cases\.0\.group: Field required"),
        ("cases: [{id: a, faults: 7}]", r"cases\.0"),
        ("faults: [{id: a, component: b, parameter: c, shape: wave}]", r"faults\.0\.shape"),
        ("colour: red", "colour"),
    ],
)
def test_a_bad_file_of_faults_is_told_in_one_sentence(tmp_path, text, problem):
    """What file, where in it, what was wrong; never a traceback."""
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    with pytest.raises(BadInput, match=problem) as found:
        read_faults(file)
    assert str(file) in str(found.value)
    assert "\n" not in str(found.value)
    with pytest.raises(BadInput, match="cannot be read"):
        read_faults(tmp_path / "none.yaml")


def test_an_unknown_case_is_refused_with_the_nearest():
    """A name that is nearly right is answered with the right one."""
    with pytest.raises(UnknownName, match="loose-caps-on-two"):
        read_faults().case("lose-caps-on-two")


@pytest.mark.parametrize("case_id", FAST)
def test_a_case_loses_output_and_the_right_treatment_brings_its_right_end(case_id):
    """One case of each kind of end: the loss is seen, the sound operator's answer ends it."""
    tell(BY_ID[case_id], seed=7)


@pytest.mark.slow
@pytest.mark.parametrize("case_id", [c.id for c in CASES if c.id not in FAST])
def test_every_other_case_does_so_too(case_id):
    """The rest of the catalogue."""
    tell(BY_ID[case_id], seed=7)
