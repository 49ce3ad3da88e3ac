"""A calibration and what is used, as lines for the terminal. It must never compute."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

Line = Text | Table | str
_LAWS = {"exponential": "exp.", "weibull": "Weibull", "lognormal": "lognorm.", "gamma": "gamma"}


def used_lines(body: dict[str, Any]) -> Iterator[Line]:
    """What is used for each line."""
    for line in body["lines"]:
        name = line["line"]
        if not line["version"]:
            yield f"{name}: the plant file's parameters; nothing was promoted."
            continue
        start, end = (_when(t, body["timezone"]) for t in line["learnt"])
        yield f"{name}: {line['version']}, learnt {start} to {end}, promoted by {line['proposal']}."
        if not line["relied"]:
            yield Text(f"  {line['why']} Calibrate it anew: opstwin calibrate {name}", "yellow")
    for one in body["learnt"]:
        yield f"{one['asset']}: {one['model']} {one['version']}. {one['judged']}"


def report_lines(body: dict[str, Any]) -> Iterator[Line]:
    """The whole report, of a line or of a site's process."""
    if "site" in body["report"]:
        yield from _process(body)
    else:
        yield from _line(body)
    yield from _verdict(body)


def _line(body: dict[str, Any]) -> Iterator[Line]:
    report, zone = body["report"], body["timezone"]
    learnt = report["parameters"]
    start, end = _when(learnt["start"], zone), _when(learnt["end"], zone)
    yield Text(f"{report['name']}: parameters {report['version']}", "bold")
    yield f"Learnt from {start} to {end} ({zone}); states were told {learnt['seen']:.0%} of it."
    yield _rates(learnt, report["differences"])
    yield _stops(learnt)
    yield from _buffers(learnt)
    yield from _differing(report["differences"])
    yield from _said("Not estimated", learnt["missing"])
    yield from _said("Not to be relied on", learnt["doubts"])
    yield from _skill(report)


def _process(body: dict[str, Any]) -> Iterator[Line]:
    report, zone = body["report"], body["timezone"]
    start, end = (_when(report["parameters"][t], zone) for t in ("start", "end"))
    yield Text(f"{report['name']}: process {report['version']}", "bold")
    yield f"Learnt from {start} to {end} ({zone})."
    table = Table("asset", "number", "seen", "file", "used", box=None)
    seen = [one for one in report["numbers"] if one["seen"] is not None]
    for one in seen:
        table.add_row(
            one["asset"].split("/", 1)[-1], one["parameter"].replace(":", " "),
            _estimated(one["seen"]), _number(one["file"]), "seen" if one["used"] else "file",
        )  # fmt: skip
    yield table
    silent = len(report["numbers"]) - len(seen)
    yield f"{silent} more were looked for, and nothing happened that tells them."


def _verdict(body: dict[str, Any]) -> Iterator[Line]:
    report = body["report"]
    asset, contest = report.get("line") or report["site"], report["contest"]
    used = report["champion"] or "the plant file"
    if contest is None:
        yield f"Not held against {used}: {report['untested']}."
    else:
        yield (
            f"On {contest['n']} stretches held back, {used} scores "
            f"{contest['champion_score']:.3g} and {report['version']} "
            f"{contest['challenger_score']:.3g} ({_scored(report)}; less is better): "
            f"gain {_estimated(contest['gain'])}, {contest['verdict']}."
        )
    if body["promotable"]:
        yield f"It may be proposed: opstwin calibrate {asset} --propose {report['version']}"
    else:
        yield f"It is not proposed: {body['why_not']}."


def _scored(report: dict[str, Any]) -> str:
    if "site" in report:
        return "mean error where they differ, % of the reading"
    return f"CRPS, {report['unit']}"


def _rates(learnt: dict[str, Any], differences: list[dict[str, Any]]) -> Table:
    file = {(d["asset"], d["parameter"]): d["file"] for d in differences}
    table = Table("machine", "product", "rate, free", "file", "rejects", "file", box=None)
    for machine in learnt["machines"]:
        unit = machine["unit"]
        rated, rejects = file.get((unit, "rated_speed")), file.get((unit, "reject_rate"))
        rows = machine["rates"].items() or [("-1", None)]
        for number, rate in rows:
            table.add_row(
                _last(unit), "" if number == "-1" else number, _estimated(rate), _number(rated),
                _share(machine["rejects"]), "" if rejects is None else f"{rejects:.2%}",
            )  # fmt: skip
    return table


