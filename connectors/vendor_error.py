"""How the errors of databases and wires are put into our sentences. It must never hide one."""


def clause(problem: BaseException) -> str:
    """An error as one clause: the first line of its cause's text, without a full stop."""
    cause = getattr(problem, "orig", None) or problem
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return lines[0].rstrip(".")
