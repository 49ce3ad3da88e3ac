"""The texts a language model is given, read once from `prompts/`. Static, so that they cache.

They must never carry anything of a plant, a person or a run.
"""

from importlib.resources import files

_FOLDER = files("agents") / "prompts"

SYSTEM: str = (_FOLDER / "operations.md").read_text(encoding="utf-8")
REPAIR: str = (_FOLDER / "repair.md").read_text(encoding="utf-8")
