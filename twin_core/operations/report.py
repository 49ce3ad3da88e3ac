"""How a unit, line, area or the site did over any remembered span: OEE, state times, MTBF, MTTR.

ISO 22400-2: A = APT/PBT, E = PRI·PQ/APT, Q = GQ/PQ, OEE = A·E·Q; sums are added up before they
are divided. Mean operating time between failures and mean time to restoration by IEC 60050-192
(192-05-13, 192-07-23). Time that was not seen counts neither as run nor as lost, and is told.
It must never average an OEE.
"""

from datetime import UTC, datetime

from twin_core.errors import NoData, UnknownName
from twin_core.operations.past import Past
from twin_core.operations.sums import Reader, Sums
from twin_core.operations.tally import MINUTE_US
from twin_core.plant.assets import Line, Plant
from twin_core.plant.classes import Role
from twin_core.value import SECOND, Instant, Path, Value


class Report(Value):
    """One asset over whole minutes of plant time.

    Attributes:
        asset: path of a unit, a line, an area or the site.
        start, end: what of the asked span is remembered.
        availability, effectiveness, quality, oee: None where something they need is not known
            or zero; `planned` whether there are shifts (without: no OEE, and the availability is
            of the time seen).
        complete: share of the span in which the state was seen (0..1).
        seconds: by PackML state; of a line, its counting machine's; of several lines, the sum.
        good, produced: in `unit`, per span; `rate` good ones per minute of it.
        failures: stops of its own (Held, Aborted, neither starved nor blocked); of a line, of all
            its machines. `operating_s` in Execute; `mtbf_s` None without a failure.
        restored: failures that ended; `mttr_s` their mean length, None without one.
    """

    asset: Path
    start: Instant
    end: Instant
    availability: float | None
    effectiveness: float | None
    quality: float | None
    oee: float | None
    planned: bool
    complete: float
    seconds: dict[int, float]
    unit: str | None
    good: float | None
    produced: float | None
    rate: float | None
    failures: int
    restored: int
    operating_s: float
    mtbf_s: float | None
    mttr_s: float | None


def report(plant: Plant, past: Past, asset: str, start: Instant, end: Instant) -> Report:
    """How an asset did in the remembered whole minutes of `start`..`end`.

    Raises:
        UnknownName: no such asset.
        NoData: nothing of the span is remembered, or the asset tells no state.
    """
    first, last = _remembered(past, start, end)
    if not first < last:
        began = reach(past)
        at = None if began is None else datetime.fromtimestamp(began / SECOND, UTC)
        told = "now" if at is None else f"at {at:%Y-%m-%d %H:%M:%S} UTC"
        raise NoData(f"{_named(plant, asset)} for that span", f"what is remembered begins {told}")
    reader = Reader(plant, past, first, last)
    if asset in plant.units:
        sums = reader.unit(plant.units[asset])
    elif asset.count("/") < 2:
        inside = (line for line in plant.lines if line.id.startswith(f"{asset}/"))
        parts = [reader.line(line) for line in inside if _counts(plant, line)]
        if not parts:
            raise UnknownName("counted line", asset)
        sums = sum(parts[1:], parts[0])
    else:
        sums = reader.line(plant.line(asset))
    return _divided(asset, first, last, sums)


def _named(plant: Plant, asset: str) -> str:
    if asset.count("/") < 2:
        return next((area.name for area in plant.areas if area.id == asset), plant.name)
    return plant.units[asset].name if asset in plant.units else plant.line(asset).name


def reach(past: Past) -> Instant | None:
    """From when on reports can be had; None without a minute."""
    return int(past.minute[0]) - MINUTE_US if len(past.minute) else None


def _remembered(past: Past, start: Instant, end: Instant) -> tuple[Instant, Instant]:
    start = max(start, past.spells_since)
    ends = past.minute[(past.minute - MINUTE_US >= start - MINUTE_US // 2) & (past.minute <= end)]
    return (int(ends[0]) - MINUTE_US, int(ends[-1])) if len(ends) else (0, 0)


def _counts(plant: Plant, line: Line) -> bool:
    unit = plant.counter(line) if line.kind == "production" else None
    return unit is not None and unit.with_role(Role.STATE) is not None


def _divided(asset: str, start: Instant, end: Instant, sums: Sums) -> Report:
    e = sums.effectiveness
    return Report(
        asset=asset,
        start=start,
        end=end,
        availability=e.availability,
        effectiveness=e.effectiveness,
        quality=e.quality,
        oee=e.oee,
        planned=e.pbt_s is not None,
        complete=min(1.0, sums.seen_s / sums.span_s),
        seconds=sums.seconds,
        unit=sums.unit,
        good=e.good,
        produced=e.produced,
        rate=None if e.good is None else e.good * 60 * SECOND / (end - start),
        failures=sums.failures,
        restored=sums.restored,
        operating_s=sums.operating_s,
        mtbf_s=sums.operating_s / sums.failures if sums.failures else None,
        mttr_s=sums.down_s / sums.restored if sums.restored else None,
    )
