"""What to do about a cause: every option simulated from the live state, the best first.

The rule of choice, over the half hour ahead: a write that removes the cause; else the write that
wins back most, if that is at least half of what could be won back, or more than the job that
removes the cause would win in that time; else that job; else better wait. An instrument's fault is never answered by a write. Everything is
simulated with the same random numbers. It must never act.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from twin_core.advice.draw import TRAVEL_S, Option, draw, mode_of
from twin_core.advice.plan import action_of, basis_of, effect_of
from twin_core.advice.remedy import Advice, Remedy
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.diagnosis.wording import asset_text, number
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line, Plant
from twin_core.simulation.forecaster import compare
from twin_core.simulation.scenario import Comparison, Restored, Scenario
from twin_core.twin import Snapshot
from twin_core.units import unit_text
from twin_core.value import JSON, SECOND

HORIZON_S = 1800.0
"""Plant seconds over which gains are compared."""
_SEARCH, _FINAL = 8, 24
"""Replications while searching, and for what is said."""
_WORTH = 0.5
"""Share of what could be won back that makes a write the first answer."""
_FINALISTS = 3
_LEAST = 0.005
"""Share of the line's usual rate below which a gain is none."""


@dataclass(frozen=True, slots=True)
class _Tried:
    option: Option
    found: Comparison | None

    @property
    def gain(self) -> float:
        return self.found.gain.mean if self.found is not None else 0.0


def advise(snapshot: Snapshot, diagnosis: Diagnosis, cause: Cause, seed: int) -> Advice:
    """Remedies for a cause, best first, and the basis of a proposal of the best.

    Args:
        snapshot: belief now.
        diagnosis: that named the cause.
        cause: one of its causes.
        seed: of the simulations.

    Raises:
        UnknownName: the cause names an asset that is not there.
    """
    plant = snapshot.plant
    line = _line(plant, diagnosis, cause)
    options = draw(snapshot, line, diagnosis, cause)
    tried, full = _simulate(snapshot, line, cause, options, seed)
    chosen = _choose(diagnosis, cause, tried, full)
    order = sorted(tried, key=lambda t: (t is not chosen, not _useful(t, diagnosis), -t.gain))
    # Only what would be proposed is tried on the other lines: it costs as much as the rest.
    remedies = [
        _remedy(
            snapshot, diagnosis, cause, t, _risks(snapshot, line, t, seed) if t is chosen else ()
        )
        for t in order
    ]
    wait = Remedy(title="Wait and watch", action=None)
    best = remedies[0] if chosen is not None else wait
    listed = (*remedies, wait) if chosen is not None else (wait, *remedies)
    evidence = _evidence(snapshot, cause, order)
    basis = basis_of(snapshot, chosen.option if chosen else None, diagnosis, cause)
    return Advice(
        cause=cause,
        remedies=listed,
        best=best,
        basis=basis if chosen is not None else None,
        evidence=evidence,
        summary=_summary(plant, line, cause, best, chosen, tried),
    )


def _line(plant: Plant, diagnosis: Diagnosis, cause: Cause) -> Line | None:
    """The production line whose rate counts: the one asked about, or the first one reached."""
    for path in (diagnosis.subject, *cause.path, cause.asset):
        line = plant.line(path)
        if line.kind == "production" and plant.machines(line):
            return line
    return None


def _simulate(
    snapshot: Snapshot, line: Line | None, cause: Cause, options: Sequence[Option], seed: int
) -> tuple[list[_Tried], float]:
    """Every option against doing nothing; and what a repair at once would win back."""
    if line is None or cause.sensor:
        return [_Tried(o, None) for o in options], 0.0
    nothing = Scenario(name="do nothing", line=line.id, horizon_s=HORIZON_S)
    repair = Restored(asset=cause.asset, before=cause.onset - int((cause.onset_s + 30) * SECOND))
    scenarios = [_scenario(line, o) for o in options]
    best = nothing.model_copy(update={"name": "mended at once", "changes": (repair,)})
    first = compare(snapshot, nothing, [*scenarios, best], seed, _SEARCH)
    rough = [_Tried(o, c) for o, c in zip(options, first, strict=False)]
    finalists = _finalists(rough)
    again = compare(
        snapshot, nothing, [_scenario(line, t.option) for t in finalists] + [best], seed, _FINAL
    )
    tried = [_Tried(t.option, c) for t, c in zip(finalists, again, strict=False)]
    return tried, max(0.0, again[-1].gain.mean)


def _scenario(line: Line, option: Option) -> Scenario:
    after = min(option.after_s, HORIZON_S) if option.changes else 0.0
    return Scenario(
        name=option.title, line=line.id, horizon_s=HORIZON_S, after_s=after, changes=option.changes
    )


def _finalists(rough: Sequence[_Tried]) -> list[_Tried]:
    """The best value of each set-point, the best few of those, and every job."""
    best: dict[tuple[str, ...], _Tried] = {}
    for one in rough:
        if not one.option.moves:
            continue
        key = tuple(lever.point.id for lever, _ in one.option.moves)
        if key not in best or one.gain > best[key].gain + 1e-9:
            best[key] = one
    writes = sorted(best.values(), key=lambda t: (not t.option.cures, -t.gain))
    return [*writes[:_FINALISTS], *(t for t in rough if not t.option.moves)]


def _useful(one: _Tried, diagnosis: Diagnosis) -> bool:
    least = _LEAST * (diagnosis.usual or 0.0)
    return one.found is not None and one.gain > least and one.found.gain.high > least


