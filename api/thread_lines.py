"""Lineages and lots for the terminal: trees and short lines, times in the plant's zone."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from api.printable import printable
from twin_core.reading import quality
from twin_core.units import quantity
from twin_core.value import SECOND

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.tree import Tree

_SHORT = 12
"""Digits of a digest that are shown; JSON has it whole."""


class _Clock:
    """Says when, in the zone of the plant."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def __call__(self, at: int | None, *, fine: bool = False) -> str:
        """A moment to the second, or to the millisecond; `now` for what has not ended."""
        if at is None:
            return "now"
        found = datetime.fromtimestamp(at / SECOND, self._zone)
        return f"{found:%Y-%m-%d %H:%M:%S}" + (f".{found.microsecond // 1000:03d}" if fine else "")


def point_lines(body: dict[str, Any]) -> "Iterable[RenderableType]":
    """A point's thread as a tree."""
    from rich.text import Text

    when = _Clock(body["timezone"])
    yield Text(
        f"{when(body['at'])} {body['timezone']}, plant file {body['plant_version'][:_SHORT]}",
        style="dim",
    )
    yield _tree(body["thread"], when)


def _tree(thread: dict[str, Any], when: _Clock) -> "Tree":
    from rich.text import Text
    from rich.tree import Tree

    value = "no value" if thread["value"] is None else quantity(thread["value"], thread["unit"])
    why = f": {thread['why']}" if thread["why"] else ""
    head = f"{thread['point']}  {value}  ({thread['state'].replace('_', ' ')}{why})"
    tree = Tree(Text(printable(head)), guide_style="dim")
    for line in (*_expression(thread), *_reading(thread, when), *_past(thread, when)):
        tree.add(Text(printable(line), style="dim"))
    for below in thread["inputs"]:
        tree.children.append(_tree(below, when))
    return tree


def _expression(thread: dict[str, Any]) -> Iterable[str]:
    if thread["expression"]:
        yield f"= {thread['expression']}   (version {thread['version'][:_SHORT]})"


def _reading(thread: dict[str, Any], when: _Clock) -> Iterable[str]:
    reading = thread["reading"]
    if reading is None:
        return
    raw = reading["text"] if reading["value"] is None else repr(reading["value"])
    notes = [f"status 0x{reading['status']:08X} {quality(reading['status']).value}"]
    if reading["refused"]:
        notes.append(f"refused: {reading['refused']}")
    if reading["late"]:
        notes.append("late")
    yield f"raw {raw} from {thread['source']}, {', '.join(notes)}"
    yield (
        f"read {when(reading['source_time'], fine=True)}, its clock "
        f"{reading['ahead_us'] / 1000:+.3f} ms; received {when(reading['received'], fine=True)}"
    )


def _past(thread: dict[str, Any], when: _Clock) -> Iterable[str]:
    for doubt in thread["doubts"]:
        yield _doubt(doubt, when)
    for touch in thread["touches"]:
        reason = f": {touch['reason']}" if touch["reason"] else ""
        yield f"{touch['kind']} by {touch['user']} at {when(touch['at'])}{reason}"


def _doubt(doubt: dict[str, Any], when: _Clock) -> str:
    by = f", released by {doubt['released_by']}" if doubt["released_by"] else ""
    return (
        f"not believed from {when(doubt['since'])} to {when(doubt['until'])} "
        f"({doubt['rule']}): {doubt['reason']}{by}"
    )


def lots_lines(body: dict[str, Any]) -> "Iterable[RenderableType]":
    """Lots, one a line, each with what could not be believed in its time."""
    from rich.text import Text

    when = _Clock(body["timezone"])
    if not body["lots"]:
        yield Text("No lots.")
    for lot in body["lots"]:
        yield Text(printable(f"{lot['id']}  {_span(lot, when)}"))
        for doubt in lot["doubts"]:
            yield Text(printable(f"    {doubt['point']} {_doubt(doubt, when)}"), style="dim")


def _span(lot: dict[str, Any], when: _Clock) -> str:
    begun = "" if lot["begun"] else "at the latest "
    gaps = f", {lot['unheard_s']:.0f} s of it unheard" if lot["unheard_s"] else ""
    return f"{begun}{when(lot['start'])} to {when(lot['end'])}{gaps}"


def lot_lines(body: dict[str, Any]) -> "Iterable[RenderableType]":
    """How a lot was made, as a tree."""
    from rich.text import Text
    from rich.tree import Tree

    when, lot = _Clock(body["timezone"]), body["lot"]
    made = "" if body["made"] is None else f", {quantity(body['made'], body['unit_of_flow'])}"
    tree = Tree(
        Text(printable(f"{lot['id']}  {body['product']}{made}, {_span(lot, when)}")),
        guide_style="dim",
    )
    for title, lines in (
        ("made on", body["machines"]),
        ("supplied by", body["supplies"]),
        ("settings", [line for each in body["settings"] for line in _setting(each, when)]),
        ("readings against tolerances",
         [line for each in body["tolerances"] for line in _tolerance(each, when)]),
        ("not believed meanwhile",
         [f"{each['point']} {_doubt(each['doubt'], when)}" for each in body["doubted"]]),
        ("not to be told", body["missing"]),
    ):  # fmt: skip
        branch = tree.add(Text(title, style="bold"))
        for line in lines or ["none"]:
            branch.add(Text(printable(line)))
    yield tree


def _setting(each: dict[str, Any], when: _Clock) -> Iterable[str]:
    unit = each["unit"]
    stood = "not read" if each["first"] is None else quantity(each["first"], unit)
    recipe = "" if each["recipe"] is None else f", recipe {quantity(each['recipe'], unit)}"
    yield f"{each['point']}  {stood}{recipe}"
    for change in each["changes"]:
        by = change["by"] or "at the plant; no write of ours"
        yield (
            f"    {when(change['at'])}  {quantity(change['before'], unit)} → "
            f"{quantity(change['after'], unit)}  {by}"
        )
    if each["changed"] > len(each["changes"]):
        yield f"    and {each['changed'] - len(each['changes'])} more changes"


def _tolerance(each: dict[str, Any], when: _Clock) -> Iterable[str]:
    unit = each["unit"]
    limits = f"{quantity(each['low'], unit)} to {quantity(each['high'], unit)}"
    if each["count"]:
        seen = " / ".join(quantity(each[name], unit) for name in ("least", "mean", "most"))
        held = "inside" if not each["outside_s"] else f"{each['outside_s']:.0f} s OUTSIDE"
        said = f"{seen} in {each['count']} readings, {held} {limits}"
    else:
        said = f"no believed reading; tolerance {limits}"
    doubt = f"; {each['not_believed_s']:.0f} s not believed" if each["not_believed_s"] else ""
    yield f"{each['point']}  {said}{doubt}"
    for span in each["spans"]:
        yield f"    {when(span['start'])} to {when(span['end'])}  {quantity(span['worst'], unit)}"
