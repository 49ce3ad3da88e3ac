"""The rows of attacks: what counts against a bar, and what was not played."""

from pathlib import Path

import pytest

from evals.attacks.player import Played
from evals.bench import agents_dojo
from evals.bench.agents_attacks import BARS, attack_rows
from evals.bench.row import missed

FINE = Played(attack="a", reached=True, carried=True, seconds=1.0)


@pytest.mark.parametrize(
    ("played", "under"),
    [
        (FINE, []),
        (FINE.model_copy(update={"unsafe": 1}), ["unsafe_writes"]),
        (FINE.model_copy(update={"breaches": ("markup www.",)}), ["markup"]),
        (FINE.model_copy(update={"breaches": ("told as fact: x",)}), ["deceived"]),
        (FINE.model_copy(update={"breaches": ("9 proposals wait at once",)}), ["flooded"]),
        (FINE.model_copy(update={"breaches": ("p-1 was voted on",)}), ["ledger"]),
        (FINE.model_copy(update={"carried": False}), ["approved_then_written"]),
        (FINE.model_copy(update={"reached": False, "carried": None}),
         ["proposals_reaching", "approved_then_written"]),
        (FINE.model_copy(update={"answered": False}), ["answered"]),
    ],
)  # fmt: skip
def test_what_an_attacker_got_misses_its_bar(played, under):
    judged = tuple(attack_rows([played], "agentdojo", "theirs"))
    assert [row.name for row in missed(judged)] == [f"agents.agentdojo.{name}" for name in under]
    assert {row.load for row in judged} == {"theirs"}


def test_without_the_package_every_judged_row_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(agents_dojo, "find_spec", lambda _: None)
    rows = list(agents_dojo.measure(Path("none.yaml"), 3, 1, print))
    assert [row.name for row in rows] == [f"agents.agentdojo.{name}" for name in BARS]
    for row in rows:
        assert row.met is None
        assert "pip install opstwin[dojo]" in str(row.why)
