"""How well each failure mode of each candidate asset explains what is seen.

A mode's score is a log-likelihood ratio against "nothing wrong here": noisy-OR over its symptoms,
seen and absent, in the direction and order its class gives them; what its class's effects and the
plant's links bring about elsewhere; the loss, if it starts where the mode is; and what physics
would show and does not. Nothing here knows an asset or a mode by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from twin_core.diagnosis import shared
from twin_core.diagnosis.agreed import agreed
from twin_core.diagnosis.consistency import (
    contrary_flows,
    denied,
    left_over,
    obeying,
    out_of_order,
    running,
    too_large,
    too_small,
    undrawn,
)
from twin_core.diagnosis.felt import feeling, moved
from twin_core.diagnosis.graph import troubling
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.meant import groups, points_of, possible, visible
from twin_core.diagnosis.reach import ANY, UP, Felt, Reach, reach, unlisted
from twin_core.diagnosis.relaying import giving_less, nothing_to_relay, relays
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.weighing import (
    FOLLOWS,
    INSTRUMENT,
    ODD,
    RESTLESS,
    SPEAKS,
    Case,
    chance,
    weigh,
    worth,
)
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import FailureMode, Role, Symptom
from twin_core.recent import GRID_S, SPAN_ROWS
from twin_core.value import SECOND

_BROUGHT_ABOUT = 0.4
"""Probability that a consequence of the mode, by effects and links, is seen."""
_PRIOR_UNKNOWN = -1.5
"""Logarithm of the prior of a mode that the class does not list, beside that of a common one."""
_PRIOR_UNSEEN = -3.0
"""The same where nothing but the place of the loss shows it: a listed mode would do as well."""
_HANGS = 0.7
"""What each further sign at an asset is worth of the one before: they hang together."""
_MOST_ELSEWHERE = 15.0
"""The most that consequences at other assets may add."""
_RELAY = 0.1
"""Prior factor of modes whose cause lies elsewhere: nothing at the asset itself cures them."""
_NEWS_US = SPAN_ROWS * GRID_S * SECOND
"""Plant time within which an instrument of which no class knows a fault is worth telling."""
_EXPLAINED = 4.0
"""What it costs a mode that only passes something on that its source shows it."""
_IMPOSSIBLE = 8.0
"""What it costs a mode that what it would have stand is seen to run."""
_AGREED = 4.0
"""What it costs an instrument's drift that others measure the same."""
_OTHER = {"level": "trend", "trend": "level"}
_ALSO = 0.4
"""What a level is worth beside its trend, or a trend beside its level."""
_WELL = 0.5
"""Strength from which on a sign dates what it shows."""
_COMES = {Role.SPEED, Role.DEFECTIVE, Role.STATE}


