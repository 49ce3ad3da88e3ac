"""POST /ingest: machines push readings; answered only after these are durable in the log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse

from api.inlet import MOST_BYTES, MOST_READINGS, PushedReading, Receipt
from api.routes import SystemOf, bearer
from twin_core.answer import Asker

router = APIRouter()

_READING = PushedReading.model_json_schema()
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"oneOf": [_READING, {"type": "array", "items": _READING,
                                                "maxItems": MOST_READINGS}]},
                "example": [{"point": "site/area/line/unit/temperature",
                             "time": "2026-11-25T10:00:00.250+01:00", "value": 21.5}],
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}  # fmt: skip


@router.post(
    "/ingest",
    openapi_extra=_BODY,
    responses={
        401: {"description": "No token, or one that is not known."},
        403: {"description": "Not a pusher, or not of this site or source."},
        404: {"description": "No such source is pushed; the nearest are named."},
        413: {"description": f"More than {MOST_READINGS} readings or {MOST_BYTES >> 20} MiB."},
        422: {"description": "Nothing of it could be taken; why, for each reading."},
        429: {"description": "Too much waits; come again after Retry-After. Nothing was taken."},
        503: {"description": "Not known to be durable: push the same again later."},
    },
)
async def ingest(
    system: SystemOf,
    pusher: Annotated[Asker, Depends(bearer)],
    request: Request,
    source: Annotated[str, Query(max_length=200)] = "",
    content_type: Annotated[str, Header()] = "application/json",
) -> Receipt:
    """Push readings of a source of kind `http`; the token is one of a user with role `pusher`.

    A JSON reading, a list of them, or one a line (`application/x-ndjson`): `point` (path), `time`
    (ISO 8601 with offset), `value`, and `status` if it is not Good (OPC UA status code). `source`
    may be left out where the plant has one that is pushed.

    200 means that what is `stored` has survived: it is on disk. `rejected` tells the place of each
    reading that was not taken, and why. The same push again is harmless: the last thousand are
    known by their bytes and not stored twice; after a restart one is stored again and believed
    once. A value that cannot be believed is stored too: whether it is believed, `/state` tells.

    An empty list says that the source lives. Without any push for 60 s of plant time it is down.
    The site's settled belief waits for its slowest source, so push every few seconds.
    """
    found = system.inlet.door(pusher, source)
    receipt = await system.inlet.take(
        found, await request.body(), lines="ndjson" in content_type.lower()
    )
    if receipt.rejected and not receipt.stored:
        return JSONResponse(receipt.model_dump(mode="json"), 422)  # type: ignore[return-value]
    return receipt
