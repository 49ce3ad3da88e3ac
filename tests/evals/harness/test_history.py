"""Pasts of a plant: made once, kept, and gone on from."""

import numpy as np
import pytest

from evals.emulator.faults import Fault, Size
from evals.harness.case import Fact, History
from evals.harness.history import LOADS, happens, lived

SHORT = History.model_validate(
    {
        "id": "short", "minutes": 4,
        "events": [
            {"at_min": 1, "case": "warm-product-on-four"},
            {"at_min": 2, "silence": "line2_plc"},
            {"at_min": 1, "order": {"packaging/line1/filler": "Look at it."}},
        ],
    }
)  # fmt: skip
COOLER = Fault(
    id="more", component="packaging/line4/filler", parameter="cooler", shape="step",
    size=Size(factor=0.5),
)  # fmt: skip


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    return lived(SHORT, 0, tmp_path_factory.mktemp("cache"))


def test_what_is_kept_is_found_again_and_another_epoch_is_another(past):
    """A digest of all it is made of names its folder; every epoch has onsets of its own."""
    assert lived(SHORT, 0, past.folder.parent).folder == past.folder
    assert [at for at, _ in happens(SHORT, 2)] == [300.0, 300.0, 360.0]
    assert len(set(LOADS)) == 4


def test_the_past_is_as_the_history_says(past):
    """The fault stands, the source is silent, the order is with the crew."""
    world = past.world()
    assert [trouble.fault.id for trouble in world.standin.troubles] == ["warm-product-on-four"]
    assert world.sources["line2_plc"].stopped
    assert [job.order.task for job in world.crew.jobs.values()] == ["Look at it."]
    assert past.record.time[-1] == world.standin.now


def test_a_restored_stand_in_plays_on_exactly_as_the_one_that_was_kept(past):
    """Also where another fault comes upon a number on which one acts already."""
    one, two = past.world(), past.world()
    cooler = one.standin.assembly.components["riverside/packaging/line4/filler"]
    healthy = one.standin._mischief._numbers[0].healthy
    for world in (one, two):
        world.standin.inject(COOLER)
        world.turn(60)
    assert one.standin.digest() == two.standin.digest()
    (number,) = one.standin._mischief._numbers
    assert number.target is cooler
    assert number.healthy == healthy
    assert len(number.acting) == 2
    assert cooler.cooler == pytest.approx(healthy * 0.52 * 0.5)


def test_truth_is_that_of_the_stand_in(past):
    """What a line made is its own count; a mean is over the span that is asked for."""
    world, record = past.world(), past.record
    now = world.standin.now
    made = record.number(Fact(of="made", at="packaging/line4", minutes=3))
    assert made == world.standin.produced("riverside/packaging/line4", now - 180_000_000, now)
    rate = record.number(Fact(of="rate", at="packaging/line4", minutes=3))
    assert rate == pytest.approx(made / 3)
    point = "packaging/line4/filler/product_temperature"
    column = [row[record.plant.index[f"riverside/{point}"]] for row in record.values]
    assert record.number(Fact(of="mean", at=point, minutes=2)) == pytest.approx(
        np.mean(column[-13:])
    )
    assert record.number(Fact(of="now", at=point)) == column[-1]


def test_shuffled_readings_are_heard_under_the_names_of_their_like(past):
    """Same class, same measurement; what has no like keeps its name."""
    shuffled = lived(SHORT, 0, past.folder.parent, shuffled=True)
    assert shuffled.renamed is not None
    read, moved = shuffled.plant.read, 0
    for at, other in enumerate(shuffled.renamed):
        one, two = read[at], read[other]
        kinds = {shuffled.plant.units[point.unit_id].class_id for point in (one, two)}
        assert (one.spec.id, len(kinds)) == (two.spec.id, 1)
        moved += at != other
    assert moved > len(read) / 2
    assert sorted(shuffled.renamed) == list(range(len(read)))