@dataclass(frozen=True, slots=True)
class Match:
    """How one mode at one asset fares; `mode` None: the asset, by a mode its class does not list.

    Attributes:
        score: log-likelihood ratio with prior, natural logarithm.
        seen: signs that speak for it, with what each adds, best first.
        absent: symptoms that should be seen and are not.
        against: signs of the contrary, and of consequences that did not come.
        loses: share of the loss that starts where the mode is.
    """

    asset: str
    mode: FailureMode | None
    score: float
    seen: tuple[tuple[Sign, float], ...]
    absent: tuple[Symptom, ...]
    against: tuple[Sign, ...]
    loses: float
    reach: Reach

    @property
    def told_by(self) -> frozenset[str]:
        """The points whose signs speak for it."""
        return frozenset(sign.point for sign, worth in self.seen if worth > SPEAKS)

    def brings_about(self, other: "Match") -> bool:
        """Whether it brings about all that speaks for the other."""
        told = [sign for sign, worth in other.seen if worth > SPEAKS]
        ways = self.reach.ways
        return bool(told) and all(s.shows in ways.get(s.point, frozenset()) for s in told)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Symptoms of one point and axis: what they say together, natural logarithm, and by what."""

    name: str
    axis: str
    ratio: float
    best: Sign | None


def dating(plant: Plant, one: Match, *, losing: bool) -> Sign | None:
    """The sign that dates a mode: of those well seen the first; None where none is.

    Where its own asset shows any, none of another: what follows elsewhere may have begun before by
    chance, and no effect precedes its cause. What fills, empties and waits in the ordinary course
    dates nothing while a line loses; minor stops, which come by chance too, date a mode of which
    nothing tells more.
    """
    seen = [
        (s, weight)
        for s, weight in one.seen
        if s.strength > _WELL and not (losing and plant.point(s.point).spec.role in FOLLOWS)
    ]
    seen = [x for x in seen if x[0].asset == one.asset] or seen
    most = max((weight for _, weight in seen), default=0.0)
    dated = [s for s, weight in seen if s.shows != "stopping" or weight >= most]
    return min(dated, key=lambda s: s.onset + s.onset_s * SECOND, default=None)


def match(case: Case) -> list[Match]:
    """Every mode of every unit that could trouble the line, best first."""
    plant = case.plant
    felt = feeling(plant, case.signs, case.blind)
    found = []
    for asset in dict.fromkeys(troubling(plant, case.line)):
        unit = plant.units[asset]
        modes = plant.class_of(asset).failure_modes
        found += [_score(case, felt, unit, m) for m in modes if possible(plant, unit, m)]
        unknown = _unknown(case, felt, unit)
        if unknown is not None:
            found.append(unknown)
    return ranked(found)


def ranked(matches: Iterable[Match]) -> list[Match]:
    """The matches, best first; of those that are as good by name."""
    return sorted(matches, key=lambda m: (-m.score, m.asset, m.mode.id if m.mode else ""))


def _score(case: Case, felt: Felt, unit: Unit, mode: FailureMode) -> Match:
    plant, loss = case.plant, case.loss
    able = _able(case, felt, unit, mode)
    against = agreed(plant, case.signs, unit, mode)
    score = _prior(case, unit, mode) - (_AGREED if against else 0.0)
    seen: list[tuple[Sign, float]] = []
    absent: list[Symptom] = []
    listed: set[str] = set()
    obeyed = {} if mode.sensor else obeying(case, unit)
    weighed: list[_Weighed] = []
    for (name, axis), group in groups(mode).items():
        points = points_of(plant, unit, name)
        listed |= set(points)
        if not visible(case, unit, axis, points, group):
            continue
        if name.startswith(shared.PREFIX):
            points = shared.shown(case, points, group)
        best, ratio, contrary = weigh(case, points, group, drifts=mode.sensor)
        if name.startswith("supply:") and not _brings_about(mode):
            ratio = min(ratio, 0.0)
        if best is not None and not obeyed.get(best.point, able.own) & able.own:
            ratio = min(ratio, 0.0)  # it is where its set-point was moved to
        if name.startswith(shared.PREFIX) and ratio > 0.0:
            ratio *= 1.0 + _HANGS * (len(points) - 1)
        weighed.append(_Weighed(name, axis, ratio, best))
        if best is None or (ratio <= SPEAKS and best.strength < 0.3):
            absent.extend(s for s in group if s.weight >= 0.6)
        if contrary is not None:
            against.append(contrary)
    for one in weighed:
        part = one.ratio * _share(one, weighed, drifts=mode.sensor)
        score += part
        if one.best is not None and one.ratio > SPEAKS:
            seen.append((one.best, part))
    score += out_of_order(mode, seen, loss) + too_small(case.signs, unit, mode)
    score += too_large(plant, case.signs, unit, mode) + undrawn(case, unit, mode)
    score += left_over(case, unit, mode, able)
    if not mode.sensor:
        beyond = sum(value for sign, value in seen if sign.asset != unit.id)
        brought = _consequences(case, unit.id, able, listed, _MOST_ELSEWHERE - beyond)
        seen += brought
        score += sum(value for _, value in brought)
        missing = denied(plant, able, case.signs, case.blind)
        wrong = contrary_flows(plant, able, case.signs, listed)
        score -= min(4.0, 2.5 * len(missing)) + min(6.0, 3.0 * len(wrong))
        runs = running(plant, unit, mode, case.signs, case.end)
        score -= _IMPOSSIBLE if runs else 0.0
        against += [*missing, *wrong, *runs]
    loses = _loses(plant, unit, able, loss)
    if loss.losing:
        score += -2.0 if mode.sensor else log((0.9 * loses + 0.02) / 0.12)
    seen.sort(key=lambda pair: -pair[1])
    return Match(unit.id, mode, score, tuple(seen), tuple(absent), tuple(against), loses, able)


def _prior(case: Case, unit: Unit, mode: FailureMode) -> float:
    """Logarithm of how likely the mode is before anything is seen at its asset."""
    score = log(mode.prior) - 0.5
    if relays(case.plant, unit, mode):
        score += log(_RELAY) - (_EXPLAINED if giving_less(case, unit) else 0.0)
        score -= _IMPOSSIBLE if nothing_to_relay(case, unit, mode) else 0.0
    return score


def _able(case: Case, felt: Felt, unit: Unit, mode: FailureMode) -> Reach:
    """What the mode brings about, of others only what a header that moved carries to them."""
    able = reach(case.plant, unit.id, mode, felt)
    if not able.via or _carried(case, able):
        return able
    given = able.given(case.plant)
    drawn = _brings_about(mode) and _given(case, unit, given)
    return given if drawn else able.alone(case.plant, unit.id)


def shows_itself(match: Match, sign: Sign) -> bool:
    """Whether a sign is the asset's own, or what its mode shows at all that it supplies."""
    of_all = f"{shared.PREFIX}{sign.point.rsplit('/', 1)[1]}"
    listed = match.mode.symptoms if match.mode is not None else ()
    return sign.asset == match.asset or any(s.point == of_all for s in listed)


