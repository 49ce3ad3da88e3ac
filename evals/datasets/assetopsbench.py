"""AssetOpsBench: the chillers of a site, orders, alerts, a month of telemetry, and questions.

It is read where it lies, never copied; `assetopsbench.yaml` beside this file is its mapping.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAPPING = Path(__file__).with_suffix(".yaml")
_TABLES = Path("assetopsbench_2025") / "src" / "assetopsbench" / "sample_data"
_QUESTIONS = Path("assetopsbench_2025") / "scenarios" / "first_20.jsonl"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the set.

    Attributes:
        wanted: what an answer should be, in the set's words.
    """

    id: int
    text: str
    wanted: str


def tables(folder: Path) -> Path | None:
    """The folder of the tables; None where the data is not present."""
    return folder / _TABLES if (folder / _TABLES / "event.csv").is_file() else None


def questions(folder: Path) -> list[Asked]:
    """The questions present."""
    lines = (folder / _QUESTIONS).read_text("utf-8").splitlines()
    found: list[dict[str, Any]] = [json.loads(line) for line in lines if line.strip()]
    return [Asked(q["id"], q["text"], q["characteristic_form"]) for q in found]
