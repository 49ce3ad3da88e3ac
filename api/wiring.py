"""The one place where everything is put together: `build(settings) → System`. No globals.

It must never hold a law: it chooses and constructs; `system.py` starts and stops.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from agents.assistant import Assistant
from agents.budget import Budget
from api.answers import Answers
from api.attesting import AttestedLedger
from api.calibrating import Calibrator
from api.casebook import Casebook
from api.champions import Champions
from api.chatting import slack_parts, with_slack
from api.chosen import chosen_embedder, chosen_model, chosen_plant, chosen_prices
from api.clock import SystemClock
from api.directory import DataDirectory
from api.disputes import Disputes
from api.governing import as_written, governing
from api.high_water import HighWater
from api.identity import Identity
from api.improving import Improving
from api.learning import Lessons
from api.ledger_room import LOOK_S as ROOM_S
from api.ledger_room import LedgerRoom
from api.ledgers import conversations, opened
from api.librarian import Librarian
from api.outside import (
    Parts,
    beyond,
    computing,
    history,
    picks,
    push_door,
    republisher,
)
from api.outside_trust import chats, delays, keys, pagers, provider, witness
from api.provided import Provided
from api.recalled import Recalled
from api.searching import Searches
from api.service import Pump
from api.settings import Settings
from api.sight import PoolForecaster, SiteView
from api.soft_sensors import Learner
from api.sweeping import Sweeper
from api.system import System
from api.unasked import Unasked
from api.verifying import Verification, checked
from api.witnessing import LOOK_S, TELL_S
from knowledge.library import Library
from twin_core.answer import Asker
from twin_core.certificate import Offer
from twin_core.governance.admission import MODELS
from twin_core.governance.ports import Pager
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.plant.survey import Looking, Survey

__all__ = ["Parts", "build", "offered", "survey", "usable", "verify_file"]

log = structlog.get_logger(__name__)

_NAMESPACE_S = 1.0
_LEARN_S = 60.0
_FORETELL_S = 20.0
_RECORDS_S = 30.0
_CASES_S = 20.0
_SHIFT_S = 10.0


def build(settings: Settings, parts: Parts | None = None) -> System:
    """A System from settings; `parts` replaces the outside world where given.

    Raises:
        BadInput: settings or plant file cannot be used.
        StoreDown: a store cannot be opened.
    """
    from connectors.checkpoints import FileCheckpoints
    from connectors.documents import SqlDocuments
    from connectors.mailbox import mailbox
    from connectors.models import SqlModels

    given = parts or Parts()
    plant = given.plant or chosen_plant(settings, usable)
    clock = given.clock or SystemClock(settings.time_factor, settings.time_origin)
    files = as_written(settings, plant)
    model, prices = chosen_model(settings), chosen_prices(settings)
    directory = DataDirectory(settings.data)
    outside = beyond(settings, plant, clock, directory, given, lambda: pump.recalled())  # noqa: PLW0108 (the pump is made of it)
    identity = Identity(directory.identity, clock.ledger, claims_s=settings.oidc_claims_s)
    slack = slack_parts(settings, identity, clock, partial(chats, directory, clock), delays)
    webhooks = pagers(settings, clock)
    channels: dict[str, Pager] = {**webhooks, **({} if slack is None else {"slack": slack.pager})}
    oidc = provider(settings, clock)
    talks = conversations(settings, directory, clock)
    store = opened(settings, directory, clock)
    ledger = AttestedLedger(store)
    threads = talks()
    models = SqlModels(f"sqlite:///{directory.models}")
    documents = SqlDocuments(f"sqlite:///{directory.documents}")
    # Last what runs threads and processes: nobody would stop them, were another store refused.
    historian = history(settings, plant, directory, given.commit_s)
    compute = given.compute or computing(settings)
    pump = Pump(
        Twin(plant),
        outside.sources,
        historian,
        clock,
        max(0.1, 1 / settings.time_factor),
        FileCheckpoints(directory.checkpoints, plant),
    )
    casebook = Casebook(ledger)
    governance = governing(
        settings,
        files,
        plant,
        clock,
        pump,
        ledger,
        {**outside.sinks, MODELS: models},
        channels,
        identity,
        casebook,
        outside.records,
        HighWater(directory.mark),
        lambda passage, user: librarian.keep(passage, user),  # noqa: PLW0108 (it is made below)
    )
    actuation, told = governance.actuation, governance.actuation.notices
    seen = witness(settings, plant, ledger, clock, told)
    store.witnessed_by(seen.heads)
    if oidc is not None:
        outside.closing.append(oidc.close)
    if settings.uns is not None:
        namespace = republisher(settings, pump.snapshot, clock)
        outside.periodic.append((_NAMESPACE_S, namespace.publish))
        outside.closing.append(namespace.close)

    champions = Champions(models)
    calibrator = Calibrator(
        plant,
        historian,
        compute,
        models,
        champions,
        pump.snapshot,
        actuation,
        ledger,
        actuation.notices.tell,
        actuation.doubt,
        clock,
        settings.seed,
    )
    lessons = Lessons(
        plant,
        historian,
        compute,
        models,
        calibrator,
        pump.snapshot,
        actuation,
        clock,
        settings.seed,
    )
    unasked = Unasked(
        plant,
        ledger,
        pump.snapshot,
        lambda question: system.answer(question),  # noqa: PLW0108 (it is made of all)
        actuation.standing.owned,
        told.tell,
    )
    improving = Improving(plant, compute, champions, pump.snapshot, unasked.say, settings.seed)
    learner = Learner(plant, historian, compute, pump, clock)

    pick_orders = picks(settings, plant)

    def view_for(asker: Asker) -> SiteView:
        return SiteView(asker, pump.snapshot, historian, actuation.proposals, pick_orders, casebook)

    librarian: Librarian = Librarian(
        plant,
        documents,
        Library(directory.knowledge, chosen_embedder(settings)),
        compute,
        outside.records,
        clock,
        ledger.record,
    )
    past = Recalled(plant, historian, compute)
    forecaster = PoolForecaster(compute, settings.seed, champions, past, casebook)
    assistant = Assistant(
        model=model,
        view_for=view_for,
        library=librarian,
        forecaster=forecaster,
        records=outside.records,
        desk=actuation,
        threads=threads,
        budget=Budget(tokens=settings.most_tokens, cost=settings.most_cost),
        prices=prices,
    )
    system = System(
        settings=settings,
        plant=plant,
        clock=clock,
        directory=directory,
        identity=identity,
        historian=historian,
        ledger=ledger,
        pump=pump,
        inlet=push_door(plant, pump, clock),
        actuation=actuation,
        escalating=governance.escalating,
        witness=seen,
        local=governance.local,
        assistant=assistant,
        answers=Answers(plant, ledger, pump.snapshot, lambda: actuation.damage),
        disputes=Disputes(ledger),
        forecaster=forecaster,
        casebook=casebook,
        confirmer=governance.confirmer,
        librarian=librarian,
        compute=compute,
        sweeper=Sweeper(compute, settings.seed),
        searches=Searches(mailbox),
        records=outside.records,
        calibrator=calibrator,
        lessons=lessons,
        improving=improving,
        view_for=view_for,
        pick_orders=pick_orders,
        certificates=keys(settings).certificates,
        browse=lambda url: survey(settings, url, {}),
        provided=None if oidc is None else Provided(settings, oidc.verified, identity),
        changes=governance.changes.take,
        periodic=[
            *governance.periodic,
            (LOOK_S, seen.look),
            (TELL_S, seen.tell),
            (ROOM_S, LedgerRoom(directory.ledger, settings.ledger_budget_mb << 20, told).look),
            (_LEARN_S, learner.learn),
            (_FORETELL_S, calibrator.foretell),
            (_SHIFT_S, improving.look),
            (_SHIFT_S, unasked.look),
            (_RECORDS_S, librarian.refresh),
            (_CASES_S, lambda: casebook.look(pump.snapshot, forecaster)),
            *outside.periodic,
        ],
        closing=[
            identity.close,
            compute.close,
            historian.close,
            ledger.close,
            threads.close,
            models.close,
            documents.close,
            librarian.close,
            *outside.closing,
            *(channel.close for channel in webhooks.values()),
            governance.escalating.close,
        ],
    )
    return with_slack(system, slack)


def verify_file(path: Path, told: Path | None = None, *, deep: bool = False) -> Verification:
    """Check the audit chain of a ledger file or of an export; as `verifying.checked`."""
    from connectors.ledger_file import verify_file as ledger_file
    from connectors.signing import holds
    from connectors.witness import WitnessFile

    witness = None if told is None else WitnessFile(told)
    return checked(path, witness, holds, partial(ledger_file, deep=deep), deep=deep)


def usable(plant: Plant) -> None:
    """Refuse what a plant file says to a connector and it could not use; nothing is opened.

    Raises:
        Unusable: what, and where it stands.
    """
    from connectors.plant_check import check

    check(plant)


async def offered(settings: Settings, url: str) -> tuple[Offer, ...]:
    """The certificates that a server shows to anybody who asks; none of them is trusted by that.

    Raises:
        SourceDown: it does not answer.
        WrongKind: not an address.
    """
    if url.startswith("modbuss:"):
        from connectors import modbus_security

        return await modbus_security.offers(url, keys(settings))
    from connectors.opcua_endpoints import offers

    return await offers(url)


async def survey(
    settings: Settings, url: str, options: Mapping[str, Any], how: Looking | None = None
) -> Survey:
    """What a server offers, or a file.

    Args:
        settings: for the keys.
        url: of the server, or the file's path.
        options: as a plant file gives them to a source.
        how: absent = as is usual.

    Raises:
        BadInput: a register map that is missing or cannot be read.
        SourceDown: it does not answer, or is not the one that was accepted.
        WrongKind: an address or option that cannot be, or a server that could be anybody.
    """
    from connectors.discovery import discovered

    return await discovered(url, options, how or Looking(), keys(settings), SystemClock())
