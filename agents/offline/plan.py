"""Which tools a question needs next, given what they have answered so far. Pure.

A plan goes in rounds; calls of one round are independent. It must never name an asset itself, and
calls only tools it was given.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz

from agents.offline import calendar, grammar
from agents.offline.ahead import is_over
from agents.offline.assets import its_line
from agents.offline.call import Answers, Call
from agents.offline.caused import OF_RATE, cause_calls
from agents.offline.question import Reading
from tools.numeral import value_of, values_in

_UNCLEAR = frozenset(
    {"unclear", "foreign", "greeting", "help", "decide", "handing", "report", "future"}
)
_MOST = 4
_ALIKE = 74.0
_HALF = 0.5
_FORECAST = re.compile(r"\b(?:forecast|predict|simulat|expect)\w*", re.IGNORECASE)
_OUTPUT = re.compile(r"\b(?:output|production)\b", re.IGNORECASE)
_LATELY = "last 24 h"
_LIMIT = re.compile(
    r"\b(?:below|under|within|at most|less than|more than|above|over)\s+"
    r"(?P<per_cent>\d{1,3}(?:\.\d+)?)\s*(?:%|percent|per cent)",
    re.IGNORECASE,
)
"""Per cent of rejects that shall not be passed."""
_HANDS_IN = re.compile(r"\b(?:propose|submit|hand (?:it |that )?in)\b", re.IGNORECASE)
_OF_STORES = {
    "picking": "picking_strategies", "slotting": "slotting_rules",
    "replenishing": "replenishment_rules", "rebalancing": "stock_rebalancing",
}  # fmt: skip
_CASES = re.compile(r"\b(?P<n>\d{1,3})\s+cases?\b", re.IGNORECASE)
_SPEED = re.compile(
    r"\b\d+(?:\.\d+)?\s*(?:%|percent)(?:\s+(?:faster|quicker|slower))?", re.IGNORECASE
)


def needs_asking(reading: Reading) -> bool:
    """Whether the answer is a question back, or no tool can help."""
    if reading.kind == "cell":  # a plant has few, and the tool says which
        return False
    return reading.kind in _UNCLEAR or bool(reading.choices or reading.unknown or reading.unread)


def supposing_clear(reading: Reading) -> Reading:
    """The reading as if asset and change had been understood: of its calls only the tool counts."""
    assets, paths = (reading.assets, reading.paths) if reading.assets else (("",), ("",))
    return replace(reading, choices=(), unknown="", unread="", assets=assets, paths=paths)


def next_calls(readings: Sequence[Reading], answers: Answers, tools: frozenset[str]) -> list[Call]:
    """The calls still to be made now; none when everything that helps is known."""
    wanted = [call for r in readings for call in calls(r, answers, tools)]
    fresh = {c.key: c for c in wanted if c.key not in answers and c.tool in tools}
    return list(fresh.values())


def calls(reading: Reading, answers: Answers, tools: frozenset[str]) -> list[Call]:
    """Every call that the answers so far make sense of, in the order of the answer."""
    if needs_asking(reading):
        return []
    if reading.kind == "cause":
        asked = ("",) if reading.incident else reading.assets[:_MOST]
        return [c for asset in asked for c in cause_calls(asset, reading, answers, tools)]
    if reading.kind == "onset":
        return [
            Call("find_cause", {"asset": a, "span": reading.span}) for a in reading.assets[:_MOST]
        ]
    if reading.kind == "ruled_out":
        asset = reading.assets[0]
        return [Call("ruled_out", {"asset": asset, "suspect": s}) for s in reading.suspects[:_MOST]]
    if reading.kind == "recurring":
        return [Call("recurring_causes", {"asset": a}) for a in reading.assets[:_MOST] or ("",)]
    if reading.kind == "bottleneck":
        return _limiting(reading)
    if reading.kind in {"what_if", "compare"}:
        return _simulated(reading)
    if reading.kind == "cell":
        return [_tried(reading)]
    if reading.kind == "documents":
        asset = reading.assets[0] if reading.assets else ""
        return [Call("search_documents", {"query": reading.query, "asset": asset})]
    if reading.kind == "proposals":
        return _stands(reading)
    if reading.kind == "orders" and reading.query:
        return [Call("production_orders", {"order": order}) for order in reading.query.split()]
    if reading.kind in _OF_STORES:
        return [Call(_OF_STORES[reading.kind], {})]
    if reading.kind == "assets":
        return [_listed(reading)]
    if reading.kind == "data":
        said = {"measurement": reading.measurement, "span": reading.span}
        return [Call("sensor_data", {"assets": list(reading.assets[:_MOST]), **said})]
    if reading.kind == "trend":
        return [c for a in reading.assets[:_MOST] or ("",) for c in _course(a, reading, answers)]
    if reading.kind == "state" and not reading.assets:
        return [Call("plant_overview", {})]
    if reading.kind == "alarms" and reading.incident:
        return [Call("alarms", {"incident": reading.incident})]
    if reading.kind == "indicators" and grammar.RANKS.search(reading.question.lower()):
        return [Call("indicators", _told({"span": reading.span}))]
    if reading.kind == "propose":
        return [c for asset in reading.assets[:_MOST] for c in _proposed(asset, reading, answers)]
    return [call for asset in reading.assets[:_MOST] or ("",) for call in _plain(asset, reading)]


def _plain(asset: str, reading: Reading) -> list[Call]:
    if reading.kind == "state":
        return [Call("asset_state", {"asset": asset})]
    if reading.kind == "value":
        measurement = reading.measurement or "rate"
        return [Call("latest_values", {"measurement": measurement, "asset": asset})]
    if reading.kind == "trend":
        return _course(asset, reading, {})
    if reading.kind == "made":
        return [Call("made", {"asset": asset, "span": reading.span})]
    if reading.kind == "indicators":
        counted = grammar.STANDS_BY.search(reading.question.lower())
        span = reading.span or (_LATELY if counted else "")
        over = {"asset": asset, "span": span, "against": reading.against}
        halted = grammar.HALTED.search(grammar.normal(reading.question))
        when = [Call("alarms", _told({"asset": asset, "span": reading.span}))] if halted else []
        return [Call("indicators", _told(over)), *when]
    if reading.kind == "alarms":
        return [Call("alarms", _told({"asset": asset, "span": reading.span}))]
    if reading.kind == "planned":
        what, span = reading.query or "stops", reading.span or reading.horizon
        before, after = calendar.change_over(grammar.normal(reading.question))
        said = {"line": asset, "what": what, "span": span, "before": before, "after": after}
        stops = Call("planned_times", {k: v for k, v in said.items() if v or k == "line"})
        return [stops] if reading.query else [_ordered(asset), stops]
    if reading.kind == "orders":
        return _orders(asset, reading)
    if reading.kind == "schedule":
        return [Call("schedule", {"line": asset, "horizon": reading.horizon})]
    if reading.kind == "life":
        return [Call("remaining_life", {"asset": asset})]
    if reading.kind == "prognosis":
        return [Call("likely_to_fail", _told({"asset": asset, "horizon": reading.horizon}))]
    if reading.kind == "window":
        return [_window(asset, reading)]
    if reading.kind == "handover":
        return [Call("shift_handover", _told({"asset": asset, "span": reading.span}))]
    if reading.kind == "improve":
        return [Call("could_run_better", {"asset": asset})]
    if reading.kind == "quality":
        limit = _LIMIT.search(reading.question)
        per_cent = 101.0 if limit is None else float(limit["per_cent"])
        within: dict[str, Any] = {"limit": per_cent} if per_cent <= 100 else {}
        return [Call("quality", {"line": asset, **within})]
    if reading.kind == "model_error":
        return [Call("model_error", {"line": asset})]
    if reading.kind == "risk":
        return [Call("failure_risk", {"asset": asset, "horizon": reading.horizon})]
    tool = {"remedies": "find_remedies", "details": "asset_details"}.get(reading.kind, reading.kind)
    return [Call(tool, {"asset": asset})]


def _orders(asset: str, reading: Reading) -> list[Call]:
    """The orders of a line, with its stops in a time that was said."""
    span = reading.span or reading.horizon
    stops = [Call("planned_times", {"line": asset, "what": "stops", "span": span})]
    return [_ordered(asset), *(stops if calendar.STRETCH.search(span) else ())]


def _ordered(asset: str) -> Call:
    return Call("production_orders", {"line": asset})


def _course(asset: str, reading: Reading, answers: Answers) -> list[Call]:
    """How a value went; where the tool says that the time is yet to come, how it will be.

    Of what is asked as over, it is the same time of the day before.
    """
    measurement = reading.measurement or "rate"
    looking = Call("trend", {"measurement": measurement, "asset": asset, "span": reading.span})
    found = answers.get(looking.key)
    told = () if found is None else found.evidence
    ahead = next((str(one.data["ahead"]) for one in told if "ahead" in one.data), "")
    if ahead and is_over(reading.question):
        return [Call("trend", {**looking.arguments, "span": f"yesterday {ahead}"})]
    if ahead:
        return _simulated(replace(reading, kind="what_if", horizon=ahead, assets=(asset,)))
    # “The output of line 2 today” may mean how much, or how fast: both are told.
    both = measurement in OF_RATE and _OUTPUT.search(reading.question) and reading.span
    return [looking, *([Call("made", {"asset": asset, "span": reading.span})] if both else [])]


def _stands(reading: Reading) -> list[Call]:
    """How one proposal stands, or those of each asset that is named."""
    if reading.proposal:
        return [Call("proposals_status", {"proposal": reading.proposal})]
    stand = {"which": reading.query, "span": reading.span}
    asked = ({"asset": a, **stand} for a in reading.assets[:_MOST] or ("",))
    return [Call("proposals_status", {k: v for k, v in said.items() if v}) for said in asked]


def _listed(reading: Reading) -> Call:
    """Which sites there are, or what stands at those named."""
    if grammar.SITES.search(reading.question.lower()):
        return Call("list_assets", {"what": "sites"})
    return Call("list_assets", {"inside": reading.assets[0] if reading.assets else ""})


def _tried(reading: Reading) -> Call:
    """A cell's sequence: of which machine, how many cases, how fast, as far as it was said."""
    text = reading.question
    cases, speed = _CASES.search(text), _SPEED.search(text)
    said: dict[str, Any] = {"cell": reading.assets[0] if reading.assets else ""}
    if cases is not None:
        said["cases"] = int(cases["n"])
    if speed is not None:
        said["speed"] = speed.group(0)
    return Call("robot_cell", {name: given for name, given in said.items() if given})


