"""Somebody in the workspace, and what he has before him; what he does is `Member`'s."""

from dataclasses import dataclass, field

from evals.slack.view import View

Confirmed = tuple[str, str, str]
"""A question that a button asked before it was pressed: its title, its text, its yes."""


@dataclass(eq=False)
class Person:
    """A person, or somebody else's bot.

    Attributes:
        team: the workspace he belongs to, if it is another one (a shared channel's stranger).
        guest: whether he was let into single channels only.
        deleted: whether his account is closed.
        modals: the modals before him, the topmost last.
        home: the app's home tab as it was last published to him.
        notices: what Slack itself told him: a command that failed, a form that did not go through.
        confirmed: the questions he answered with yes.
    """

    id: str
    name: str
    bot: bool = False
    locale: str = "en-GB"
    team: str | None = None
    guest: bool = False
    deleted: bool = False
    modals: list[View] = field(default_factory=list)
    home: View | None = None
    notices: list[str] = field(default_factory=list)
    confirmed: list[Confirmed] = field(default_factory=list)

    @property
    def handle(self) -> str:
        """His name as interactions have it."""
        return self.name.lower().replace(" ", ".")

    @property
    def views(self) -> list[View]:
        """All that he has before him: modals, and the home tab."""
        return [*self.modals, *([self.home] if self.home else [])]
