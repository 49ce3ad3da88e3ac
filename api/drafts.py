"""Makes a proposal of a draft: whose it is, its id and nonce, when it was made and expires.

It must never say in whose right it is asked for: the gate does.
"""

from collections.abc import Callable

from api.standing import Standing
from twin_core.governance.action import Draft, Proposal, Requester
from twin_core.governance.ports import Ledger
from twin_core.value import SECOND, Slug


class Drafts:
    """Those of a site.

    Args:
        standing: whose limits say how long a proposal is good for.
        ids: a fresh opaque id (`p-…`) at each call; nonces come from it too.
    """

    def __init__(
        self, site: Slug, ledger: Ledger, standing: Standing, ids: Callable[[], str]
    ) -> None:
        self._site = site
        self._ledger = ledger
        self._standing = standing
        self._ids = ids

    async def proposed(
        self, draft: Draft, user: str, through: str = "assistant", earlier: tuple[str, ...] = ()
    ) -> Proposal:
        """A proposal of it in a user's name, `through` a program; `earlier` if it is an edit."""
        now = await self._ledger.now()
        return Proposal(
            id=self._ids(),
            site=self._site,
            draft=draft,
            requester=Requester(user=user, through=through),
            created=now,
            expires=now + round(self._standing.limits.expires_s * SECOND),
            nonce=self._ids(),
            earlier=earlier,
        )
