"""Whether a text says that something is not known, not done or not trusted, and in which language.

The words stand in `phrases.yaml`. It must never know how the assistant words it.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Says = Literal["unknown", "refuses", "marks"]
_FILE = Path(__file__).with_name("phrases.yaml")


def says(text: str, what: Says, language: str) -> bool:
    """Whether a text says so in its language."""
    return any(re.search(one, text, re.IGNORECASE) for one in _phrases()[what][language])


def speaks(text: str, language: str) -> bool:
    """Whether a text is in that language rather than in one of the others.

    One with no common word of any, a name and a number, is in every language.
    """
    words = re.findall(r"[^\W\d_]+", text.lower())
    common = {name: set(some[0].split()) for name, some in _phrases()["common"].items()}
    counts = {name: sum(word in own for word in words) for name, own in common.items()}
    return counts[language] == max(counts.values())


@cache
def _phrases() -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return tree
