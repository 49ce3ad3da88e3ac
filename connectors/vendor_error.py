"""How the errors of databases and wires are put into our sentences. It must never hide one."""

import logging


def clause(problem: BaseException) -> str:
    """An error as one clause: the first line of its cause's text, without its end mark."""
    cause = getattr(problem, "orig", None) or problem
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return lines[0].rstrip(".!")


def silence(library: str) -> None:
    """Stop a library from logging each try: a loss is told once, as an event of the source."""
    logging.getLogger(library).setLevel(logging.CRITICAL)
