"""What an OPC UA server shows to anybody: its certificates, before any of them is trusted.

It opens no session, and must never keep what it was shown.
"""

import asyncio

from asyncua import ua
from asyncua.client.client import Client

from connectors.opcua_certificate import der, described
from connectors.opcua_keys import address
from connectors.opcua_session import LOSSES
from connectors.vendor_error import clause, silence
from twin_core.certificate import Offer
from twin_core.errors import SourceDown, WrongKind

_ANSWER_S = 4.0  # host seconds the server has
_MOST = 20  # certificates of one server that are looked at


async def offers(url: str) -> tuple[Offer, ...]:
    """The server's certificates, each once, with the policies it signs and encrypts by.

    Raises:
        SourceDown: it does not answer.
        WrongKind: not an address of OPC UA.
    """
    address(url)
    silence("asyncua")
    client = Client(url, timeout=_ANSWER_S)
    try:
        async with asyncio.timeout(2 * _ANSWER_S):
            endpoints = await client.connect_and_get_server_endpoints()
    except LOSSES as problem:
        raise SourceDown(url, clause(problem)) from problem
    found: dict[bytes, Offer] = {}
    for endpoint in endpoints:
        if endpoint.SecurityMode != ua.MessageSecurityMode.SignAndEncrypt:
            continue
        policy = str(endpoint.SecurityPolicyUri).rpartition("#")[2]
        try:
            shown = der(endpoint.ServerCertificate or b"")
        except WrongKind as problem:
            raise SourceDown(url, f"what it shows is no certificate: {problem}") from problem
        before = found.get(shown)
        if before is None and len(found) >= _MOST:
            break
        found[shown] = Offer(
            certificate=described(shown, url),
            der=shown,
            application_uri=str(endpoint.Server.ApplicationUri or ""),
            policies=(*(before.policies if before is not None else ()), policy),
        )
    return tuple(found.values())
