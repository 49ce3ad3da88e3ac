"""Passwords, kept as argon2id hashes only. A wrong one takes the same time as an unknown user's.

The parameters are RFC 9106's for memory that is scarce (section 4, second choice): 64 MiB, three
passes, four lanes. A hash of other parameters is replaced when its owner next signs in.
"""

import threading

_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA"
    "$Zm9yIG5vYm9keSwgYWx3YXlzIHdyb25nLCBubyBvbmU"
)
"""Compared where there is no password, so that the answer takes the same time."""
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each comparison takes 64 MiB: so many are made at a time, the others wait."""


def hashed(password: str) -> str:
    """What is kept of a password; of an empty one nothing, and nothing is ever equal to it."""
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY).hash(password) if password else ""


def equal(stored: str, password: str) -> bool:
    """Whether it is the password of which `stored` was kept; a damaged hash is nobody's."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        with _AT_ONCE:
            return PasswordHasher().verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether a sound hash was made with other parameters than `hashed` uses now."""
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY).check_needs_rehash(stored)
