"""Evidence for what a diagnosis says: one Evidence a fact, each with its numbers and its time.

It must never say more than the stage that found it.
"""

from twin_core.diagnosis.cause import Cause, Check
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.wording import asset_text, clock, sign_text
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.units import number, quantity, unit_text
from twin_core.value import JSON, Instant


def of_sign(plant: Plant, sign: Sign) -> Evidence:
    """A symptom."""
    text, data = sign_text(plant, sign)
    return Evidence(
        kind="symptom", subject=sign.point, statement=text, data=data, time=sign.onset,
        quality="good" if sign.against != "rule" else "uncertain",
    )  # fmt: skip


def of_loss(plant: Plant, loss: LineLoss, end: Instant) -> Evidence:
    """The line's rate, before and since."""
    name, unit = asset_text(plant, loss.line), unit_text(loss.unit)
    data: dict[str, JSON] = {"unit": loss.unit, "until": clock(plant, end)}
    if loss.rate is None or loss.usual is None:
        return Evidence(
            kind="indicator", subject=loss.line, statement=f"The rate of {name} is not known.",
            data=data, time=end, quality="bad",
        )  # fmt: skip
    data |= {"rate": number(loss.rate), "usual": number(loss.usual)}
    rate, usual = quantity(loss.rate, loss.unit), quantity(loss.usual, loss.unit)
    if not loss.losing:
        text = f"{name} makes {rate}; {usual} is usual."
        return Evidence(kind="indicator", subject=loss.line, statement=text, data=data, time=end)
    since = clock(plant, loss.onset)
    short = round(100.0 * loss.lost / loss.usual)
    data |= {"since": since, "onset": loss.onset, "onset_s": round(loss.onset_s), "short": short}
    text = (
        f"{name} makes {rate} since {since}, {short} % less than the {number(loss.usual):g} "
        f"{unit} it made before."
    )
    return Evidence(kind="indicator", subject=loss.line, statement=text, data=data, time=loss.onset)


def of_walk(plant: Plant, loss: LineLoss) -> Evidence | None:
    """Who waits for whom, from the counting machine to where the line is held up."""
    if not loss.walk:
        return None
    clauses: list[str] = []
    data: dict[str, JSON] = {}
    for asset in loss.walk[:-1]:
        waits = loss.waiting.get(asset)
        if waits is None:
            continue
        starves = waits.starved - waits.starved_before >= waits.blocked - waits.blocked_before
        now = waits.starved if starves else waits.blocked
        before = waits.starved_before if starves else waits.blocked_before
        verb = "starved" if starves else "blocked"
        key = asset.rsplit("/", 1)[1]
        data[f"{key}_{verb}"] = round(100 * now)
        data[f"{key}_{verb}_before"] = round(100 * before)
        clauses.append(
            f"{asset_text(plant, asset)} is {verb} for {100 * now:.0f} % of its capacity "
            f"({100 * before:.0f} % before)"
        )
    end = loss.walk[-1]
    data["path"] = list(loss.walk)
    if clauses:
        text = f"{'; '.join(clauses)}: the line is held up at {asset_text(plant, end)}."
    else:
        text = f"{asset_text(plant, end)} waits for nobody: the line is held up there."
    return Evidence(kind="state", subject=end, statement=text, data=data, time=loss.onset)


def of_check(plant: Plant, match: Match, check: Check, loss: LineLoss, end: Instant) -> Evidence:
    """What the model says with and without the suspected mode."""
    with_it, without = check.faulty, check.healthy
    data: dict[str, JSON] = {
        "observed": number(check.observed),
        "with": number(with_it.mean), "with_low": number(with_it.low),
        "with_high": number(with_it.high), "without": number(without.mean),
        "without_low": number(without.low), "without_high": number(without.high),
        "explains": round(100 * check.explains), "unit": loss.unit, "interval": 90,
        "passed": check.passed, "changes": [c.model_dump(mode="json") for c in check.changes],
    }  # fmt: skip
    unit = unit_text(loss.unit)
    since = clock(plant, check.since if check.since is not None else loss.onset)
    data["since"] = since
    what = f"“{match.mode.name}”" if match.mode is not None else "what is seen"
    outcome = ""
    if not check.passed:
        much = with_it.mean < check.observed
        outcome = " It would cost more than was lost." if much else " It does not explain the loss."
    explains = f": it explains {data['explains']} % of the loss" if check.passed else ""
    text = (
        f"Simulated with {what} at {asset_text(plant, match.asset)} since "
        f"{since}, {asset_text(plant, loss.line)} makes {data['with']:g} {unit} "
        f"(90 % interval {data['with_low']:g} to {data['with_high']:g}); without it "
        f"{data['without']:g} {unit}; observed {data['observed']:g} {unit}"
        f"{explains if loss.losing else ''}.{outcome}"
    )
    return Evidence(
        kind="counterfactual", subject=match.asset, statement=text, data=data, time=end,
        quality="simulated", origin="model",
    )  # fmt: skip


def of_silence(plant: Plant, source: str, since: Instant | None, reason: str) -> Evidence:
    """A source that cannot be heard."""
    when = clock(plant, since) if since is not None else "the start"
    name = next((s.name for s in plant.sources if s.id == source), source)
    return Evidence(
        kind="source", subject=source, statement=f"No data from {name} since {when}: {reason}.",
        data={"since": when, "reason": reason}, time=since or 0, quality="bad",
    )  # fmt: skip


def of_cause(plant: Plant, cause: Cause, end: Instant) -> Evidence:
    """What the diagnosis makes of it."""
    percent = round(100 * cause.probability)
    since = clock(plant, cause.onset)
    within = round(cause.onset_s)
    text = f"{cause.name}, since {since} (± {within} s): probability {percent} %."
    data: dict[str, JSON] = {
        "failure_mode": cause.failure_mode, "mode": cause.mode, "since": since,
        "onset": cause.onset, "onset_s": within, "probability": percent,
        "path": list(cause.path), "sensor": cause.sensor,
    }  # fmt: skip
    return Evidence(
        kind="cause", subject=cause.asset, statement=text, data=data, time=end,
        quality="simulated", origin="twin",
    )  # fmt: skip
