"""A rehearsal's report, and a commissioning's, for the terminal: readable at 80 columns.

Text of the plant is escaped. It must never decide what held.
"""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from api.printable import printable
from evals.commissioning import Commissioning, Row
from twin_core.governance.rehearsal import EffectLooked, Rehearsal, StepSeen
from twin_core.units import unit_text


def rehearsal_lines(report: Rehearsal) -> Iterator[RenderableType]:
    """The report: what was looked at, each pass with its steps, the effect, the verdict."""
    yield _head("Before anything is signed")
    yield _table(
        ("", "what", "found"), [(_mark(one.held), one.what, one.found) for one in report.looked]
    )
    for one in report.passes:
        yield _head(f"{one.name} → {one.stage.replace('_', ' ')} ({one.took_s:.0f} plant seconds)")
        if one.result:
            yield Text(printable(f"{one.result}"))
        yield _table(
            ("", "step", "write", "read back", "became"),
            [(_mark(one.held) if i == 0 else Text(""), *_step(i, step))
             for i, step in enumerate(one.steps)],
        )  # fmt: skip
        stands = ", ".join(f"{_short(p)} at {v:g}" for p, v in one.stands.items())
        yield Text(printable(f"at the controller then: {stands}"), style="dim")
    if report.effect is not None:
        yield _head("The process's answer beside the forecast")
        yield _effect(report.effect)
        yield Text(
            "The virtual controller moves by the twin's own model: this shows that the loop closes "
            "and is seen, not that the forecast is right.",
            style="dim",
        )
    yield Text(report.verdict, style="green" if report.passed else "red")


def commissioning_lines(report: Commissioning) -> Iterator[RenderableType]:
    """What was tried, what failed once more by itself, the verdict."""
    yield _head(f"Commissioning of {report.site} (plant file {report.plant[:12]})")
    yield _rows(report.rows)
    if report.failed:
        yield _head("What failed")
        yield _rows(report.failed)
    yield Text(f"\n{printable(report.verdict)}", style="green" if report.passed else "red")


def _rows(rows: Sequence[Row]) -> RenderableType:
    told = [(_mark(one.held), _short(one.about), one.what, one.found) for one in rows]
    return _table(("", "source or point", "what", "found"), told)


def _step(i: int, step: StepSeen) -> tuple[str, ...]:
    unit = unit_text(step.unit)
    seen = "nothing" if step.read_back is None else f"{step.read_back:g} {unit}".rstrip()
    became = step.state.replace("_", " ")
    return f"{i + 1}", f"{_short(step.point)} {step.old:g} → {step.value:g}", seen, became


def _effect(effect: EffectLooked) -> RenderableType:
    unit = f"{unit_text(effect.unit)}/min".replace("/min/min", "/min")
    rows = [
        ("rate before", _number(effect.before), f"{effect.baseline:.0f}"),
        ("rate afterwards", _number(effect.after),
         f"{effect.forecast:.0f} ({effect.low:.0f} to {effect.high:.0f})"),
    ]  # fmt: skip
    if effect.point is not None:
        target = "" if effect.target is None else f"{effect.target:g}"
        reached = "not seen" if effect.reached is None else f"{effect.reached:g}"
        rows.append((_short(effect.point), reached, target))
    return _table((unit, "rehearsed", "forecast"), rows)


def _number(value: float | None) -> str:
    return "not seen" if value is None else f"{value:.0f}"


def _mark(held: bool) -> Text:
    return Text("ok", style="green") if held else Text("NO", style="red")


def _short(path: str) -> str:
    """A path without site, area: line, unit, point tell it at 80 columns."""
    return "/".join(path.split("/")[2:]) or path


def _head(text: str) -> Text:
    return Text(f"\n{printable(text)}", style="bold")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> RenderableType:
    table = Table(box=None, padding=(0, 1), show_edge=False, header_style="dim")
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(c if isinstance(c, Text) else Text(printable(c)) for c in row))
    return table