def _window(asset: str, reading: Reading) -> Call:
    """A window for a job as long as was said; handed in where that was asked for."""
    if _HANDS_IN.search(reading.question):
        said = {"asset": asset, "window": reading.query or "usual", "horizon": reading.horizon}
        return Call("propose", _told(said))
    said = {"asset": asset, "duration": reading.query, "horizon": reading.horizon}
    return Call("maintenance_window", _told(said))


def _told(arguments: dict[str, str]) -> dict[str, str]:
    """Arguments that were said, and the asset."""
    return {name: said for name, said in arguments.items() if said or name == "asset"}


def _proposed(asset: str, reading: Reading, answers: Answers) -> list[Call]:
    """The set-point said; else the remedy that was said, looked up first; else the best."""
    if reading.changes:
        return [Call("propose", {"asset": asset, "change": reading.changes[0]})]
    if not reading.remedy:
        return [Call("propose", {"asset": asset})]
    looking = Call("find_remedies", {"asset": asset})
    found = answers.get(looking.key)
    if found is None:
        return [looking]
    remedies = [e for e in found.evidence if e.kind == "forecast" and e.data.get("kind")]
    labels = [str(e.data["label"]) for e in remedies]
    # A remedy may be named by what it is against: “check the torque sensor”.
    fits = [
        _fits(reading.remedy, f"{label} {found.text}") if _fits(reading.remedy, label) else 0.0
        for label in labels
    ]
    best = max(fits, default=0.0)
    if best < _HALF:
        # What was asked for was not found: another remedy in its place would be a guess.
        own = grammar.knows(reading.remedy.split())
        return [looking, Call("propose", {"asset": asset})] if own else [looking]
    title = remedies[fits.index(best)].data["title"]
    return [looking, Call("propose", {"asset": asset, "remedy": title})]


