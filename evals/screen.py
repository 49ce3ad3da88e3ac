"""What the story shows in the terminal, eighty columns wide or more. It must never decide anything.

A chapter has its time at the right edge; what happens in it stands indented below. A line moves
while time passes, on a terminal only.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.bar import Bar
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from evals.emulator.answer_key import Verdict
from evals.emulator.faults import Case
from twin_core.units import number_text, unit_text

Show = Callable[[Callable[[], str]], None]
"""Shows what the function returns, which is called only if somebody can see it."""

_INDENT = (0, 0, 0, 2)


class Screen:
    """Prints one telling.

    Args:
        began: monotonic second at which the process started.
        console: where to; the terminal by default.
    """

    def __init__(self, began: float, console: Console | None = None) -> None:
        self._began = began
        self._console = console or Console(highlight=False)

    @property
    def elapsed(self) -> float:
        """Seconds since the process started."""
        return time.monotonic() - self._began

    def title(self, text: str) -> None:
        """A chapter begins."""
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(no_wrap=True, style="cyan")
        row.add_column(ratio=1, style="bold")
        row.add_column(no_wrap=True, style="dim", justify="right")
        row.add_row("▸", Text(text), f"{self.elapsed:.1f} s")
        self._console.print()
        self._console.print(row)

    def say(self, text: str, style: str = "") -> None:
        """Something happens in it."""
        self._console.print(Padding(Text(text, style=style), _INDENT, expand=False))

    def show(self, parts: Iterable[RenderableType]) -> None:
        """An answer, part by part."""
        self._console.print()
        for part in parts:
            self._console.print(Padding(part, _INDENT, expand=False))

    def effect(self, effect: dict[str, Any] | None) -> None:
        """What a proposal (as JSON) promises."""
        if effect is None:
            self.say("Forecast: no change of the rate is expected; the instrument is mended.")
            return
        gain, unit = effect["gain"], unit_text(effect["gain"]["unit"])
        rates = [effect[side]["rate"]["mean"] for side in ("forecast", "baseline")]
        told = round if effect["gain"]["unit"].startswith("{") else number_text
        new, old, mean, low, high = map(told, (*rates, gain["mean"], gain["low"], gain["high"]))
        self.say(
            f"Forecast: {new} instead of {old} {unit}; gain {mean}, 90 % interval {low} to {high} "
            f"{unit}."
        )

    def tell(self, text: str) -> None:
        """Text for use outside: never broken, so that it can be copied."""
        self._console.print()
        self._console.print(Text(text), soft_wrap=True)

    @contextmanager
    def progress(self, what: str) -> Iterator[Show]:
        """A moving line on a terminal, silence elsewhere."""
        if not self._console.is_terminal:
            yield lambda _text: None
            return
        with self._console.status(Text(what)) as status:
            yield lambda text: status.update(Text(text()))

    def end(self, name: str, verdict: Verdict) -> None:
        """How it ended, by the plant's own counters."""
        most = max(verdict.healthy, verdict.untreated, verdict.rate, 1e-6)
        colour = "green" if verdict.reached else "red"
        bars = Table.grid(padding=(0, 1))
        bars.add_column()
        bars.add_column(justify="right")
        bars.add_column()
        for what, rate, ink in (
            ("healthy", verdict.healthy, "default"),
            ("left alone", verdict.untreated, "default"),
            ("as dealt with", verdict.rate, colour),
        ):
            bars.add_row(what, number_text(rate), Bar(most, 0, rate, width=50, color=ink))
        mark = "The right end is reached" if verdict.reached else "The right end is NOT reached"
        said = Text(f"{mark}, by the plant's own counters: {verdict.sentence}.")
        self._console.print()
        self._console.print(
            Panel(
                Group(said, Text(), bars),
                title=f"{name}: {self.elapsed:.0f} s",
                border_style=colour,
                padding=(0, 1),
            )
        )


def name_all(cases: Iterable[Case]) -> None:
    """Print the cases that can be told: name, complaint, line and right end."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="cyan")
    table.add_column()
    for case in cases:
        ends = " and ".join(str(fault.right_end).replace("_", " ") for fault in case.faults)
        line = case.line.rsplit("/", 1)[-1]
        table.add_row(case.id, Text.assemble(case.complaint, "\n", (f"{line}, {ends}", "dim")))
    Console().print(table)
