"""The Web API's methods of people: users.info.

Source: Slack's method page and its reference of user objects.
"""

from typing import Any

from evals.slack.conversations import is_true
from evals.slack.person import Person
from evals.slack.records import Records
from evals.slack.refused import Refused

Args = dict[str, Any]


def info(slack: Records, args: Args) -> Args:
    """users.info."""
    user = str(args.get("user", ""))
    person = slack.members.get(user)
    if user == slack.bot_user:
        person = Person(user, slack.bot_name, bot=True)
    if person is None:
        raise Refused("user_not_found")
    team = person.team or slack.team
    told = {
        "id": user,
        "team_id": team,
        "name": person.handle,
        "real_name": person.name,
        "deleted": person.deleted,
        "is_bot": person.bot,
        "is_stranger": team != slack.team,
        "is_restricted": person.guest,
        "is_ultra_restricted": False,
        "is_admin": False,
        "is_owner": False,
        "is_app_user": False,
        "tz": "Europe/London",
        "tz_offset": 0,
        "profile": {"real_name": person.name, "display_name": person.handle, "team": team},
    }
    if is_true(args.get("include_locale")):
        told["locale"] = person.locale
    return {"user": told}
