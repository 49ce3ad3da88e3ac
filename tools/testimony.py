"""What a person's report means: which machine, which failure or act, of what time.

“that was us, reel change”, “I cleared the jam”, “no, it was the glue again”. The same words mean
the same for ever; what is not understood is kept as words, and asked back. It must never record
anything: a report comes in through the API, in the name of who makes it, and never by a tool.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tools.dates import FORM
from tools.mode_words import modes_said
from tools.span import CLOCK, find_between, read_span
from tools.starts import ALLOWED_MOMENT, find_moment, moment_said
from tools.wording import local
from twin_core.errors import WrongKind
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.names import Names
from twin_core.testimony.acts import act_in, without_act
from twin_core.testimony.testimony import Kind, Testimony
from twin_core.value import Instant, Path

_CLAUSE = re.compile(r"[;.!?\n]+(?=\s|$)|,\s*(?:but\s+)?|\s+(?:but|and then)\s+", re.IGNORECASE)
_NO = re.compile(r"^\W*(?:no|nope|yes|yeah|well|oh|sorry)\b\W*", re.IGNORECASE)
_NOT = re.compile(
    r"\b(?:not|never|wasn['’]?t|isn['’]?t|aren['’]?t|weren['’]?t)\s+"
    r"(?:the|an?|it|that|this|because|due|caused|us|me|my|our|at)\b"
    r"|\b(?:it|that|this)\s+(?:(?:was|is)\s+not|wasn['’]?t|isn['’]?t)\b|^\W*not\b"
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
_OURS = re.compile(r"\b(?:us|we|ours|me|i)\b", re.IGNORECASE)
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
_ASKED = 5
"""Machines named at most in a question."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood of one report.

    Attributes:
        testimony: at least one; one of kind `noted` where nothing was understood.
        question: one sentence asking back; empty where nothing is missing.
    """

    testimony: tuple[Testimony, ...]
    question: str = ""


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
) -> Understood:
    """What a report means.

    Args:
        words: as the person said them.
        who: his name.
        said: plant time at which he says it.
        names: of the plant.
        asset: unit or line that is spoken of, where it is known; "" = only by his words.
        near: machines at which something is or lately was the matter, the likeliest first.

    Raises:
        UnknownName, AmbiguousName: no such `asset`, or several.
        WrongKind: a time that is none, or to come.
    """
    start, end = _time(words, said, names.plant)
    about = names.asset(asset) if asset else ""
    found: dict[tuple[Kind, Path, str], Testimony] = {}
    missing: Sequence[Path] | None = None
    for clause in _clauses(words):
        mentioned = _mentioned(clause, names, about)
        about = mentioned[0] if len(mentioned) == 1 else about
        places = _places(clause, mentioned or _candidates(about, near, names.plant), names)
        kind = _kind(clause, places, names, named=bool(about))
        if kind == "noted":
            continue
        where = _one(places, near)
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
    told = _plainest(found.values())
    if told and missing is None:
        return Understood(told)
    if missing is not None:
        return Understood(told or (_noted(words, who, said, about),), _which(missing, near, names))
    return Understood(
        (_noted(words, who, said, about),),
        "Kept as words: which machine was it, and what was the matter or done there?",
    )


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


def _mentioned(clause: str, names: Names, about: Path) -> list[Path]:
    """The units that a clause names; of several of one name those on the line spoken of."""
    plant, found = names.plant, names.mentions(clause)
    said = [m for m in found if m.kind == "unit"]
    sure = [m for m in said if len(m.paths) == 1]
    units = list(dict.fromkeys(p for m in sure or said for p in m.paths))
    lines = [path for m in found if m.kind == "line" for path in m.paths]
    on = [*lines, "/".join(about.split("/")[:3])] if about else lines
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


def _places(clause: str, units: Sequence[Path], names: Names) -> list[_Where]:
    """Of the machines those whose failure modes the words fit best; all, where they fit none."""
    plant, bare = names.plant, clause
    for mention in reversed(names.mentions(clause)):
        if mention.kind in {"unit", "line"}:
            bare = bare[: mention.start] + " " * (mention.end - mention.start) + bare[mention.end :]
    found = [_Where(unit, *modes_said(bare, plant.class_of(unit))) for unit in units]
    best = max((place.worth for place in found), default=0.0)
    return [place for place in found if place.worth >= best]


def _kind(clause: str, places: Sequence[_Where], names: Names, *, named: bool) -> Kind:
    """What a clause reports; `named`: whether a machine is spoken of.

    Words of an act that are those of a failure, as of a rinser's, are an act where people are.
    """
    fits, act = any(place.modes for place in places), act_in(clause)
    ours = act == _BY_HAND or _OURS.search(clause)
    if _NOT.search(clause) and not _CLEARED.search(clause):
        return "denied" if (fits or named) and not ours else "noted"
    rest = _places(without_act(clause, act), [place.asset for place in places], names)
    besides = any(place.modes for place in rest)
    repairs = act in _ALSO_REPAIRS and fits and _CLEARED.search(clause)
    if act and not repairs and (ours or not besides):
        return "planned"
    if _CLEARED.search(clause):
        return "cleared"
    return "cause" if fits or (named and _CAUSE.search(clause)) else "noted"


def _one(places: Sequence[_Where], near: Sequence[Path]) -> _Where | None:
    """The one place that is meant; None where several could be."""
    if len(places) == 1:
        return places[0]
    here = [place for place in places if place.asset in near]
    return here[0] if len(here) == 1 else None


def _plainest(found: Iterable[Testimony]) -> tuple[Testimony, ...]:
    """One act a machine; “that was us” only where it is not said what it was."""
    told = sorted(found, key=lambda one: one.act == _BY_HAND)
    acts: dict[Path | None, str] = {}
    for one in told:
        if one.act:
            acts.setdefault(one.asset, one.act)
    return tuple(one for one in told if one.act in {"", acts.get(one.asset)})


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
