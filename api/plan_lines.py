"""Plans for the terminal: as planned beside as offered. It must never compute one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from api.printable import printable
from api.tables import table
from tools.wording import duration, percent
from twin_core.value import SECOND

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_ENDED = {
    "proven": "Nothing better exists: proven.",
    "effort": "A better one may exist: the search ended with its effort.",
    "seconds": "A better one may exist: the search ended with its time.",
    "told": "A better one may exist: the search was ended.",
}
_RAN = "The simulation ran it: every job ends as planned."


def plan_lines(body: Mapping[str, Any]) -> "Iterable[RenderableType]":
    """What `POST /schedules` answered."""
    from rich.text import Text

    for at, plan in enumerate(body["plans"]):
        if at:
            yield Text("")
        yield from _plan(plan, body)
    for line, why in body["unplanned"].items():
        yield Text(f"{_name(line, body)} has no plan: {printable(_readable(why, body))}")


def shop_lines(outcome: Mapping[str, Any]) -> "Iterable[RenderableType]":
    """What `POST /schedules/shop` answered: seconds after the shop's start."""
    from rich.text import Text

    if outcome["kind"] != "offer":
        yield Text(_no_offer(outcome))
        return
    yield _pairs([
        (_AIMS[outcome["aim"]], duration(outcome["value_before"]), duration(outcome["value"])),
        *_used(outcome, {}),
    ])  # fmt: skip
    yield from _sure(
        outcome, better=outcome["value"] < outcome["value_before"], proven=outcome["proven"]
    )
    schedule = outcome["schedule"]
    ways = [
        *(
            (s["machine"], s, f"{s['job']}, operation {s['operation'] + 1}")
            for s in schedule["stints"]
        ),
        *((c["machine"], c, f"changeover to {c['job']}") for c in schedule["changeovers"]),
        *(
            (f"vehicle {t['vehicle'] + 1}", t, f"{t['job']}, {t['origin']} to {t['target']}")
            for t in schedule["trips"]
        ),
    ]
    rows = sorted((row, one["start"], one["end"], what) for row, one, what in ways)
    yield table(("where", "from s", "to s", "what"), rows)


_AIMS = {"makespan": "done after", "tardiness": "late, weighted"}


def _plan(plan: Mapping[str, Any], body: Mapping[str, Any]) -> "Iterable[RenderableType]":
    from rich.text import Text

    outcome, zone = plan["outcome"], ZoneInfo(body["timezone"])
    named = ", ".join(_name(line, body) for line in plan["lines"])
    jobs = f"{len(plan['shop']['jobs'])} order{'' if len(plan['shop']['jobs']) == 1 else 's'}"
    begin = _clock(plan["at"], zone)
    yield Text(f"{named}: {jobs} from {begin:%a %d %b %H:%M %Z}", style="bold")
    if outcome["kind"] != "offer":
        yield Text(_no_offer(outcome))
    else:
        yield _pairs([*_totals(plan, zone), *_used(outcome, body)])
        yield from _sure(outcome, better=plan["better"], proven=plan["proven"])
        yield from _tried(outcome.get("trial"))
        yield _turns(plan, body, zone)
    notes = [*plan["unsaid"], *_paced(plan, body)]
    for note in notes:
        yield Text(f"- {printable(_readable(note, body))}", style="dim")
    for order, why in plan["left_out"].items():
        yield Text(f"- {order} is left out: {printable(_readable(why, body))}", style="dim")


def _no_offer(outcome: Mapping[str, Any]) -> str:
    if outcome["kind"] == "none_exists":
        return f"No schedule keeps every deadline: {printable(outcome['told'])}."
    if outcome["kind"] == "withheld":
        return f"Nothing is offered: {printable('; '.join(outcome['why']))}."
    return "No schedule was found in the time there is; there may be one."


