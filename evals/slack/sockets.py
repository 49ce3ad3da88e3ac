"""Socket Mode: the app's connections, what is sent on them and what comes back.

Source: Slack's "Using Socket Mode". It must never answer for the app.
"""

import itertools
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from evals.slack.deliveries import Attempt, Deliveries, Delivery
from evals.slack.records import Records

_MOST = 10
"""Connections that an app may have at a time."""


@dataclass
class Socket:
    """One connection; `waiting` is what was sent on it: envelope_id → delivery and attempt."""

    name: str
    line: WebSocket
    waiting: dict[str, tuple[Delivery, Attempt]] = field(default_factory=dict)


class Sockets:
    """The app's connections; a delivery goes to one of them, in turn."""

    def __init__(self, slack: Records, deliveries: Deliveries) -> None:
        self._slack, self._deliveries = slack, deliveries
        self.open: list[Socket] = []
        self.opened = 0
        self._turn = itertools.count()

    @property
    def connected(self) -> bool:
        """Whether the app has a connection."""
        return bool(self.open)

    async def serve(self, line: WebSocket) -> None:
        """One connection, from hello to its end."""
        name = line.query_params.get("ticket", "")
        if not self._slack.links.admits(name):
            await line.close(1008)
            return
        await line.accept()
        if len(self.open) >= _MOST:
            await line.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await line.close()
            return
        socket = Socket(name, line)
        try:
            await line.send_json(self._hello())
            self.open.append(socket)
            self.opened += 1
            self._slack.changed()
            while True:
                told = await line.receive()
                if told["type"] == "websocket.disconnect":
                    return
                self._heard(socket, told.get("text") or "(bytes)")
        except WebSocketDisconnect:
            pass  # it ended before hello
        finally:
            if socket in self.open:
                self.open.remove(socket)
            self._slack.changed()

    async def send(self, delivery: Delivery, attempt: Attempt) -> None:
        """Send a delivery in its envelope on the next connection."""
        if not self.open:
            attempt.problem = "dispatch_failed"
            self._deliveries.settle(delivery)
            return
        socket = self.open[next(self._turn) % len(self.open)]
        socket.waiting[delivery.id] = (delivery, attempt)
        envelope: dict[str, Any] = {
            "envelope_id": delivery.id,
            "payload": delivery.payload,
            "type": delivery.kind,
            "accepts_response_payload": delivery.accepts_answer,
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": attempt.number, "retry_reason": attempt.reason or ""}
        await self._say(socket, envelope)

    async def warn(self) -> None:
        """Tell every connection that it ends in a few seconds."""
        await self._disconnect("warning")

    async def refresh(self) -> None:
        """Ask every connection to be renewed, and close it."""
        await self._disconnect("refresh_requested")
        for socket in tuple(self.open):
            self.open.remove(socket)
            with suppress(RuntimeError, WebSocketDisconnect):  # the app was faster
                await socket.line.close()

    async def say(self, text: str) -> None:
        """Send a text as it is on every connection: what is no envelope, or no JSON."""
        for socket in tuple(self.open):
            with suppress(RuntimeError, WebSocketDisconnect):
                await socket.line.send_text(text)

    def forget(self) -> list[str]:
        """Take every connection for lost; their tickets, for whoever cuts them."""
        names = [socket.name for socket in self.open]
        self.open.clear()
        return names

    async def _disconnect(self, reason: str) -> None:
        told = {"type": "disconnect", "reason": reason,
                "debug_info": {"host": "standin"}}  # fmt: skip
        for socket in tuple(self.open):
            await self._say(socket, told)

    async def _say(self, socket: Socket, told: dict[str, Any]) -> None:
        try:
            await socket.line.send_json(told)
        except (RuntimeError, WebSocketDisconnect):  # it ended while this was on the way
            if socket in self.open:
                self.open.remove(socket)

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.open) + 1,
            "debug_info": {
                "host": "standin",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self._slack.app},
        }

    def _heard(self, socket: Socket, text: str) -> None:
        try:
            told = json.loads(text)
            delivery, attempt = socket.waiting[told["envelope_id"]]
        except (ValueError, TypeError, KeyError):
            self._slack.complaints.append(f"No acknowledgement of anything: {text[:200]}")
            return
        if attempt.acked_at is not None:
            self._slack.complaints.append(f"Acknowledged twice: {delivery.kind} {delivery.id}")
            return
        answer = told.get("payload")
        if answer and not delivery.accepts_answer:
            self._slack.complaints.append(f"An answer where none is taken: {text[:200]}")
            answer = None
        self._deliveries.answered(delivery, attempt, answer)
