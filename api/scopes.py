"""What a token must be good for at each door: looking, handing in, deciding, configuring, pushing.

A scope only narrows what its holder may: policy is asked all the same. A door that changes
something and is not named here opens to tokens that are good for everything, as a log-in gives.
"""

from collections.abc import Callable

from fastapi import Request

from twin_core.answer import SCOPES, Asker, Scope
from twin_core.errors import NotAllowed, StoreDown

NEEDED: dict[str, Scope] = {
    "/ask": "read",
    "/values": "read",
    "/values/changes": "read",
    "/whatif": "read",
    "/compare": "read",
    "/charts/png": "read",
    "/sweeps": "read",
    "/schedules": "read",
    "/schedules/shop": "read",
    "/schedules/{search}/endings": "read",
    "/warehouses/rebalancing": "read",
    "/warehouses/picking": "read",
    "/warehouses/slotting": "read",
    "/warehouses/replenishing": "read",
    "/windows": "read",
    "/cells/{cell}/trials": "read",
    "/calibrations": "propose",
    "/learnings": "propose",
    "/promotions": "propose",
    "/cells/{cell}/proposals": "propose",
    "/proposals": "propose",
    "/proposals/{proposal}/edits": "propose",
    "/proposals/{proposal}/rehearsals": "propose",
    "/testimony": "propose",
    "/disputes": "propose",
    "/stops/{stop}/reasons": "propose",
    "/proposals/{proposal}/decisions": "decide",
    "/proposals/{proposal}/cancellations": "decide",
    "/proposals/{proposal}/rollbacks": "decide",
    "/proposals/{proposal}/resolutions": "decide",
    "/proposals/{proposal}/reports": "decide",
    "/proposals/{proposal}/acknowledgements": "decide",
    "/locks": "decide",
    "/unlocks": "decide",
    "/releases": "decide",
    "/amendments": "decide",
    "/alarms/acts": "decide",
    "/incidents/{incident}/confirmations": "decide",
    "/freeze": "decide",
    "/lift": "decide",
    "/trust": "configure",
    "/standing-rules": "configure",
    "/standing-rules/{rule}/revocations": "configure",
    "/local-rules/signatures": "configure",
    "/local-rules/{rule}/revocations": "configure",
    "/audit/keys": "configure",
    "/documents": "configure",
    "/documents/removals": "configure",
    "/delegations": "configure",
    "/delegations/{delegation}/endings": "configure",
    "/slack/codes": "decide",
    "/slack/unlinkings": "decide",
    "/ingest": "push",
}
"""Route → what a token needs to POST there; to GET anything it needs `read`."""

STOPPING: frozenset[str] = frozenset({"/freeze", "/locks"})
"""What a person may do on a damaged ledger too: he stops, and a restore takes that up again."""


def fits(asker: Asker, request: Request, damage: Callable[[], str]) -> None:
    """Return if the token he came with is good for this request, and it is open at present.

    Args:
        asker: who comes.
        request: his.
        damage: what is wrong with the ledger, asked where something is decided or configured:
            while it says anything, nothing is.

    Raises:
        NotAllowed: it is not, whatever he himself may.
        StoreDown: the ledger is damaged.
    """
    if request.method in {"GET", "HEAD"}:
        needed: tuple[Scope, ...] = ("read",)
    else:
        one = NEEDED.get(request.scope["route"].path)
        needed = SCOPES if one is None else (one,)
    missing = [scope for scope in needed if scope not in asker.scopes]
    if missing:
        what = f"{request.method} {request.url.path} with this token"
        raise NotAllowed(asker.name, what, f"a token with the scope {', '.join(missing)}")
    changes = {"decide", "configure"} & set(needed)
    if changes and request.scope["route"].path not in STOPPING and (why := damage()):
        raise StoreDown("ledger", why)