def _choose(
    diagnosis: Diagnosis,
    cause: Cause,
    tried: Sequence[_Tried],
    full: float,
) -> _Tried | None:
    writes = sorted((t for t in tried if t.option.moves), key=lambda t: -t.gain)
    jobs = [t for t in tried if t.option.kind == "work_order" and t.option.cures]
    looks = [t for t in tried if t.option.kind in {"inspection", "work_order"}]
    if cause.sensor:
        return next(iter(jobs), next(iter(looks), None))
    losing = diagnosis.rate is not None and diagnosis.usual is not None
    harmless = losing and diagnosis.rate >= 0.995 * diagnosis.usual  # type: ignore[operator]
    cures = [t for t in writes if t.option.cures and (harmless or t.gain >= 0 or full > 0)]
    if cures:
        return max(cures, key=lambda t: (len(t.option.moves), t.gain))
    useful = [t for t in writes if _useful(t, diagnosis)]
    job = max(jobs, key=lambda t: t.gain, default=None)
    if useful and (
        job is None or useful[0].gain >= _WORTH * full or useful[0].gain > max(0.0, job.gain)
    ):
        return useful[0]
    if job is not None:
        return job
    return next(iter(looks), None)


def _remedy(
    snapshot: Snapshot, diagnosis: Diagnosis, cause: Cause, one: _Tried, risks: tuple[str, ...]
) -> Remedy:
    effect = effect_of(snapshot, one.option, one.found) if one.found is not None else None
    if not one.option.changes:
        effect = None
    return Remedy(
        title=one.option.title,
        action=action_of(one.option, diagnosis, cause),
        effect=effect,
        cures=one.option.cures,
        acts_after_s=one.option.after_s,
        risks=risks,
    )


def _risks(snapshot: Snapshot, line: Line | None, one: _Tried, seed: int) -> tuple[str, ...]:
    """What a write to something shared costs the other lines, where the model sees any."""
    plant = snapshot.plant
    if line is None or one.found is None or not one.option.moves:
        return ()
    if all(plant.line(lever.point.id).kind == "production" for lever, _ in one.option.moves):
        return ()
    found = []
    for other in plant.lines:
        if other.id == line.id or other.kind != "production" or not plant.machines(other):
            continue
        nothing = Scenario(name="do nothing", line=other.id, horizon_s=HORIZON_S)
        moved = nothing.model_copy(
            update={"changes": one.option.changes, "after_s": one.option.after_s}
        )
        (result,) = compare(snapshot, nothing, [moved], seed, _SEARCH)
        rate = result.baseline.rate.mean
        if rate > 0 and result.gain.mean < -0.01 * rate:
            unit = unit_text(result.gain.unit)
            found.append(f"{other.name} would lose about {number(-result.gain.mean):g} {unit}.")
    return tuple(found)


def _evidence(snapshot: Snapshot, cause: Cause, tried: Sequence[_Tried]) -> tuple[Evidence, ...]:
    found = []
    for one in tried:
        if one.found is None or not one.option.changes:
            continue
        gain, rate, base = one.found.gain, one.found.candidate.rate, one.found.baseline.rate
        data: dict[str, JSON] = {
            "gain": number(gain.mean),
            "gain_low": number(gain.low), "gain_high": number(gain.high),
            "rate": number(rate.mean), "without": number(base.mean), "unit": gain.unit,
            "interval": 90, "minutes": round(HORIZON_S / 60),
            "after_min": number(one.option.after_s / 60), "title": one.option.title,
        }  # fmt: skip
        unit = unit_text(gain.unit)
        found.append(
            Evidence(
                kind="forecast", subject=cause.asset,
                statement=(
                    f"{one.option.title}: {data['gain']:+g} {unit} over the next "
                    f"{data['minutes']} min (90 % interval {data['gain_low']:+g} to "
                    f"{data['gain_high']:+g} {unit}); {data['rate']:g} {unit} against "
                    f"{data['without']:g} {unit} without it, "
                    f"acting after {data['after_min']:g} min."
                ),
                data=data, time=snapshot.watermark, quality="simulated",
                origin=f"model {one.found.candidate.model_version}",
            )
        )  # fmt: skip
    return tuple(found)


def _summary(
    plant: Plant,
    line: Line | None,
    cause: Cause,
    best: Remedy,
    chosen: _Tried | None,
    tried: Sequence[_Tried],
) -> str:
    mode = mode_of(plant, cause)
    what = mode.name if mode is not None else "what is wrong there"
    where = asset_text(plant, cause.asset)
    if chosen is None:
        return f"Nothing beats waiting for “{what}” at {where}: no option gains output."
    if cause.sensor:
        return f"{best.title} The process is fine: nothing is to be written."
    tail = ""
    if best.effect is not None and line is not None:
        gain = best.effect.gain
        tail = (
            f" Expected: {number(gain.mean):+g} {unit_text(gain.unit)} on {line.name} over the "
            f"next {HORIZON_S / 60:.0f} min (90 % interval {number(gain.low):+g} to "
            f"{number(gain.high):+g})."
        )
    beaten = sum(1 for t in tried if t is not chosen)
    beats = f" It beat {beaten} other options and waiting." if beaten else " It beat waiting."
    if not best.cures:
        job = next((t for t in tried if t.option.kind == "work_order" and t.option.cures), None)
        if job is not None:
            beats += f" It eases the effect; the cause remains: {job.option.title}"
    if chosen.option.kind == "work_order":
        beats += f" Travel of {TRAVEL_S / 60:.0f} min is assumed."
    return f"{best.title.rstrip('.')}.{tail}{beats}"
