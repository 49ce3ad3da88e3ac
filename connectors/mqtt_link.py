"""One MQTT 5 connection to a broker that is trusted: on this machine, by certificate, or by word.

aiomqtt carries it. What comes in waits in a bounded box, and what does not fit is dropped and
counted; the broker is told how large a message may be. It must never log a password.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import urlparse

from aiomqtt import Client, Message, MqttError, ProtocolVersion, Will
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions
from pydantic import Field

from connectors.loopback import is_loopback
from connectors.mqtt_message import Publish
from connectors.vendor_error import clause, silence
from twin_core.errors import SourceDown, WrongKind
from twin_core.value import Value

LOSSES = (MqttError, OSError, TimeoutError)
"""What aiomqtt raises when the broker is gone, slow, or refuses."""
_ANSWER_S = 4.0  # host seconds the broker has for any answer
_MOST_WAITING = 10_000  # messages, and
_MOST_BYTES = 16_000_000  # bytes of them, that may wait to be read


class BrokerOptions(Value):
    """How a broker is reached.

    Attributes:
        username, password_file: who we are; the password stands in a file of its own.
        ca_file: whom we trust over mqtts; absent = the system's authorities.
        certificate, private_key: files, ours, where the broker asks for them.
        allow_insecure: whether a broker elsewhere is spoken to in the clear.
        keepalive_s: host seconds; a broker that is silent for twice as long is lost.
        most_bytes: the largest message that is taken.
    """

    username: str | None = None
    password_file: str = ""
    ca_file: str = ""
    certificate: str = ""
    private_key: str = ""
    allow_insecure: bool = False
    keepalive_s: int = Field(default=5, ge=1, le=3600)
    most_bytes: int = Field(default=1_000_000, ge=1_000, le=16_000_000)


class Broker(NamedTuple):
    """Where a broker listens, and whether over TLS."""

    host: str
    port: int
    tls: bool


def broker(what: str, url: str, options: BrokerOptions) -> Broker:
    """The broker at `mqtt://HOST[:PORT]` or `mqtts://HOST[:PORT]`.

    Raises:
        WrongKind: another address; a name or password in it; or a broker that could be anybody.
    """
    found = urlparse(url)
    if found.scheme not in {"mqtt", "mqtts"} or found.hostname is None:
        raise WrongKind(what, url, "mqtt://HOST:PORT or mqtts://HOST:PORT")
    if found.username is not None or found.password is not None:
        shown = f"{found.scheme}://…@{found.hostname}"
        raise WrongKind(what, shown, "the options username and password_file")
    tls = found.scheme == "mqtts"
    if not (tls or is_loopback(found.hostname) or options.allow_insecure):
        raise WrongKind(
            what,
            f"{url} without TLS",
            "mqtts://, a loopback address, or the option allow_insecure: true",
        )
    if bool(options.certificate) != bool(options.private_key):
        raise WrongKind(what, "only one of certificate and private_key", "both or neither")
    return Broker(found.hostname, found.port or (8883 if tls else 1883), tls)


class MqttLink:
    """An open connection; made by `opened`.

    Attributes:
        lost: why it is over, one clause; empty while it is not.
        dropped: messages that found no room.
    """

    def __init__(self) -> None:
        self.lost = ""
        self.dropped = 0
        self._news = asyncio.Event()
        self._waiting: deque[Message] = deque()
        self._bytes = 0
        self._client: Client | None = None
        self._watch: asyncio.Task[None] | None = None

    @classmethod
    async def opened(
        cls,
        name: str,
        at: Broker,
        options: BrokerOptions,
        will: Publish | None = None,
        password: str | None = None,
    ) -> "MqttLink":
        """Connect.

        Raises:
            SourceDown: no broker, not a trusted one, or it refuses us.
        """
        silence("mqtt")
        link = cls()
        limit = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        limit.MaximumPacketSize = options.most_bytes + 1000  # its topic and properties
        try:
            if options.password_file and password is None:
                password = (await asyncio.to_thread(Path(options.password_file).read_text)).strip()
            client = Client(
                at.host,
                at.port,
                username=options.username,
                password=password,
                protocol=ProtocolVersion.V5,
                will=None
                if will is None
                else Will(will.topic, will.payload, will.qos, will.retain),
                timeout=_ANSWER_S,
                keepalive=options.keepalive_s,
                clean_start=True,
                properties=limit,
                tls_context=await asyncio.to_thread(_context, options) if at.tls else None,
                # The box is the connection's own: aiomqtt's takes a task for every message.
                queue_type=cast("type[asyncio.Queue[Message]]", partial(_Box, link._put)),
            )
            await _entered(client)
        except (*LOSSES, ValueError) as problem:
            raise SourceDown(name, clause(problem)) from problem
        link._client = client
        link._watch = asyncio.ensure_future(link._watched(client))
        return link

    async def subscribe(self, topics: Sequence[str]) -> None:
        """Subscribe; retained messages come once. Our own messages do not come back.

        Raises:
            OSError, TimeoutError, MqttError: not answered, or refused.
        """
        assert self._client is not None
        options = SubscribeOptions(qos=1, noLocal=True)
        for at in range(0, len(topics), 200):
            part = [(topic, options) for topic in topics[at : at + 200]]
            answered = await self._client.subscribe(cast("Any", part))
            _heed()
            refused = [str(code) for code in answered if getattr(code, "is_failure", False)]
            if refused:
                raise MqttError(f"the broker refuses a subscription: {refused[0]}")

    async def publish(self, message: Publish) -> None:
        """Send one message, once.

        Raises:
            OSError, TimeoutError, MqttError: not sent, or (QoS 1) not answered.
        """
        assert self._client is not None
        await self._client.publish(message.topic, message.payload, message.qos, message.retain)
        _heed()

    async def received(self, wait_s: float) -> list[Message]:
        """What came in; waits at most so many host seconds for something."""
        if not self._waiting and not self.lost:
            self._news.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
            except TimeoutError:
                return []
        taken = list(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        return taken

    async def close(self, goodbye: Publish | None = None) -> None:
        """Say goodbye if the broker still listens; let go in any case."""
        if self._client is None or self._watch is None:
            return
        client, self._client = self._client, None
        try:
            if goodbye is not None and not self.lost:
                await client.publish(goodbye.topic, goodbye.payload, goodbye.qos, goodbye.retain)
        except LOSSES as problem:
            self.lost = clause(problem)
        finally:
            try:
                await _left(client)
                await asyncio.wait([self._watch], timeout=1.0)  # it takes note of the end
            finally:
                self._watch.cancel()

    def _put(self, message: Message) -> None:
        size = len(message.payload)
        if len(self._waiting) >= _MOST_WAITING or self._bytes + size > _MOST_BYTES:
            self.dropped += 1
            return
        self._waiting.append(message)
        self._bytes += size
        self._news.set()

    async def _watched(self, client: Client) -> None:
        """Nothing ever comes out of aiomqtt's queue but the news that the connection is over."""
        try:
            await anext(client.messages)
        except LOSSES as problem:
            self.lost = clause(problem.__cause__ or problem)
            self._news.set()


