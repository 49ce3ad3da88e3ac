"""What a server offers, as it was found: the input of a plant file's draft.

The protocol is forgotten here. It must never say what a tag is to the plant: `proposal.py`
proposes, a person decides.
"""

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
    """

    address: str
    path: tuple[str, ...]
    name: str = ""
    description: str = ""
    unit: str | None = None
    unit_said: str = ""
    type: Literal["float", "int", "bool"]
    range: Range | None = None
    writable: bool = False


class Survey(Value):
    """Everything that was found on one server.

    Attributes:
        url: where.
        kind: of the source in a plant file.
        options: of it, as far as they were found out.
        decide: sentences on what of it a person must decide.
        name: what the server calls itself; may be empty.
        namespace: the namespace of addresses that name none; empty = they all do.
        left_out: sentences on what is there and was not taken.
    """

    url: str
    name: str
    namespace: str
    tags: tuple[Tag, ...]
    left_out: tuple[str, ...] = ()
    kind: Slug = "opcua"
    options: dict[str, JSON] = Field(default_factory=dict)
    decide: tuple[str, ...] = ()
