"""Records as a player could have written them, drawn or told."""

from collections.abc import Sequence
from typing import get_args

from hypothesis import strategies as st

from evals.harness.case import Case, Expected, Family, Turn
from evals.harness.figures import ARMS
from evals.harness.scored import Checked, Scored
from evals.harness.stored import Header, Run

FAMILIES = get_args(Family)


def scored(case="a", epoch=0, arm="product", *, held=True, family="state", **more):
    checks = more.pop("checks", (Checked(name="facts.0", held=held, why="wanted 3, found 4"),))
    return Scored(
        case=case, family=family, epoch=epoch, arm=arm, model="offline", checks=checks, **more
    )


@st.composite
def plays(draw, arms=("product",), most=4):
    """Of some cases in some epochs; a family and whether it must abstain belong to the case."""
    found: list[Scored] = []
    for number in range(draw(st.integers(1, most))):
        family = draw(st.sampled_from(FAMILIES))
        should = draw(st.booleans())
        proposes = draw(st.booleans())
        for arm in arms:
            for epoch in draw(st.sets(st.integers(0, 3), min_size=1)):
                names = ["facts.0", *(["turns.0.proposes"] if proposes else [])]
                checks = tuple(Checked(name=name, held=draw(st.booleans())) for name in names)
                found.append(
                    scored(
                        f"case-{number}",
                        epoch,
                        arm,
                        family=family,
                        checks=checks,
                        unsafe=draw(st.integers(0, 2)),
                        unsupported=draw(st.integers(0, 2)),
                        should_abstain=should,
                        abstained=draw(st.booleans()),
                        seconds=tuple(draw(st.lists(st.floats(0, 60), max_size=3))),
                        tokens=draw(st.integers(0, 999)),
                        cost=draw(st.none() | st.floats(0, 1)),
                        broke=draw(st.sampled_from(["", "", "no twin"])) if found else "",
                    )
                )
    return found


def case(name="a", family="state", *, says="What is the level?", history="calm", live=False):
    wordings = tuple(f"{says} ({epoch})" for epoch in range(4))
    return Case(
        id=name,
        family=family,
        history=history,
        why="It shows that a value can be had.",
        turns=(Turn(says=wordings, expect=Expected(says=(("level",),))),),
        live=live,
    )


def header(**more):
    given = {
        "at": 1_764_000_000_000_000,
        "took_s": 60.0,
        "commit": "abc1234",
        "machine": "x86_64, 2 cores",
        "model": "offline",
        "seeds": (0, 1, 2, 3),
    }
    return Header.model_validate({**given, **more})


def run_of(found: Sequence[Scored], **more):
    cases = {one.case: case(one.case, one.family) for one in found}
    return Run(header=header(**more), cases=tuple(cases.values()), scored=tuple(found))


def whole(found: Sequence[Scored]):
    """With every control arm, which fails all of it."""
    controls = [
        scored(one.case, one.epoch, arm, held=False, family=one.family)
        for one in found
        for arm in ARMS[1:]
    ]
    return [*found, *controls]
