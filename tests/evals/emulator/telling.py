"""A case told in process: healthy minutes, the fault, a treatment, the end, by the answer key."""

from collections.abc import Sequence

from evals.emulator.account import Account
from evals.emulator.answer_key import AnswerKey, Verdict
from evals.emulator.crew import Order
from evals.emulator.faults import Case
from evals.emulator.standin import Write
from evals.inprocess import World
from tests.evals.emulator.riverside import calm, plant
from twin_core.value import SECOND

HEALTHY_S = 240
NOTICED_S = 420
WINDOW_S = 300


class Telling:
    """One telling of a case on Riverside."""

    def __init__(self, case: Case, seed: int) -> None:
        self.case = case
        self.world = World(plant(), seed, calm())
        self.standin = self.world.standin
        self.turn(HEALTHY_S)
        self.injected = self.standin.now
        for fault in case.faults:
            self.standin.inject(fault)
        self.key = AnswerKey(plant(), seed, calm(), case, self.injected)

    def turn(self, seconds: int, commands: Sequence[Write] = ()) -> None:
        """Let plant seconds pass; the commands are a client's."""
        for _ in range(seconds):
            self.standin.step(commands, by="client")
            commands = ()
            self.world.crew.run()

    def treat(self, commands: Sequence[Write] = (), orders: Sequence[Order] = ()) -> None:
        """A client writes, and orders jobs."""
        for order in orders:
            self.world.crew.take(order)
        self.turn(1, commands)

    def judge(self, window_s: float = WINDOW_S, forecast: float | None = None) -> Verdict:
        """The verdict now."""
        account = Account.of(self.standin, self.world.crew)
        return self.key.judge(account, self.standin.produced, window_s, forecast)

    def loss(self) -> float:
        """Share of the healthy output missing over the last four plant minutes."""
        verdict = self.judge(240)
        return 1.0 - verdict.rate / verdict.healthy

    def until_reached(self, within_s: int, forecast: float | None = None) -> Verdict:
        """The verdict as soon as the end is reached, or the last one."""
        verdict = self.judge(forecast=forecast)
        for _ in range(within_s // 20):
            if verdict.reached:
                break
            self.turn(20)
            verdict = self.judge(forecast=forecast)
        return verdict

    @property
    def elapsed_s(self) -> float:
        """Plant seconds since the fault."""
        return (self.standin.now - self.injected) / SECOND
