"""How one step of an approved plan is written to a controller, whatever wire it hangs on.

Make sure of who is there, compare what stands, write once, read back, say what was found. It must
never send a write twice, never to what is not the device that was accepted, never over a value
somebody else has changed, and never call an answer a success: only the value read back is one.

    verified     the target was read back
    not_applied  nothing of ours is there: not sent, or `look` still sees the old value
    failed       it was answered, and the target is not there (refused, clamped, ignored)
    unknown      it was sent, and nobody can say
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np

from twin_core.errors import BadInput, SourceDown
from twin_core.governance.action import Command, Outcome, WriteStep
from twin_core.plant.assets import Point
from twin_core.reading import (
    GOOD_CLAMPED,
    GOOD_COMPLETES_ASYNCHRONOUSLY,
    GOOD_LOCAL_OVERRIDE,
    Quality,
    quality,
)

_CODE = 0xFFFF0000  # the lower half of a status code carries flags, not the code

Result: TypeAlias = Literal["verified", "not_applied", "failed", "unknown"]
Found: TypeAlias = tuple[Result, str]


class Seen(NamedTuple):
    """A value read just now, in the point's unit, with its status code."""

    value: float
    status: int


class Form(NamedTuple):
    """A value as it goes over the wire, and the value that the device will then hold."""

    encoded: Any
    held: float


class Wire(Protocol):
    """What a connector offers for writing. Every method may raise SourceDown: nothing was sent."""

    async def stranger(self, point: Point) -> str:
        """Why what stands at the point's address is not what was accepted there; empty = it is."""
        ...

    async def read(self, point: Point) -> Seen:
        """Read from the device itself, no cache."""
        ...

    def encode(self, point: Point, value: float) -> Form:
        """The value as the device takes and will hold it; after a `read` of the point.

        Raises:
            BadInput: the device cannot hold it.
        """
        ...

    async def write(self, point: Point, encoded: Any) -> int | None:
        """Send once. The status code of the answer; None if it was sent and no answer came."""
        ...

    def quantum(self, point: Point, value: float) -> float:
        """The smallest difference the device can hold near `value`, in the point's unit."""
        ...


@dataclass
class _Trace:
    looks: bool = False
    sent: bool = False
    acknowledged: bool = False
    status: int | None = None
    read_back: float | None = None