def _share(one: _Weighed, weighed: list[_Weighed], *, drifts: bool) -> float:
    """How much of a group counts: of level and trend of one point the one that tells more, whole.

    A drift of an instrument shows in its level too, which its class need not list.
    """
    if one.axis not in _OTHER:
        return 1.0
    other = next((x for x in weighed if (x.name, x.axis) == (one.name, _OTHER[one.axis])), None)
    if other is None:
        trend = one.best is not None and one.best.shows in {"rising", "falling"}
        return 1.0 + (_ALSO if drifts and trend else 0.0)
    if max(one.ratio, other.ratio) <= 0:  # neither is seen: that the level is not says it
        return 1.0 if one.axis == "level" else _ALSO
    return 1.0 if one.ratio > other.ratio else _ALSO


def _carried(case: Case, able: Reach) -> bool:
    """Whether a header on the way moved as the mode moves it, or cannot be seen."""
    return any(
        point in case.blind or moved(case.signs, point, able.ways.get(point, ANY)) is not None
        for point in able.via
    )


def _given(case: Case, unit: Unit, able: Reach) -> bool:
    """Whether others give more, as what draws makes them: a header that is kept need not fall."""
    return any(
        sign.asset != unit.id
        and sign.strength > 0.5
        and not sign.asked
        and sign.shows in UP & able.ways.get(sign.point, frozenset())
        and case.plant.point(sign.point).spec.role in {Role.FLOW, Role.OUTPUT}
        for sign in case.signs.values()
    )


def _consequences(
    case: Case, asset: str, able: Reach, listed: set[str], most: float
) -> list[tuple[Sign, float]]:
    """Signs the mode does not list but brings about, each point once.

    At one asset they hang together, and each further one is worth less; those at other assets are
    together worth `most`.
    """
    best: dict[str, tuple[Sign, float]] = {}
    for sign in case.signs.values():
        if sign.point in listed or sign.strength < 0.5 or sign.sure:
            continue
        if sign.shows not in able.ways.get(sign.point, frozenset()):
            continue
        if case.plant.point(sign.point).spec.role in FOLLOWS:
            continue
        value = worth(case, sign, _BROUGHT_ABOUT)
        if sign.point not in best or best[sign.point][1] < value:
            best[sign.point] = (sign, value)
    found, before = [], dict[str, int]()
    for sign, value in sorted(best.values(), key=lambda pair: (-pair[1], pair[0].point)):
        rank = before.get(sign.asset, 0)
        before[sign.asset] = rank + 1
        part = value / (1 + rank)
        if sign.asset != asset:
            part = min(part, most)
            most -= part
        if part > 0:
            found.append((sign, part))
    return found


