"""What a tool answers: ok, no data or failed, three different things, with Evidence.

The same result has three readers: a language model reads `content()`, the graph keeps
`artifact()` (plain JSON), the answer takes evidence and charts. It must never raise.
"""

from typing import Any, Literal

from tools.hearing import told
from twin_core.chart import ChartData
from twin_core.errors import AmbiguousName, NoData, OpsTwinError, Unavailable, UnknownName
from twin_core.evidence import Evidence
from twin_core.value import Instant, Value


class ToolResult(Value):
    """One tool's answer.

    Attributes:
        status: `ok`; `no_data` (understood, but nothing is to be had at present); `failed`
            (not understood, not allowed or broken).
        text: one or a few sentences; every number in it stands in `evidence` too.
        evidence: what was seen; each carries unit and time in its statement.
        proposals: ids handed in at the desk.
        choices: names that could have been meant, when the name was unknown or had several
            readings.
    """

    status: Literal["ok", "no_data", "failed"]
    text: str
    evidence: tuple[Evidence, ...] = ()
    charts: tuple[ChartData, ...] = ()
    proposals: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    def content(self) -> str:
        """What a language model reads: status, text, then one line an Evidence with its id."""
        lines = [f"{self.status}: {self.text}"]
        lines += [f"[{e.id}] {_marked(e)}" for e in self.evidence]
        if self.choices:
            lines.append("Could be: " + "; ".join(self.choices))
        return "\n".join(lines)

    def artifact(self) -> dict[str, Any]:
        """The whole result as JSON: what conversation stores keep without our types."""
        return self.model_dump(mode="json")


def _marked(evidence: Evidence) -> str:
    return evidence.statement + (
        "" if evidence.quality in {"good", "simulated"} else f" ({evidence.quality})"
    )


def no_data(text: str, *evidence: Evidence) -> ToolResult:
    """Nothing is to be had, and why."""
    return ToolResult(status="no_data", text=text, evidence=evidence)


def failed(text: str, choices: tuple[str, ...] = ()) -> ToolResult:
    """Not done, and why; `choices` are names that exist."""
    return ToolResult(status="failed", text=text, choices=choices)


def from_error(problem: OpsTwinError, now: Instant) -> ToolResult:
    """One of our errors as an answer: what is unavailable is no data, the rest has failed."""
    if isinstance(problem, NoData):
        evidence = told(problem, problem.what, now)
        return no_data(evidence.statement, evidence)
    if isinstance(problem, Unavailable):
        return no_data(str(problem))
    if isinstance(problem, AmbiguousName):
        return failed(str(problem), problem.choices)
    return failed(str(problem), problem.nearest if isinstance(problem, UnknownName) else ())
