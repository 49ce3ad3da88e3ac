"""Slack's Web API as the few verbs that the channel needs, with its refusals as our errors.

It must never wait for long: who calls decides whether to come again.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from api.slack_blocks import Block
from twin_core.errors import Busy, SourceDown, SourceRefuses

_ANSWER_S = 10
_LEAST_WAIT_S = 1


class SlackApi:
    """One workspace's, in the name of our bot.

    Args:
        token: of the bot (`xoxb-…`).
        url: of the Web API, with a slash at its end.

    Attributes:
        client: the library's own, for Socket Mode and the event router.
    """

    def __init__(self, token: str, url: str) -> None:
        from slack_sdk.web.async_client import AsyncWebClient

        self.client: AsyncWebClient = AsyncWebClient(
            token=token, base_url=url, timeout=_ANSWER_S, trust_env_in_session=False
        )
        self.client.retry_handlers.clear()  # whether to try again is said by who calls

    async def who(self) -> tuple[str, str]:
        """The workspace and our own member there, by their ids.

        Raises:
            SourceDown, Busy: as `post`.
        """
        found = await self._called(self.client.auth_test)
        return str(found["team_id"]), str(found["user_id"])

    async def scopes(self) -> tuple[str, ...]:
        """What the bot may.

        Raises:
            SourceDown, Busy: as `post`.
        """
        answer = await self._answered(self.client.auth_test)
        told = answer.headers.get("x-oauth-scopes", "")
        return tuple(one.strip() for one in str(told).split(",") if one.strip())

    async def door(self, app_token: str) -> str:
        """Where Socket Mode can be opened with an app-level token.

        Raises:
            SourceDown, Busy: as `post`.
        """
        found = await self._called(self.client.apps_connections_open, app_token=app_token)
        return str(found["url"])

    async def post(
        self, channel: str, text: str, blocks: Sequence[Block], thread: str | None = None
    ) -> tuple[str, str]:
        """Post a message; where it stands: channel and time stamp. A member's id is a channel too.

        Raises:
            SourceDown: Slack does not answer, or refuses.
            Busy: too much; when to come again.
        """
        found = await self._called(
            self.client.chat_postMessage,
            channel=channel,
            text=text,
            blocks=blocks,
            thread_ts=thread,
            unfurl_links=False,
            unfurl_media=False,
            link_names=False,
            mrkdwn=False,
        )
        return str(found["channel"]), str(found["ts"])

    async def change(self, channel: str, ts: str, text: str, blocks: Sequence[Block]) -> None:
        """Put something else in the place of a message of ours.

        Raises:
            SourceDown, Busy: as `post`.
        """
        await self._called(
            self.client.chat_update, channel=channel, ts=ts, text=text, blocks=blocks
        )

    async def whisper(self, channel: str, member: str, text: str, thread: str | None) -> None:
        """Tell one member something that nobody else in the channel sees.

        Raises:
            SourceDown, Busy: as `post`.
        """
        await self._called(
            self.client.chat_postEphemeral,
            channel=channel,
            user=member,
            text=text,
            thread_ts=thread,
            link_names=False,
        )

    async def open(self, trigger: str, view: Block) -> None:
        """Open a modal for whoever pressed something within the last three seconds.

        Raises:
            SourceDown, Busy: as `post`.
        """
        await self._called(self.client.views_open, trigger_id=trigger, view=view)

    async def home(self, member: str, blocks: Sequence[Block]) -> None:
        """Put something on a member's home tab.

        Raises:
            SourceDown, Busy: as `post`.
        """
        view = {"type": "home", "blocks": list(blocks)}
        await self._called(self.client.views_publish, user_id=member, view=view)

    async def upload(
        self, channel: str, name: str, title: str, content: bytes, thread: str | None
    ) -> None:
        """Put a picture into a channel.

        Raises:
            SourceDown, Busy: as `post`.
        """
        await self._called(
            self.client.files_upload_v2,
            channel=channel,
            filename=name,
            title=title,
            content=content,
            thread_ts=thread,
        )

    async def _called(
        self, method: Callable[..., Coroutine[Any, Any, Any]], **given: Any
    ) -> dict[str, Any]:
        data = (await self._answered(method, **given)).data
        return data if isinstance(data, dict) else {}

    async def _answered(self, method: Callable[..., Coroutine[Any, Any, Any]], **given: Any) -> Any:
        from aiohttp import ClientError
        from slack_sdk.errors import SlackApiError, SlackClientError

        try:
            return await method(**{k: v for k, v in given.items() if v is not None})
        except SlackApiError as problem:
            answer = problem.response
            if getattr(answer, "status_code", 0) == 429:
                wait = str(answer.headers.get("Retry-After", _LEAST_WAIT_S))
                seconds = int(wait) if wait.isdecimal() else _LEAST_WAIT_S
                raise Busy("Slack takes no more", max(_LEAST_WAIT_S, seconds)) from problem
            raise SourceRefuses("slack", _refused(answer)) from problem
        except (SlackClientError, ClientError, OSError, ValueError) as problem:
            raise SourceDown("slack", str(problem) or type(problem).__name__) from problem
        except TimeoutError as problem:
            raise SourceDown("slack", f"no answer in {_ANSWER_S} s") from problem


def _refused(answer: Any) -> str:
    """What Slack said, which is a word of its own and the places that are wrong."""
    data = answer.data if isinstance(getattr(answer, "data", None), dict) else {}
    more = data.get("response_metadata", {}).get("messages", ())
    return "; ".join([str(data.get("error", "no reason given")), *map(str, more[:3])])
