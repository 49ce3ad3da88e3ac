import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_core.anomaly.first_out import LIMIT, departures, origins

CHAIN = {0: [1], 1: [2], 2: [3]}


def steps(onsets, rows=20, size=12.0):
    """Courses of assets that depart at a row for good; None = never."""
    course = np.zeros((rows, len(onsets)))
    for i, onset in enumerate(onsets):
        if onset is not None:
            course[onset:, i] = size
    return course


def test_the_head_of_a_chain_comes_first_and_carries_the_rest():
    """Of a chain that departs from its second on, the second is first out."""
    ranked = origins(steps([None, 5, 6, 6]), CHAIN, complaint=3)
    assert ranked[0].node == 1
    assert ranked[0].carries == (1, 2, 3)
    assert ranked[0].healthy_before == (0,)
    assert ranked[0].accounts == max(o.accounts for o in ranked)


def test_an_effect_never_precedes_its_cause():
    """What departed well after the complaint is not where it started."""
    assert 0 not in [o.node for o in origins(steps([12, 4, 5, 5]), CHAIN, complaint=3)]


def test_what_cannot_reach_the_complaint_over_departed_assets_is_not_named():
    """A sound asset between two departed ones parts them."""
    assert [o.node for o in origins(steps([4, 4, None, 4]), CHAIN, complaint=3)] == [3]


def test_what_stood_elsewhere_long_before_is_another_story():
    """Only what moved when the complaint began explains it."""
    course = steps([0, None, None, None])
    acts = {0: [3], 1: [3]}
    course[10:, 1] = course[10:, 3] = 9.0
    assert origins(course, acts, complaint=3)[0].node == 1


def test_an_effect_that_goes_another_way_is_not_its_own():
    """Of two assets that reach the complaint, the one whose course it follows."""
    course = steps([5, 5, None, 5])
    course[12:, 0] = 0.0
    assert origins(course, {0: [3], 1: [3]}, complaint=3)[0].node == 1


def test_of_causes_that_nobody_measures_the_one_that_would_have_moved_no_more():
    """A hidden cause with an effect that did not show is less likely than one without."""
    course = steps([None, None, 5, None])
    course[:, :2] = np.nan
    ranked = origins(course, {0: [2], 1: [2, 3]}, candidates=[0, 1])
    assert [o.node for o in ranked] == [0, 1]
    assert ranked[0].accounts == 1.0
    assert ranked[0].onset is None


def test_nothing_departed_nothing_is_named():
    """Silence is no finding, nor is a complaint that cannot be seen."""
    assert origins(steps([None] * 4), CHAIN) == ()
    assert origins(steps([5, 5, 5, None]), CHAIN, complaint=3) == ()


@settings(max_examples=200, deadline=None)
@given(data=st.data(), nodes=st.integers(2, 7))
def test_every_origin_departed_no_later_than_what_it_carries(data, nodes):
    """On any graph and any courses; and what it accounts for is a share."""
    pairs = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    acts: dict[int, list[int]] = {}
    for a, b in data.draw(st.lists(pairs, max_size=12)):
        acts.setdefault(a, []).append(b)
    onsets = data.draw(
        st.lists(st.one_of(st.none(), st.integers(0, 15)), min_size=nodes, max_size=nodes)
    )
    course = steps(onsets)
    for origin in origins(course, acts):
        assert 0.0 < origin.accounts <= 1.0 + 1e-9
        for other in origin.carries:
            assert onsets[other] is not None
            assert onsets[other] >= onsets[origin.node] - 1


@given(order=st.permutations(range(4)))
def test_numbers_of_assets_do_not_matter(order):
    """Renamed, the same asset comes first."""
    course = steps([None, 5, 7, 9])
    moved = np.empty_like(course)
    moved[:, order] = course
    acts = {order[a]: [order[b] for b in bs] for a, bs in CHAIN.items()}
    assert origins(moved, acts)[0].node == order[1]


def test_departures_are_in_robust_deviations_and_never_finer_than_the_floor():
    """A wild value in the healthy rows moves nothing; a constant column has its floor."""
    healthy = np.column_stack([np.tile([9.0, 10.0, 11.0], 10), np.full(30, 5.0)])
    healthy[0, 0] = 1e6
    away = departures(healthy, np.array([[10.0 + 1.4826 * LIMIT, 6.0]]), np.array([0.1, 0.5]))
    assert np.allclose(away, [[LIMIT, 2.0]])
