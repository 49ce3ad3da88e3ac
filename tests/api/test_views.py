import io

import pytest
from rich.console import Console

from api.printable import clipped, printable
from api.views import answer_lines, proposal_lines
from tools.view import ProposalStatus
from twin_core.governance.action import Inspection
from twin_core.value import SECOND

NOON = 1_785_067_200 * SECOND  # 2026-07-26 12:00:00 UTC


def evidence(name, at=NOON, kind="symptom", subject="s/packaging/line4", origin="twin"):
    return {"id": name, "kind": kind, "subject": subject, "origin": origin, "time": at}


def answer(text="Fine [ev-0123456789ab].", *items):
    return {
        "text": text,
        "evidence": list(items),
        "timezone": "Europe/Copenhagen",
        "time": NOON,
        "unknown": [],
        "proposals": [],
        "model": "offline operator 1",
    }


def drawn(lines, width=80):
    """What a person sees on a terminal of so many columns."""
    screen = Console(file=io.StringIO(), width=width)
    for line in lines:
        screen.print(line, markup=False)
    assert isinstance(screen.file, io.StringIO)
    return [line.rstrip() for line in screen.file.getvalue().splitlines()]


@pytest.mark.catches("paths and times broken across lines")
def test_evidence_is_whole_at_80_columns_and_in_the_plants_time():
    """Ids, times and the longest path stand unbroken, in the plant's zone, to the second."""
    path = "packaging/line4/filler/product_temperature"
    seen = drawn(
        answer_lines(
            answer(
                "x",
                evidence("ev-0123456789ab", NOON + 7 * SECOND, "counterfactual", f"s/{path}"),
                evidence("ev-0123456789ac", NOON - 86_400 * SECOND, origin="flow 1"),
                evidence("ev-0123456789ae", kind="reading", origin="line4_plc"),
                evidence("ev-0123456789ad", kind="passage", subject="FF-4, 3 On/off", origin="FF"),
            )
        )
    )
    text = "\n".join(seen)
    assert "Evidence (2026-07-26, times in CEST)" in seen
    assert "ev-0123456789ab 14:00:07" in text
    assert path in text
    assert "symptom: packaging/line4, from flow 1" in text
    assert "ev-0123456789ac 07-25 14:00:00" in text
    assert "passage: FF-4, 3 On/off" in seen[-2]
    assert "reading: packaging/line4" in seen[-3]
    assert "line4_plc" not in text
    assert max(len(line) for line in seen) <= 80


def test_points_of_a_list_stand_under_each_other():
    """A long point of a list goes on under its first word."""
    seen = drawn(answer_lines(answer("Seen:\n- " + "warm product " * 9)))
    assert seen[1].startswith("- warm")
    assert seen[2].startswith("  warm")


@pytest.mark.catches("a document that moves the cursor")
def test_what_would_steer_a_terminal_is_replaced():
    """Escapes, direction marks and lone surrogates are replaced; spaces of any width stay."""
    evil = "a\x1b[2Jb\x9bc\N{RIGHT-TO-LEFT OVERRIDE}d\udcff\u00a0e\n"
    assert printable(evil) == "a\ufffd[2Jb\ufffdc\ufffdd\ufffd\u00a0e\n"
    assert clipped("x\n" * 100) == "x\ufffd" * 20 + "…"
    told = answer(evil, evidence("ev-1", subject=evil, origin=evil))
    seen = "\n".join(drawn(answer_lines({**told, "unknown": [evil], "model": evil})))
    assert not set("\x1b\x9b\N{RIGHT-TO-LEFT OVERRIDE}") & set(seen)


def test_a_proposal_is_whole_at_80_columns():
    """Id, state, title, who is needed, votes and result, each in its own line."""
    status = ProposalStatus(
        proposal="p-1a2b3c4d",
        title="Set the product cooler temperature setpoint of Filler 4 from 8 to 4 °C",
        action=Inspection(asset="riverside/packaging/line4/filler", task="Look"),
        state="effect_seen",
        needs="1 supervisor, not the requester",
        votes=("Sam Reyes (supervisor) approved at 14:03: sound",),
        result="the line makes 517 bottles/min",
    )
    seen = drawn(proposal_lines([status]))
    assert seen[0].startswith("p-1a2b3c4d effect_seen: Set the product cooler")
    assert [line.strip() for line in seen[-3:]] == [
        "needed: 1 supervisor, not the requester",
        "Sam Reyes (supervisor) approved at 14:03: sound",
        "result: the line makes 517 bottles/min",
    ]
    assert drawn(proposal_lines([])) == ["No proposals."]
