"""What a site's promoted sets say of its machines, in the place of the plant file.

Belief carries it, simulation reads it. It must never be without the versions it is made of.
"""

from pydantic import Field

from twin_core.value import Path, Slug, Value


class Calibrated(Value):
    """Parameters by machine, named as in class files.

    Attributes:
        versions: of the set of each line, by its path.
        process: version of the process numbers that stand in the plant's nameplates, "" = none.
    """

    versions: dict[Path, str] = Field(default_factory=dict)
    units: dict[Path, dict[Slug, float]] = Field(default_factory=dict)
    process: str = ""

    def version(self, line: str) -> str:
        """Of the line's set and of the process numbers; "" = only the plant file's are used."""
        return " ".join(v for v in (self.versions.get(line, ""), self.process) if v)
