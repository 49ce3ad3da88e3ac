"""Files that are replayed: CSV and Parquet, one or a folder of them, at a chosen speed.

A folder is watched: a file that has come to rest there is replayed once. Readings come in the
order of time, are never ahead of plant time (unless their times are kept), and wait for a slow
reader instead of being dropped. It never writes.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from connectors.backoff import SPREAD, Backoff
from connectors.options import options
from connectors.read_only import not_sent
from connectors.replay_options import ReplayOptions, address, place, usable
from connectors.replay_stage import PAGE, Stage, Staged
from connectors.replay_survey import survey
from connectors.status_words import status_of
from connectors.vendor_error import clause
from twin_core.errors import SourceDown
from twin_core.governance.action import Command, Outcome
from twin_core.plant.assets import Plant
from twin_core.plant.source import Source
from twin_core.plant.survey import Survey
from twin_core.ports import Clock, Health
from twin_core.reading import BAD, BAD_TYPE_MISMATCH, GOOD, Arrival, Batch, SourceEvent
from twin_core.value import SECOND, Instant

log = structlog.get_logger(__name__)

_BAD_NO_DATA = 0x809B0000
_STEP_S = 0.1  # host seconds between two hand-overs at least
_ALIVE_S = 10.0  # plant seconds without a reading after which we say that we live
_READ_ONLY = "a file is read only"


class ReplaySource:
    """A ReadingSource and, refusing everything, a CommandSink.

    Args:
        plant: its points of that source are read.
        source: where; its options are those of `ReplayOptions`.
        clock: plant time.
        time_factor: plant seconds in a host second.
        jitter: numbers in [0, 1) that spread tries.
        folder: where a relative path begins.

    Raises:
        WrongKind: an address, option or URL that is none.
    """

    def __init__(
        self,
        plant: Plant,
        source: Source,
        clock: Clock,
        time_factor: float = 1.0,
        jitter: Callable[[], float] = SPREAD,
        folder: Path = Path(),
    ) -> None:
        self.options = options(ReplayOptions, source)
        self._id = source.id
        self._place = place(source, folder)
        self._clock, self._factor, self._jitter = clock, time_factor, jitter
        mine = {i: p for i, p in enumerate(plant.points) if p.source == source.id}
        self._points = {i: address(p) for i, p in mine.items()}
        self._stage = Stage(source.id, self.options, self._points)
        self._closed = asyncio.Event()
        self._seen: set[str] = set()
        self._resting: dict[str, tuple[int, int]] = {}
        self._anchor: tuple[Instant, Instant, int] | None = None
        self._up = False
        self._told = "not opened yet"
        self._newest: Instant = 0
        self._bad = 0

    async def readings(self) -> AsyncIterator[Arrival]:
        """Readings and source events, until closed. After the end of a file nothing more comes."""
        backoff, lost = Backoff(self._jitter), False
        while not self._closed.is_set():
            ended = ""
            try:
                async with aclosing(self._replayed()) as arrivals:
                    async for arrival in arrivals:
                        yield arrival
                        backoff.reset()
                ended = self._told = f"replayed to its end{self._bad_rows()}"
            except SourceDown as problem:
                self._told = "closed" if self._closed.is_set() else problem.reason
            was_up, self._up = self._up, False
            if self._closed.is_set():
                break
            if was_up or not lost:
                now = self._clock.plant()
                at = self._newest if self._newest and not self.options.rebase else now
                yield self._event("down", at, reason=self._told)
            lost = True
            if ended:
                await self._closed.wait()
            await self._pause(backoff.next())
        self._told = "closed"

    async def execute(self, command: Command) -> Outcome:
        """Refused: nobody writes into what was."""
        return not_sent(command, "not_applied", _READ_ONLY)

    async def look(self, command: Command) -> Outcome:
        """Nothing can be seen of a command that was never sent."""
        return not_sent(command, "unknown", _READ_ONLY)

    async def discover(self) -> Survey:
        """What the file offers, or the first of the folder.

        Raises:
            SourceDown: it cannot be read.
            WrongKind: it holds no times or no numbers.
        """
        return await asyncio.to_thread(survey, self._place)

    async def health(self) -> Health:
        """Whether something is replayed, how far it is, and what could not be read."""
        return Health(source=self._id, up=self._up, detail=self._told)

    async def close(self) -> None:
        """Let go of everything; `readings` ends."""
        self._closed.set()
        self._up, self._told = False, "closed"
        await asyncio.to_thread(self._stage.close)

    async def _replayed(self) -> AsyncGenerator[Arrival, None]:
        """Files as they come, until the place is lost; of a single file until its end."""
        while not self._closed.is_set():
            files = await asyncio.to_thread(self._rested)
            if files:
                staged = await asyncio.to_thread(self._stage.take, files)
                self._note(files, staged)
                if staged.rows:
                    async for arrival in self._played(files, staged):
                        yield arrival
                self._seen.update(path.name for path in files)
            if not self._place.is_dir() and self._place.exists():
                return
            if not self._up:
                self._told = f"no file of {self._place.name} to replay yet"
            await self._pause(self.options.poll_s)

    def _rested(self) -> list[Path]:
        """Files that were not replayed yet, and in a folder did not change since the last look.

        Raises:
            SourceDown: there is no such place.
        """
        try:
            if not self._place.is_dir():
                self._place.stat()
                return [] if self._place.name in self._seen else [self._place]
            with os.scandir(self._place) as entries:
                stats = {e.path: e.stat() for e in entries if e.is_file()}
        except OSError as problem:
            reason = f"{self._place}: {problem.strerror or clause(problem)}"
            raise SourceDown(self._id, reason) from problem
        before = self._resting
        self._resting = {path: (s.st_size, s.st_mtime_ns) for path, s in stats.items()}
        new = [Path(p) for p, state in self._resting.items() if before.get(p) == state]
        return [path for path in usable(new) if path.name not in self._seen]

    def _note(self, files: list[Path], staged: Staged) -> None:
        self._bad += staged.bad
        if staged.refused:
            log.warning("files left out", source=self._id, files=staged.refused[:20])
        if staged.bad:
            log.warning("rows left out", source=self._id, count=staged.bad, rows=staged.told)
        if staged.points < len(self._points) and self._anchor is None:
            log.warning(
                "points without readings",
                source=self._id,
                files=[path.name for path in files[:20]],
                count=len(self._points) - staged.points,
            )

    async def _played(self, files: list[Path], staged: Staged) -> AsyncIterator[Arrival]:
        """Every staged reading when it is due."""
        if self._anchor is None:
            begin, pace = self._clock.plant(), self.options.pace
            span = staged.last - staged.first
            ahead = round(span * max(0.0, 1 - 1 / pace))
            shift = begin - staged.first - ahead if self.options.rebase else 0
            self._anchor = begin, staged.first, shift
        if not self._up:
            self._up = True
            yield self._event("up", staged.first + self._anchor[2])
        at, heard = 0, self._clock.plant()
        while at < staged.rows and not self._closed.is_set():
            page = await asyncio.to_thread(self._stage.page, at)
            due, done = self._due(page["t"]), 0
            while done < len(due) and not self._closed.is_set():
                now = self._clock.plant()
                end = int(np.searchsorted(due, now, side="right"))
                self._progress(files, staged, at + max(done, end))
                if end > done:
                    yield self._batch(page, slice(done, end), now)
                    done, heard = end, now
                elif now - heard >= _ALIVE_S * SECOND:
                    yield self._event("alive", min(self._now(now), self._time(page, done) - 1))
                    heard = now
                if done < len(due):
                    rest = min((int(due[done]) - now) / SECOND, _ALIVE_S) / self._factor
                    await self._pause(max(rest, _STEP_S))
            at += PAGE

    def _due(self, times: Any) -> NDArray[np.int64]:
        """Plant times at which readings are handed over."""
        assert self._anchor is not None
        begin, first, shift = self._anchor
        due = begin + (np.asarray(times, np.int64) - first) / self.options.pace
        if self.options.rebase:
            due = np.maximum(due, np.asarray(times, np.int64) + shift)
        found: NDArray[np.int64] = np.maximum.accumulate(due).astype(np.int64)
        return found

    def _time(self, page: dict[str, Any], at: int) -> Instant:
        return int(page["t"][at]) + (self._anchor[2] if self._anchor is not None else 0)

    def _now(self, now: Instant) -> Instant:
        """How far the replay is at plant time `now`, in the times that it tells."""
        if self._anchor is None or self.options.rebase:
            return now
        begin, first, _ = self._anchor
        return first + round((now - begin) * min(self.options.pace, 1e6))

    def _batch(self, page: dict[str, Any], which: slice, now: Instant) -> Batch:
        assert self._anchor is not None
        value = np.ma.filled(np.ma.asarray(page["v"][which], np.float64), np.nan)
        status = np.full(len(value), GOOD, np.uint32)
        written = np.ma.masked_array(page["s"][which])
        for i in np.flatnonzero(~np.ma.getmaskarray(written)).tolist():
            status[i] = self._status(str(written[i]))
        texts = np.ma.masked_array(page["x"][which])
        no_number = ~np.ma.getmaskarray(texts)
        absent = ~no_number & np.isnan(value)
        status[no_number & (status < BAD)] = BAD_TYPE_MISMATCH
        status[absent & (status < BAD)] = _BAD_NO_DATA
        original = {i: str(texts[i]) for i in np.flatnonzero(no_number).tolist()}
        original.update(dict.fromkeys(np.flatnonzero(absent).tolist(), ""))
        time = np.asarray(page["t"][which], np.int64) + self._anchor[2]
        self._newest = int(time[-1])
        return Batch(
            point=np.asarray(page["p"][which], np.int32),
            time=time,
            value=value,
            status=status,
            received=np.full(len(value), now, np.int64),
            original=original,
        )

    def _status(self, written: str) -> int:
        number = written.strip()
        shown = int(number) if number.isascii() and number.isdigit() else written
        return status_of({"true": True, "false": False}.get(number.lower(), shown),
                         self.options.status_as)  # fmt: skip

    def _progress(self, files: list[Path], staged: Staged, at: int) -> None:
        name = files[0].name if len(files) == 1 else f"{len(files)} files"
        self._told = (
            f"{name}: {100 * at // staged.rows} % of {staged.rows} readings of {staged.points} "
            f"points{self._bad_rows()}"
        )

    def _bad_rows(self) -> str:
        return f", {self._bad} rows left out" if self._bad else ""

    def _event(self, kind: str, time: Instant, reason: str = "") -> SourceEvent:
        told = {"source": self._id, "kind": kind, "time": time, "reason": reason}
        return SourceEvent.model_validate(told)

    async def _pause(self, seconds: float) -> None:
        """Wait so many host seconds, or until closed."""
        try:
            async with asyncio.timeout(seconds):
                await self._closed.wait()
        except TimeoutError:
            return
