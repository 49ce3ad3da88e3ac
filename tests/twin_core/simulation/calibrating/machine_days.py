"""Histories of machines made by hand, in seconds from `T0`."""

from itertools import pairwise

import numpy as np

from twin_core.plant.assets import Flow, Unit
from twin_core.simulation.calibrating.line_history import LineHistory, MachineHistory, counts_of
from twin_core.simulation.calibrating.spans import NONE, union
from twin_core.value import SECOND

T0 = 1_750_000_020 * SECOND
STOPPED, IDLE, SUSPENDED, EXECUTE, ABORTED, HELD = 2, 4, 5, 6, 9, 11


def instants(seconds):
    """Seconds from T0 as instants."""
    return T0 + (np.asarray(seconds, np.float64) * SECOND).astype(np.int64)


def spans(*pairs):
    """(start, end) in seconds."""
    return instants(pairs).reshape(-1, 2) if pairs else NONE


def states(*told, foreign=()):
    """Spells from (start, state) and one closing (end,); `foreign`: starts of stops not its own."""
    rows = [
        (a[0], b[0], a[1], a[0] not in foreign)
        for a, b in pairwise(told)
        if len(a) == 2 and a[1] is not None
    ]
    found = np.array(rows, np.float64).reshape(-1, 4)
    edges = instants(found[:, :2])
    return np.column_stack([edges, found[:, 2:].astype(np.int64)])


def machine(
    spells, *, name="m", going_on=True, starved=None, blocked=None, every=60, per_s=0.0, until=None,
    rejected=0.0, product=-1, flow=(1, 1), resolution_s=1.0,
):  # fmt: skip
    """A machine whose counters count `per_s` a second while it runs, read every `every` seconds."""
    last = (spells[-1, 1] - T0) / SECOND if until is None and len(spells) else (until or 0)
    at = instants(np.arange(every, last + 1, every))
    waits = [NONE if w is None else w for w in (starved, blocked)]
    running = spells[spells[:, 2] == EXECUTE][:, :2] if len(spells) else NONE
    second = instants(np.arange(0, last + 1))
    on = np.zeros(len(second) - 1, bool) if len(second) else np.zeros(0, bool)
    for a, b in running.tolist():
        on |= (second[:-1] >= a) & (second[:-1] < b)
    for a, b in union(np.concatenate([NONE, *waits])).tolist():
        on &= ~((second[:-1] >= a) & (second[:-1] < b))
    total = np.r_[0.0, np.cumsum(on * per_s)]
    said = {"at": at, "end": 1e12, "most": 1e6, "silent_s": 1e9}
    unit = Unit(
        id=f"s/a/l/{name}", name=name, class_id="machine",
        flow=Flow(unit_in="1", takes=flow[0], unit_out="1", gives=flow[1]),
    )  # fmt: skip
    return MachineHistory(
        unit=unit, spells=spells, going_on=going_on, starved=starved, blocked=blocked, time=at,
        made=counts_of(second, np.floor(total * (1 - rejected) + 1e-9), **said),
        rejected=counts_of(second, np.floor(total * rejected + 1e-9), **said),
        product=np.full(len(at), product, np.int64), speed=np.full(len(at), np.nan),
        resolution_s=resolution_s,
    )  # fmt: skip


def line(*machines, start=0, end=100_000, planned=NONE):
    """A line of them."""
    first, last = instants([start, end]).tolist()
    return LineHistory("s/a/l", first, last, machines, planned)
