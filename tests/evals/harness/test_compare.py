"""Two stored runs side by side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.harness.compare import between, compare
from evals.harness.figures import Share
from evals.harness.stored import keep, last_like, read_run, text_of, timeless
from tests.evals.harness.records import plays, run_of, scored, whole
from twin_core.errors import BadInput


@given(plays())
def test_a_run_against_itself_moved_nothing(found):
    run = run_of(found)
    other = compare(run, run)
    assert (other.better, other.worse, other.gone, other.new, other.apart) == ((), (), (), (), None)
    assert all(one.by in {0, None} and not one.sure for one in other.differences)


@given(plays())
def test_slower_is_the_same_run(found):
    slow = [one.model_copy(update={"seconds": (9.0,)}) for one in found]
    assert compare(run_of(found), run_of(slow, at=2, took_s=9)).apart is None


@given(plays(), st.randoms(use_true_random=False))
def test_whatever_order_they_were_played_in_the_bytes_are_the_same(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    assert timeless(run_of(found)) == timeless(run_of(shuffled))


@given(plays())
def test_a_stored_run_is_read_as_it_was_kept(tmp_path_factory, found):
    folder = tmp_path_factory.mktemp("run")
    run = run_of(found)
    keep(run, folder)
    assert text_of(read_run(folder)) == text_of(run)


@given(plays(), plays())
def test_the_other_way_round_every_difference_turns(one, other):
    first, second = run_of(one), run_of(other)
    try:
        there, back = compare(first, second), compare(second, first)
    except BadInput:
        return
    assert [x.case for x in there.better] == [x.case for x in back.worse]
    for a, b in zip(there.differences, back.differences, strict=True):
        assert (a.by is None) == (b.by is None)
        if a.by is not None and b.by is not None:
            assert a.by == pytest.approx(-b.by)
        assert (a.low is None) == (b.high is None) == (a.high is None)
        if a.by is not None and a.low is not None and a.high is not None:
            assert (b.high, b.low) == pytest.approx((-a.low, -a.high))
            assert a.low - 1e-12 <= a.by <= a.high + 1e-12


def test_better_and_worse_are_told_by_case():
    old = [scored("a", held=False), scored("b"), scored("c"), scored("gone")]
    new = [scored("a"), scored("b", held=False), scored("c"), scored("new")]
    found = compare(run_of(old), run_of(new))
    assert [one.case for one in found.better] == ["a"]
    assert [one.case for one in found.worse] == ["b"]
    assert (found.gone, found.new, found.cases) == (("gone",), ("new",), 3)
    assert found.apart is not None


def test_the_interval_is_newcombe_s():
    """Newcombe 1998: 56 of 70 against 48 of 80 (page 873); the same 50 twice, with r (2635)."""
    apart = between(Share(mean=48 / 80, cases=80), Share(mean=56 / 70, cases=70))
    assert apart == pytest.approx((0.0524, 0.3339), abs=5e-5)
    alike = -24 / (48 * 2 * 38 * 12) ** 0.5
    paired = between(Share(mean=38 / 50, cases=50), Share(mean=48 / 50, cases=50), alike)
    assert paired == pytest.approx((0.0569, 0.3404), abs=5e-5)


def test_a_difference_is_sure_only_where_the_interval_keeps_off_zero():
    names = [f"case-{i}" for i in range(30)]
    old = run_of([scored(name, held=False) for name in names])
    new = run_of([scored(name) for name in names])
    assert compare(old, new).differences[0].sure
    one = compare(run_of([scored("a", held=False)]), run_of([scored("a")]))
    assert not one.differences[0].sure


def test_runs_without_a_common_case_cannot_be_compared():
    with pytest.raises(BadInput, match="no case in common"):
        compare(run_of([scored("a")]), run_of([scored("b")]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1"),
        ('{"guess": {}}', "line 1"),
        ("[]", "line 1"),
        ("", "one header"),
        ('{"header": {"at": 1}}', "header.took_s"),
    ],
)
def test_what_is_no_stored_run_is_refused_with_its_place(tmp_path, text, said):
    (tmp_path / "run.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_run(tmp_path)


def test_where_nothing_lies_it_says_what_to_give(tmp_path):
    with pytest.raises(BadInput, match="opstwin eval"):
        read_run(tmp_path / "none")


def test_the_last_run_is_the_newest_before_it_of_the_same_model_and_part(tmp_path):
    def kept(name, **more):
        run = run_of(whole([scored()]), **more)
        keep(run, tmp_path / name)
        return run

    kept("1", at=1)
    wanted = kept("2", at=2)
    kept("3", at=3, model="gpt")
    kept("4", at=4, part="smoke")
    now = kept("5", at=5)
    found = last_like(tmp_path, now.header)
    assert found is not None
    assert text_of(found) == text_of(wanted)
    assert last_like(tmp_path / "none", now.header) is None
