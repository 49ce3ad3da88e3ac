"""What to do about a cause: options drawn up, each simulated, the best first, or "better wait".

`advise` is a pure function of a snapshot, a diagnosis and a seed. It must never act.
"""

from collections.abc import Sequence

from twin_core.advice.choice import choose, ordered
from twin_core.advice.draw import TRAVEL_S, draw, mode_of
from twin_core.advice.plan import action_of, basis_of, effect_of
from twin_core.advice.remedy import Advice, Remedy
from twin_core.advice.trial import HORIZON_S, Tried, try_out
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.diagnosis.wording import asset_text
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line, Plant
from twin_core.twin import Snapshot
from twin_core.units import number, unit_text
from twin_core.value import JSON

_FELT = 0.01
"""Share of a line's rate from which a loss there is a risk to be named."""


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
    trials = try_out(snapshot, line, cause, draw(snapshot, line, diagnosis, cause), seed)
    chosen = choose(diagnosis, cause, trials)
    order = ordered(trials.tried, chosen, diagnosis)
    remedies = [_remedy(snapshot, diagnosis, cause, t) for t in order]
    wait = Remedy(title="Wait and watch", action=None)
    best = remedies[0] if chosen is not None else wait
    basis = None
    if chosen is not None:
        basis = basis_of(snapshot, chosen.option, diagnosis, cause)
    return Advice(
        cause=cause,
        remedies=(*remedies, wait) if chosen is not None else (wait, *remedies),
        best=best,
        basis=basis,
        evidence=_evidence(snapshot, cause, order),
        summary=_summary(plant, line, cause, best, chosen, order),
    )


def _line(plant: Plant, diagnosis: Diagnosis, cause: Cause) -> Line | None:
    """The production line whose rate counts: the one asked about, or the first one reached."""
    for path in (diagnosis.subject, *cause.path, cause.asset):
        line = plant.line(path)
        if line.kind == "production" and plant.machines(line):
            return line
    return None


def _remedy(snapshot: Snapshot, diagnosis: Diagnosis, cause: Cause, one: Tried) -> Remedy:
    effect = None
    if one.found is not None and one.option.changes:
        effect = effect_of(snapshot, one.option, one.found)
    return Remedy(
        title=one.option.title,
        action=action_of(one.option, diagnosis, cause),
        effect=effect,
        cures=one.option.cures,
        acts_after_s=one.option.after_s,
        risks=risks(snapshot, one),
    )


def risks(snapshot: Snapshot, one: Tried) -> tuple[str, ...]:
    """What it costs the other lines, where the model sees any."""
    found = []
    for path, gain in one.elsewhere.items():
        usual = snapshot.indicators[path].usual if path in snapshot.indicators else None
        base = usual or (one.found.baseline.rate.mean if one.found is not None else 0.0)
        if gain < -_FELT * base:
            line = snapshot.plant.line(path)
            unit = unit_text(f"{line.unit_of_flow or '1'}/min")
            found.append(f"{line.name} would lose about {number(-gain):g} {unit}.")
    return tuple(found)


def _evidence(snapshot: Snapshot, cause: Cause, tried: Sequence[Tried]) -> tuple[Evidence, ...]:
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
        text = (
            f"{one.option.title}: {data['gain']:+g} {unit} over the next {data['minutes']} min "
            f"(90 % interval {data['gain_low']:+g} to {data['gain_high']:+g} {unit}); "
            f"{data['rate']:g} {unit} against {data['without']:g} {unit} without it, acting after "
            f"{data['after_min']:g} min{'' if one.option.moves else ', give or take'}."
        )
        if one.elsewhere:
            data["elsewhere"] = number(sum(one.elsewhere.values()))
            text += f" The other lines together: {data['elsewhere']:+g} {unit}."
        found.append(
            Evidence(
                kind="forecast", subject=cause.asset, statement=text, data=data,
                time=snapshot.watermark, quality="simulated",
                origin=f"model {one.found.candidate.model_version}",
            )
        )  # fmt: skip
    return tuple(found)


def _summary(
    plant: Plant,
    line: Line | None,
    cause: Cause,
    best: Remedy,
    chosen: Tried | None,
    tried: Sequence[Tried],
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
    if beaten == 1:
        beats = " It beat 1 other option and waiting."
    if not best.cures:
        job = next((t for t in tried if t.option.kind == "work_order" and t.option.cures), None)
        if job is not None:
            beats += f" It eases the effect; the cause remains: {job.option.title}"
    if chosen.option.kind == "work_order":
        beats += f" Travel of {TRAVEL_S / 60:.0f} min is assumed."
    return f"{best.title.rstrip('.')}.{tail}{beats}"
