"""The document routes: what is filed, found, taken away. Engineers file; everybody may read.

What a document says is shown as it stands, with where it came from; nothing here acts on it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.librarian import may_file
from api.routes import AskerOf, Reason, SystemOf
from knowledge.filing import Filing
from knowledge.readers import section
from tools.documents import neighbourhood
from twin_core.errors import BadInput
from twin_core.plant.names import Names
from twin_core.value import Slug

router = APIRouter(prefix="/documents")

MOST_BYTES = section.MOST_BYTES
"""Of a file."""
_FILE = r"^[^/\\\x00-\x1f]{1,200}$"


class Removal(BaseModel):
    """Which document no longer holds, and why."""

    model_config = ConfigDict(extra="forbid")

    document: str = Field(min_length=1, max_length=100)
    reason: Reason


@router.get("")
async def documents(
    system: SystemOf,
    _asker: AskerOf,
    ended: Annotated[bool, Query(description="Superseded and removed ones too.")] = False,
) -> list[dict[str, Any]]:
    """The documents that hold at this site."""
    found = await system.librarian.documents(ended=ended)
    return [one.model_dump(mode="json") for one in found]


@router.post("")
async def file(
    system: SystemOf,
    asker: AskerOf,
    request: Request,
    file: Annotated[str, Query(pattern=_FILE, description="Its name; the ending says its kind.")],
    document: Annotated[str, Query(max_length=100)] = "",
    title: Annotated[str, Query(max_length=300)] = "",
    version: Annotated[str, Query(max_length=100)] = "",
    equipment: Annotated[tuple[Slug, ...], Query(max_length=200)] = (),
    site: Annotated[tuple[Slug, ...], Query(max_length=200)] = (),
) -> dict[str, Any]:
    """File the bytes of the body; a document of the same number is superseded by it.

    What is not given is taken from the file. An equipment class must be one of the plant's: a
    document about no known class would be found by nobody who asks about a machine.
    """
    may_file(asker, system.plant.site)
    known = {unit.class_id for unit in system.plant.units.values()}
    if strange := sorted(set(equipment) - known):
        raise BadInput(f"equipment: no class “{strange[0]}”; allowed: {', '.join(sorted(known))}.")
    said = Filing(document=document, title=title, version=version, classes=equipment, sites=site)
    told = await system.librarian.file(await request.body(), file, said, asker)
    return {
        "outcome": told.outcome,
        "document": told.document.model_dump(mode="json"),
        "before": told.before and told.before.model_dump(mode="json"),
        "library": system.librarian.state,
    }


@router.post("/removals")
async def remove(system: SystemOf, asker: AskerOf, body: Removal) -> dict[str, Any]:
    """Take a document away; its record and its passages stay on file."""
    gone = await system.librarian.remove(body.document, body.reason, asker)
    return gone.model_dump(mode="json")


@router.get("/passages")
async def passages(
    system: SystemOf,
    _asker: AskerOf,
    query: Annotated[str, Query(min_length=1, max_length=4000)],
    asset: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> list[dict[str, Any]]:
    """The passages nearest to a query; with an asset, of what is near it in the plant."""
    near = neighbourhood(system.plant, Names(system.plant).asset(asset)) if asset else {}
    classes = tuple(name for name in near if "/" not in name)
    found = await system.librarian.search(query, classes, limit, near)
    return [hit.model_dump(mode="json") for hit in found]


@router.get("/wordings")
async def wordings(
    system: SystemOf, _asker: AskerOf, passage: Annotated[str, Query(max_length=300)]
) -> list[dict[str, Any]]:
    """Every wording that a passage ever had, newest first, with who filed it and when."""
    return [
        {"document": one.model_dump(mode="json"), "passage": said.model_dump(mode="json")}
        for one, said in await system.librarian.history(passage)
    ]


@router.get("/check")
async def check(system: SystemOf, _asker: AskerOf) -> dict[str, Any]:
    """Whether everything that holds can be found, and how far the library is with it."""
    return (await system.librarian.check())._asdict()
