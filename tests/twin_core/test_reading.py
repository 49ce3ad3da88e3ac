"""Readings in columns and the severity of status codes."""

import numpy as np
import pytest

from twin_core.reading import (
    BAD_NO_COMMUNICATION,
    GOOD_CLAMPED,
    GOOD_LOCAL_OVERRIDE,
    UNCERTAIN_SIMULATED_VALUE,
    Batch,
    Quality,
    quality,
)


@pytest.mark.parametrize(
    ("status", "severity"),
    [
        (0, Quality.GOOD),
        (GOOD_CLAMPED, Quality.GOOD),
        (GOOD_LOCAL_OVERRIDE, Quality.GOOD),
        (UNCERTAIN_SIMULATED_VALUE, Quality.UNCERTAIN),
        (BAD_NO_COMMUNICATION, Quality.BAD),
        (0xC0000000, Quality.BAD),
        (np.uint32(0x80310000), Quality.BAD),
    ],
)
def test_the_top_two_bits_of_a_status_are_its_severity(status, severity):
    assert quality(status) is severity


def test_a_batch_has_columns_of_the_declared_types():
    batch = Batch.of([(1, 10, 2.5, 0, 11), (2, 12, 3.0, 0x80310000, 13)])
    assert len(batch) == 2
    assert [c.dtype for c in (batch.point, batch.time, batch.value, batch.status)] == [
        np.int32, np.int64, np.float64, np.uint32,
    ]  # fmt: skip
    assert len(Batch.of([])) == 0


def test_joined_batches_keep_their_order_what_was_no_number_and_what_was_late():
    one = Batch.of([(1, 10, float("nan"), 0, 11)])
    two = Batch(
        one.point, one.time + 1, one.value, one.status, one.received, original={0: "stopped"},
        late=frozenset({0}),
    )  # fmt: skip
    both = Batch.joined([one, two])
    assert both.time.tolist() == [10, 11]
    assert both.original == {1: "stopped"}
    assert both.late == {1}
