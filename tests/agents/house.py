"""An assistant over the scenery, and the end of what it says."""

from dataclasses import dataclass, field

from agents.assistant import Assistant
from agents.budget import Budget, Prices
from agents.model import ModelSettings, open_model
from tests.fakes import FakeDesk, FakeForecaster
from tests.tools.scenery import OPERATOR, Window
from tests.tools.standins import desk, forecaster, library, records
from twin_core.answer import Answer, Ask, Asker, Progress, Words
from twin_core.ports import Threads


@dataclass
class House:
    """An assistant with everything around it in reach of a test."""

    window: Window = field(default_factory=Window)
    desk: FakeDesk = field(default_factory=desk)
    forecaster: FakeForecaster = field(default_factory=forecaster)
    base_url: str | None = None
    budget: Budget = field(default_factory=Budget)
    retries: int = 0
    threads: Threads | None = None
    prices: Prices | None = None
    words: list[str] = field(default_factory=list)

    def __post_init__(self):
        """Open the model, if there is one, and build."""
        model = None
        if self.base_url is not None:
            model = open_model(
                ModelSettings(
                    name="test-model",
                    key="sk-not-to-be-seen",
                    base_url=self.base_url,
                    timeout_s=2,
                )
            )
        self.assistant = Assistant(
            model,
            lambda _: self.window,
            library(),
            self.forecaster,
            records(),
            self.desk,
            budget=self.budget.model_copy(update={"retries": self.retries}),
            threads=self.threads,
            prices=self.prices,
        )

    async def ask(self, text: str, thread: str = "t", asker: Asker = OPERATOR) -> Answer:
        """The answer."""
        return (await self.hear(text, thread, asker))[1]

    async def hear(
        self, text: str, thread: str = "t", asker: Asker = OPERATOR, on_progress=None
    ) -> tuple[list[Progress], Answer]:
        """Progress and the answer."""
        progress, answer = [], None
        self.words.clear()
        async for said in self.assistant.ask(Ask(text=text, asker=asker, thread=thread)):
            assert answer is None, "nothing comes after the answer"
            if isinstance(said, Answer):
                answer = said
            elif isinstance(said, Words):
                self.words.append(said.text)
            else:
                progress.append(said)
                if on_progress is not None:
                    on_progress(said)
        assert answer is not None
        return progress, answer
