"""Whom to trust beyond this process, and whom to call: keys, devices, witness, pagers, chats.

Made as settings name them, not started; a part of `wiring.py`. It must never hold a law.
"""

from secrets import token_urlsafe
from typing import TYPE_CHECKING

from api.directory import DataDirectory
from api.notices import Notices
from api.settings import Settings
from api.witnessing import RESTORED, Chain, Witness
from twin_core.chat import ChatStore
from twin_core.errors import BadInput
from twin_core.plant.assets import Plant
from twin_core.ports import Clock
from twin_core.value import SECOND

if TYPE_CHECKING:
    from connectors.backoff import Backoff
    from connectors.device_record import DeviceRecord
    from connectors.oidc import OidcProvider
    from connectors.opcua_keys import OpcuaKeys
    from connectors.page_webhook import PageWebhook


def keys(settings: Settings) -> "OpcuaKeys":
    """Our certificate, and the servers' that people accepted."""
    from connectors.opcua_keys import OpcuaKeys

    return OpcuaKeys(DataDirectory(settings.data).keys)


def devices_of(settings: Settings) -> "list[DeviceRecord]":
    """What was accepted of each source's devices."""
    from connectors.device_record import records

    return records(keys(settings).devices)


def provider(settings: Settings, clock: Clock) -> "OidcProvider | None":
    """The OpenID provider that settings name; None if they name none.

    Raises:
        BadInput: an issuer without our id there, or that could be anybody.
    """
    if settings.oidc_issuer is None:
        return None
    from connectors.oidc import OidcProvider, Registration

    if settings.oidc_client_id is None:
        raise BadInput("oidc_issuer is given, and oidc_client_id is not.")
    audience = settings.oidc_audience or settings.oidc_client_id
    who = Registration(
        settings.oidc_issuer, settings.oidc_client_id, audience, settings.oidc_ca_file
    )
    return OidcProvider(who, clock.ledger, clock.monotonic)


def witness(
    settings: Settings, plant: Plant, ledger: Chain, clock: Clock, notices: Notices
) -> Witness:
    """Who signs the audit chain, and where that is kept, as settings say.

    Raises:
        BadInput: `witness_url` is no address.
    """
    from connectors.signing import SigningKeys, holds
    from connectors.witness import Webhook, WitnessFile

    folder = DataDirectory(settings.data).audit
    return Witness(
        plant.site,
        ledger,
        SigningKeys(folder),
        WitnessFile(settings.witness or folder / "witness.jsonl"),
        None if settings.witness_url is None else Webhook(settings.witness_url),
        holds,
        clock,
        notices,
        folder / RESTORED,
    )


def pagers(settings: Settings, clock: Clock) -> "dict[str, PageWebhook]":
    """The channels, by name, by which people are called out of the house.

    Raises:
        BadInput: an address or a secret that cannot be, or one of them without the other.
    """
    url, secret = settings.page_webhook, settings.page_webhook_secret
    if url is None and secret is None:
        return {}
    if url is None or secret is None:
        raise BadInput("OPSTWIN_PAGE_WEBHOOK and OPSTWIN_PAGE_WEBHOOK_SECRET: give both or none.")
    from connectors.backoff import SPREAD
    from connectors.page_webhook import PageWebhook

    key = secret.get_secret_value()
    return {"webhook": PageWebhook(url, key, lambda: clock.ledger() // SECOND, SPREAD)}


def chats(directory: DataDirectory, clock: Clock) -> ChatStore:
    """What the Slack channel must not forget, in the data directory.

    Raises:
        StoreDown: it cannot be opened.
    """
    from connectors.slack_store import SlackStore

    return SlackStore(f"sqlite:///{directory.slack}", clock.ledger, lambda: token_urlsafe(18))


def delays() -> "Backoff":
    """Waits between tries of what is done every second."""
    from connectors.backoff import SPREAD, Backoff

    return Backoff(SPREAD, 1.0, 60.0)
