"""The harness's end of the control socket: blocking, one connection a request.

For demo and end-to-end tests. It judges with the answer key, on replicas it runs itself, so that
the emulator's servers are never held up.
"""

import json
import socket
from pathlib import Path
from typing import Any

from evals.emulator.account import Account
from evals.emulator.answer_key import AnswerKey, Verdict
from evals.emulator.faults import Case, Fault
from evals.emulator.nameplate import read_plant
from twin_core.errors import SourceDown
from twin_core.value import Instant


class Control:
    """Talks to one running emulator.

    Args:
        path: of its control socket.
        timeout_s: for every request.
    """

    def __init__(self, path: Path, timeout_s: float = 20.0) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._cases: dict[str, Case] = {}
        self._keys: dict[str, AnswerKey] = {}

    def ask(self, **request: Any) -> dict[str, Any]:
        """One request.

        Raises:
            SourceDown: nobody answers.
            ValueError: the emulator refused; its sentence.
        """
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(self._timeout_s)
                line.connect(str(self._path))
                with line.makefile("rwb") as wire:
                    wire.write(json.dumps(request).encode() + b"\n")
                    wire.flush()
                    reply = json.loads(wire.readline() or b"{}")
        except OSError as problem:
            raise SourceDown("emulator", str(problem)) from problem
        if not reply.get("ok"):
            raise ValueError(reply.get("error", "the emulator hung up"))
        return dict(reply)

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            self.ask(do="state")
        except (SourceDown, ValueError):
            return False
        return True

    def cases(self) -> dict[str, Case]:
        """The catalogue, by case id."""
        if not self._cases:
            found = [Case.model_validate(c) for c in self.ask(do="list")["cases"]]
            self._cases = {case.id: case for case in found}
        return self._cases

    def inject(self, case_id: str, at: Instant | None = None) -> Instant:
        """Put a case of the catalogue in, now or at a plant time; the plant time."""
        return int(self.ask(do="inject", case=case_id, at=at)["at"])

    def inject_fault(self, fault: Fault, at: Instant | None = None) -> Instant:
        """Put any fault in."""
        return int(self.ask(do="inject", fault=fault.model_dump(), at=at)["at"])

    def state(self) -> dict[str, Any]:
        """Plant time, lag and the faults that stand."""
        return self.ask(do="state")

    def truth(self) -> dict[str, Any]:
        """What is true now, what was put out, and every write of a client."""
        return self.ask(do="truth")

    def produced(self, line: str, since: Instant, until: Instant) -> float:
        """True output of a line between two plant times."""
        return float(self.ask(do="counters", since=since, until=until)["produced"][line])

    def stop_source(self, source: str) -> None:
        """A controller falls off the network."""
        self.ask(do="stop", source=source)

    def start_source(self, source: str) -> None:
        """It is back."""
        self.ask(do="start", source=source)

    def shutdown(self) -> None:
        """End the emulator."""
        self.ask(do="shutdown")

    def judge(
        self, case_id: str, window_s: float = 300.0, forecast: float | None = None
    ) -> Verdict:
        """Whether the case has reached its right end over the last `window_s` plant seconds.

        Args:
            case_id: a case that was put in.
            window_s: plant seconds.
            forecast: gain forecast for the write, per minute; a `mitigated` end needs it.
        """
        key, account = self._account(case_id)
        return key.judge(account, self.produced, window_s, forecast)

    def keep_up(self, case_id: str) -> None:
        """Run the judge's replicas up to now, so that a verdict is quick when it is asked for."""
        key, account = self._account(case_id)
        key.advance(account.now)

    def _account(self, case_id: str) -> tuple[AnswerKey, Account]:
        record = self.ask(do="record")
        injected = [i["at"] for i in record["injections"] if i["case"] == case_id]
        if not injected:
            msg = f"“{case_id}” was not put in"
            raise ValueError(msg)
        if case_id not in self._keys:
            self._keys[case_id] = AnswerKey(
                read_plant(Path(record["plant"])),
                record["seed"],
                record["start"],
                self.cases()[case_id],
                injected[0],
            )
        return self._keys[case_id], Account.model_validate(record["account"])