class FieldWrite:
    """Executes WriteSteps on one wire, one after the other.

    Args:
        wire: the connector's own.
        points: path → point of that source.
        confirm_s: host seconds that an answered write has until the target must be read back.
        poll_s: host seconds between two reads while waiting.
        sleep: waits host seconds.
    """

    def __init__(
        self,
        wire: Wire,
        points: Mapping[str, Point],
        confirm_s: float = 1.0,
        poll_s: float = 0.05,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._wire = wire
        self._points = points
        self._confirm_s = confirm_s
        self._poll_s = poll_s
        self._sleep = sleep
        self._turn = asyncio.Lock()

    async def execute(self, command: Command) -> Outcome:
        """Send at most once, read back, say what was found, inside the command's deadline."""
        return await self._traced(command, self._execute, _Trace())

    async def look(self, command: Command) -> Outcome:
        """Read back only."""
        return await self._traced(command, self._look, _Trace(looks=True))

    async def _traced(
        self,
        command: Command,
        act: Callable[[WriteStep, _Trace], Awaitable[Found]],
        trace: _Trace,
    ) -> Outcome:
        try:
            async with asyncio.timeout(command.deadline_s), self._turn:
                if not isinstance(command.step, WriteStep):
                    result, detail = _broken(trace, f"a {command.step.kind} is not a write")
                else:
                    result, detail = await act(command.step, trace)
        except TimeoutError:
            result, detail = _broken(trace, f"the deadline of {command.deadline_s:g} s passed")
        except SourceDown as problem:
            result, detail = _broken(trace, str(problem).rstrip("."))
        return Outcome(
            key=command.key,
            result=result,
            sent=trace.sent,
            acknowledged=trace.acknowledged,
            status=trace.status,
            read_back=trace.read_back,
            detail=detail,
        )

    async def _execute(self, step: WriteStep, trace: _Trace) -> Found:
        point = self._points.get(step.point)
        if point is None:
            return self._nothing(f"{step.point} is no point of this source")
        if not point.writable:
            return self._nothing(f"{step.point} is not offered for writing")
        if step.unit != point.spec.unit:
            return self._nothing(f"{step.unit} was given, the point is in {point.spec.unit}")
        strange = await self._wire.stranger(point)
        if strange:
            return self._nothing(strange)
        standing = await self._wire.read(point)
        trace.read_back = _found(standing)
        refusal = self._refusal(point, step, standing)
        if refusal:
            return self._nothing(refusal)
        try:
            form = self._wire.encode(point, step.value)
        except BadInput as problem:
            return self._nothing(str(problem).rstrip("."))
        if abs(form.held - step.value) > step.check + 1e-9 * max(1.0, abs(step.value)):
            return self._nothing(
                f"the device would hold {form.held:g} {step.unit}, "
                f"further than {step.check:g} from it"
            )
        return await self._send(point, step, form.encoded, trace)

    def _refusal(self, point: Point, step: WriteStep, standing: Seen) -> str:
        if _found(standing) is None:
            return f"{point.id} cannot be read (status 0x{standing.status:08X})"
        if standing.status & _CODE == GOOD_LOCAL_OVERRIDE:
            return f"{point.id} is under local control; the person at the panel owns the value"
        if not _near(standing, step.old, self._tolerance(point, step, step.old)):
            return (
                f"conflict: {point.id} stands at {standing.value:g} {step.unit}, "
                f"{step.old:g} was expected"
            )
        return ""

    async def _send(self, point: Point, step: WriteStep, encoded: Any, trace: _Trace) -> Found:
        trace.sent = True  # true even if the deadline passes in it
        try:
            trace.status = await self._wire.write(point, encoded)
        except SourceDown:
            trace.sent = False
            raise
        if trace.status is None:
            trace.read_back = None
            return "unknown", "sent, and no answer came; it must be looked at, not sent again"
        trace.acknowledged = True
        return await self._confirm(point, step, trace)

    async def _confirm(self, point: Point, step: WriteStep, trace: _Trace) -> Found:
        status = trace.status or 0
        trace.read_back = None
        waits = status & _CODE == GOOD_COMPLETES_ASYNCHRONOUSLY
        seen = await self._wire.read(point)
        tolerance = self._tolerance(point, step, step.value)
        loop = asyncio.get_running_loop()
        until = loop.time() + (float("inf") if waits else self._confirm_s)
        settled = quality(status) is Quality.BAD or status & _CODE in {
            GOOD_CLAMPED,
            GOOD_LOCAL_OVERRIDE,
        }
        while not settled and not _near(seen, step.value, tolerance) and loop.time() < until:
            trace.read_back = _found(seen)
            await self._sleep(self._poll_s)
            seen = await self._wire.read(point)
        trace.read_back = _found(seen)
        stands = f"{point.id} stands at {seen.value:g} {step.unit}, {step.value:g} was written"
        if quality(status) is Quality.BAD:
            return "failed", f"refused with status 0x{status:08X}; {stands}"
        if status & _CODE == GOOD_CLAMPED:
            return "failed", f"clamped by the device; {stands}"
        if status & _CODE == GOOD_LOCAL_OVERRIDE:
            return "failed", f"the person at the panel owns the value; {stands}"
        if not _near(seen, step.value, tolerance):
            return "failed", f"answered, but {stands}"
        return "verified", "the target was read back"

    async def _look(self, step: WriteStep, trace: _Trace) -> Found:
        point = self._points.get(step.point)
        if point is None:
            return "unknown", f"{step.point} is no point of this source"
        strange = await self._wire.stranger(point)
        if strange:
            return "unknown", strange
        seen = await self._wire.read(point)
        trace.read_back = _found(seen)
        if _found(seen) is None:
            return "unknown", f"{point.id} cannot be read (status 0x{seen.status:08X})"
        if _near(seen, step.value, self._tolerance(point, step, step.value)):
            return "verified", "the target stands there, which is no proof that we wrote it"
        if _near(seen, step.old, self._tolerance(point, step, step.old)):
            return "not_applied", "the old value still stands"
        return "unknown", f"{point.id} stands at {seen.value:g} {step.unit}"

    def _tolerance(self, point: Point, step: WriteStep, value: float) -> float:
        return max(step.check, self._wire.quantum(point, value))

    @staticmethod
    def _nothing(why: str) -> Found:
        return "not_applied", f"not sent: {why}"


def shortest(value: float) -> float:
    """A 32-bit float as people write it: 0.1, not 0.10000000149011612."""
    return float(str(np.float32(value)))


def spacing(value: float) -> float:
    """From a value to the next that a 32-bit float can hold."""
    return float(np.spacing(np.float32(abs(value))))


def _found(seen: Seen) -> float | None:
    usable = quality(seen.status) is not Quality.BAD and math.isfinite(seen.value)
    return seen.value if usable else None


def _near(seen: Seen, value: float, tolerance: float) -> bool:
    found = _found(seen)
    return found is not None and abs(found - value) <= tolerance


def _broken(trace: _Trace, why: str) -> Found:
    if trace.looks:
        return "unknown", why
    if not trace.sent:
        return "not_applied", f"not sent: {why}"
    if trace.acknowledged and trace.read_back is not None:
        return "failed", f"answered, but not confirmed: {why}"
    return "unknown", f"sent, and it cannot be read back: {why}"