def _fits(said: str, text: str) -> float:
    """The share of the words said that a text has, small differences forgiven; not in numbers."""
    if not values_in(said) <= values_in(text):
        return 0.0
    words, there = said.lower().split(), re.findall(r"\w+", text.lower())
    return sum(any(fuzz.ratio(w, t) >= _ALIKE for t in there) for w in words) / len(words)


def _simulated(reading: Reading) -> list[Call]:
    given = {"horizon": reading.horizon, **({"start": reading.start} if reading.start else {})}
    line = line_of(reading)
    if reading.asked[1]:
        given |= {"asset": reading.asked[0], "measurement": reading.asked[1]}
    if reading.kind == "compare" and len(reading.options) > 1:
        options = list(reading.options)
        return [Call("compare_options", {"line": line, "options": options, **given})]
    if reading.kind == "compare" and not reading.changes:
        valued = reading.measurement not in {"", "rate"}
        counted = grammar.STRICT.search(grammar.normal(reading.question)) and not valued
        kind = "value" if valued else "indicators"
        kind = "trend" if reading.span and not counted else kind
        alike = replace(reading, kind=kind)
        return [call for asset in reading.assets[:_MOST] for call in _plain(asset, alike)]
    if len(reading.options) > 1:
        return [
            Call("what_if", {"line": line, "changes": [option], **given})
            for option in reading.options[:_MOST]
        ]
    if reading.changes:
        return [Call("what_if", {"line": line, "changes": list(reading.changes), **given})]
    simulated = _FORECAST.search(reading.question) is not None
    if (
        reading.measurement in {"", "rate"}
        and calendar.FAR.search(reading.horizon)
        and not simulated
    ):
        # No simulation looks so far ahead, but a plan does.
        return [call for asset in reading.assets[:_MOST] for call in _orders(asset, reading)]
    if reading.measurement in {"", "rate"}:
        return [Call("what_if", {"line": asset, **given}) for asset in reading.assets[:_MOST]]
    given["measurement"] = reading.measurement
    return [
        Call("what_if", {"line": asset, "asset": asset, **given})
        for asset in reading.assets[:_MOST]
    ]


def _limiting(reading: Reading) -> list[Call]:
    """What limits each line that is named, or that a machine named stands on."""
    lines = {its_line(p): a for a, p in zip(reading.assets, reading.paths, strict=True)}
    faster = value_of(reading.faster)
    told: dict[str, Any] = {} if faster is None else {"faster": faster}
    if reading.horizon:
        told["horizon"] = reading.horizon
    return [Call("bottleneck", {"line": asset, **told}) for asset in list(lines.values())[:_MOST]]


def line_of(reading: Reading) -> str:
    """The one line that is named; empty where none is, or several: then the lines concerned."""
    named = zip(reading.assets, reading.paths, strict=True)
    lines = [asset for asset, path in named if len(path.split("/")) == 3]
    return lines[0] if len(lines) == 1 else ""
