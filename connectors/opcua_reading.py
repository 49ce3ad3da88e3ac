"""Notifications of an OPC UA server become a batch: source time, whole status code, number.

It must never invent a number: what is no number is NaN with its text beside it. What came without
a time has the time at which it came, by the server's clock.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from asyncua import ua

from twin_core.ports import Clock
from twin_core.reading import Batch
from twin_core.value import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TEXT = 200  # characters kept of what came and was no number


class Readings:
    """Turns publishes into batches. A monitored item's client handle is its point's index.

    Args:
        clock: plant time.
        offset_us: the server's clock minus plant time.
    """

    def __init__(self, clock: Clock, offset_us: int) -> None:
        self._clock = clock
        self._offset_us = offset_us

    def batch(self, result: ua.PublishResult) -> tuple[Batch | None, str]:
        """The readings of one publish, if it has any, and why the subscription ended, if it did."""
        items: list[tuple[int, ua.DataValue]] = []
        now = self._clock.plant()
        ended = ""
        for notification in result.NotificationMessage.NotificationData or ():
            if isinstance(notification, ua.StatusChangeNotification):
                ended = f"the server ended the subscription: {notification.Status.name}"
            if not isinstance(notification, ua.DataChangeNotification):
                continue
            items += [(item.ClientHandle, item.Value) for item in notification.MonitoredItems]
        return batch_of(items, now, now + self._offset_us) if items else None, ended


def batch_of(items: Sequence[tuple[int, ua.DataValue]], now: Instant, absent: Instant) -> Batch:
    """Values of points as a batch.

    Args:
        items: point index and value, in order of arrival.
        now: plant time of arrival.
        absent: the time of what has none, by the server's clock.
    """
    time: list[int] = []
    value: list[float] = []
    status: list[int] = []
    original: dict[int, str] = {}
    for at, (_, shown) in enumerate(items):
        found, text = number(shown.Value)
        if text:
            original[at] = text
        time.append(instant(shown.SourceTimestamp or shown.ServerTimestamp, absent))
        value.append(found)
        status.append(code(shown))
    return Batch(
        point=np.asarray([point for point, _ in items], np.int32),
        time=np.asarray(time, np.int64),
        value=np.asarray(value, np.float64),
        status=np.asarray(status, np.uint32),
        received=np.full(len(items), now, np.int64),
        original=original,
    )


def number(variant: ua.Variant | None) -> tuple[float, str]:
    """A variant as a number, and its text where it is none (NaN)."""
    shown: Any = None if variant is None else variant.Value
    if isinstance(shown, bool | int | float | np.number):
        return float(shown), ""
    return math.nan, "" if shown is None else str(shown)[:_TEXT]


def code(shown: ua.DataValue) -> int:
    """The whole status code; absent means Good (OPC 10000-6, 5.2.2.17)."""
    return 0 if shown.StatusCode is None else int(shown.StatusCode.value)


def instant(shown: datetime | None, absent: Instant) -> Instant:
    """Microseconds UTC; `absent` where the server gave no time."""
    if shown is None:
        return absent
    aware = shown if shown.tzinfo is not None else shown.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND
