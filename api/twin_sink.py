"""Carries out, inside, what changes belief and knowledge alone: a release, a confirmed cause.

It is done in the name of whoever approved it, compared before and read back after, as at any far
side. It must never touch the plant, nor end a quarantine or replace a word that came later.
"""

from collections.abc import Awaitable, Callable

from api.confirming import Confirmer, Said
from twin_core.errors import OpsTwinError
from twin_core.governance.action import Command, ConfirmCause, Outcome, Release, confirmed_as
from twin_core.governance.case import Case
from twin_core.plant.assets import Plant
from twin_core.reading import GOOD_COMPLETES_ASYNCHRONOUSLY
from twin_core.settling import Edit
from twin_core.twin import Snapshot

_NOT_OURS = "it is neither a release nor a confirmed cause"


class TwinSink:
    """A CommandSink; asked twice for the same it does it once, for it compares first.

    Args:
        snapshots: the newest belief.
        edit: hands a person's edit to the log; it is durable and settled in its turn.
        confirmer: keeps causes.
        of: the case of a proposal; its approvers are who acts.
    """

    def __init__(
        self,
        plant: Plant,
        snapshots: Callable[[], Snapshot],
        edit: Callable[[Edit], Awaitable[None]],
        confirmer: Confirmer,
        of: Callable[[str], Case],
    ) -> None:
        self._plant = plant
        self._snapshots = snapshots
        self._edit = edit
        self._confirmer = confirmer
        self._of = of

    async def execute(self, command: Command) -> Outcome:
        """Release the point, or confirm the cause, where what it was approved on still stands."""
        step = command.step
        try:
            if isinstance(step, Release):
                return await self._release(command, step)
            if isinstance(step, ConfirmCause):
                return await self._confirm(command, step)
        except OpsTwinError as problem:
            return self._looked(command, str(problem))
        return self._looked(command, f"not sent: {_NOT_OURS}", result="not_applied")

    async def look(self, command: Command) -> Outcome:
        """Whether the quarantine still stands, or what the incident is confirmed as.

        An edit that is in the log already may end a quarantine that still stands.
        """
        return self._settling(self._looked(command))

    async def _release(self, command: Command, step: Release) -> Outcome:
        if self._stands(step) != str(step.since):
            return self._looked(command, result="not_applied")
        case = self._of(command.proposal)
        signer = case.signed[-1]
        why = signer.reason or case.proposal.draft.reason
        point = self._plant.point(step.point).id
        await self._edit(Edit(kind="release", point=point, user=signer.user, reason=why))
        outcome = self._settling(self._looked(command))
        return outcome.model_copy(update={"sent": True, "acknowledged": True})

    async def _confirm(self, command: Command, step: ConfirmCause) -> Outcome:
        case, known = self._of(command.proposal), self._confirmer.known(step.incident)
        if self._stands(step) == confirmed_as(step.asset, step.failure_mode):
            return self._looked(command)
        if known is not None and (known.confirmed_at or 0) > case.proposal.created:
            return self._looked(command, f"{known.confirmed_by} confirmed it meanwhile")
        signer = case.signed[-1]
        said = Said(
            incident=step.incident,
            asset=step.asset,
            failure_mode=step.failure_mode,
            words=signer.reason or case.proposal.draft.reason,
            name=" and ".join(vote.name for vote in case.signed),
            user=signer.user,
            at=signer.at,
        )
        await self._confirmer.confirm(said)
        return self._looked(command).model_copy(update={"sent": True, "acknowledged": True})

    @staticmethod
    def _settling(outcome: Outcome) -> Outcome:
        return outcome.model_copy(update={"status": GOOD_COMPLETES_ASYNCHRONOUSLY})

    def _looked(self, command: Command, why: str = "", result: str = "unknown") -> Outcome:
        return Outcome.model_validate(
            {
                "key": command.key,
                "result": result,
                "sent": False,
                "acknowledged": False,
                "reference": self._stands(command.step),
                "detail": why,
            }
        )

    def _stands(self, step: object) -> str | None:
        """What is there now, as `Outcome.reference` says it; None where nothing can be seen."""
        if isinstance(step, Release) and step.point in self._plant.index:
            held = self._snapshots().quarantined.get(self._plant.point(step.point).id)
            return "" if held is None else str(held.since)
        if isinstance(step, ConfirmCause):
            known = self._confirmer.known(step.incident)
            if known is None or not known.confirmed_by:
                return ""
            return confirmed_as(known.asset, known.failure_mode)
        return None
