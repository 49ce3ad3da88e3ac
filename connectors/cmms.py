"""The maintenance system: work orders that a crew carries out, over HTTP and JSON.

An order is made under the command's key as business key, and only what is found there by that key
counts as made. It must never make an order twice: where an answer is lost, it is looked for.

    POST {url}/workorders        {key, kind, asset, task, failure_mode, priority} → order
    GET  {url}/workorders[?key=…] → orders
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
from pydantic import ValidationError

from connectors.vendor_error import clause
from twin_core.errors import SourceDown
from twin_core.governance.action import Command, Inspection, Outcome, WorkOrder
from twin_core.plant.source import Source
from twin_core.ports import Health, WorkOrderRecord
from twin_core.value import JSON, Instant

_ANSWER_S = 5.0  # host seconds the system has for any answer
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_FIELDS = frozenset(WorkOrderRecord.model_fields)


class Maintenance:
    """A CommandSink for jobs, and the records of all of them.

    Args:
        source: where.
        transport: of httpx; absent = the network.
    """

    def __init__(self, source: Source, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._source = source
        # The environment's proxies are not ours to follow; settings are passed in.
        self._http = httpx.AsyncClient(
            base_url=source.url.rstrip("/"),
            timeout=_ANSWER_S,
            trust_env=False,
            transport=transport,
            verify=source.url.startswith("https:"),
        )

    async def records(self, since: Instant = 0) -> Sequence[WorkOrderRecord]:
        """Orders that are not done, and those made or closed at or after `since` (plant time).

        Raises:
            SourceDown: it does not answer, or not with orders.
        """
        return [
            order
            for order in await self._orders({})
            if order.status != "done" or max(order.created, order.closed or 0) >= since
        ]

    async def execute(self, command: Command) -> Outcome:
        """Make one order under the command's key, at most once, and find it again by that key."""
        sent = False
        try:
            async with asyncio.timeout(command.deadline_s):
                if not isinstance(command.step, WorkOrder | Inspection):
                    return _outcome(command, "not_applied", "not sent: it is no job")
                standing = await self._found(command)
                if standing is not None:
                    return self._compared(command, standing, sent=False, acknowledged=False)
                sent = True
                answer = await self._http.post("/workorders", json=_asked(command))
                return await self._confirmed(command, answer)
        except _UNSENT as problem:
            return _outcome(command, "not_applied", f"not sent: {clause(problem)}")
        except (httpx.HTTPError, TimeoutError, SourceDown) as problem:
            why = clause(problem) if str(problem) else f"no answer in {command.deadline_s:g} s"
            if not sent:
                return _outcome(command, "not_applied", f"not sent: {why}")
            return _outcome(command, "unknown", f"sent, and it cannot be found: {why}", sent=True)

    async def look(self, command: Command) -> Outcome:
        """Whether an order with the command's key is there."""
        if not isinstance(command.step, WorkOrder | Inspection):
            return _outcome(command, "unknown", "a write is not a job")
        try:
            async with asyncio.timeout(command.deadline_s):
                standing = await self._found(command)
        except (SourceDown, TimeoutError) as problem:
            why = clause(problem) if str(problem) else f"no answer in {command.deadline_s:g} s"
            return _outcome(command, "unknown", why)
        if standing is None:
            return _outcome(command, "not_applied", "no order has our key")
        return self._compared(command, standing, sent=False, acknowledged=False)

    async def health(self) -> Health:
        """Whether it answered last time."""
        try:
            await self._orders({"key": "-"})
        except SourceDown as problem:
            return Health(source=self._source.id, up=False, detail=problem.reason)
        return Health(source=self._source.id, up=True, detail="answers")

    async def close(self) -> None:
        """Let go."""
        await self._http.aclose()

    async def _confirmed(self, command: Command, answer: httpx.Response) -> Outcome:
        standing = await self._found(command)
        if standing is not None:
            return self._compared(command, standing, sent=True, acknowledged=True)
        why = f"answered {answer.status_code} {_complaint(answer)}".rstrip()
        return _outcome(
            command, "failed", f"{why}, and no order has our key", sent=True, acknowledged=True
        )

    def _compared(
        self, command: Command, order: WorkOrderRecord, *, sent: bool, acknowledged: bool
    ) -> Outcome:
        step = command.step
        assert isinstance(step, WorkOrder | Inspection)
        same = (order.asset, order.task) == (step.asset, step.task)
        detail = f"order {order.reference} is there" + ("" if sent else ", made before")
        if not same:
            detail = f"order {order.reference} with our key is for {order.asset}: {order.task}"
        return _outcome(
            command,
            "verified" if same else "failed",
            detail,
            sent=sent,
            acknowledged=acknowledged,
            reference=order.reference,
        )

    async def _found(self, command: Command) -> WorkOrderRecord | None:
        orders = await self._orders({"key": command.key})
        return next((order for order in orders if order.key == command.key), None)

    async def _orders(self, query: dict[str, str]) -> list[WorkOrderRecord]:
        try:
            answer = await self._http.get("/workorders", params=query)
            if answer.is_error:  # what httpx says of it holds the address, and a password in it
                raise SourceDown(self._source.id, f"it answers {answer.status_code}")
            return [_record(tree) for tree in answer.json()]
        except httpx.HTTPError as problem:
            raise SourceDown(self._source.id, clause(problem)) from problem
        except (ValidationError, ValueError, TypeError) as problem:
            raise SourceDown(self._source.id, "its answer is no list of orders") from problem


def _record(tree: JSON) -> WorkOrderRecord:
    known = {name: value for name, value in dict(tree).items() if name in _FIELDS}
    return WorkOrderRecord.model_validate(known)


def _asked(command: Command) -> dict[str, JSON]:
    step = command.step
    assert isinstance(step, WorkOrder | Inspection)
    return {
        "key": command.key,
        "kind": step.kind,
        "asset": step.asset,
        "task": step.task,
        "failure_mode": step.failure_mode if isinstance(step, WorkOrder) else None,
        "priority": step.priority if isinstance(step, WorkOrder) else "normal",
    }


def _complaint(answer: httpx.Response) -> str:
    return answer.text[:200].splitlines()[0] if answer.is_error and answer.text else ""


def _outcome(command: Command, result: Any, detail: str, **found: Any) -> Outcome:
    found = {"sent": False, "acknowledged": False, **found}
    return Outcome(key=command.key, result=result, detail=detail, **found)
