"""What a Modbus device says of itself: by this it is known again after an update.

Its device identification, vendor, product and revision (Modbus V1.1b3, 6.21), where it has one, and
what stands in the registers that the option `identity` names, such as the version of its map. The
protocol has no more: a device that says neither, and has another map than before, is not found
out. It never writes.
"""

from collections.abc import Iterable, Mapping, Sequence

from connectors.device_record import DeviceRecord
from connectors.modbus_exception import SILENT, SLOW, meaning
from connectors.modbus_link import ModbusLink
from connectors.modbus_reads import Ask
from twin_core.errors import SourceDown, StoreDown

_NAMES = ("vendor", "product", "revision")
_NOTHING = "no identification"


class ModbusIdentity:
    """Whether the units of one source are those that were accepted.

    Args:
        source: its id.
        link: to the devices.
        record: what was accepted of them.
        units: those in which something may be written; no other is asked.
        registers: that tell of a unit too.
    """

    def __init__(
        self,
        source: str,
        link: ModbusLink,
        record: DeviceRecord,
        units: Iterable[int],
        registers: Sequence[Ask],
    ) -> None:
        self._source = source
        self._link = link
        self._record = record
        self._registers: Mapping[int, list[Ask]] = {
            unit: [ask for ask in registers if ask.unit == unit] for unit in units
        }
        self._mute: set[int] = set()

    async def stranger(self, unit: int) -> str:
        """Why a unit is not the one that was accepted; empty if it is.

        Raises:
            SourceDown: it does not answer now, and has said before who it is.
        """
        if unit not in self._registers:
            return ""
        shown = {}
        said = await self._says(unit)
        if said is not None:
            shown[f"unit {unit}"] = said
        for ask in self._registers[unit]:
            at = f"unit {unit}, {ask.table} {ask.start}"
            (reply,) = await self._link.read([ask])
            if reply.silent:
                raise SourceDown(self._source, f"{at}: {reply.silent}")
            if reply.exception:
                return f"{at} tells who it is, and cannot be read (exception {reply.exception})"
            shown[at] = reply.words.astype(">u2").tobytes().hex()
        try:
            return next(iter(self._record.strangers(shown).values()), "")
        except StoreDown as problem:
            return str(problem).rstrip(".")

    def forget(self, unit: int) -> None:
        """A unit was silent to everything: who comes back is asked again."""
        self._mute.discard(unit)

    async def _says(self, unit: int) -> str | None:
        """Its identification; None of a unit that is silent when asked for one, and always was."""
        if unit in self._mute:
            return None
        said = await self._link.identification(unit)
        if isinstance(said, dict):
            told = [f"{name} {said[at]!r}" for at, name in enumerate(_NAMES) if said.get(at)]
            return ", ".join(told) or _NOTHING
        if said in SILENT or said in SLOW:
            raise SourceDown(self._source, f"unit {unit}: {meaning(said).text}")
        if said is not None:
            return _NOTHING
        try:
            known = f"unit {unit}" in self._record.accepted()
        except StoreDown as problem:
            raise SourceDown(self._source, str(problem).rstrip(".")) from problem
        if known:
            raise SourceDown(self._source, f"unit {unit} does not say who it is")
        self._mute.add(unit)  # some devices do not answer what they do not know
        return None
