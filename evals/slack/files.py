"""The Web API's methods of files: an upload URL, what is put there, and its being shared.

Source: Slack's pages on files.getUploadURLExternal and files.completeUploadExternal.
"""

from email import message_from_bytes
from typing import Any

from evals.slack.channel import Message
from evals.slack.conversations import writable
from evals.slack.records import Records
from evals.slack.refused import Refused
from evals.slack.strict import argument

Args = dict[str, Any]
_LARGEST = 1_000_000_000


def upload_url(slack: Records, args: Args) -> Args:
    """files.getUploadURLExternal: where to put a file of this name and length in bytes."""
    name = args.get("filename")
    if not isinstance(name, str) or not name:
        raise Refused("invalid_arguments")
    try:
        length = int(args.get("length", ""))
    except (TypeError, ValueError):
        raise Refused("invalid_arguments") from None
    if not 1 <= length <= _LARGEST:
        raise Refused("file_upload_size_restricted" if length > _LARGEST else "invalid_arguments")
    key = f"F0{next(slack.names).upper()}"
    slack.files[key] = {"id": key, "name": name, "title": name, "size": length,
                        "filetype": name.rpartition(".")[2], "user": slack.bot_user,
                        "alt_txt": args.get("alt_txt")}  # fmt: skip
    return {"upload_url": f"{slack.url}/upload/v1/{key}", "file_id": key}


def uploaded(slack: Records, key: str, kind: str, body: bytes) -> tuple[int, str]:
    """What is put at an upload URL; the status and words of the answer."""
    file = slack.files.get(key)
    if file is None or key in slack.contents:
        return 404, "no such upload"
    content = _part(kind, body) if kind.startswith("multipart/form-data") else body
    if len(content) != file["size"]:
        return 400, f"{len(content)} bytes came; {file['size']} were announced"
    slack.contents[key] = content
    return 200, f"OK - {len(content)}"


def complete(slack: Records, args: Args) -> Args:
    """files.completeUploadExternal: the files are shared in a channel, as one message."""
    try:
        given = argument(args.get("files"))
    except ValueError:
        given = None
    if not isinstance(given, list) or not given or not all(isinstance(f, dict) for f in given):
        raise Refused("invalid_arguments")
    keys = [str(one.get("id")) for one in given]
    if any(key not in slack.contents for key in keys):
        raise Refused("file_not_found")
    where = args.get("channel_id") or args.get("channels")
    channel = writable(slack, {"channel": where}) if where else None
    for key, one in zip(keys, given, strict=True):
        slack.files[key]["title"] = str(one.get("title") or slack.files[key]["name"])
    files = [dict(slack.files[key]) for key in keys]
    if channel is not None:
        thread = args.get("thread_ts")
        comment = str(args.get("initial_comment") or "")
        slack.post(
            channel,
            Message(channel.id, slack.next_ts(), slack.bot_user, comment, [], slack.bot_id,
                    str(thread) if thread else None, files=files),
        )  # fmt: skip
    return {"files": [{"id": file["id"], "title": file["title"]} for file in files]}


def _part(kind: str, body: bytes) -> bytes:
    """The first file of a multipart form."""
    whole = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    if not whole.is_multipart():
        return b""
    first = whole.get_payload(0)
    content = first.get_payload(decode=True) if not isinstance(first, str) else None
    return content if isinstance(content, bytes) else b""