class _Box(asyncio.Queue[Message]):
    """Hands every message over at once."""

    def __init__(self, put: Any, maxsize: int = 0) -> None:
        super().__init__(maxsize)
        self._hand_over = put

    def put_nowait(self, item: Message) -> None:
        self._hand_over(item)


class _Socket(ssl.SSLSocket):
    """Closes itself when the far side is not trusted: paho would leave it open."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


async def _entered(client: Client) -> None:
    """Connect. Its thread cannot be stopped: who is cancelled meanwhile waits for it and leaves."""
    entering = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(entering)
    except asyncio.CancelledError:
        await asyncio.wait([entering])
        if entering.exception() is None:
            await _left(client)
        raise
    except LOSSES:
        # aiomqtt leaves the socket of a broker that does not answer open.
        client._client.disconnect()  # noqa: SLF001 (there is no public way to it)
        raise


async def _left(client: Client) -> None:
    try:
        async with asyncio.timeout(_ANSWER_S):
            await client.__aexit__(None, None, None)
    except LOSSES:
        client._client.disconnect()  # noqa: SLF001
    _heed()


def _heed() -> None:
    """Raise the cancellation that Python 3.11's `wait_for`, under aiomqtt, may have swallowed."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _context(options: BrokerOptions) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=options.ca_file or None)
    context.sslsocket_class = _Socket
    if options.certificate:
        context.load_cert_chain(options.certificate, options.private_key)
    return context
