"""A model's answer as it streams in: measured as bytes, then as words and calls of tools.

Arguments are read once, when the last of them has come: read at each piece, they would hold up
everybody else. It must never hand on more than one answer may be, nor a call that was refused.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI

from agents.arguments import read_arguments
from twin_core.errors import ModelDown

_MOST_BYTES, _LONGEST_LINE = 8_000_000, 200_000
"""Of one answer, with all that the protocol wraps around it."""
_LONGEST = 20_000
"""Characters, of words, names and arguments together."""
_MOST_PIECES, _MOST_CALLS = 20_000, 64
_AT_ONCE = 8
"""Characters that are told at once: an endpoint may send them one by one."""
_NAME = 64
"""Characters of a tool's or a call's name; the protocol allows no more."""


class Streamed(ChatOpenAI):
    """A chat model at an OpenAI-compatible endpoint, heard no longer than an answer may be."""

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,  # noqa: ARG002 (the interface's)
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        """Its words as they come; the last piece has the calls, the usage and how it ended.

        Raises:
            ModelDown: it has no end, or calls what has no name.
        """
        options = {"stream": True, "stream_options": {"include_usage": True}}
        payload = self._get_request_payload(messages, stop=stop, **options, **kwargs)
        heard, told = _Heard(self.model_name), 0
        async with self.async_client.with_streaming_response.create(**payload) as response:
            async for event in _events(response.iter_bytes(), self.model_name):
                heard.take(event)
                if len(heard.words) - told >= _AT_ONCE:
                    yield ChatGenerationChunk(message=AIMessageChunk(content=heard.words[told:]))
                    told = len(heard.words)
        usage: dict[str, Any] = {"choices": [], "usage": heard.usage}
        last = self._convert_chunk_to_generation_chunk(usage, AIMessageChunk, None)
        assert last is not None
        assert isinstance(last.message, AIMessageChunk)
        heard.end(last.message, told)
        yield last


async def _events(coming: AsyncIterator[bytes], name: str) -> AsyncIterator[dict[str, Any]]:
    """The server-sent events of a body; others have a turn after each."""
    size, rest = 0, b""
    async for part in coming:
        size += len(part)
        *lines, rest = (rest + part).split(b"\n")
        if size > _MOST_BYTES or max(map(len, (*lines, rest))) > _LONGEST_LINE:
            raise ModelDown(name, "its answer had no end")
        for line in lines:
            data = line.removeprefix(b"data:").strip()
            if data == b"[DONE]":
                return
            if line.startswith(b"data:"):
                yield json.loads(data)
                await asyncio.sleep(0)


@dataclass
class _Call:
    index: int | None
    id: str
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass
class _Heard:
    """What has come of an answer.

    Args:
        model: whose.
    """

    model: str
    words: str = ""
    calls: list[_Call] = field(default_factory=list)
    finish: str = ""
    usage: dict[str, Any] | None = None
    size: int = 0
    pieces: int = 0

    def take(self, event: dict[str, Any]) -> None:
        """One piece of it.

        Raises:
            ModelDown: the answer has no end.
        """
        self.pieces += 1
        self.usage = event.get("usage") or self.usage
        for choice in event["choices"][:1]:
            self.finish = choice.get("finish_reason") or self.finish
            delta = choice.get("delta") or {}
            text = delta.get("content") or ""
            self.size += len(text)
            # Half a character is none: nobody could be sent it.
            self.words += text.encode("utf-8", "replace").decode()
            for piece in delta.get("tool_calls") or ():
                self._take_call(piece)
        endless = self.size > _LONGEST or self.pieces > _MOST_PIECES
        if endless or len(self.calls) > _MOST_CALLS:
            raise ModelDown(self.model, "its answer had no end")

    def _take_call(self, piece: dict[str, Any]) -> None:
        index, named = piece.get("index"), piece.get("id") or ""
        same = (c for c in self.calls[::-1] if c.index == index and named in {"", c.id})
        call = next(same, None)
        if call is None:
            call = _Call(index, named)
            self.calls.append(call)
        said = piece.get("function") or {}
        name, more = said.get("name") or "", said.get("arguments") or ""
        call.name = call.name or name
        call.arguments.append(more)
        self.size += len(named) + len(name) + len(more)

    def end(self, message: AIMessageChunk, told: int) -> None:
        """Write into a message how it ended: its calls, and its words from `told` on.

        Raises:
            ModelDown: a call has no name.
        """
        message.content = self.words[told:]
        message.response_metadata["finish_reason"] = self.finish
        message.chunk_position = "last"
        named, free = {""}, count()
        for call in self.calls:
            if not call.name:
                raise ModelDown(self.model, "it called a tool without a name")
            own = call.id[:_NAME]
            while own in named:
                own = f"call{next(free):05d}"
            named.add(own)
            known: dict[str, Any] = {"name": call.name[:_NAME], "id": own}
            try:
                arguments = read_arguments("".join(call.arguments))
            except ValueError as problem:
                refused = invalid_tool_call(**known, args="{}", error=str(problem))
                message.invalid_tool_calls.append(refused)
            else:
                message.tool_calls.append(tool_call(**known, args=arguments))
