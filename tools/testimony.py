"""What a person's report means: which machine, which failure or act, of what time.

“that was us, reel change”, “I cleared the jam”, “no, it was the glue again”. The same words mean
the same for ever; what is not understood is kept as words, and asked back. It must never record
anything: a report comes in through the API, in the name of who makes it, and never by a tool.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tools.flow_words import placed
from tools.instrument_words import Stance, doubts, instruments_said, is_part, stance
from tools.mode_words import modes_said
from tools.mood import NAME, WORKS, Part, parts
from tools.told_time import ALLOWED, told_time
from tools.wording import local
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names
from twin_core.testimony.acts import act_in, without_act
from twin_core.testimony.stops import Stop
from twin_core.testimony.testimony import Kind, Testimony
from twin_core.value import Instant, Path

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
_ALSO_REPAIRS = frozenset({"cleaning", "adjustment", "maintenance", "lubrication"})
"""Acts that put a failure right as well, where one is spoken of."""
_BY_HAND, _NOBODY_THERE = "stopped by hand", "nobody at the machine"
_ONLY_FACTS = (
    "Kept as words: a report is of what was or is so, or is not; what is asked, supposed, meant or "
    "asked for, or was left undone, weighs nothing. Say what was seen or done, if anything was."
)
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
    plain = _masked(words, names)
    near = near or tuple(dict.fromkeys(stop.machine for stop in stops))
    about = names.asset(asset) if asset else ""
    whole = _mentioned(words, names, about)
    heard = list(parts(plain))
    facts = " ".join(plain[part.start : part.end] for part in heard if not part.open)
    time = told_time(facts, said, names.plant)
    start, end = time or (said, said)
    found: dict[tuple[Kind, Path, str], Testimony] = {}
    missing: Sequence[Path] | None = None
    it: Path | None = None
    for part in heard:
        clause = words[part.start : part.end]
        mentioned = _mentioned(clause, names, about)
        about = mentioned[0] if len(mentioned) == 1 else about
        units = mentioned or _candidates(about, near, names.plant)
        kind, places = _read(clause, part, units, names, named=bool(about))
        if kind in {"planned", "cleared"} and about not in names.plant.units and len(whole) == 1:
            kind, places = _read(clause, part, whole, names, named=True)  # “that was us, filler 4”
        if kind == "noted" and not about and not _VAGUE.search(clause):
            kind, places = _read(clause, part, list(names.plant.units), names, named=False)
        if kind == "noted":
            continue
        if not mentioned and not any(place.modes for place in places):
            if missing is not None:
                continue  # “we cleaned it”: what it is, is asked
            places = [place for place in places if place.asset == it] or places
        where = _one(places, near, any_near=kind == "planned" and not mentioned)
        if where is None and not mentioned and len(whole) == 1:
            where = _one(_read(clause, part, whole, names, named=True)[1], near, any_near=False)
        if where is None:
            missing = [place.asset for place in places]
            continue
        it = it if kind == "denied" else where.asset
        act = act_in(clause) if kind == "planned" else ""
        was = next((t for t in found.values() if (t.kind, t.asset) == ("cause", where.asset)), None)
        if was is not None and act in _ALSO_REPAIRS:
            kind, act, where = "cleared", "", replace(where, modes=was.modes)
        modes = where.modes if kind != "planned" else ()
        found[kind, where.asset, act or " ".join(modes)] = Testimony(
            kind=kind, asset=where.asset, modes=modes, act=act, words=words.strip(), who=who,
            said=said, start=start, end=end,
        )  # fmt: skip
    kept = (_noted(words, who, said, about),)
    if found and time is None:
        return Understood(kept, f"Kept as words: of which time was that? Understood is {ALLOWED}.")
    told, assumed = _of_stops(_plainest(found.values()), stops, names)
    if told and missing is None:
        return Understood(told, assumed=assumed)
    if missing is not None:
        return Understood(told or kept, _which(missing, near, names), assumed)
    if heard and all(part.mood() == "open" for part in heard):
        return Understood(kept, _ONLY_FACTS)
    here = f" at {names.full_name(about)}" if about else ""
    asked = "what was the matter, or done" if here else "which machine was it, and what was the "
    asked += here or "matter or done there"
    return Understood(kept, f"Kept as words: {asked}?")


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


def _masked(words: str, names: Names, by: str = NAME) -> str:
    """Words with a pronoun, or blanks, in place of each name of a machine or line."""
    for mention in _mentions(words, names):
        if mention.kind in {"unit", "line"} and not WORKS.fullmatch(mention.text):
            gap = by[: mention.end - mention.start].ljust(mention.end - mention.start)
            words = words[: mention.start] + gap + words[mention.end :]
    return words


def _best(found: Sequence[_Where]) -> list[_Where]:
    """The places that words fit best; all, where they fit none."""
    best = max((place.worth for place in found), default=0.0)
    return [place for place in found if place.worth >= best]


def _read(
    clause: str, part: Part, units: Sequence[Path], names: Names, *, named: bool
) -> tuple[Kind, list[_Where]]:
    """What a clause reports, and of which of these machines it may be.

    What is said of an instrument is no report of the process: that it is not to be believed is a
    fault of it, and what it shows is noted.
    """
    plant, bare = names.plant, _masked(clause, names, "")
    said = stance(bare)
    if part.open and not (part.open == "meant" and part.negated and doubts(bare)):
        said = "observed" if said else ""
    if said == "doubted" and part.negated and not doubts(bare):
        turned: dict[str, Stance] = {"denied": "trusted", "open": "observed"}
        said = turned.get(part.mood(), said)
    if said:
        tried = ((unit, instruments_said(bare, plant.class_of(unit))) for unit in units)
        measured = _best([_Where(unit, *fits) for unit, fits in tried])
        if any(place.modes for place in measured):
            kinds: dict[str, Kind] = {"doubted": "cause", "trusted": "denied"}
            return kinds.get(said, "noted"), measured
        if said == "doubted" and not any(is_part(bare, plant.class_of(unit)) for unit in units):
            return "noted", measured
    places = _fits(bare, units, plant) or [_Where(unit, (), 0.0) for unit in units]
    return _kind(clause, part, places, names, named=named), places


def _fits(bare: str, units: Sequence[Path], plant: Plant) -> list[_Where]:
    """The machines whose failure modes words fit best; none where they fit none."""
    found = [_Where(unit, *modes_said(bare, plant.class_of(unit))) for unit in units]
    return [place for place in _best(found) if place.modes]


def _kind(clause: str, part: Part, places: Sequence[_Where], names: Names, *, named: bool) -> Kind:
    """What a clause reports; `named`: whether a machine is spoken of.

    Words of an act that are those of a failure, as of a rinser's, are an act where people are.
    """
    fits, act = any(place.modes for place in places), act_in(clause)
    ours = act == _BY_HAND or _OURS.search(clause)
    if _VAGUE.search(clause) and not fits and not act:
        return "noted"
    if act == _NOBODY_THERE and not part.open:
        return "planned"
    mood = part.mood(_described(places, names.plant))
    bare = without_act(_masked(clause, names, ""), act)
    besides = _fits(bare, [place.asset for place in places], names.plant)
    if mood == "denied":
        about = besides if act else fits or (named and part.of_all)
        return "denied" if about and not _US.search(clause) else "noted"
    if mood == "open":
        return "noted"
    if part.negated:
        return "cause" if fits else "noted"
    repairs = act in _ALSO_REPAIRS and fits and _CLEARED.search(clause)
    if act and not repairs and (ours or not besides):
        return "planned"
    if _CLEARED.search(clause):
        return "cleared"
    return "cause" if fits or (named and _CAUSE.search(clause)) else "noted"


def _described(places: Sequence[_Where], plant: Plant) -> list[str]:
    """How the class files describe the failures that words fit."""
    modes = [plant.class_of(place.asset).failure_mode(m) for place in places for m in place.modes]
    return [text for mode in modes if mode is not None for text in (mode.name, mode.cause)]


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
