"""All that a rehearsal starts from, as one JSON document: plant, belief, proposal, policy, trust.

It is complete, so that who rehearses needs neither the plant file nor the server any more. It must
never hold a secret: keys and passwords stand in files that a plant file only names.
"""

import base64
import zlib
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from twin_core.answer import Asker
from twin_core.errors import BadInput
from twin_core.governance.action import Proposal
from twin_core.governance.policy import Policy
from twin_core.governance.request import Tier
from twin_core.governance.trust import Step
from twin_core.plant.assets import Plant
from twin_core.twin import Quarantine, Recent, Snapshot, SourceState
from twin_core.value import Instant, Path, Value

_MOST_BYTES = 2**27  # of one column, unpacked


class Packed(Value):
    """An array: shape, and its little-endian bytes, zlib, base64."""

    type: Literal["f8", "f4", "i8", "u4"]
    shape: tuple[int, ...]
    bytes: str

    @classmethod
    def of(cls, array: NDArray[Any]) -> "Packed":
        """The array packed."""
        kind = f"{array.dtype.kind}{array.dtype.itemsize}"
        raw = np.ascontiguousarray(array, f"<{kind}").tobytes()
        told = base64.b64encode(zlib.compress(raw, 1)).decode()
        return cls.model_validate({"type": kind, "shape": array.shape, "bytes": told})

    def array(self) -> NDArray[Any]:
        """The array.

        Raises:
            BadInput: its bytes are not those of its shape.
        """
        try:
            opened = zlib.decompressobj()
            raw = opened.decompress(base64.b64decode(self.bytes), _MOST_BYTES)
            return np.frombuffer(raw, f"<{self.type}").reshape(self.shape)
        except (ValueError, zlib.error) as problem:
            raise BadInput(f"A column of the scene cannot be read: {problem}.") from problem


class Belief(Value):
    """A Snapshot without what nothing is simulated from.

    Attributes:
        columns: `value time status settled_value settled_time settled_status`, one entry a point;
            `recent_time recent_mean recent_low recent_high`.
    """

    revision: int
    now: Instant
    watermark: Instant
    columns: dict[str, Packed]
    quarantined: tuple[Quarantine, ...]
    sources: tuple[SourceState, ...]

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Belief":
        """What is believed."""
        names = ("value", "time", "status", "settled_value", "settled_time", "settled_status")
        columns = {name: Packed.of(getattr(snapshot, name)) for name in names}
        for name in ("time", "mean", "low", "high"):
            columns[f"recent_{name}"] = Packed.of(getattr(snapshot.recent, name))
        return cls(
            revision=snapshot.revision,
            now=snapshot.now,
            watermark=snapshot.watermark,
            columns=columns,
            quarantined=tuple(snapshot.quarantined.values()),
            sources=tuple(snapshot.sources.values()),
        )

    def snapshot(self, plant: Plant) -> Snapshot:
        """The snapshot again.

        Raises:
            BadInput: a column is missing or is not of that plant.
        """
        try:
            found: dict[str, Any] = {name: one.array() for name, one in self.columns.items()}
            kept = ("time", "mean", "low", "high")
            recent = Recent(**{name: found.pop(f"recent_{name}") for name in kept})
            points = {len(column) for column in found.values()} | {recent.mean.shape[1]}
            made = Snapshot(
                plant=plant,
                revision=self.revision,
                now=self.now,
                watermark=self.watermark,
                quarantined={q.point: q for q in self.quarantined},
                sources={s.source: s for s in self.sources},
                recent=recent,
                incidents=(),
                alarms=(),
                indicators={},
                **found,
            )
        except (KeyError, TypeError, IndexError) as problem:
            raise BadInput(f"The scene's belief lacks something: {problem}.") from problem
        if points != {len(plant.points)}:
            raise BadInput(f"The scene's belief is not of a plant of {len(plant.points)} points.")
        return made


class Scene(Value):
    """What a rehearsal starts from.

    Attributes:
        version: of the plant as the server has it.
        tier, needed: what the gate found that the proposal needs.
        requester: with his roles as they stand now.
        trust: path → step, of assets that somebody set.
    """

    plant: Plant
    version: str
    belief: Belief
    proposal: Proposal
    digest: str
    tier: Tier
    needed: int
    requester: Asker
    policy: Policy
    trust: dict[Path, Step]
