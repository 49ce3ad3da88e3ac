"""What a conversation keeps: the words of its last turns, and what it was told of causes.

Tool results are let go: what they said may no longer be so, and asking again is cheap. Nothing in
it is ever an approval, and nobody reads another person's.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

import structlog
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import ValidationError

from tools.study import Told
from twin_core.diagnosis.cause import Diagnosis
from twin_core.ports import Threads

_log = structlog.get_logger(__name__)
_TURNS = 6
_TOLD = 4
_THREADS = 1000
_KEPT = frozenset({"messages", "told"})


def named(user: str, thread: str) -> str:
    """LangGraph's name of a person's conversation: no two persons have one in common."""
    return f"{quote(user, safe='')}/{thread}"


def remembered(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Questions and final answers of the last turns."""
    words: list[BaseMessage] = [
        m
        for m in messages
        if isinstance(m, HumanMessage)
        or (isinstance(m, AIMessage) and not (m.tool_calls or m.invalid_tool_calls))
    ]
    asked = [i for i, m in enumerate(words) if isinstance(m, HumanMessage)]
    return words[asked[-_TURNS] :] if len(asked) > _TURNS else words


def recalled(told: Mapping[str, str]) -> Told:
    """What was told of causes; what this version cannot read any more is let go."""
    found: Told = {}
    for path, text in told.items():
        try:
            found[path] = Diagnosis.model_validate_json(text)
        except ValidationError:
            _log.info("diagnosis_forgotten", asset=path)
    return found


def written(told: Told) -> dict[str, str]:
    """The newest of what was told, as text."""
    newest = sorted(told.items(), key=lambda item: item[1].end)[-_TOLD:]
    return {path: diagnosis.model_dump_json() for path, diagnosis in newest}


class Conversations(BaseCheckpointSaver[int]):
    """LangGraph's checkpointer over a store of threads: the newest state of each, words only.

    Types are read from a closed list, whatever the environment says. It knows no other graph than
    ours: one that writes once, at its end.

    Args:
        threads: where they are kept.
    """

    def __init__(self, threads: Threads) -> None:
        super().__init__(serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        self._threads = threads

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The newest state of a thread; None where there is none, or none that can be read."""
        user, thread = _split(config)
        body = await self._threads.kept(user, thread)
        if body is None:
            return None
        try:
            found: Checkpoint = self.serde.loads_typed(("msgpack", body))
            found["channel_values"]["messages"] = remembered(found["channel_values"]["messages"])
            at = {"thread_id": config["configurable"]["thread_id"], "checkpoint_id": found["id"]}
        except Exception:  # noqa: BLE001 (whatever is wrong with it: it is forgotten, and told)
            _log.warning("conversation_unreadable", thread=thread)
            return None
        where: RunnableConfig = {"configurable": {**at, "checkpoint_ns": ""}}
        return CheckpointTuple(where, found, {"step": 0}, None, [])

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,  # noqa: ARG002 (the interface's)
        new_versions: ChannelVersions,  # noqa: ARG002 (the interface's)
    ) -> RunnableConfig:
        """Keep a state in the place of the one before it."""
        values: dict[str, Any] = {
            name: value for name, value in checkpoint["channel_values"].items() if name in _KEPT
        }
        values["messages"] = remembered(values.get("messages", []))
        _, body = self.serde.dumps_typed({**checkpoint, "channel_values": values})
        user, thread = _split(config)
        await self._threads.keep(user, thread, body)
        at = {**config["configurable"], "checkpoint_id": checkpoint["id"]}
        return {"configurable": at}

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Nothing: a run that broke off is not taken up again."""


class ThisProcess:
    """Threads in memory: the thousand last used."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    async def kept(self, user: str, thread: str) -> bytes | None:
        """As it was kept last; None = never, or forgotten."""
        return self._kept.get((user, thread))

    async def keep(self, user: str, thread: str, body: bytes) -> None:
        """Keep it, and forget the one that was used longest ago."""
        self._kept[user, thread] = body
        self._kept.move_to_end((user, thread))
        while len(self._kept) > _THREADS:
            self._kept.popitem(last=False)


def _split(config: RunnableConfig) -> tuple[str, str]:
    user, _, thread = str(config["configurable"]["thread_id"]).partition("/")
    return unquote(user), thread
