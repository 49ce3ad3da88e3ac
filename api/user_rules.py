"""What a user may be called, hold and come with. It must never look at what is stored."""

import re
from collections.abc import Sequence
from typing import get_args

from api.printable import clipped
from twin_core.answer import Grant, Role
from twin_core.errors import BadInput

ROLES: tuple[Role, ...] = get_args(Role)
RESERVED = frozenset(
    {"system", "opstwin", "service", "actuator", "assistant", "twin", "emulator", "oidc"}
)
"""Names under which the programs themselves may appear in the record; no person bears one."""
_MACHINES = frozenset({"service", "pusher"})
_USER = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_SITE = re.compile(r"[a-z0-9_-]+")
_NAME_LENGTH = 100


def check_user(user: str) -> None:
    """Return if it can be a user id.

    Raises:
        BadInput: it cannot.
    """
    if not _USER.fullmatch(user):
        raise BadInput(f"User “{clipped(user)}”: 1 to 64 of a-z, A-Z, 0-9 and . _ - @ are allowed.")
    if user.lower() in RESERVED:
        raise BadInput(f"User “{user}” is reserved; not allowed: {', '.join(sorted(RESERVED))}.")


def check_name(name: str) -> None:
    """Return if signatures can show it as a name.

    Raises:
        BadInput: they cannot.
    """
    if not name.strip() or not name.isprintable() or len(name) > _NAME_LENGTH:
        raise BadInput(
            f"Name “{clipped(name)}”: 1 to {_NAME_LENGTH} printable characters are allowed."
        )


def check_rights(
    user: str, roles: Sequence[str], sites: Sequence[str], grants: Sequence[Grant]
) -> None:
    """Return if a user can hold these.

    Raises:
        BadInput: a role or site that cannot be, none at all, or a pusher with another role.
    """
    wrong = [role for role in roles if role not in ROLES]
    if wrong or not (roles or grants):
        named = ", ".join(wrong) or "none"
        raise BadInput(f"Role {named} is not known; allowed: {', '.join(ROLES)}.")
    if "pusher" in roles and (len(set(roles)) > 1 or grants):
        raise BadInput("A pusher is a machine that pushes readings: it has no other role.")
    if roles and not sites:
        raise BadInput(f"User “{user}” needs at least one site.")
    for site in sites:
        if not _SITE.fullmatch(site):
            raise BadInput(
                f"Site “{clipped(site)}”: small letters, digits, _ and - are allowed, at least one."
            )


def check_password(roles: Sequence[str], password: str) -> None:
    """Return if somebody of these roles can come with it; an empty one is none.

    Raises:
        BadInput: a machine comes by token alone, or it is no text.
    """
    machine = next((role for role in roles if role in _MACHINES), None)
    if machine and password:
        raise BadInput(f'A {machine} comes by token alone: give no password (--password "").')
    if not is_text(password):
        raise BadInput("The password is not text in UTF-8.")


def is_text(text: str) -> bool:
    """Whether it can be written as UTF-8 (arguments of a command may hold other bytes)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
