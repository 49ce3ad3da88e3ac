"""Which connector looks through a server or file, by its address; no plant is known yet."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pydantic import ValidationError

from connectors.opcua_keys import OpcuaKeys
from connectors.replay_options import ENDINGS
from twin_core.errors import BadInput, WrongKind
from twin_core.plant.assets import Plant
from twin_core.plant.source import Source
from twin_core.plant.survey import Looking, Survey
from twin_core.ports import Clock

_KINDS = {"modbus": "modbus", "modbuss": "modbus", "mqtt": "mqtt", "mqtts": "mqtt"}
_ALLOWED = "opc.tcp://HOST:PORT, modbus://HOST:PORT, mqtt://HOST:PORT or FILE.csv"


async def discovered(
    url: str, options: Mapping[str, Any], how: Looking, keys: OpcuaKeys, clock: Clock
) -> Survey:
    """What a server or file offers.

    Args:
        url: of the server, or the file's path.
        options: as a plant file gives them to a source.
        how: it is looked through.
        keys: our certificate and the servers that people accepted.
        clock: plant time.

    Raises:
        BadInput: a register map that is missing or cannot be read.
        SourceDown: it does not answer, or is not the one that was accepted.
        WrongKind: an address or option that cannot be, or a server that could be anybody.
    """
    if url.startswith("file:") or ("://" not in url and url.lower().endswith((*ENDINGS, "/"))):
        if options:
            raise WrongKind(url, f"the option {next(iter(options))}", "none for a file")
        from connectors.replay_survey import survey

        path = Path(unquote(url.removeprefix("file:").removeprefix("//")))
        return await asyncio.to_thread(survey, path)
    kind = _KINDS.get(url.partition(":")[0], "opcua")
    try:
        source = Source(id="plc", name="PLC", kind=kind, url=url, options=dict(options))
    except ValidationError as problem:
        raise WrongKind("address", repr(url), _ALLOWED) from problem
    if kind == "modbus":
        return await _registers(source, how, keys, clock)
    nothing = Plant(site="none", name="none", timezone="UTC", areas=(), classes={})
    if kind == "mqtt":
        from connectors.mqtt import MqttSource

        return await MqttSource(nothing, source, clock).discover(how.listen_s, how.ask)
    from connectors.opcua import OpcuaSource

    return await OpcuaSource(nothing, source, clock, keys=keys).discover()


async def _registers(source: Source, how: Looking, keys: OpcuaKeys, clock: Clock) -> Survey:
    from connectors import modbus_registers, modbus_survey
    from connectors.modbus_security import Peer

    peer = Peer.of(source, keys)
    if how.registers is None:
        raise BadInput(
            f"{source.url}: a Modbus device does not tell what it has; give its register map, "
            "--map FILE.csv."
        )
    found = modbus_registers.read(how.registers, how.named, how.first)
    return await modbus_survey.survey(source, peer, found, clock)
