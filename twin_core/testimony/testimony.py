"""What a person reports of an asset: his words, what they mean, and of which time they speak.

It is evidence with his name, never a measurement: nothing here is believed or counted as a value.
"""

from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from twin_core.value import Instant, Path, Slug, Value

Kind: TypeAlias = Literal["cause", "cleared", "denied", "planned", "noted"]


class Testimony(Value):
    """One report of one person.

    Attributes:
        kind: `cause` (that was it), `cleared` (it was, and is put right), `denied` (that was not
            it), `planned` (an act of ours made the machine stand), `noted` (words only).
        asset: unit or line it is about; None only of what is `noted`.
        modes: failure modes of the asset's class that the words fit; empty: whichever.
        act: of `planned`, what was done.
        words: as he said them.
        who: his name.
        said: plant time at which he said it.
        start, end: plant time of which it speaks, `start ≤ end`.
        stop: id of the stop whose reason it is; empty for any other.
    """

    kind: Kind
    asset: Path | None = None
    modes: tuple[Slug, ...] = ()
    act: str = Field(default="", max_length=100)
    words: str = Field(max_length=2000)
    who: str = Field(min_length=1, max_length=200)
    said: Instant
    start: Instant
    end: Instant
    stop: str = Field(default="", max_length=40)

    @property
    def timed(self) -> bool:
        """Whether it names a time of its own, other than that at which it was said."""
        return not self.start == self.end == self.said

    @property
    def order(self) -> tuple[str | int | tuple[str, ...], ...]:
        """By what reports are ordered: when it was said, then all that tells two apart."""
        return (
            self.said, self.who, self.kind, self.asset or "", self.modes, self.act, self.start,
            self.end, self.stop, self.words,
        )  # fmt: skip

    @model_validator(mode="after")
    def _whole(self) -> "Testimony":
        if self.start > self.end:
            raise ValueError("the time of which it speaks ends before it begins")
        if self.asset is None and self.kind != "noted":
            raise ValueError("only what is noted is about no asset")
        return self
