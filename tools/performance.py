"""How an asset did over a span, against another span, and which line did worst.

ISO 22400 indicators with what they lack said; a span is cut to what is remembered, and that is
said too. It must never average an OEE, nor rank what cannot be compared.
"""

from tools.machine import state_name
from tools.result import ToolResult, no_data
from tools.span import read_span
from tools.wording import called, duration, moment, percent, period, sentence
from twin_core.errors import NoData
from twin_core.evidence import Evidence
from twin_core.operations.report import Report, reach, report
from twin_core.twin import Snapshot
from twin_core.units import quantity
from twin_core.value import SECOND

FACTORS = (
    ("oee", "OEE"),
    ("availability", "availability"),
    ("effectiveness", "effectiveness"),
    ("quality", "quality"),
)
_SEEN = 0.98
"""Share of a span below which it is said that the rest was not seen."""
_MINUTE = 60 * SECOND


def over(snapshot: Snapshot, path: str, span: str, against: str = "") -> ToolResult:
    """The report of one asset over a span; beside that of another span, and what differs."""
    first, whole = _report(snapshot, path, span)
    evidence = [_told(first, whole, snapshot), _stops(first, snapshot), _states(first, snapshot)]
    if against.strip():
        second, whole = _report(snapshot, path, against)
        difference = _difference(first, second, snapshot)
        beside = (_told(second, whole, snapshot), _stops(second, snapshot))
        evidence = [difference, *evidence, *beside]
    return ToolResult(status="ok", text=evidence[0].statement, evidence=tuple(evidence))


def ranking(snapshot: Snapshot, path: str, span: str) -> ToolResult:
    """Every counted line at or below a path, worst first; by OEE where all have one.

    Without an OEE of each, by availability, which is said.
    """
    plant = snapshot.plant
    found = []
    for line in plant.lines:
        if line.kind != "production" or not f"{line.id}/".startswith(f"{path}/"):
            continue
        try:
            found.append(_report(snapshot, line.id, span))
        except NoData:
            continue
    if not found:
        return no_data(f"There are no indicators of {called(path, plant)} for that span.")
    measure = "oee" if all(r.oee is not None for r, _ in found) else "availability"
    known = [(r, whole) for r, whole in found if getattr(r, measure) is not None]
    known.sort(key=lambda one: (getattr(one[0], measure), one[0].asset))
    if not known:
        return no_data(f"No line of {called(path, plant)} was planned to run in that span.")
    worst = known[0][0]
    word = dict(FACTORS)[measure]
    value = getattr(worst, measure)
    tail = "" if len(known) == len(found) else f"; {len(found) - len(known)} lines had none"
    summary = Evidence(
        kind="indicator",
        subject=worst.asset,
        statement=(
            f"By {word} the worst of {len(known)} lines is {called(worst.asset, plant)} with "
            f"{percent(value)}{tail}."
        ),
        data={"by": measure, "value": value, "lines": len(known)},
        time=worst.end,
    )
    evidence = (summary, *(_told(r, whole, snapshot) for r, whole in known))
    return ToolResult(status="ok", text=summary.statement, evidence=evidence)


def _report(snapshot: Snapshot, path: str, span: str) -> tuple[Report, bool]:
    """A report, and whether memory reaches as far back as was asked."""
    asked = read_span(span, snapshot.watermark, snapshot.plant)
    found = report(snapshot.plant, snapshot.past, path, asked.start, asked.end)
    return found, found.start - asked.start <= _MINUTE


