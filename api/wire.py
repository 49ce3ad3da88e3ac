"""A connection over HTTP/1.1: uvicorn's, with a bound on how long and how large a head may become.

What is taken of a head before it is whole is held in memory, and nobody else looks at it yet. It
must never look at what is asked: that is `door.py`, when the head is whole.
"""

import asyncio
import json

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api import views
from api.door import MOST_HEAD_BYTES
from twin_core.errors import BadInput, TooLarge, TooSlow

_TOO_LARGE = "431 Request Header Fields Too Large"
_HEAD_S = 20.0
"""Host seconds until the head of a request is whole, from its beginning or that of the connection.
"""


class Wire(HttpToolsProtocol):
    """One connection."""

    _whole = False
    _bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there; he may not wait for ever before he asks."""
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """He has gone."""
        self._end()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._begin()

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._end()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Some bytes came."""
        in_head = not self._whole
        super().data_received(data)
        if in_head and not self._whole:
            self._bytes += len(data)
            if self._bytes > MOST_HEAD_BYTES:
                self._refuse(TooLarge("The head of the request", f"{MOST_HEAD_BYTES >> 10} KiB"))

    def _begin(self) -> None:
        self._end()
        self._whole, self._bytes = False, 0
        late = TooSlow("The head of a request", f"all of it in {_HEAD_S:g} s")
        self._timer = self.loop.call_later(_HEAD_S, self._refuse, late)

    def _end(self) -> None:
        self._whole = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, problem: BadInput) -> None:
        """Say why, and hang up."""
        self._end()
        if not self.transport.is_closing():
            body = json.dumps(views.problem(problem)).encode()
            status = "408 Request Timeout" if isinstance(problem, TooSlow) else _TOO_LARGE
            self.transport.write(
                f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
                + body
            )
            self.transport.close()
