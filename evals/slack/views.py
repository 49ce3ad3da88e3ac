"""The Web API's methods of views: views.open, push, update and publish.

Source: Slack's method pages.
"""

from typing import Any

from evals.slack.payloads import shown
from evals.slack.records import Records
from evals.slack.refused import Refused
from evals.slack.responses import change_view, new_view, push_view
from evals.slack.view import View, taken_view

Args = dict[str, Any]


def open_modal(slack: Records, args: Args) -> Args:
    """views.open: a modal for whoever the trigger is of; what he had before him is gone."""
    body = taken_view(_view(args), "modal")
    member = slack.members[slack.links.exchange(_trigger(args))]
    member.modals.clear()
    return {"view": shown(slack, push_view(slack, member, body))}


def push_modal(slack: Records, args: Args) -> Args:
    """views.push: a modal on top of the one that the trigger comes from."""
    body = taken_view(_view(args), "modal")
    member = slack.members[slack.links.exchange(_trigger(args))]
    if not member.modals:
        raise Refused("invalid_arguments")
    return {"view": shown(slack, push_view(slack, member, body))}


def update(slack: Records, args: Args) -> Args:
    """views.update: by view_id or external_id; with a hash only if it is still that one's."""
    view = _found(slack, args)
    body = taken_view(_view(args), str(view.body["type"]))
    if args.get("hash") and args["hash"] != view.hash:
        raise Refused("hash_conflict")
    change_view(slack, view, body)
    return {"view": shown(slack, view)}


def publish(slack: Records, args: Args) -> Args:
    """views.publish: a member's home tab."""
    user = str(args.get("user_id", ""))
    member = slack.members.get(user)
    if member is None:
        raise Refused("user_not_found" if user else "invalid_arguments")
    body = taken_view(_view(args), "home")
    if member.home is None:
        member.home = new_view(slack, user, body)
        slack.changed()
    else:
        if args.get("hash") and args["hash"] != member.home.hash:
            raise Refused("hash_conflict")
        change_view(slack, member.home, body)
    return {"view": shown(slack, member.home)}


def _view(args: Args) -> Any:
    if "view" not in args:
        raise Refused("invalid_arguments")
    return args["view"]


def _trigger(args: Args) -> str:
    if not args.get("trigger_id"):
        raise Refused("invalid_arguments")
    return str(args["trigger_id"])


def _found(slack: Records, args: Args) -> View:
    """The view of the arguments, which somebody must still have before him."""
    given, external = args.get("view_id"), args.get("external_id")
    if not given and not external:
        raise Refused("invalid_arguments")
    for view in slack.views():
        if given == view.id or (not given and external == view.body.get("external_id")):
            return view
    raise Refused("not_found")
