"""A whole twin as bytes, and back: what `serve` starts from instead of its whole log.

A restored twin goes on exactly as the one that was saved: the rest of the log gives the same
digest. The plant is not in it; bytes belong to the plant and to the build that wrote them, and
whoever keeps them must see to that. Reading builds arrays and classes of the core, nothing else.
"""

import io
import pickle
from typing import Any, cast
from zoneinfo import ZoneInfo

from twin_core.errors import CheckpointDamaged
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant

_ALLOWED = {
    "builtins": {"set", "frozenset", "slice", "bytearray", "range", "complex"},
    "collections": {"deque", "defaultdict", "OrderedDict", "Counter"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "numpy": {"ndarray", "dtype"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.numeric": {"_frombuffer"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"},
}


def saved(twin: Twin) -> bytes:
    """Everything the twin knows; called by the thread that owns it."""
    out = io.BytesIO()
    _Writer(out, twin.plant).dump(twin)
    return out.getvalue()


def restored(plant: Plant, data: bytes) -> Twin:
    """The twin that was saved.

    Args:
        plant: equal to that of the saved twin.
        data: what `saved` gave.

    Raises:
        CheckpointDamaged: not such bytes, or of another build.
    """
    try:
        found = _Reader(io.BytesIO(data), plant).load()
    except Exception as problem:  # damaged bytes may raise anything while they are read
        raise CheckpointDamaged(f"{type(problem).__name__}: {problem}") from problem
    if not isinstance(found, Twin):
        raise CheckpointDamaged(f"it holds a {type(found).__name__}")
    return found


def _parts(plant: Plant) -> list[object]:
    """What the twin shares with its plant, in an order that depends on the plant alone."""
    return [plant, *plant.points, *plant.units.values(), *plant.lines, *plant.links]


class _Writer(pickle.Pickler):
    def __init__(self, out: io.BytesIO, plant: Plant) -> None:
        super().__init__(out, protocol=5)
        self._place = {id(part): place for place, part in enumerate(_parts(plant))}

    def persistent_id(self, shown: Any) -> int | str | None:
        return shown.key if isinstance(shown, ZoneInfo) else self._place.get(id(shown))


class _Reader(pickle.Unpickler):
    def __init__(self, source: io.BytesIO, plant: Plant) -> None:
        super().__init__(source)
        self._parts = _parts(plant)

    def persistent_load(self, place: Any) -> object:
        return ZoneInfo(place) if isinstance(place, str) else self._parts[cast("int", place)]

    def find_class(self, module: str, name: str) -> Any:
        if name in _ALLOWED.get(module, ()):
            return super().find_class(module, name)
        if module.startswith("twin_core."):
            found = super().find_class(module, name)
            # A name may have dots: by what a module of ours imports everything can be reached.
            if getattr(found, "__module__", None) == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} does not belong in a checkpoint")
