"""Files of cases and histories: what they may say, and how it is told where they may not."""

import pytest

from evals.harness.load import load
from twin_core.errors import BadInput

HISTORIES = """\
schema: 1
histories:
  - id: short
    minutes: 4
    events:
      - {at_min: 1, case: warm-product-on-four}
"""
CASES = """\
schema: 1
family: state
cases:
  - id: rate
    history: short
    why: One value.
    turns:
      - says: [a, b, c, d]
        expect: {facts: [{of: rate, at: packaging/line2, within_pct: 5}]}
"""


def files(folder, histories=HISTORIES, cases=CASES):
    (folder / "histories.yaml").write_text(histories)
    (folder / "state.yaml").write_text(cases)
    return folder


def test_a_folder_is_read_whole_or_by_file(tmp_path):
    """A file alone has the histories that stand beside it."""
    whole = load(files(tmp_path))
    assert [case.family for case in whole.cases] == ["state"]
    assert set(whole.histories) == {"short"}
    assert load(tmp_path / "state.yaml") == whole


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("history: short", "history: shrt", "state.yaml:5:5: there is no history “shrt”; allowed"),
        ("why:", "whi:", "state.yaml:6:5: unknown key “whi”; allowed: ends, family,"),
        ("of: rate", "off: rate", "state.yaml:9:27: unknown key “off”; allowed: at, minutes"),
        ("packaging/line2", "packaging/line9", "9:37: there is no place “packaging/line9”"),
        ("[a, b, c, d]", "[a, b]", "a question has 4 wordings, one an epoch"),
        ("family: state", "family: stage", "state.yaml:2:1: “family”: input should be 'state', "),
        ("schema: 1", "schema: 2", "state.yaml:1:1: “schema”: input should be 1"),
    ],
)  # fmt: skip
def test_what_a_case_may_not_say_is_told_with_its_place(tmp_path, old, new, told):
    """File, line, what, and what was allowed."""
    with pytest.raises(BadInput) as refused:
        load(files(tmp_path, cases=CASES.replace(old, new)))
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("warm-product-on-four", "warm-product-on-for", "there is no fault “warm-product-on-for”"),
        ("case: warm-product-on-four", "silence: line9_plc", "there is no source “line9_plc”"),
        ("at_min: 1,", "at_min: 9,", "histories.yaml:6:10: at_min 9 is after its end"),
    ],
)
def test_what_a_history_may_not_say_is_told_with_its_place(tmp_path, old, new, told):
    """Faults, sources and times are those of the plant."""
    with pytest.raises(BadInput) as refused:
        load(files(tmp_path, histories=HISTORIES.replace(old, new)))
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ("unchanged: [packaging/line2/x]", "state.yaml:10:24: there is no point “packaging/line2"),
        ("pending: [{kind: [inspection], at: packaging/line9}]", "10:43: there is no asset “pack"),
    ],
)
def test_what_a_case_wants_at_its_end_is_of_its_plant(tmp_path, ends, told):
    """A set-point that is not there would be unchanged for ever."""
    with pytest.raises(BadInput) as refused:
        load(files(tmp_path, cases=f"{CASES.rstrip()}\n    ends: {{{ends}}}\n"))
    assert told in str(refused.value)


def test_no_case_at_all_is_refused(tmp_path):
    """Nothing to play is no exam."""
    (tmp_path / "histories.yaml").write_text(HISTORIES)
    with pytest.raises(BadInput, match="holds no cases"):
        load(tmp_path)
