"""Who sits what: every arm, the wire, the smoke; and what becomes of a play that breaks."""

from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from evals.harness.figures import ARMS, CONTROLS
from evals.harness.scored import Scored
from evals.harness.sittings import FEW, Sitting, begun, sit, sittings, smoke
from tests.evals.harness.records import FAMILIES, case, scored

HISTORIES = ("calm", "air", "silent")


def _cases(drawn):
    return [case(f"case-{i}", family, history=history) for i, (family, history) in enumerate(drawn)]


exams = st.lists(
    st.tuples(st.sampled_from(FAMILIES), st.sampled_from(HISTORIES)), min_size=1, max_size=60
).map(_cases)


@given(exams)
def test_the_smoke_asks_one_case_of_every_family_once_and_each_control_arm_a_few(cases):
    plan = smoke(cases)
    assert [sitting.arm for sitting in plan] == list(ARMS)
    assert sorted(one.family for one in plan[0].cases) == sorted({one.family for one in cases})
    for sitting in plan:
        assert (sitting.plays, sitting.epochs) == ("inprocess", 1)
        if sitting.arm in CONTROLS:
            assert sitting.cases == plan[0].cases[:FEW]


@given(exams, st.randoms(use_true_random=False))
def test_the_smoke_is_the_same_in_whatever_order_cases_stand(cases, random):
    shuffled = list(cases)
    random.shuffle(shuffled)
    assert smoke(shuffled) == smoke(cases)


def test_the_smoke_takes_the_history_that_most_families_share():
    cases = [case("a", "state", history="air"), case("b", "state"), case("c", "trend")]
    assert [one.id for one in smoke(cases)[0].cases] == ["b", "c"]


def test_the_product_sits_every_epoch_and_a_control_one_of_each_case():
    plan = sittings([case("a"), case("b")], 4, ARMS)
    assert {(sitting.arm, sitting.epochs) for sitting in plan} == {
        ("product", 4), *((arm, 1) for arm in CONTROLS)
    }  # fmt: skip


@given(exams)
def test_all_of_one_past_is_handed_over_together_and_what_lives_on_last(cases):
    """So that a house is opened once, and nobody waits for one that is thrown away."""
    handed = [play for play, _ in begun(sittings(cases, 2, ARMS), lambda _: Future())]
    houses = [(play.case.history, play.epoch, play.arm) for play in handed]
    assert len(list(groupby(houses))) == len(set(houses))
    pasts = [house[:2] for house in houses]
    assert len(list(groupby(pasts))) == len(set(pasts))


def test_what_is_wired_the_product_sits_over_the_wire_too_in_one_epoch():
    wired = case("b").model_copy(update={"wired": True})
    plan = sittings([case("a"), wired], 4, ARMS, wire=True)
    assert plan[-1] == Sitting(arm="product", plays="wire", cases=(wired,), epochs=1)
    assert len([sitting for sitting in plan if sitting.plays == "wire"]) == 1
    assert [sitting.plays for sitting in sittings([wired], 4, CONTROLS, wire=True)] == [
        "inprocess"
    ] * 4


def test_a_play_that_breaks_is_a_record_that_fails_and_keeps_what_it_had_to_do():
    abstains = case("a")
    turn = abstains.turns[0]
    told_to = turn.model_copy(update={"expect": turn.expect.model_copy(update={"abstains": True})})
    plan = (
        Sitting(
            arm="product", cases=(abstains.model_copy(update={"turns": (told_to,)}),), epochs=2
        ),
    )

    def played(play):
        if play.epoch:
            raise OSError("no disk")
        return scored(play.case.id, play.epoch)

    told: list[Scored] = []
    with ThreadPoolExecutor(1) as pool:
        found = sit(plan, lambda play: pool.submit(played, play), "offline", told.append)
    assert sorted(told, key=lambda one: one.epoch) == sorted(found, key=lambda one: one.epoch)
    (wrong,) = [one for one in found if one.broke]
    assert (wrong.broke, wrong.passed, wrong.should_abstain) == ("OSError: no disk", False, True)
