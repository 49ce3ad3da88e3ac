"""What a conversation keeps: its last turns, words only. Nothing in it is ever an approval.

Tool results of earlier turns are dropped: what they said may no longer be so, and asking again is
cheap.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, RemoveMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.memory import InMemorySaver

_TURNS = 6
_THREADS = 1000


def forgotten(messages: Sequence[BaseMessage]) -> list[RemoveMessage]:
    """What to take out of a conversation at the start of a turn (its question is the last).

    Earlier turns keep question and final answer; turns older than the last few go whole.
    """
    asked = [i for i, m in enumerate(messages) if isinstance(m, HumanMessage)]
    if not asked:
        return []
    first = asked[-_TURNS] if len(asked) >= _TURNS else 0
    gone = []
    for i, message in enumerate(messages[: asked[-1]]):
        final = isinstance(message, AIMessage) and not message.tool_calls
        if message.id and (i < first or not (isinstance(message, HumanMessage) or final)):
            gone.append(RemoveMessage(id=message.id))
    return gone


class Conversations(InMemorySaver):
    """Conversations in memory: the newest state of each of the last thousand threads."""

    def __init__(self) -> None:
        super().__init__()
        self._used: OrderedDict[str, None] = OrderedDict()

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a state and let go of the states before it."""
        kept = await super().aput(config, checkpoint, metadata, new_versions)
        thread = str(config["configurable"]["thread_id"])
        space = str(config["configurable"].get("checkpoint_ns", ""))
        self._keep_only(thread, space, checkpoint)
        self._used[thread] = None
        self._used.move_to_end(thread)
        while len(self._used) > _THREADS:
            oldest, _ = self._used.popitem(last=False)
            self.delete_thread(oldest)
        return kept

    def _keep_only(self, thread: str, space: str, checkpoint: Checkpoint) -> None:
        states = self.storage[thread][space]
        for old in [key for key in states if key != checkpoint["id"]]:
            del states[old]
            self.writes.pop((thread, space, old), None)
        live: dict[str, Any] = dict(checkpoint["channel_versions"])
        stale = [
            key
            for key in self.blobs
            if key[0] == thread and key[1] == space and live.get(key[2]) != key[3]
        ]
        for key in stale:
            del self.blobs[key]
