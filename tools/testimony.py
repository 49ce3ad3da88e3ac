"""What a person's report means: which machine, which failure or act, of what time.

“that was us, reel change”, “I cleared the jam”, “no, it was the glue again”. The same words mean
the same for ever; what is not understood is kept as words, and asked back. It must never record
anything: a report comes in through the API, in the name of who makes it, and never by a tool.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tools.dates import FORM
from tools.flow_words import placed
from tools.instrument_words import instruments_said, is_part, stance
from tools.mode_words import modes_said
from tools.span import CLOCK, find_between, read_span
from tools.starts import ALLOWED_MOMENT, find_moment, moment_said
from tools.wording import local
from twin_core.errors import WrongKind
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names
from twin_core.testimony.acts import act_in, without_act
from twin_core.testimony.stops import Stop
from twin_core.testimony.testimony import Kind, Testimony
from twin_core.value import Instant, Path

_CLAUSE = re.compile(r"[;.!?\n]+(?=\s|$)|,\s*(?:but\s+)?|\s+(?:but|and then)\s+", re.IGNORECASE)
_NO = re.compile(r"^\W*(?:no|nope|yes|yeah|well|oh|sorry)\b\W*", re.IGNORECASE)
_NOT = re.compile(
    r"\b(?:not|never|wasn['’]?t|isn['’]?t|aren['’]?t|weren['’]?t)\s+"
    r"(?:the|an?|it|that|this|because|due|caused|us|me|my|our|at)\b"
    r"|\b(?:it|that|this)\s+(?:(?:was|is)\s+not|wasn['’]?t|isn['’]?t)\b|^\W*not\b"
    r"|\b(?:doubt|(?:don['’]?t|do\s+not)\s+(?:believe|think))\s+(?:that\s+)?(?:it|this|that)\b"
    r"|\bnothing\s+(?:is\s+|was\s+)?(?:wrong|to\s+do)\b"
    r"|\b(?:is|are|was|were|looks?|runs?)\s+(?:fine|ok|okay|all\s+right|good|healthy)\b",
    re.IGNORECASE,
)
"""That it was none, not that something does not open or was not refilled."""
_CLEARED = re.compile(
    r"\b(?:clear(?:ed|ing)|fixed|repaired|freed|unjammed|unblocked|sorted|mended|replaced"
    r"|tightened|put\s+(?:it\s+)?right|reset|removed|cleaned)\b|\ball[\s-]clear\b"
    r"|\b(?:running|runs|fine|ok|okay|back\s+to\s+normal)\s+again\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:it|that|this|cause|reason|problem|trouble)\s+(?:was|is|were|has\s+been)\b|\bit['’]?s\b"
    r"|\bbecause\b|\bdue\s+to\b|\bcaused\b|\bagain\b|\bbroken?\b|\bworn\b|\bstuck\b|\bleak\w*"
    r"|\bjam\w*|\bslip\w*|\bblocked\b|\bplugged\b|\bloose\b|\bfail\w*|\btripped\b|\bbent\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:something|somehow|somewhere|things?)\b|\b(?:strange|weird|odd|funny|peculiar|unusual)\w*"
    r"|\b(?:acting|playing)\s+up\b|\bnot\s+(?:quite\s+)?(?:right|happy|itself|herself)\b",
    re.IGNORECASE,
)
"""That something is the matter, and not what."""
_OURS = re.compile(r"\b(?:us|we|ours|me|i)\b", re.IGNORECASE)
_US = re.compile(r"\b(?:us|me|ours|mine)\b", re.IGNORECASE)
_SINCE = re.compile(r"\b(?:since|from)\b", re.IGNORECASE)
_DAY = re.compile(rf"\b(?:{FORM})\b", re.IGNORECASE)
_YESTERDAY = re.compile(r"\byesterday\b", re.IGNORECASE)
_TO_COME = re.compile(
    r"\btomorrow\b|\bnext\s+(?:shift|week|month)\b|\d{7,}\s*\w+\s+ago\b", re.IGNORECASE
)
"""What no report can be of: times to come, and such as were before any plant."""
_ALSO_REPAIRS = frozenset({"cleaning", "adjustment", "maintenance", "lubrication"})
"""Acts that put a failure right as well, where one is spoken of."""
_BY_HAND = "stopped by hand"
_ASKED = 8
"""Machines named at most in a question."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of one report.

    Attributes:
        testimony: at least one; one of kind `noted` where nothing was understood.
        question: one sentence asking back; empty where nothing is missing.
        assumed: a sentence that tells of which stop it is taken to be, where no time was said.
    """

    testimony: tuple[Testimony, ...]
    question: str = ""
    assumed: str = ""


@dataclass(frozen=True, slots=True)
class _Where:
    """A machine, the modes of its class that the words fit, and how well."""

    asset: Path
    modes: tuple[str, ...]
    worth: float


def understood(
    words: str,
    who: str,
    said: Instant,
    names: Names,
    asset: Path = "",
    near: Sequence[Path] = (),
    stops: Sequence[Stop] = (),
) -> Understood:
    """What a report means.

    Args:
        words: as the person said them.
        who: his name.
        said: plant time at which he says it.
        names: of the plant.
        asset: unit or line that is spoken of, where it is known; "" = only by his words.
        near: machines at which something is or lately was the matter, the likeliest first.
        stops: the stops that may be meant where no time is said, the likeliest first: those that
            go on before those that are over.

    Raises:
        UnknownName, AmbiguousName: no such `asset`, or several.
        WrongKind: a time that is none, or to come.
    """
    start, end = _time(words, said, names.plant)
    near = near or tuple(dict.fromkeys(stop.machine for stop in stops))
    about = names.asset(asset) if asset else ""
    whole = _mentioned(words, names, about)
    found: dict[tuple[Kind, Path, str], Testimony] = {}
    missing: Sequence[Path] | None = None
    for clause in _clauses(words):
        mentioned = _mentioned(clause, names, about)
        about = mentioned[0] if len(mentioned) == 1 else about
        units = mentioned or _candidates(about, near, names.plant)
        kind, places = _read(clause, units, names, named=bool(about))
        if kind in {"planned", "cleared"} and about not in names.plant.units and len(whole) == 1:
            kind, places = _read(clause, whole, names, named=True)  # “that was us, filler 4”
        if kind == "noted":
            continue
        where = _one(places, near, any_near=kind == "planned" and not mentioned)
        if where is None:
            missing = [place.asset for place in places]
            continue
        act = act_in(clause) if kind == "planned" else ""
        was = next((t for t in found.values() if (t.kind, t.asset) == ("cause", where.asset)), None)
        if was is not None and act in _ALSO_REPAIRS:
            kind, act, where = "cleared", "", replace(where, modes=was.modes)
        modes = where.modes if kind != "planned" else ()
        found[kind, where.asset, act or " ".join(modes)] = Testimony(
            kind=kind, asset=where.asset, modes=modes, act=act, words=words.strip(), who=who,
            said=said, start=start, end=end,
        )  # fmt: skip
    told, assumed = _of_stops(_plainest(found.values()), stops, names)
    if told and missing is None:
        return Understood(told, assumed=assumed)
    if missing is not None:
        kept = told or (_noted(words, who, said, about),)
        return Understood(kept, _which(missing, near, names), assumed)
    here = f" at {names.full_name(about)}" if about else ""
    asked = "what was the matter, or done" if here else "which machine was it, and what was the "
    asked += here or "matter or done there"
    return Understood((_noted(words, who, said, about),), f"Kept as words: {asked}?")


def _clauses(words: str) -> Iterator[str]:
    for part in _CLAUSE.split(words):
        clause = _NO.sub("", part).strip()
        if clause:
            yield clause


def _time(words: str, said: Instant, plant: Plant) -> tuple[Instant, Instant]:
    """The time of which a report speaks: a moment, a span, a day; when it is said, if of none."""
    strange = _TO_COME.search(words)
    if strange is not None:
        raise WrongKind("Time of a report", f"“{strange.group(0)}”", ALLOWED_MOMENT)
    between, day = find_between(words), _DAY.search(words)
    if between:
        on = day or _YESTERDAY.search(words)
        until = said if on is None else read_span(on.group(0), said, plant).end
        span = read_span(between, until, plant)
        return span.start, span.end
    moment = find_moment(_SINCE.sub("at", words))
    if day is not None:
        span, clock = read_span(day.group(0), said, plant), re.search(f"{CLOCK}$", moment)
        if clock is None:
            return span.start, span.end
        moment = f"{local(span.start, plant):%Y-%m-%d} {clock.group(0)}"
    at = moment_said(moment, said, plant) if moment else said
    return at, at


def _mentions(clause: str, names: Names) -> list[Mention]:
    """The names in a clause, with what is named by where it lies in the flow."""
    return placed(clause, names.mentions(clause), names.plant)


def _mentioned(clause: str, names: Names, about: Path) -> list[Path]:
    """The units that a clause names; of several of one name those on the line spoken of."""
    plant, found = names.plant, _mentions(clause, names)
    said = [m for m in found if m.kind == "unit"]
    sure = [m for m in said if len(m.paths) == 1]
    units = list(dict.fromkeys(p for m in sure or said for p in m.paths))
    lines = [path for m in found if m.kind == "line" for path in m.paths]
    on = lines or (["/".join(about.split("/")[:3])] if about else [])
    here = [unit for unit in units if any(unit.startswith(f"{line}/") for line in on)]
    return here or units or [unit.id for line in lines for unit in _units(plant, line)]


def _candidates(about: Path, near: Sequence[Path], plant: Plant) -> list[Path]:
    """The machines that may be meant where none is named."""
    if about in plant.units:
        return [about]
    if about:
        return [unit.id for unit in _units(plant, about)]
    return list(near) or list(plant.units)


def _units(plant: Plant, asset: Path) -> Sequence[Unit]:
    return [unit for unit in plant.units.values() if unit.id.startswith(f"{asset}/")]


def _bare(clause: str, names: Names) -> str:
    """A clause without the names of machines and lines in it."""
    for mention in reversed(_mentions(clause, names)):
        if mention.kind in {"unit", "line"}:
            gap = " " * (mention.end - mention.start)
            clause = clause[: mention.start] + gap + clause[mention.end :]
    return clause


def _best(found: Sequence[_Where]) -> list[_Where]:
    """The places that words fit best; all, where they fit none."""
    best = max((place.worth for place in found), default=0.0)
    return [place for place in found if place.worth >= best]


def _read(
    clause: str, units: Sequence[Path], names: Names, *, named: bool
) -> tuple[Kind, list[_Where]]:
    """What a clause reports, and of which of these machines it may be.

    What is said of an instrument is no report of the process: that it is not to be believed is a
    fault of it, and what it shows is noted.
    """
    plant, bare = names.plant, _bare(clause, names)
    said = stance(bare)
    if said:
        tried = ((unit, instruments_said(bare, plant.class_of(unit))) for unit in units)
        measured = _best([_Where(unit, *fits) for unit, fits in tried])
        if any(place.modes for place in measured):
            kinds: dict[str, Kind] = {"doubted": "cause", "trusted": "denied"}
            return kinds.get(said, "noted"), measured
        if said == "doubted" and not any(is_part(bare, plant.class_of(unit)) for unit in units):
            return "noted", measured
    places = _fits(bare, units, plant) or [_Where(unit, (), 0.0) for unit in units]
    return _kind(clause, bare, places, names, named=named), places


def _fits(bare: str, units: Sequence[Path], plant: Plant) -> list[_Where]:
    """The machines whose failure modes words fit best; none where they fit none."""
    found = [_Where(unit, *modes_said(bare, plant.class_of(unit))) for unit in units]
    return [place for place in _best(found) if place.modes]


def _kind(clause: str, bare: str, places: Sequence[_Where], names: Names, *, named: bool) -> Kind:
    """What a clause reports; `named`: whether a machine is spoken of.

    Words of an act that are those of a failure, as of a rinser's, are an act where people are.
    """
    fits, act = any(place.modes for place in places), act_in(clause)
    ours = act == _BY_HAND or _OURS.search(clause)
    if _VAGUE.search(clause) and not fits and not act:
        return "noted"
    if _NOT.search(clause) and not _CLEARED.search(clause):
        return "denied" if (fits or named) and not _US.search(clause) else "noted"
    besides = _fits(without_act(bare, act), [place.asset for place in places], names.plant)
    repairs = act in _ALSO_REPAIRS and fits and _CLEARED.search(clause)
    if act and not repairs and (ours or not besides):
        return "planned"
    if _CLEARED.search(clause):
        return "cleared"
    return "cause" if fits or (named and _CAUSE.search(clause)) else "noted"


def _one(places: Sequence[_Where], near: Sequence[Path], *, any_near: bool) -> _Where | None:
    """The one place that is meant; None where several could be.

    With `any_near` the likeliest of those at which something is or lately was the matter.
    """
    if len(places) == 1:
        return places[0]
    here = sorted(
        (place for place in places if place.asset in near), key=lambda p: near.index(p.asset)
    )
    return here[0] if len(here) == 1 or (here and any_near) else None


def _of_stops(
    found: Sequence[Testimony], stops: Sequence[Stop], names: Names
) -> tuple[tuple[Testimony, ...], str]:
    """Acts and repairs of which no time was said, as of the stop that goes on, or the last one."""
    told, assumed = list(found), ""
    for i, one in enumerate(told):
        stop = next((stop for stop in stops if stop.machine == one.asset), None)
        if one.timed or stop is None or one.kind not in {"planned", "cleared"}:
            continue
        own = {"start": stop.start, "end": stop.end, "stop": stop.id}
        told[i] = one.model_copy(update=own)
        first, last = (f"{local(at, names.plant):%H:%M}" for at in (stop.start, stop.end))
        lasts = f"since {first}, which goes on" if stop.goes_on else f"from {first} to {last}"
        assumed = f"Taken to be of the stop of {names.full_name(stop.machine)} {lasts}."
    return tuple(told), assumed


def _plainest(found: Iterable[Testimony]) -> tuple[Testimony, ...]:
    """Of each machine one act, and of what was the matter that which says most.

    “That was us” only where it is not said what it was; “that sensor” only where no other is named;
    what was put right is the failure that is named beside it.
    """
    told = sorted(found, key=lambda one: one.act == _BY_HAND)
    acts: dict[Path | None, str] = {}
    causes = {one.asset: one.modes for one in told if one.kind == "cause"}
    mended = {one.asset for one in told if one.kind == "cleared" and not one.modes}
    for one in told:
        if one.act:
            acts.setdefault(one.asset, one.act)
    left = []
    for one in told:
        same = [x.modes for x in told if (x.kind, x.asset) == (one.kind, one.asset) and x.modes]
        general = any(set(modes) < set(one.modes) for modes in same)
        if one.act not in {"", acts.get(one.asset)} or general:
            continue
        if one.kind == "cleared" and not one.modes and one.asset in causes:
            left.append(one.model_copy(update={"modes": causes[one.asset]}))
        elif one.kind != "cause" or one.asset not in mended:
            left.append(one)
    return tuple(left)


def _noted(words: str, who: str, said: Instant, about: Path) -> Testimony:
    return Testimony(
        kind="noted", asset=about or None, words=words.strip(), who=who, said=said, start=said,
        end=said,
    )  # fmt: skip


def _which(places: Sequence[Path], near: Sequence[Path], names: Names) -> str:
    """A question for the machine."""
    likely = [path for path in near if path in places] or list(places)
    if len(likely) > _ASKED:
        return "Which machine was that?"
    told = [names.full_name(path) for path in likely]
    return f"Which machine was that: {', '.join(told[:-1])} or {told[-1]}?"
