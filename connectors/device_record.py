"""What a person accepted of one source's devices: what they say of themselves, by address.

    keys/devices/SOURCE.json        what is accepted
    keys/devices/SOURCE.seen.json   what is there instead, while something is

What is met at an address for the first time is accepted and kept. What says something else later
is another device, or another map: it must never be written to until a person has accepted it.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from connectors.opcua_keys import keep
from twin_core.canonical import digest
from twin_core.errors import Conflict, StoreDown, UnknownName

_SHORT = 12  # letters of a fingerprint that a person must name


class DeviceRecord:
    """What one source's addresses say, as it was accepted.

    Args:
        source: its id.
        folder: where it is kept; None = for as long as this object lives.
    """

    def __init__(self, source: str, folder: Path | None = None) -> None:
        self.source = source
        self._folder = folder
        self._accepted: dict[str, str] = {}
        self._seen: dict[str, str] = {}
        self._read_at: tuple[int, int] | None = None

    def strangers(self, shown: Mapping[str, str]) -> dict[str, str]:
        """By address, why what stands there is not what was accepted; what is new is accepted.

        Args:
            shown: by address, what it says of itself.

        Raises:
            StoreDown: what is kept cannot be read or written.
        """
        accepted = self.accepted()
        new = {at: said for at, said in shown.items() if at not in accepted}
        if new:
            self._keep_accepted({**accepted, **new})
        strange = {at: said for at, said in shown.items() if accepted.get(at, said) != said}
        seen = {at: said for at, said in self._seen.items() if at not in shown} | strange
        if seen != self._seen:
            self._keep(self._file("seen."), seen)
            self._seen = seen
        return {
            at: f"{at} is not what was accepted there: now {said}, then {accepted[at]}; "
            "`opstwin certs devices` shows how to accept it"
            for at, said in strange.items()
        }

    def accepted(self) -> dict[str, str]:
        """By address, what was accepted.

        Raises:
            StoreDown: it cannot be read.
        """
        file = self._file()
        if file is None:
            return self._accepted
        try:
            state = file.stat()
        except FileNotFoundError:
            return {}
        if self._read_at != (state.st_mtime_ns, state.st_ino):
            self._accepted = _read(file)
            self._read_at = (state.st_mtime_ns, state.st_ino)
        return self._accepted

    def seen(self) -> dict[str, str]:
        """By address, what was last seen there that is not accepted.

        Raises:
            StoreDown: it cannot be read.
        """
        file = self._file("seen.")
        if file is None:
            return self._seen
        accepted = self.accepted()
        return {at: s for at, s in _read(file).items() if accepted.get(at) != s}

    def fingerprint(self) -> str:
        """What a person names who accepts what is seen: the beginning of its SHA-256, in hex.

        Raises:
            StoreDown: it cannot be read.
        """
        return digest(dict(self.seen()))[:_SHORT]

    def accept(self, told: str) -> dict[str, str]:
        """Accept what is seen; what was accepted.

        Args:
            told: the fingerprint of what a person has looked at.

        Raises:
            Conflict: something else is seen by now.
            StoreDown: it cannot be read or written.
            UnknownName: nothing waits to be accepted.
        """
        seen = self.seen()
        if not seen:
            raise UnknownName("changed device of a source", self.source, ())
        if told.lower() != self.fingerprint():
            raise Conflict(self.source, f"what is seen there is {self.fingerprint()}, not {told}")
        self._keep_accepted({**self.accepted(), **seen})
        return seen

    def _keep_accepted(self, accepted: dict[str, str]) -> None:
        self._keep(self._file(), accepted)
        self._accepted, self._read_at = accepted, None

    @staticmethod
    def _keep(file: Path | None, said: Mapping[str, str]) -> None:
        if file is not None:
            keep(file, json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False).encode())

    def _file(self, kind: str = "") -> Path | None:
        return None if self._folder is None else self._folder / f"{self.source}.{kind}json"


def records(folder: Path) -> list[DeviceRecord]:
    """Every source of which something was accepted, by id."""
    names = sorted(file.stem for file in folder.glob("*.json") if "." not in file.stem)
    return [DeviceRecord(name, folder) for name in names]


def _read(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise StoreDown("record of accepted devices", f"{file}: {problem}") from problem
    if not isinstance(found, dict) or not all(isinstance(said, str) for said in found.values()):
        raise StoreDown("record of accepted devices", f"{file}: not a list of what is accepted")
    return found
