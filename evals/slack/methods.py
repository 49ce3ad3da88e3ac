"""Which methods the Web API has, what each needs, and how a call is answered.

It must never raise: whatever is sent, there is an answer in Slack's words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from evals.slack import chat, conversations, files, strict, users, views
from evals.slack.records import Records
from evals.slack.refused import Refused

Args = dict[str, Any]


@dataclass(frozen=True)
class Method:
    """A method: what carries it out, the scope it needs, whether its arguments may be JSON."""

    does: Callable[[Records, Args], Args]
    scope: str = ""
    takes_json: bool = True
    app_token: bool = False


def _auth_test(slack: Records, _args: Args) -> Args:
    return {
        "url": f"https://{slack.domain}.slack.com/",
        "team": slack.domain,
        "user": slack.bot_name,
        "team_id": slack.team,
        "user_id": slack.bot_user,
        "bot_id": slack.bot_id,
        "is_enterprise_install": False,
    }


def _connect(slack: Records, _args: Args) -> Args:
    where = slack.url.replace("http://", "ws://")
    return {"url": f"{where}/link/?ticket={slack.links.ticket()}&app_id={slack.app}"}


METHODS: Mapping[str, Method] = {
    "auth.test": Method(_auth_test),
    "apps.connections.open": Method(_connect, app_token=True),
    "chat.postMessage": Method(chat.post_message, "chat:write"),
    "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write"),
    "chat.update": Method(chat.update, "chat:write"),
    "chat.delete": Method(chat.delete, "chat:write"),
    "conversations.open": Method(conversations.open_direct, "im:write"),
    "conversations.history": Method(conversations.history, "history", takes_json=False),
    "conversations.replies": Method(conversations.replies, "history", takes_json=False),
    "conversations.info": Method(conversations.info, "read", takes_json=False),
    "conversations.members": Method(conversations.members, "read", takes_json=False),
    "chat.getPermalink": Method(chat.permalink, takes_json=False),
    "reactions.add": Method(chat.add_reaction, "reactions:write"),
    "reactions.remove": Method(chat.remove_reaction, "reactions:write"),
    "users.info": Method(users.info, "users:read", takes_json=False),
    "views.open": Method(views.open_modal),
    "views.push": Method(views.push_modal),
    "views.update": Method(views.update),
    "views.publish": Method(views.publish),
    "files.getUploadURLExternal": Method(files.upload_url, "files:write", takes_json=False),
    "files.completeUploadExternal": Method(files.complete, "files:write"),
}
_KINDS = {"channel": "channels", "group": "groups", "im": "im"}


def arguments(name: str, query: Mapping[str, str], kind: str, body: bytes) -> Args:
    """A call's arguments, from its query and its body.

    Raises:
        Refused: `invalid_json`, `json_not_object`, `invalid_form_data`, `invalid_post_type`.
    """
    args: Args = dict(query)
    if not body:
        return args
    if kind.startswith("application/json"):
        try:
            told = strict.read(body)
        except ValueError:
            raise Refused("invalid_json") from None
        if not isinstance(told, dict):
            raise Refused("json_not_object")
        method = METHODS.get(name)
        return args | told if method is None or method.takes_json else args
    if kind.startswith("application/x-www-form-urlencoded"):
        try:
            return args | dict(parse_qsl(body.decode(), keep_blank_values=True))
        except ValueError:
            raise Refused("invalid_form_data") from None
    raise Refused("invalid_post_type" if kind else "missing_post_type")


def token_of(authorization: str, args: Args) -> str:
    """The token of a call; it is taken out of the arguments."""
    given = str(args.pop("token", ""))
    scheme, _, bearer = authorization.partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else given


def answer(slack: Records, name: str, token: str, args: Args) -> Args:
    """Carry out a call.

    Raises:
        Refused: as the method says, or for the token, or for a scope that is missing.
    """
    method = METHODS.get(name)
    if method is None:
        raise Refused("unknown_method", req_method=name)
    if not token:
        raise Refused("not_authed")
    if token not in {slack.bot_token, slack.app_token}:
        raise Refused("invalid_auth")
    if (token == slack.app_token) is not method.app_token:
        raise Refused("not_allowed_token_type")
    needed = _scope(slack, method, args)
    if needed and needed not in slack.scopes:
        raise Refused("missing_scope", needed=needed, provided=",".join(slack.scopes))
    return method.does(slack, args)


def _scope(slack: Records, method: Method, args: Args) -> str:
    if method.scope not in {"history", "read"}:
        return method.scope
    channel = slack.channels.get(str(args.get("channel", "")))
    return f"{_KINDS[channel.kind]}:{method.scope}" if channel else ""