def _totals(plan: Mapping[str, Any], zone: ZoneInfo) -> list[tuple[str, ...]]:
    before, offered = plan["before"], plan["offered"]

    def late(total: Mapping[str, Any]) -> str:
        orders = f"{total['late']} order{'' if total['late'] == 1 else 's'}"
        return f"{duration(total['late_s'])}, {orders}" if total["late"] else "none"

    def changes(total: Mapping[str, Any]) -> str:
        return f"{total['changeovers']}, {duration(total['changeover_s'])}"

    pairs = (before, offered)
    return [
        ("done", *(f"{_clock(t['end'], zone):%a %d %b %H:%M}" for t in pairs)),
        ("late", *(late(t) for t in pairs)),
        ("changeovers", *(changes(t) for t in pairs)),
    ]


def _used(outcome: Mapping[str, Any], body: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Share of its open time that each machine works up to the end of all."""
    pairs = zip(outcome["use_before"], outcome["use"], strict=True)
    return [
        (f"{_name(use['machine'], body)} works", _share(before), _share(use))
        for before, use in pairs
    ]


def _share(use: Mapping[str, Any]) -> str:
    return "never open" if use["open"] <= 0 else percent(use["working"] / use["open"])


def _sure(outcome: Mapping[str, Any], *, better: bool, proven: bool) -> "Iterable[RenderableType]":
    from rich.text import Text

    known = _ENDED["proven" if proven else outcome["ended"]]
    word = "" if better else "What is planned was not bettered. "
    yield Text(f"{word}{known} {_RAN}")


def _tried(trial: Mapping[str, Any] | None) -> "Iterable[RenderableType]":
    """What comes of both where durations vary."""
    from rich.text import Text

    if trial is None:
        return
    gain = trial["gains"][1]
    low, high = (duration(abs(gain[end])) for end in ("low", "high"))
    sign = ["-" if gain[end] < 0 else "" for end in ("low", "high")]
    word = "surely" if trial["differ"][1] else "perhaps not"
    of = {"makespan": "sooner done", "tardiness": "less late"}[trial["aim"]]
    yield Text(
        f"Where durations vary ({trial['runs']} runs of each): {word} {of}, by "
        f"{duration(abs(gain['mean']))} (90 % interval {sign[0]}{low} to {sign[1]}{high})."
    )


def _turns(plan: Mapping[str, Any], body: Mapping[str, Any], zone: ZoneInfo) -> "Table":
    """Every order, in the order offered; with its lines where it may have changed them."""
    several = len(plan["lines"]) > 1
    rows = []
    for turn in plan["turns"]:
        due = "" if turn["due"] is None else f"{_clock(turn['due'], zone):%a %H:%M}"
        late = duration(turn["late_s"]) if turn["late_s"] else ""
        product = body["products"].get(turn["product"], turn["product"])
        before = [_span(turn["start_before"], turn["end_before"], zone)]
        offered = [_span(turn["start"], turn["end"], zone)]
        if several:
            before.append(_name(turn["line_before"], body))
            offered.append(_name(turn["line"], body))
        rows.append((turn["order"], product, *before, *offered, due, late))
    on = ("on",) if several else ()
    return table(
        ("order", "product", "as planned", *on, "offered", *on, "due", "late"), rows, ("product",)
    )


def _span(start: int, end: int, zone: ZoneInfo) -> str:
    first, last = _clock(start, zone), _clock(end, zone)
    return f"{first:%a %H:%M}–{last:%H:%M}"


def _paced(plan: Mapping[str, Any], body: Mapping[str, Any]) -> Iterable[str]:
    for line in plan["lines"]:
        seen = body["pace"].get(line)
        if seen is not None:
            yield (
                f"{_name(line, body)} made {percent(seen['share'])} of its nominal rate in planned "
                f"time over the last {duration(seen['over_s'])}; --pace counts with it"
            )


def _name(line: str, body: Mapping[str, Any]) -> str:
    return printable(body.get("lines", {}).get(line, line))


def _readable(told: str, body: Mapping[str, Any]) -> str:
    for line, name in body["lines"].items():
        told = told.replace(line, name)
    return told


def _clock(at: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at / SECOND, zone)


def _pairs(rows: Sequence[tuple[str, ...]]) -> "Table":
    return table(("", "as planned", "offered"), rows)
