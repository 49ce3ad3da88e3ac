"""What devices and historians call the quality of a value, as an OPC UA status code."""

from typing import Any

from twin_core.reading import BAD, GOOD, UNCERTAIN, UNCERTAIN_LAST_USABLE_VALUE

_WORDS = {
    "good": GOOD,
    "ok": GOOD,
    "uncertain": UNCERTAIN,
    "stale": UNCERTAIN_LAST_USABLE_VALUE,
    "bad": BAD,
}


def status_of(shown: Any, form: str) -> int:
    """A quality as OPC UA status; Uncertain where it cannot be read.

    Args:
        shown: a truth value, a word, or a number.
        form: what a number is: `classic` (OPC DA: 192 is good, 64 uncertain) or `opcua`.
    """
    if isinstance(shown, bool):
        return GOOD if shown else BAD
    if isinstance(shown, str):
        return _WORDS.get(shown.strip().lower(), UNCERTAIN)
    if not isinstance(shown, int) or not 0 <= shown <= 0xFFFFFFFF:
        return UNCERTAIN
    if form == "opcua":
        return shown
    return {3: GOOD, 1: UNCERTAIN}.get(shown >> 6, BAD) if shown < 256 else BAD
