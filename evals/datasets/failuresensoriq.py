"""FailureSensorIQ: which sensors show which failure mode, in ten asset classes, and its quizzes.

Read where it lies, never copied. All of its questions follow from the matrix.
"""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Question:
    """A question of which one option is right."""

    text: str
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """(asset class, failure mode) → (sensors that show it, that do not), and the quizzes."""

    rows: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]
    quizzes: tuple[Question, ...]


def matrix(folder: Path) -> Matrix | None:
    """All of it; None where it is not present."""
    home = folder / "failuresensoriq"
    tables = home / "mcqa_preparation" / "data"
    if not tables.is_dir():
        return None
    cells: dict[tuple[str, str], dict[str, int]] = {}
    for name in ("multi_answer.json", "single_answer.json"):
        for told in json.loads((tables / name).read_text(encoding="utf-8")):
            if "failure_mode" in told:
                row = cells.setdefault((told["asset_class"], told["failure_mode"]), {})
                row.update(told["mc_targets"])
    quizzes = []
    for name in ("quiz_relevant.jsonl", "quiz_irrelevant.jsonl"):
        lines = (home / "eval_data" / "fmsr_processed" / name).read_text(encoding="utf-8")
        quizzes += [
            Question(told["question"], tuple(told["options"]), told["correct"].index(True))
            for told in map(json.loads, lines.splitlines())
        ]
    rows = {
        key: (tuple(s for s, v in row.items() if v), tuple(s for s, v in row.items() if not v))
        for key, row in cells.items()
    }
    return Matrix(rows, tuple(quizzes))
