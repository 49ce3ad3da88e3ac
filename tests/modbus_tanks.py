"""The tank of `devices.py` behind Modbus over TLS, and behind servers that are not Python."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from pymodbus.framer import FramerType
from pymodbus.server import ModbusTcpServer, ModbusTlsServer

from evals.virtual.loopback import free_port
from tests.certificates import pair
from tests.devices import MODBUS_ADDRESSES, NAMES, START, ModbusTank, blank, plant, told
from tests.node_server import _ANSWER_S, NodeProcess

_SCRIPT = Path(__file__).parent / "node_modbus" / "modbus_server.js"


@pytest.fixture(scope="session")
def identities(tmp_path_factory):
    """A folder with certificates and keys of the device, of us, and of somebody else."""
    folder = tmp_path_factory.mktemp("modbus")
    for name in ("device", "us", "other"):
        pair(folder / name, f"urn:test:{name}")
    return folder


@pytest.fixture(scope="module")
def node_modbus(tmp_path_factory):
    """A Node process with modbus-serial, until the module's tests are done."""
    found = NodeProcess(tmp_path_factory.mktemp("node"), _SCRIPT, "modbus-serial")
    yield found
    found.end()


def introduced(folder: Path) -> dict[str, str]:
    """Options by which we come as ourselves and trust the device alone."""
    return {
        "certificate": str(folder / "us.crt"),
        "private_key": str(folder / "us.pem"),
        "server_certificate": str(folder / "device.crt"),
    }


class ModbusTlsTank(ModbusTank):
    """The tank over TLS; it lets nobody in but us.

    Attributes:
        identity: what it shows: this path with .crt and .pem.
        client: the certificate it asks for.
    """

    scheme = "modbuss"

    def __init__(self, folder: Path, **options):
        super().__init__(**{**introduced(folder), **options})
        self.identity = folder / "device"
        self.client = folder / "us.crt"

    def server(self) -> ModbusTcpServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(
            self.identity.with_suffix(".crt"), self.identity.with_suffix(".pem")
        )
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.client)
        return ModbusTlsServer(
            blank(),
            address=("127.0.0.1", self.port),
            sslctx=context,
            framer=FramerType.SOCKET,
        )


class NodeModbusTank:
    """The tank behind modbus-serial, in the clear or over TLS."""

    def __init__(self, process: NodeProcess, folder: Path | None = None) -> None:
        self.port = free_port()
        scheme = "modbus" if folder is None else "modbuss"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        options = {"poll_s": 0.05, "unit_id": 3, "word_order": "little"}
        self._process = process
        self._folder = folder
        given = {**options, **(introduced(folder) if folder is not None else {})}
        self.plant = plant("modbus", self.url, repr(given), MODBUS_ADDRESSES)
        process.forget()

    @property
    def writes(self):
        """What came from outside, in order."""
        return self._process.writes()

    async def written(self):
        """Wait until something was written."""
        assert await asyncio.to_thread(self._process.wrote.wait, _ANSWER_S)

    async def start(self, now):
        given: dict[str, Any] = {"port": self.port}
        if self._folder is not None:
            given["key"] = str(self._folder / "device.pem")
            given["certificate"] = str(self._folder / "device.crt")
            given["client"] = str(self._folder / "us.crt")
        for name in NAMES:
            await self.show(name, START[name], now)
        await self._do("start", **given)

    async def stop(self):
        await self._do("stop")

    async def show(self, name, value, at):
        table, register, words = told(name, value)
        await self._do("show", table=table, register=register, words=words)

    async def behave(self, how):
        await self._do("behave", how=how)

    async def _do(self, what, **given):
        await asyncio.to_thread(self._process.ask, what, given)
