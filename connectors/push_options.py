"""What a plant file says about a source of kind `http`, whose readings are pushed to us."""

from twin_core.value import Value


class PushOptions(Value):
    """Options of such a source.

    Attributes:
        users: pushers that may push for it; empty = every pusher of the site.
    """

    users: tuple[str, ...] = ()
