"""What a server offers, as it was found: the input of a plant file's draft.

The protocol is forgotten here. It must never say what a tag is to the plant: `proposal.py`
proposes, a person decides.
"""

import json
from typing import Literal

from pydantic import Field

from twin_core.value import JSON, Range, Slug, Value


class Tag(Value):
    """One value that a server offers.

    Attributes:
        address: as its connector takes it in a plant file.
        path: names from the top down to its own, as the server writes them.
        name: what the server shows people; may be empty.
        description: what the server says of it; may be empty.
        unit: UCUM code; None = not given, or not one we know.
        unit_said: the unit as the server writes it; may be empty.
        type: how it is to be read.
        range: what it shows in normal operation, if the server says so.
        writable: whether the server would let us write it.
        shown: its value when it was looked at; None = it showed none.
    """

    address: str | dict[str, JSON]
    path: tuple[str, ...]
    name: str = ""
    description: str = ""
    unit: str | None = None
    unit_said: str = ""
    type: Literal["float", "int", "bool"]
    range: Range | None = None
    writable: bool = False
    shown: float | None = None

    @property
    def key(self) -> str:
        """Its address as one text: no other tag of the server has it."""
        return self.address if isinstance(self.address, str) else json.dumps(self.address)


class Survey(Value):
    """Everything that was found on one server.

    Attributes:
        url: where.
        name: what the server calls itself; may be empty.
        namespace: the namespace of addresses that name none; empty = they all do.
        kind: of the source that reads it: `opcua`, `modbus`, `mqtt`.
        options: of that source, as they were found to be needed.
        decide: sentences on what of it a person must decide.
        left_out: sentences on what is there and was not taken.
        doubts: sentences on what was taken and a person should look at.
    """

    url: str
    name: str
    namespace: str
    tags: tuple[Tag, ...]
    left_out: tuple[str, ...] = ()
    kind: Slug = "opcua"
    options: dict[str, JSON] = Field(default_factory=dict)
    decide: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


class Looking(Value):
    """How a server is looked through.

    Attributes:
        registers: a register map in CSV, for Modbus; `named`: its file, for messages.
        first: the number of its first register: 0, or 1.
        listen_s: host seconds that are listened to a broker.
        ask: Sparkplug nodes GROUP/NODE that are asked though they are silent.
    """

    registers: bytes | None = None
    named: str = ""
    first: int = Field(default=0, ge=0, le=1)
    listen_s: float = Field(default=10.0, gt=0)
    ask: tuple[str, ...] = ()
