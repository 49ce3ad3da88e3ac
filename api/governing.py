"""Governance put together: what is written, the desk, and who watches it.

A part of `wiring.py`, which alone uses it. It must never hold a law, nor know a connector.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from api.actuation import Actuation
from api.casebook import Casebook
from api.confirming import Confirmer, Keep
from api.escalating import Escalating, read_oncall
from api.high_water import HighWater
from api.identity import Identity
from api.identity_changes import IdentityChanges
from api.local_rules import LocalRules, written
from api.service import Pump
from api.settings import Settings
from api.twin_sink import TwinSink
from api.watched_file import WatchedFile, file_text
from twin_core.governance.admission import TWIN
from twin_core.governance.local_rule import LocalRule
from twin_core.governance.oncall import OnCall
from twin_core.governance.policy import Policy
from twin_core.governance.ports import CommandSink, Ledger, Pager
from twin_core.plant.assets import Plant
from twin_core.ports import Clock, WorkRecords

_ACTUATION_S = 0.25
_CHANGES_S = 1.0
_LEDGER_S = 5.0
_ESCALATION_S = 1.0
_FILES_S = 2.0


@dataclass(frozen=True)
class Written:
    """What the files say that people govern by, with the text that was read."""

    policy: Policy
    oncall: OnCall
    local: tuple[LocalRule, ...]
    policy_text: str
    oncall_text: str
    local_text: str


def as_written(settings: Settings, plant: Plant) -> Written:
    """The files that settings name; the shipped policy, and nothing else, where they name none.

    Raises:
        BadInput: one cannot be read, or not used at this plant.
    """
    text, policy = "", Policy.shipped()
    if settings.policy is not None:
        text, file = file_text(settings.policy), str(settings.policy)
        policy = Policy.parse(text, file).fitting(plant, file)
    called, oncall = read_oncall(settings.oncall, plant.timezone)
    said, rules = written(settings.local_rules, plant)
    return Written(policy, oncall, rules, text, called, said)


@dataclass(frozen=True)
class Governance:
    """What was put together; `periodic` are its turns, each with seconds between two."""

    actuation: Actuation
    confirmer: Confirmer
    changes: IdentityChanges
    escalating: Escalating
    local: LocalRules
    periodic: list[tuple[float, Callable[[], Awaitable[object]]]]


def governing(
    settings: Settings,
    files: Written,
    plant: Plant,
    clock: Clock,
    pump: Pump,
    ledger: Ledger,
    sinks: Mapping[str, CommandSink],
    pagers: Mapping[str, Pager],
    identity: Identity,
    casebook: Casebook,
    records: WorkRecords,
    mark: HighWater,
    keep: Keep,
) -> Governance:
    """The desk and what stands around it; `keep` files what a person confirms."""
    confirmer = Confirmer(plant, pump.snapshot, casebook, keep)
    inside = TwinSink(
        plant,
        pump.snapshot,
        pump.edit,
        confirmer,
        lambda name: actuation.driver.cases.one(name),  # noqa: PLW0108 (it is made of this)
    )
    actuation = Actuation(
        plant=plant,
        ledger=ledger,
        sinks={**sinks, TWIN: inside},
        snapshots=pump.snapshot,
        clock=clock,
        policy=files.policy,
        ids=_proposal_id,
        person=identity.person,
        records=records,
        mark=mark,
    )
    tell = actuation.notices.tell
    changes = IdentityChanges(identity.store, ledger, actuation, plant.site)
    escalating = Escalating(
        plant,
        ledger,
        actuation.driver.cases.all,
        actuation.standing,
        identity.people,
        {"notices": actuation.notices, **pagers},
        tell,
        files.oncall,
    )
    local = LocalRules(plant, ledger, actuation, pump.snapshot, clock, files.local)
    pump.beside = local.look
    watched = (
        (settings.policy, files.policy_text, actuation.reload_policy),
        (settings.oncall, files.oncall_text, escalating.reload),
        (settings.local_rules, files.local_text, local.reload),
    )
    return Governance(
        actuation, confirmer, changes, escalating, local,
        periodic=[
            (_ACTUATION_S, actuation.tick),
            (_LEDGER_S, actuation.look),
            (_ESCALATION_S, escalating.tick),
            (_CHANGES_S, changes.take),
            *(
                (_FILES_S, WatchedFile(path, text, reload).look)
                for path, text, reload in watched
                if path is not None
            ),
            *([] if settings.local_rules is None else [(_FILES_S, local.refresh)]),
        ],
    )  # fmt: skip


def _proposal_id() -> str:
    return f"p-{secrets.token_hex(4)}"
