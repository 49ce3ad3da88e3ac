"""Passwords, kept as argon2id hashes only. A wrong one takes the same time as an unknown user's."""

_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA"
    "$Zm9yIG5vYm9keSwgYWx3YXlzIHdyb25nLCBzYW1lIHdvcms"
)
"""Compared where there is no password, so that the answer takes the same time."""


def hashed(password: str) -> str:
    """What is kept of a password; of an empty one nothing, and nothing is ever equal to it."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password) if password else ""


def equal(stored: str, password: str) -> bool:
    """Whether it is the password of which `stored` was kept; a damaged hash is nobody's."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