def _told(found: Report, whole: bool, snapshot: Snapshot) -> Evidence:
    plant = snapshot.plant
    values = {key: getattr(found, key) for key, _ in FACTORS}
    known = [f"{word} {percent(values[key])}" for key, word in FACTORS if values[key] is not None]
    missing = [word for key, word in FACTORS if values[key] is None]
    lacking = [f"{' and '.join(missing)} not to be had"] if missing else []
    parts = [*lacking, ", ".join(known)] if known else ["no indicator can be had"]
    if found.rate is not None and found.unit is not None:
        parts.append(f"{quantity(found.rate, f'{found.unit}/min')} good on average")
    if not found.planned:
        parts.append("without shifts there is no planned time")
    if found.complete < _SEEN:
        parts.append(f"{percent(found.complete)} of it was seen")
    began = reach(snapshot.past)
    if not whole and began is not None:
        parts.append(f"before {moment(began, plant, snapshot.now)} nothing is remembered")
    name = sentence(called(found.asset, plant))
    return Evidence(
        kind="indicator",
        subject=found.asset,
        statement=f"{name} {period(found.start, found.end, plant)}: {'; '.join(parts)}.",
        data={
            **values, "start": found.start, "end": found.end, "complete": found.complete,
            "good": found.good, "produced": found.produced, "unit": found.unit, "rate": found.rate,
        },
        time=found.end,
        quality="good" if found.complete >= 0.5 else "uncertain",
    )  # fmt: skip


def _stops(found: Report, snapshot: Snapshot) -> Evidence:
    plant = snapshot.plant
    ran = duration(found.operating_s)
    name = sentence(called(found.asset, plant))
    if found.mtbf_s is None:
        told = f"no failure of its own in {ran} of running, so there is no MTBF"
    else:
        restored = (
            "none of them restored yet"
            if found.mttr_s is None
            else f"MTTR {duration(found.mttr_s)} over the {found.restored} restored"
        )
        failures = f"{found.failures} failure{'' if found.failures == 1 else 's'}"
        told = f"{failures} in {ran} of running, MTBF {duration(found.mtbf_s)}, {restored}"
    return Evidence(
        kind="indicator",
        subject=found.asset,
        statement=f"{name} {period(found.start, found.end, plant)}: {told}.",
        data={
            "failures": found.failures, "restored": found.restored,
            "operating_s": found.operating_s, "mtbf_s": found.mtbf_s, "mttr_s": found.mttr_s,
        },
        time=found.end,
    )  # fmt: skip


def _states(found: Report, snapshot: Snapshot) -> Evidence:
    plant = snapshot.plant
    spent = sorted(found.seconds.items(), key=lambda item: -item[1])
    told = ", ".join(f"{state_name(state)} {duration(s)}" for state, s in spent if s > 0)
    unit = found.asset
    if unit.count("/") == 2:
        counter = plant.counter(plant.line(unit))
        unit = unit if counter is None else counter.id
    name = sentence(called(unit, plant))
    return Evidence(
        kind="indicator",
        subject=unit,
        statement=f"{name} {period(found.start, found.end, plant)}: {told or 'no state heard'}.",
        data={"seconds": {str(k): v for k, v in found.seconds.items()}, "end": found.end},
        time=found.end,
    )


def _difference(first: Report, second: Report, snapshot: Snapshot) -> Evidence:
    """What differs between two spans, only of what is known of both."""
    plant = snapshot.plant
    told, data = [], {}
    for key, word in FACTORS:
        now, then = getattr(first, key), getattr(second, key)
        if now is not None and then is not None:
            told.append(f"{word} {percent(now)} against {percent(then)}")
            data[key] = {"first": now, "second": then}
    if first.rate is not None and second.rate is not None and first.unit is not None:
        unit = f"{first.unit}/min"
        told.append(f"{quantity(first.rate, unit)} against {quantity(second.rate, unit)}")
        data["rate"] = {"first": first.rate, "second": second.rate}
    name = sentence(called(first.asset, plant))
    return Evidence(
        kind="indicator",
        subject=first.asset,
        statement=(
            f"{name} {period(first.start, first.end, plant)} against "
            f"{period(second.start, second.end, plant)}: "
            f"{', '.join(told) or 'nothing is known of both'}."
        ),
        data=data,
        time=max(first.end, second.end),
    )
