"""What people on the floor say, with what they mean by it: words from `sayings.yaml`, by lot.

Words for practice and words for sealed runs are never mixed. It must never look at how words are
understood.
"""

import datetime as dt
import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import Field

from twin_core.plant.assets import Plant
from twin_core.testimony.testimony import Kind
from twin_core.value import SECOND, Instant, Value

Part = Literal["practice", "sealed"]
Frame = Literal["honest", "wrong", "cleared", "fine", "planned", "vague"]
_TABLE = Path(__file__).with_name("sayings.yaml")
_PEOPLE = ("Olga Berg", "Sean Walsh", "Ines Duarte", "Piotr Zalewski", "Aoife Byrne")


class Sayings(Value):
    """The table of words: frames, acts by class, instruments, failure modes by `class/mode`."""

    version: Literal[1] = Field(alias="schema")
    frames: dict[Part, dict[Frame, tuple[str, ...]]]
    acts: dict[Part, dict[str, tuple[str, ...]]]
    instrument: dict[Part, tuple[str, ...]]
    modes: dict[str, dict[Part, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence, and what is meant.

    Attributes:
        asset: path of the line where the channel knows it; empty = by the words alone.
        kind, about, modes: as a `Testimony` should have them; `about` None of what is vague.
        honest: whether it is so.
    """

    words: str
    who: str
    asset: str
    kind: Kind
    about: str | None = None
    mode: str | None = None
    honest: bool = True


@lru_cache(maxsize=1)
def sayings() -> Sayings:
    """The table."""
    return Sayings.model_validate(yaml.safe_load(_TABLE.read_text("utf-8")))


class Speaker:
    """Draws sentences about one line.

    Args:
        plant: of which is spoken.
        line: path; what the channel knows, if it knows anything.
        part: of the table, that words are taken from.
        stream: everything is drawn from it.
    """

    def __init__(self, plant: Plant, line: str, part: Part, stream: random.Random) -> None:
        self.plant, self.line, self._part, self._stream = plant, line, part, stream
        self._left = list(_PEOPLE)
        stream.shuffle(self._left)

    def cause(self, asset: str, mode: str, *, honest: bool) -> Saying:
        """That it was this failure mode."""
        it = self._clause(asset, mode)
        return self._framed("honest" if honest else "wrong", asset, mode, it, honest=honest)

    def cleared(self, asset: str, mode: str, at: Instant) -> Saying:
        """That it was this failure mode, and was put right at that time."""
        it = self._clause(asset, mode)
        return self._framed("cleared", asset, mode, it, honest=True, clock=self._clock(at))

    def fine(self, asset: str) -> Saying:
        """That nothing is the matter with an asset."""
        return self._framed("fine", asset, None, "", honest=True)

    def planned(self, asset: str, begun: Instant, ended: Instant, *, honest: bool) -> Saying:
        """That people made it stand, by intent, between those times."""
        acts = sayings().acts[self._part][self.plant.units[asset].class_id]
        return self._framed(
            "planned", asset, None, "", honest=honest, act=self._stream.choice(acts),
            begun=self._clock(begun), clock=self._clock(ended),
        )  # fmt: skip

    def vague(self) -> Saying:
        """That something is the matter."""
        words = self._stream.choice(sayings().frames[self._part]["vague"])
        return Saying(words, self._left.pop(), self.line, "noted")

    def speaks_of(self, class_id: str, mode: str) -> bool:
        """Whether there are words for that failure mode."""
        return f"{class_id}/{mode}" in sayings().modes

    def _clause(self, asset: str, mode: str) -> str:
        kind = self.plant.class_of(asset)
        known = next(m for m in kind.failure_modes if m.id == mode)
        if known.sensor and known.instrument:
            words = self._stream.choice(sayings().instrument[self._part])
            return words.replace("{what}", known.instrument.replace("_", " "))
        return self._stream.choice(sayings().modes[f"{kind.id}/{mode}"][self._part])

    def _framed(
        self, frame: Frame, asset: str, mode: str | None, it: str, *, honest: bool,
        act: str = "", begun: str = "", clock: str = "",
    ) -> Saying:  # fmt: skip
        words = self._stream.choice(sayings().frames[self._part][frame]).replace("{it}", it)
        machine, known = self._machine(asset)
        for slot, text in {
            "{m}": machine, "{act}": act, "{from}": begun, "{clock}": clock,
        }.items():  # fmt: skip
            words = words.replace(slot, text)
        kinds: dict[Frame, Kind] = {
            "honest": "cause", "wrong": "cause", "cleared": "cleared", "fine": "denied",
            "planned": "planned", "vague": "noted",
        }  # fmt: skip
        words = words[0].upper() + words[1:]
        return Saying(words, self._left.pop(), known, kinds[frame], asset, mode, honest)

    def _machine(self, asset: str) -> tuple[str, str]:
        """As the speaker calls it, and what the channel knows."""
        unit = self.plant.units[asset]
        line = self.plant.line(asset)
        name = unit.name[0].lower() + unit.name[1:]
        if line.kind != "production":
            return name, ""
        bare, number = name.rsplit(" ", 1)
        forms = [(name, ""), (f"the {bare} on {line.name.lower()}", "")]
        forms += [(f"the {bare} on {number}", ""), (f"the {bare}", line.id)]
        return self._stream.choice(forms)

    def _clock(self, at: Instant) -> str:
        zone = ZoneInfo(self.plant.timezone)
        return dt.datetime.fromtimestamp(at / SECOND, zone).strftime("%H:%M")
