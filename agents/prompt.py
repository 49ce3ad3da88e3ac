"""The texts a language model is given, read once from `prompts/`. Static, so that they cache.

They must never carry anything of a plant, a person or a run.
"""

from collections.abc import Mapping
from importlib.resources import files

_FOLDER = files("agents") / "prompts"


def _read(name: str) -> str:
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")


REPAIR: str = _read("repair")
SYSTEM: Mapping[str, str] = {
    name: f"{_read('operations')}\n{_read(name)}"
    for name in ("analyst", "diagnostician", "planner", "librarian", "steward")
}
"""What each specialist is told: the rules all keep, then his own."""
