"""Tables of others imported, and the set's own questions asked at the one door (`bench diagnosis`).

The plant is made by `opstwin plant import` from a mapping; the offline operator answers; facts are
counted by `assetops_facts.py`. Every answer is shown with its evidence in `assetopsbench.md`. It
must never choose its questions by their answers.
"""

import asyncio
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.importing import plan, write
from api.settings import Settings
from api.system import System
from api.wiring import build
from evals.bench import marking
from evals.bench.assetops_facts import Due, Facts, Series, due, lacks
from evals.bench.row import Bar, Row
from evals.datasets import assetopsbench
from twin_core.answer import Answer, Ask, Asker
from twin_core.evidence import Evidence

SHOWN = Path(__file__).with_name("assetopsbench.md")
_ASKER = Asker(user="olga", name="Olga Quinn", roles=("operator",), sites=("main",))
_FALSE = (
    "Retrieve metadata for Chiller 5 located at the MAIN site.",
    "Get the asset details for Chiller 16 at the MAIN site.",
    "Download sensor data for Chiller 6's Tonnage from June 2019 at the MAIN site",
    "Retrieve sensor data for Chiller 9's % Loaded from June 2020 at MAIN.",
    "Download all sensor data for Chiller 3 from June 2012.",
)
"""Questions about what there is not: an answer that tells a reading or a card is wrong."""
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class _Heard:
    question: str
    wanted: str
    answer: Answer
    wrong: tuple[str, ...]


def rows(folder: Path | None, *, quick: bool) -> Iterator[Row]:
    """Questions answered with every fact, questions about nothing, and orders by asset."""
    tables = assetopsbench.tables(folder) if folder is not None else None
    if folder is None or tables is None:
        yield Row(
            name="diagnosis.assetops.answered", value=None, unit="1", load="real data", n=0,
            bar=Bar(low=1.0), why="not present",
        )  # fmt: skip
        return
    heard, false, orders = asyncio.run(_asked(folder, tables))
    if not quick:
        SHOWN.write_text(_shown(heard), encoding="utf-8")
    load = "the set's questions present, imported tables, offline operator; facts by pandas"
    yield marking.share(
        "diagnosis.assetops.answered", [not h.wrong for h in heard], load, Bar(low=1.0),
        peer=("the set's own agent, judged by a model, all questions", 0.65),
    )  # fmt: skip
    yield marking.share(
        "diagnosis.assetops.denied", [not h.wrong for h in false],
        "questions like them about what there is not", Bar(low=1.0),
    )  # fmt: skip
    yield marking.share(
        "diagnosis.assetops.orders", orders, "“work orders of …”: how many, by asset", Bar(low=1.0)
    )


async def _asked(folder: Path, tables: Path) -> tuple[list[_Heard], list[_Heard], list[bool]]:
    facts = Facts(tables)
    expected = due(facts)
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(
            data=Path(name) / "var", plant=Path(name) / "plant" / "plant.yaml", workers=1
        )
        made, plant = plan(assetopsbench.MAPPING, tables)
        await write(made, plant, Path(name) / "plant", settings)
        system = build(settings)
        async with system.running():
            heard = []
            for asked in assetopsbench.questions(folder):
                answer = await _answer(system, asked.text)
                wrong = await _wrong(system, answer, expected[asked.id])
                heard.append(_Heard(asked.text, asked.wanted, answer, tuple(wrong)))
            false = []
            for text in _FALSE:
                answer = await _answer(system, text)
                told = any(e.data.get("count") and "mean" in e.data for e in answer.evidence)
                told |= any("measurements" in e.data and "class" in e.data for e in answer.evidence)
                false.append(_Heard(text, "", answer, ("it tells what there is not",) * told))
            orders = []
            for asset, count in facts.orders().items():
                answer = await _answer(system, f"How many work orders are there for {asset}?")
                orders.append(any(e.data.get("all") == count for e in answer.evidence))
    return heard, false, orders


async def _answer(system: System, text: str) -> Answer:
    asked = Ask(text=text, asker=_ASKER, thread=system.new_id())
    answers = [said async for said in system.ask(asked) if isinstance(said, Answer)]
    return answers[-1]


async def _wrong(system: System, answer: Answer, expected: Due) -> list[str]:
    """What is wrong with an answer; nothing for a right one."""
    found = lacks(answer.text, expected)
    if not answer.understood or not answer.evidence:
        found.append("it was not understood, or rests on nothing")
    told = [e for e in answer.evidence if "mean" in e.data]
    for series in expected.series:
        if not any(_same(e, series) for e in told):
            found.append(f"{series.column} is not told as it is")
    files = [e for e in answer.evidence if "address" in e.data]
    if expected.none and (told or files):
        found.append("readings are told that there are not")
    if expected.rows is not None:
        held = [await _rows(system, e) for e in files]
        if held != [expected.rows]:
            found.append(f"one file of {expected.rows} readings is due, there are {held}")
    return found


def _same(seen: Evidence, series: Series) -> bool:
    pairs = [
        (seen.data["mean"], series.mean),
        (seen.data["low"], series.low),
        (seen.data["high"], series.high),
    ]
    return seen.data["count"] == series.count and all(
        isinstance(a, int | float) and math.isclose(a, b, rel_tol=_CLOSE, abs_tol=_CLOSE)
        for a, b in pairs
    )


async def _rows(system: System, file: Evidence) -> int:
    """Readings in the file that is offered."""
    points, start, end = (file.data[key] for key in ("points", "start", "end"))
    assert isinstance(points, list)
    assert isinstance(start, int)
    assert isinstance(end, int)
    indices = [system.plant.index[str(p)] for p in points]
    return sum([len(batch) async for batch in system.historian.heard(indices, start, end)])


def _shown(heard: Sequence[_Heard]) -> str:
    """Every question with its answer and its evidence."""
    parts = ["# AssetOpsBench: every question present, as it was answered\n"]
    for one in heard:
        verdict = "; ".join(one.wrong) or "every fact that is due is there"
        parts.append(
            f"## {one.question}\n\nWanted: {one.wanted}\n\nHeld against the tables: {verdict}.\n"
        )
        parts.append("\n".join(f"> {line}" for line in one.answer.text.splitlines()) + "\n")
        parts.append(
            "\n".join(f"- `{e.id}` ({e.origin}): {e.statement}" for e in one.answer.evidence) + "\n"
        )
    return "\n".join(parts)
