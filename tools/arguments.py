"""What all arguments of tools have in common: closed to unknown keys, cut to a sane length.

A tool's name, its class docstring and its fields' descriptions are all a stranger (or a language
model) is told of it.
"""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Arguments(BaseModel):
    """Arguments of one tool, names as people say them."""

    doing: ClassVar[tuple[str, str]] = ("Looking", "at")
    """What a person is told while the tool runs, and the word before what it runs on."""

    model_config = ConfigDict(extra="forbid", str_max_length=500)
