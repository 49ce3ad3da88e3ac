"""SciFact as BEIR has it: 5,183 abstracts, claims, and which abstracts each claim needs.

Read where it lies, never copied. Anything that is chosen is chosen on the training claims.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Claims:
    """Abstracts (id, title, text), and claims with the ids that each needs."""

    abstracts: tuple[tuple[str, str, str], ...]
    needed: tuple[tuple[str, frozenset[str]], ...]


def claims(folder: Path, split: Literal["train", "test"]) -> Claims | None:
    """All abstracts and the claims of a split; None where it is not present."""
    home = folder / "scifact"
    if not (home / "corpus.jsonl").is_file():
        return None
    abstracts = [json.loads(line) for line in _lines(home / "corpus.jsonl")]
    texts = {one["_id"]: one["text"] for one in map(json.loads, _lines(home / "queries.jsonl"))}
    needed: dict[str, set[str]] = {}
    rows = csv.DictReader(_lines(home / "qrels" / f"{split}.tsv"), delimiter="\t")
    for row in rows:
        if int(row["score"]) > 0:
            needed.setdefault(row["query-id"], set()).add(row["corpus-id"])
    return Claims(
        tuple((one["_id"], one["title"], one["text"]) for one in abstracts),
        tuple((texts[query], frozenset(ids)) for query, ids in needed.items()),
    )


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line]
