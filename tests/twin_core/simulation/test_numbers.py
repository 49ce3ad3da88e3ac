"""Columns of random numbers, one a replication."""

import numpy as np
import pytest

from twin_core.simulation.numbers import Draws


def test_purposes_and_replications_have_numbers_of_their_own():
    """A share's numbers are the whole's; another purpose, seed or replication has others."""
    whole = Draws(7, 50).of(3)
    part = Draws(7, 20, 30).of(3)
    for _ in range(3):
        assert (part.normal() == whole.normal()[30:]).all()
    some = [Draws(seed, 2000).of(purpose).uniform() for seed in (1, 2) for purpose in (0, 1)]
    assert np.abs(np.corrcoef(some) - np.eye(4)).max() < 0.1


def test_laws_are_drawn_by_inversion():
    """The same luck is as good under every law, and each law has its mean and deviation."""
    n = 20_000
    luck, normal, exponential, gamma = (
        draw(Draws(1, n).of(0))
        for draw in (
            lambda r: r.uniform(), lambda r: r.normal(), lambda r: r.exponential(),
            lambda r: r.gamma(2.5),
        )
    )  # fmt: skip
    order = np.argsort(luck)
    assert all((np.diff(one[order]) >= 0).all() for one in (normal, exponential, gamma))
    for one, mean, sd in ((normal, 0, 1), (exponential, 1, 1), (gamma, 2.5, 2.5**0.5)):
        assert one.mean() == pytest.approx(mean, abs=0.04)
        assert one.std() == pytest.approx(sd, rel=0.03)
    assert Draws(1, n).of(0).gamma(1e-3).min() > 0