def _brings_about(mode: FailureMode) -> bool:
    """Whether the mode can lower a supply: it draws from it."""
    return any(a.on == "demand" for a in mode.acts)


def _loses(plant: Plant, unit: Unit, able: Reach, loss: LineLoss) -> float:
    """Share of the loss that starts at assets whose flow the mode disturbs."""
    if not loss.losing:
        return 0.0
    share = 0.0
    for asset, part in loss.shares.items():
        own = asset == unit.id and bool(able.lines)
        shifts = asset in able.units and any(
            p.id in able.ways for p in plant.units[asset].points if p.spec.role in _COMES
        )
        feeds = any(
            {k.source, k.target} == {asset, unit.id}
            and plant.line(k.source) != plant.line(k.target)
            for k in (*plant.links_into(asset, "feeds"), *plant.links_from(asset, "feeds"))
        )
        between = unit.id in _conveyors(plant, asset) and unit.id not in loss.shares
        if own or shifts or between or (feeds and bool(able.lines)):
            share += part
    return min(1.0, share)


def _unknown(case: Case, felt: Felt, unit: Unit) -> Match | None:
    """The asset itself, by a mode its class does not list: only as good as what is odd there."""
    plant, loss = case.plant, case.loss
    told = _told(case, unit)
    here = [
        s
        for s in case.signs.values()
        if s.asset == unit.id
        and s.strength > 0.5
        and chance(case, s) < RESTLESS
        and plant.point(s.point).spec.role is not Role.OUTPUT  # that is what others ask of it
        and not (s.sure and (s.point, s.shows) in told)
        and not (s.shows in INSTRUMENT and (loss.losing or case.end - s.onset > _NEWS_US))
    ]
    share = loss.shares.get(unit.id, 0.0) if loss.losing else 0.0
    if not here and share < 0.2:
        return None
    best: dict[str, tuple[Sign, float]] = {}
    for sign in here:
        value = worth(case, sign, ODD)
        if sign.point not in best or best[sign.point][1] < value:
            best[sign.point] = (sign, value)
    odd = sorted(best.values(), key=lambda pair: (-pair[1], pair[0].point))
    seen = [(sign, value * _HANGS**k) for k, (sign, value) in enumerate(odd)]
    able = unlisted(plant, unit, felt)
    if able.via and not (seen and _carried(case, able)):
        able = able.alone(plant, unit.id)
    seen += _consequences(case, unit.id, able, set(able.own), _MOST_ELSEWHERE)
    score = (_PRIOR_UNKNOWN if here else _PRIOR_UNSEEN) + sum(value for _, value in seen)
    if loss.losing:
        share = max(share, _loses(plant, unit, able, loss) if able.via else 0.0)
        score += log((0.9 * share + 0.02) / 0.12)
    return Match(unit.id, None, score, tuple(seen), (), (), share, able)


def _conveyors(plant: Plant, asset: str) -> set[str]:
    """Conveyors to and from a machine: which of the three holds a line up the walk cannot tell."""
    links = (*plant.links_into(asset, "feeds"), *plant.links_from(asset, "feeds"))
    return {k.buffer.conveyor for k in links if k.buffer is not None and k.buffer.conveyor}


def _told(case: Case, unit: Unit) -> set[tuple[str, str]]:
    """What modes that the class lists would show at the asset: a set-point, an instrument."""
    return {
        (point, symptom.shows)
        for mode in case.plant.class_of(unit.id).failure_modes
        for symptom in mode.symptoms
        for point in points_of(case.plant, unit, symptom.point)
    }
