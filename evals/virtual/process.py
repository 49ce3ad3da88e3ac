"""The harness's end of a virtual controller: started, told what to do, stopped.

It must never leave one running: a controller ends with whoever started it.
"""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from evals.virtual.controller import Start
from evals.virtual.taking import Misbehaviour
from twin_core.errors import SourceDown

_READY_S = 90.0
_ANSWER_S = 20.0
_END_S = 5.0


class VirtualController:
    """A controller in a process of its own.

    Args:
        start: what it starts from.
        folder: where its start file and its log are put.

    Attributes:
        unknown: points that were not believed, and start at what is usual.
    """

    def __init__(self, start: Start, folder: Path) -> None:
        self._start = start
        self._folder = folder
        self.unknown = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it and wait until it listens.

        Raises:
            SourceDown: it does not, with what it said.
        """
        file = self._folder / "start.json"
        file.write_text(self._start.model_dump_json(by_alias=True), encoding="utf-8")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPSTWIN_")}  # noqa: TID251 the child gets a file, not our settings
        with (self._folder / "controller.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 our own command
                [sys.executable, "-m", "evals.virtual.controller", str(file)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        try:
            self.unknown = int(self._answer(_READY_S)["unknown"])
        except BaseException:  # also when interrupted, no process stays behind
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.close()

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def misbehave(self, point: str, value: float, how: Misbehaviour) -> None:
        """Once, when that value is written to a point."""
        self._order(do="misbehave", point=point, value=value, how=how)

    def reset(self) -> None:
        """Everything is again as it was at the start."""
        self._order(do="reset")

    def come_back(self) -> None:
        """What was lost listens again."""
        self._order(do="come_back")

    def stands(self, points: list[str]) -> dict[str, float]:
        """What stands at some points."""
        return dict(self._order(do="tell", points=points)["stands"])

    def asked(self) -> list[tuple[str, float]]:
        """Every write that came, in order: point and value."""
        return [(point, value) for point, value in self._order(do="tell", points=[])["asked"]]

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.close()
            process.wait(_END_S)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            process.kill()
            process.wait()
        finally:
            process.stdout.close()

    def _order(self, **order: Any) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as problem:
            raise self._ended() from problem
        return self._answer(_ANSWER_S)

    def _answer(self, seconds: float) -> dict[str, Any]:
        assert self._process is not None
        pipe = self._process.stdout
        assert pipe is not None
        deadline = time.monotonic() + seconds
        while not select.select([pipe], [], [], 0.2)[0]:
            if time.monotonic() > deadline:
                raise SourceDown("the virtual controller", f"no answer within {seconds:.0f} s")
        line = pipe.readline()
        if not line:
            raise self._ended()
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise SourceDown("the virtual controller", str(answer["error"]))
        return answer

    def _ended(self) -> SourceDown:
        log = (self._folder / "controller.log").read_text(errors="replace").strip()
        last = log.splitlines()[-1] if log else "without a word"
        return SourceDown("the virtual controller", f"it ended: {last[-300:]}")