def _stops(learnt: dict[str, Any]) -> Table:
    table = Table("machine", "stops", "between, s", "n", "cut off", "law", "fits", "length, s",
                  "law", "fits", box=None)  # fmt: skip
    for machine in learnt["machines"]:
        for stop in machine["stops"]:
            between, length = stop["between"], stop["length"]
            seen = (
                f"at least {stop['at_least_s']:.0f}"
                if between is None and stop["at_least_s"]
                else _mean(between)
            )
            table.add_row(
                _last(machine["unit"]), stop["kind"].replace("_", " "), seen,
                "" if between is None else str(between["events"]),
                "" if between is None else str(between["censored"]),
                _law(between), _fits(stop["between_good"]),
                _mean(length), _law(length), _fits(stop["length_good"]),
            )  # fmt: skip
    return table


def _buffers(learnt: dict[str, Any]) -> Iterator[Line]:
    for buffer in learnt["buffers"]:
        between = f"Buffer {_last(buffer['source'])} → {_last(buffer['target'])}"
        if buffer["verdict"] == "not known":
            yield f"{between}: not checked, {buffer['why']}."
        elif buffer["capacity"] is None:
            yield (
                f"{between}: at most {buffer['most']:.0f} in it and its two machines, file "
                f"{buffer['file']:g}: {buffer['verdict']}."
            )
        else:
            seen = _estimated(buffer["capacity"])
            yield f"{between}: {seen}, file {buffer['file']:g}: {buffer['verdict']}."


def _differing(differences: list[dict[str, Any]]) -> Iterator[Line]:
    outside = [d for d in differences if d["outside"]]
    yield (
        f"{len(differences)} parameters stand in the plant file too; {len(outside)} of them lie "
        "outside the 90 % interval of what was seen" + (":" if outside else ".")
    )
    for d in outside:
        yield f"  {d['asset']} {d['parameter']}: {_estimated(d['seen'])}, file {d['file']:g}"


def _skill(report: dict[str, Any]) -> Iterator[Line]:
    skill, drift = report["skill"], report["drift"]
    used = report["champion"] or "the plant file"
    if skill is None:
        yield f"No forecast with {used} has been scored yet."
    else:
        plain = skill["last_value"]
        beside = "" if plain is None else f", “as before” {plain:.3g}"
        yield (
            f"{skill['n']} forecasts with {used} so far: {_share(skill['coverage'])} inside their "
            f"90 % interval, bias {_estimated(skill['bias'])}, CRPS {skill['crps']:.3g}{beside}."
        )
    if drift is not None:
        yield Text(f"Drifted: {drift['outside']} of {drift['n']} forecasts missed.", "yellow")


def _said(what: str, remarks: list[dict[str, Any]]) -> Iterator[Line]:
    if remarks:
        yield f"{what}:"
    for remark in remarks:
        yield f"  {_last(remark['asset'])}, {remark['what']}: {remark['why']}"


def _mean(fit: dict[str, Any] | None) -> str:
    return "" if fit is None else _interval(fit["mean"])


def _law(fit: dict[str, Any] | None) -> str:
    if fit is None:
        return ""
    law = fit["law"]
    shape = "" if fit["shape"] is None else f" {law['shape']:.2g}"
    return _LAWS[law["family"]] + shape


def _fits(good: dict[str, Any] | None) -> str:
    if good is None:
        return ""
    return "yes" if good["fits"] else f"no, {good['distance']:.2f} off"


def _share(one: dict[str, Any] | None) -> str:
    if one is None:
        return ""
    low, high = (None if one[end] is None else f"{one[end]:.2%}" for end in ("low", "high"))
    return f"{one['value']:.2%} [{low or '…'}, {high or '…'}]"


def _estimated(one: dict[str, Any] | None) -> str:
    return "" if one is None else f"{_interval(one)} {one['unit']}".removesuffix(" 1")


def _interval(one: dict[str, Any]) -> str:
    low, high = ("…" if one[end] is None else f"{one[end]:.4g}" for end in ("low", "high"))
    return f"{one['value']:.4g} [{low}, {high}]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _when(at: int, zone: str) -> str:
    return datetime.fromtimestamp(at / 1e6, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
