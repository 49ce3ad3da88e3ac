"""How a diagnosis speaks: numbers with units, times in the plant's zone, one sentence a fact.

Every number of a sentence is returned beside it, as it is written, so that it can be checked.
It must never decide anything.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from twin_core.diagnosis.sign import Sign
from twin_core.plain_text import as_name
from twin_core.plant.assets import Plant
from twin_core.units import number, quantity
from twin_core.value import JSON, SECOND, Instant

SHOWS = {
    "low": "is low", "high": "is high", "rising": "is rising", "falling": "is falling",
    "noisy": "scatters", "stuck": "does not move", "spiking": "shows spikes",
    "missing": "gives no values", "losing": "goes with a loss between the meters around it",
}  # fmt: skip
_AGAINST = {
    "before": "before", "normal": "usual for its class", "recipe": "by the recipe",
    "peers": "on its peers", "law": "usually", "rule": "before",
}  # fmt: skip


def local(plant: Plant, when: Instant) -> datetime:
    """A moment in the plant's time zone, to the second."""
    return datetime.fromtimestamp(when // SECOND, ZoneInfo(plant.timezone))


def clock(plant: Plant, when: Instant) -> str:
    """Local time of day at the plant, to the second."""
    return f"{local(plant, when):%H:%M:%S}"


def asset_text(plant: Plant, path: str) -> str:
    """The name of a unit or line, as the plant file gives it."""
    if path in plant.units:
        return as_name(plant.units[path].name)
    return next((as_name(x.name) for x in plant.lines if x.id == path), path)


def point_text(plant: Plant, path: str) -> str:
    """“bowl level of Filler 1”."""
    point = plant.point(path)
    return f"{as_name(point.spec.name)} of {asset_text(plant, point.unit_id)}"


def sign_text(plant: Plant, sign: Sign) -> tuple[str, dict[str, JSON]]:
    """One sentence about a sign, and its numbers."""
    since = clock(plant, sign.onset)
    data: dict[str, JSON] = {
        "shows": sign.shows, "since": since, "onset": sign.onset, "onset_s": round(sign.onset_s),
        "strength": round(sign.strength, 2), "unit": sign.unit, "against": sign.against,
    }  # fmt: skip
    if sign.now is not None:
        data["now"] = number(sign.now)
    if sign.usual is not None:
        data["usual"] = number(sign.usual)
    if sign.note:
        data["note"] = sign.note
    if sign.shows == "stopping":
        asset = asset_text(plant, sign.asset)
        if sign.usual is None:
            when = "before" if sign.against == "normal" else "at"
            return f"{asset} stopped for a reason of its own {when} {since}: {sign.note}.", data
        usual = f"{number(sign.usual):g} stops/h usually"
        if sign.now is None:
            return f"{asset} stopped by itself since {since}: {sign.note}; {usual}.", data
        often = f"{number(sign.now):g} stops/h against {usual}"
        text = f"{asset} stops by itself again and again since {since}: {sign.note}, {often}."
        return text, data
    what = point_text(plant, sign.point)
    if sign.shows == "losing" and sign.now is not None and sign.usual is not None:
        asset = asset_text(plant, sign.asset)
        now, usual = quantity(sign.now, sign.unit), quantity(sign.usual, sign.unit)
        text = f"More comes into {asset} than goes out and stays: {now} go missing"
        return f"{text} against {usual} usually, since {since}.", data
    if sign.note == "share of output rejected":
        what = f"share of output rejected by {asset_text(plant, sign.asset)}"
    elif sign.shows == "noisy":
        what = f"{what} scatters: its {sign.note}"
    text = what if sign.shows == "noisy" else f"{what} {SHOWS[sign.shows]}"
    text = text[0].upper() + text[1:]
    if sign.shows == "spiking":
        text += f" ({sign.note})" if sign.note else ""
        return f"{text} since {since}.", data
    if sign.now is not None and sign.usual is not None:
        text += (
            f"{' is' if sign.shows == 'noisy' else ':'} {quantity(sign.now, sign.unit)} against "
            f"{quantity(sign.usual, sign.unit)} {_AGAINST[sign.against]}"
        )
    elif sign.now is not None and sign.shows == "stuck":
        text += f" from {quantity(sign.now, sign.unit)}"
    if sign.against == "rule" and sign.note:
        text += f" ({sign.note})"
    if sign.against in {"normal", "recipe", "peers"} and sign.onset_s > 300:
        return f"{text}, already at {since}.", data
    return f"{text}, since {since}.", data
