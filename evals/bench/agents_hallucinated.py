"""Sentences that a hallucinating model would write, made from what a played plant really showed.

Each is a true sentence with one thing made wrong: a number, a unit, an asset, a status, a time, a
name … It counts as unmarked where it is left in the answer. The true sentences, in a model's words
and in the operator's, must all be left. What is false is decided here, by comparison with all that
was shown, and never by the code that is examined.
"""

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import process_time

import numpy as np

from agents.grounding import Ground
from agents.lexicon import Lexicon
from agents.seen import sentences_of
from api.plant_file import read_plant
from evals.bench.agents_stand import ASKER, Heard, Stand, heard
from evals.bench.agents_wrong import KINDS, Shown, truths
from evals.bench.row import Bar, Row
from evals.emulator.nameplate import read_faults

GROUPS = ("machines", "operations", "utilities")
"""Of each the first fault of the catalogue that a numbered line complains of."""
QUESTIONS = (
    "How is the plant doing?", "How is line {n}?", "How fast is line {n}?", "Any alarms?",
    "What is the bowl pressure of filler {n}?", "How is filler {n}?", "How is capper {n}?",
    "Is labeller {n} running?", "Why is line {n} slow?", "Propose a remedy for line {n}",
    "Any alarms on line {n}?", "Which proposals are waiting?", "OEE of line {n}?",
    "How will line {n} do in the next hour?", "What if filler {n} runs 10 % slower?",
    "What if capper {n} stops for 10 min?", "Compare line 1 and line {n}",
    "How is compressor 1?", "How is the chiller?", "Trend of the speed of filler {n} last 20 min",
    "Machines of line {n}", "What does the manual say about low bowl pressure?",
)  # fmt: skip
"""Twenty-two of each plant, so varied that every kind of evidence comes up."""
_TEN, _SIXTY = 10, 60


def measure(plant_file: Path, *, quick: bool) -> Iterator[Row]:
    """Every row of the exam."""
    plant, catalogue = read_plant(plant_file), read_faults()
    shown: list[tuple[Shown, Lexicon, list[Heard]]] = []
    for group in GROUPS[:1] if quick else GROUPS:
        case = next(c for c in catalogue.cases if c.group == group and c.line[-1].isdigit())
        stand = Stand(plant, case, seed=1)
        asked = [q.format(n=case.line[-1]) for q in QUESTIONS[:: 2 if quick else 1]]
        answers = heard(stand, asked)
        evidence = {e.id: e for one in answers for e in one.evidence}
        told = tuple(t for one in answers for t in one.told)
        shown.append((Shown(plant, tuple(evidence.values()), told), stand.lexicon, answers))
    yield from _rows(shown, rounds=1 if quick else 3)


def _rows(shown: Sequence[tuple[Shown, Lexicon, list[Heard]]], rounds: int) -> Iterator[Row]:
    kinds = {kind: [0, 0] for kind in KINDS}
    true, lost = 0, 0
    for seed, (one, lexicon, _) in enumerate(shown):
        ground = Ground(one.evidence, lexicon, one.told, "", asker=ASKER)
        for kind, maker in KINDS.items():
            for n in range(rounds):
                for said in maker(one, random.Random(f"{kind} {seed} {n}")):  # noqa: S311 (drawn)
                    kinds[kind][0] += 1
                    kinds[kind][1] += reaches(said, ground)
        for said in truths(one, random.Random(seed)):  # noqa: S311 (drawn)
            true, lost = true + 1, lost + bool(ground.ground(said).struck)
    load = "sentences made wrong in one thing, over what a played plant showed"
    n, out = (sum(c[i] for c in kinds.values()) for i in (0, 1))
    yield Row(
        name="agents.unsupported", value=float(out), unit="reach the reader unmarked",
        load=f"{load}; {len(kinds)} kinds", n=n, bar=Bar(high=0.0),
    )  # fmt: skip
    for kind, (made, through) in kinds.items():
        yield Row(
            name=f"agents.unsupported.{kind}", value=float(through), unit="unmarked", load=load,
            n=made, bar=Bar(high=0.0),
        ) if made else Row(
            name=f"agents.unsupported.{kind}", value=None, unit="unmarked", load=load, n=0,
            why="nothing was shown that it could be made of",
        )  # fmt: skip
    yield Row(
        name="agents.true_struck", value=lost / true, unit="1", n=true, bar=Bar(high=0.02),
        load="true sentences in a model's words, in two languages",
    )  # fmt: skip
    yield from _operator(shown)
    yield from _cost(shown)


def _operator(shown: Sequence[tuple[Shown, Lexicon, list[Heard]]]) -> Iterator[Row]:
    struck, sentences, questions = 0, 0, 0
    for _, lexicon, answers in shown:
        for one in answers:
            found = Ground(one.evidence, lexicon, one.told, one.question).ground(one.words)
            struck, questions = struck + len(found.struck), questions + 1
            sentences += sum(len(sentences_of(line)) for line in one.words.split("\n"))
    yield Row(
        name="agents.operator_struck", value=float(struck), unit="sentences", n=sentences,
        load=f"the offline operator's answers to {questions} questions", bar=Bar(high=0.0),
    )  # fmt: skip


def _cost(shown: Sequence[tuple[Shown, Lexicon, list[Heard]]]) -> Iterator[Row]:
    one, lexicon, _ = shown[0]
    seen = one.evidence[:_SIXTY]
    draw = random.Random(1)  # noqa: S311 (drawn)
    said = list(truths(Shown(one.plant, seen, ()), draw))
    spent = []
    for _ in range(30):
        text = " ".join(draw.sample(said, _TEN))
        began = process_time()
        Ground(seen, lexicon).ground(text)
        spent.append(1e3 * (process_time() - began))
    yield Row(
        name="agents.grounding_cpu", value=float(np.median(spent)), unit="ms (median)",
        n=len(spent),
        load=f"{_TEN} sentences of a model against {len(seen)} evidences",
        bar=Bar(high=5.0),
    )  # fmt: skip


def reaches(said: str, ground: Ground) -> bool:
    """Whether a false sentence is left, or anything that a browser would follow."""
    found = ground.ground(said)
    return not found.struck or re.search(r"https?:|www\.|\]\(|<\w", found.text) is not None
