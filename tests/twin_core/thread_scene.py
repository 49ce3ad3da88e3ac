"""Ten minutes of the bakery with a change of product, of a setting, and two kinds of trouble.

Toast until 200 s, then rye; the divider is set from 100 to 110 at 150 s; the oven is too hot from
120 to 140 s; the gas shows nonsense from 60 to 90 s and
is released at 180 s by eve; one reading of the product is wrong.
"""

from functools import cache

from tests.fakes import FakeHistorian
from tests.twin_core.plant_fixture import GAS, OVEN, T0, Feed, bakery
from tests.twin_core.test_expression import HEAT, made
from twin_core.ingest import Edit, Twin
from twin_core.ports import LogEntry
from twin_core.reading import Batch
from twin_core.value import SECOND

DIVIDER = "northmill/bread/toast/divider"
PRESSURE, TEMPERATURE = f"{GAS}/pressure", f"{OVEN}/temperature"
RATIO = f"{OVEN}/ratio"
AHEAD_US = 1_500_000
DERIVED = ", ".join(
    [
        made('temperature - 20["Cel"]', "K", "limits: {low: 0, high: 300}", "heat"),
        made('"house/gas/main/pressure" / heat', "mbar/K", "limits: {low: 0, high: 9}", "ratio"),
    ]
)
PLANT = bakery(
    {
        HEAT: f"{HEAT}, derived: {{{DERIVED}}}",
        "number: 1, rates: {bread/toast: 100}": "number: 1, rates: {bread/toast: 100}, "
        "recipe: {mover: {speed_setpoint: 105}}, "
        "tolerances: {tunnel_oven: {temperature: [226, 236]}}",
        "links:": "orders:\n  - {id: po-1, product: toast, line: bread/toast, quantity: 9, "
        'unit: "{loaf}"}\nlinks:',
    }
)


def at(seconds):
    return T0 + int(seconds * SECOND)


def bend(path, s, value):
    if path == PRESSURE and 60 <= s < 90:
        return 700.0
    if path == TEMPERATURE and 120 <= s < 140:
        return value + 8
    if path == f"{DIVIDER}/product":
        return 3.0 if s == 100 else 1.0 if s < 200 else 2.0
    if path == f"{DIVIDER}/speed_setpoint":
        return 100.0 if s < 150 else 110.0
    return value


@cache
def entries():
    """What the sources said, as the log holds it."""
    feed = Feed(PLANT, bend=bend, offset_us=AHEAD_US)
    edit = Edit(kind="release", point=PRESSURE, user="eve", reason="looked")
    return [*feed.up(), feed.readings(0, 180), edit, feed.readings(180, 600)]


def logged():
    """The same with sequence numbers, as a Historian keeps it."""
    log = []
    for seq, entry in enumerate(entries(), start=1):
        kept = entry
        if not isinstance(entry, Batch):
            kind = "edit" if isinstance(entry, Edit) else "event"
            body = entry.model_dump(mode="json")
            kept = LogEntry(seq=seq, kind=kind, time=at(180), body=body)
        log.append((seq, kept))
    return log


def twin():
    """The twin after ten minutes."""
    found = Twin(PLANT)
    for entry in entries():
        if isinstance(entry, Edit):
            found.edit(entry, at(180))
        else:
            found.apply(entry, at(600))
    return found


def changes(log, plant):
    """Of a log what would be in it if the line told only changes."""
    last: dict[int, float] = {}
    for seq, item in log:
        if not isinstance(item, Batch):
            yield seq, item
            continue
        keep = []
        for i, (point, value) in enumerate(zip(item.point.tolist(), item.value, strict=True)):
            if plant.points[point].source != "line_plc" or last.get(point) != value:
                keep.append(i)
            last[point] = value
        yield seq, Batch(
            item.point[keep], item.time[keep], item.value[keep], item.status[keep],
            item.received[keep],
        )  # fmt: skip


def on_change():
    """The plant, whose line tells only changes."""
    sources = tuple(s.model_copy(update={"reports": "on_change"}) for s in PLANT.sources)
    return PLANT.model_copy(update={"sources": sources})


async def rare_history():
    """The changes alone in a Historian."""
    found = FakeHistorian([p.source for p in PLANT.read])
    await found.append(list(changes(logged(), PLANT)))
    return found


async def history():
    """The same in a Historian."""
    found = FakeHistorian([p.source for p in PLANT.read])
    await found.append(logged())
    return found
