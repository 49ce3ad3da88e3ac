"""What a warehouse could do better, for the terminal: plain tables. It must never compute one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from api.printable import printable
from api.tables import table
from tools.picking import NAMES, OBJECTIVES
from tools.store_charts import RULES
from tools.wording import duration
from twin_core.units import number_text

if TYPE_CHECKING:
    from rich.console import RenderableType

_SUPPLIED = {
    "stock_outs": "lines that find too little, %", "waited": "waiting of a line, s",
    "unmet": "lines never served, %", "trips": "trips a day", "urgent": "of them urgent",
    "held": "units held, mean",
}  # fmt: skip
_HEAD = ("", "picker s/line", "walking s/line", "m/line", "orders/h", "late %")
_SHOWN = ("labour", "travel", "walk", "throughput", "late")


def store_lines(stores: Sequence[Mapping[str, Any]]) -> "Iterable[RenderableType]":
    """What `GET /warehouses` answered."""
    from rich.text import Text

    if not stores:
        yield Text("The plant file describes no warehouse.")
        return
    rows = [
        (s["id"], s["name"], f"{s['articles']}", f"{s['slots']}", f"{s['pickers']}",
         NAMES[s["picks"]], s["orders"] or "none")
        for s in stores
    ]  # fmt: skip
    yield table(("id", "name", "articles", "slots", "pickers", "picks", "order history"), rows)


def picking_lines(body: Mapping[str, Any]) -> "Iterable[RenderableType]":
    """Ways to pick, the best first; which cannot be told apart is said."""
    from rich.text import Text

    yield Text(_head(body, f"{body['orders']} orders, {body['lines']} lines"), style="bold")
    yield Text(f"by {OBJECTIVES[body['objective']]}; mean, and 90 % interval of a single day")
    yield _ranking(body["ranked"], NAMES, body["now"])
    yield from _apart(body["ranked"], NAMES)


def slotting_lines(body: Mapping[str, Any]) -> "Iterable[RenderableType]":
    """Rules of slotting beside what is, and the articles that lie worst."""
    from rich.text import Text

    told = f"made from {body['made_from']} orders, judged on {body['judged_on']} others"
    yield Text(_head(body, told), style="bold")
    yield _ranking(body["ranked"], RULES, "as it is")
    yield from _apart(body["ranked"], RULES)
    for rule, why in body["left_out"].items():
        yield Text(printable(f"Left out: {RULES[rule]}; {why}"))
    if body["best"] is None:
        yield Text("No rule is surely better than where goods lie now: nothing is offered.")
        return
    yield Text(f"Best: {RULES[body['best']]}; {body['moves']} articles would change slots. Worst:")
    rows = [
        (m["article"], _slots(m["lies"]), _slots(m["should"]), duration(m["saves_s"]))
        for m in body["misplaced"]
    ]
    yield table(("article", "aisle-bay-side-level", "should be", "saves"), rows)


def replenishing_lines(body: Mapping[str, Any]) -> "Iterable[RenderableType]":
    """Rules as they are and as drawn, on the same days."""
    from rich.text import Text

    day = "the same day" if body["same"] else "the day before"
    told = f"drawn from {body['made_from']} orders of {day}, judged on {body['judged_on']}"
    yield Text(_head(body, told), style="bold")
    yield Text("mean of days alike, and 90 % interval of a single day")
    levels = body["levels"]
    rows = [
        (name, *(_estimate(one[key]) for one in (body["now"], *(x["supplied"] for x in levels))))
        for key, name in _SUPPLIED.items()
    ]
    drawn = (f"for {100 * level['served']:g} %" for level in levels)
    yield table(("rules", "as they are", *drawn), rows)
    if body["best"] is None:
        yield Text("No rules drawn are better than those that are: nothing is offered.")
        return
    changes = [
        (new["article"], "none" if old is None else f"{old['low']} to {old['high']}",
         f"{new['low']} to {new['high']}")
        for old, new in body["changes"]
    ]  # fmt: skip
    yield Text(
        f"Best: those drawn for {100 * body['best']:g} %. {len(changes)} rules would change (fetch "
        "at … up to …):"
    )
    yield table(("article", "as it is", "offered"), changes)


def rebalancing_lines(body: Mapping[str, Any]) -> "Iterable[RenderableType]":
    """Moves, what they cost, and how much of demand they would cover."""
    from rich.text import Text

    share = body["covered"]
    yield table(
        ("", "as it is", "after the moves"),
        [("demand that lies where it is wanted, %", _estimate(share["before"]),
          _estimate(share["after"]))],
    )  # fmt: skip
    gain = share["gain"]
    yield Text(f"Gain {_estimate(gain)} percentage points; cost {number_text(body['cost'])}.")
    rows = [
        (m["lot"], m["article"], m["source"], m["target"], f"{m['quantity']}",
         number_text(m["cost"]))
        for m in body["moves"]
    ]  # fmt: skip
    if rows:
        yield table(("lot", "article", "from", "to", "units", "cost"), rows)
    else:
        yield Text("No move covers more of what will be wanted.")
    for need in body["uncovered"]:
        left = f"{need['quantity']} {need['article']} in {need['place']}"
        yield Text(printable(f"Not covered: {left}."))


def _head(body: Mapping[str, Any], told: str) -> str:
    newest = ", the newest day there is" if body["of"] == "newest" else ""
    day = "today" if body["of"] == "today" else f"{body['day']}{newest}"
    return printable(f"{body['warehouse']}, {day}: {told}")


def _ranking(
    ranked: Sequence[Mapping[str, Any]], names: Mapping[str, str], now: str
) -> "RenderableType":
    rows = []
    for one in ranked:
        picked = one["picked"]
        mark = " (now)" if picked["option"] == now and now in NAMES else ""
        shown = (_estimate(picked["indicators"][name]) for name in _SHOWN)
        rows.append((names[picked["option"]] + mark, *shown))
    return table(_HEAD, rows)


def _apart(
    ranked: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> "Iterable[RenderableType]":
    from rich.text import Text

    first, *others = ranked
    days, seed = first["picked"]["days"], first["picked"]["seed"]
    best = names[first["picked"]["option"]]
    if others and not first["tied"]:
        behind, second = others[0]["behind"], names[others[0]["picked"]["option"]]
        yield Text(
            f"Best on {days} days (seed {seed}): {best}; the next, {second}, takes "
            f"{_estimate(behind)} s more."
        )
    told = set[str]()
    for one in ranked:
        told.add(one["picked"]["option"])
        tied = [names[name] for name in one["tied"] if name not in told]
        if tied:
            name = names[one["picked"]["option"]]
            yield Text(f"Not to be told apart on {days} days: {name} and {', '.join(tied)}.")


def _estimate(value: Mapping[str, Any]) -> str:
    mean, low, high = (number_text(value[key]) for key in ("mean", "low", "high"))
    return mean if low == high else f"{mean} ({low}–{high})"


def _slots(slots: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{s['aisle']}-{s['bay']}-{s['side']}-{s['level']}" for s in slots)
