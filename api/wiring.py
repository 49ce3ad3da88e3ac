"""The one place where everything is put together: `build(settings) → System`. No globals.

It must never hold a law: it chooses and constructs; `system.py` starts and stops.
"""

import asyncio
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import SecretStr, ValidationError

from agents.assistant import Assistant
from agents.model import ModelSettings, open_model
from api.actuation import Actuation
from api.calibrating import Calibrator
from api.casebook import Casebook
from api.champions import Champions
from api.clock import SystemClock
from api.confirming import Confirmer
from api.directory import DataDirectory
from api.high_water import HighWater
from api.identity import Identity
from api.improving import Improving
from api.learning import Lessons
from api.ledgers import opened
from api.librarian import Librarian
from api.outside import (
    Parts,
    beyond,
    computing,
    history,
    keys,
    picks,
    push_door,
    republisher,
)
from api.plant_file import read_plant
from api.policy_file import PolicyFile, policy_text
from api.recalled import Recalled
from api.searching import Searches
from api.service import Pump
from api.settings import Settings
from api.sight import PoolForecaster, SiteView
from api.soft_sensors import Learner
from api.sweeping import Sweeper
from api.system import System
from api.twin_sink import TwinSink
from knowledge.embeddings import Embedder
from knowledge.library import Library
from twin_core.answer import Asker
from twin_core.certificate import Offer
from twin_core.errors import BadInput, UnknownName
from twin_core.governance.admission import MODELS, TWIN
from twin_core.governance.audit import Head
from twin_core.governance.policy import Policy
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.plant.source import Source
from twin_core.plant.survey import Looking, Survey

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


__all__ = ["Parts", "build", "offered", "survey", "usable", "verify_file"]

log = structlog.get_logger(__name__)

_ACTUATION_S = 0.25
_NAMESPACE_S = 1.0
_POLICY_S = 2.0
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
    plant = given.plant or _plant(settings)
    clock = given.clock or SystemClock(settings.time_factor, settings.time_origin)
    text, policy = _policy(settings, plant)
    model = _model(settings)
    directory = DataDirectory(settings.data)
    outside = beyond(settings, plant, clock, directory, given, lambda: pump.recalled())  # noqa: PLW0108 (the pump is made of it)
    identity = Identity(directory.identity, clock.ledger)
    ledger = opened(settings, directory, clock)
    models = SqlModels(f"sqlite:///{directory.models}")
    documents = SqlDocuments(f"sqlite:///{directory.documents}")
    # Last what runs threads and processes: nobody would stop them, were another store refused.
    historian = history(settings, plant, directory)
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
    confirmer = Confirmer(
        plant,
        pump.snapshot,
        casebook,
        lambda passage, user: librarian.keep(passage, user),  # noqa: PLW0108 (it is made below)
    )
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
        sinks={**outside.sinks, MODELS: models, TWIN: inside},
        snapshots=pump.snapshot,
        clock=clock,
        policy=policy,
        ids=lambda: f"p-{secrets.token_hex(4)}",
        person=identity.person,
        records=outside.records,
        mark=HighWater(directory.mark),
    )

    if settings.policy is not None:
        outside.periodic.append(
            (_POLICY_S, PolicyFile(settings.policy, text, actuation.reload_policy).look)
        )
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
    improving = Improving(
        plant, compute, champions, pump.snapshot, actuation.notices.tell, settings.seed
    )
    learner = Learner(plant, historian, compute, pump, clock)

    pick_orders = picks(settings, plant)

    def view_for(asker: Asker) -> SiteView:
        return SiteView(asker, pump.snapshot, historian, actuation.proposals, pick_orders, casebook)

    librarian = Librarian(
        plant,
        documents,
        Library(directory.knowledge, _embedder(settings)),
        compute,
        outside.records,
        clock,
        ledger.record,
    )
    past = Recalled(plant, historian)
    forecaster = PoolForecaster(compute, settings.seed, champions, past, casebook)
    assistant = Assistant(
        model=model,
        view_for=view_for,
        library=librarian,
        forecaster=forecaster,
        records=outside.records,
        desk=actuation,
    )
    return System(
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
        assistant=assistant,
        forecaster=forecaster,
        casebook=casebook,
        confirmer=confirmer,
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
        periodic=[
            (_ACTUATION_S, actuation.tick),
            (_LEARN_S, learner.learn),
            (_FORETELL_S, calibrator.foretell),
            (_SHIFT_S, improving.look),
            (_RECORDS_S, librarian.refresh),
            (_CASES_S, lambda: casebook.look(pump.snapshot, forecaster)),
            *outside.periodic,
        ],
        closing=[
            identity.close,
            compute.close,
            historian.close,
            ledger.close,
            models.close,
            documents.close,
            librarian.close,
            *outside.closing,
        ],
    )


def verify_file(path: Path) -> Head:
    """Check the audit chain of a ledger file that no server has open.

    Raises:
        BadInput: not a file, or not a ledger.
        ChainBroken: with the index of the first bad record.
    """
    from connectors import ledger

    if not path.is_file():
        raise BadInput(f"{path} is not a file.")
    return asyncio.run(ledger.verify_file(path))


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


def _plant(settings: Settings) -> Plant:
    if settings.plant is None:
        raise BadInput("No plant file: give --plant, OPSTWIN_PLANT or `plant` in opstwin.toml.")
    plant = read_plant(settings.plant, usable)
    known = {source.id for source in plant.sources}
    for name in settings.sources:
        if name not in known:
            raise UnknownName("source", name, sorted(known))
    moved = tuple(_moved(source, settings.sources) for source in plant.sources)
    return plant.model_copy(update={"sources": moved})


def _moved(source: Source, urls: Mapping[str, str]) -> Source:
    if source.id not in urls:
        return source
    try:
        return Source.model_validate({**source.model_dump(), "url": urls[source.id]})
    except ValidationError as problem:
        raise BadInput(
            f"Source {source.id}: “{urls[source.id]}” is no address; "
            "allowed: protocol://HOST or protocol://HOST:PORT."
        ) from problem


def _model(settings: Settings) -> "BaseChatModel | None":
    """The language model that settings name; None is the offline operator."""
    if settings.model == "offline" or (
        settings.openai_api_key is None and settings.openai_base_url is None
    ):
        return None
    if settings.model is None:
        raise BadInput("OPENAI_API_KEY is given but no model: set OPSTWIN_MODEL.")
    return open_model(
        ModelSettings(
            name=settings.model,
            key=settings.openai_api_key or SecretStr("none"),
            base_url=settings.openai_base_url,
        )
    )


def _embedder(settings: Settings) -> Embedder | None:
    """The embedding model that settings name; None is the one that comes with us."""
    if settings.embeddings is None:
        return None
    url = settings.embeddings_url or settings.openai_base_url
    if not re.fullmatch(r"https?://\S+", url or ""):
        raise BadInput(
            f"embeddings: {settings.embeddings} is at no address: set OPSTWIN_EMBEDDINGS_URL; "
            "allowed: http://HOST/v1 or https://HOST/v1."
        )
    from knowledge.endpoint import EndpointEmbedder

    key = settings.embeddings_key or (None if settings.embeddings_url else settings.openai_api_key)
    return EndpointEmbedder(settings.embeddings, url or "", key.get_secret_value() if key else "")


def _policy(settings: Settings, plant: Plant) -> tuple[str, Policy]:
    """The policy file's text, if there is one, and the policy."""
    if settings.policy is None:
        return "", Policy.shipped()
    text, file = policy_text(settings.policy), str(settings.policy)
    return text, Policy.parse(text, file).fitting(plant, file)
