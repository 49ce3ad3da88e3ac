"""Words without anything that a channel could follow, fetch or turn round: links, markup, marks.

What people are told may quote what a stranger wrote. A link in it would carry out what it was made
of, an image without so much as a click. It must never leave an address, and never change a word.
"""

import re
import unicodedata

REMOVED = "(link removed)"

_LABELLED = re.compile(r"!?\[(?P<label>[^\[\]\n]*)\]\([^()\s]*(?:\s[^()\n]*)?\)?")
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
_OPENED = re.compile(r"<(?=[A-Za-z/!?])")
_ADDRESS = re.compile(
    r"""(?:(?:\b[a-z][a-z0-9+.-]{1,20}:)?//|\bwww\.|\b(?:javascript|vbscript|data|mailto):(?=\S))
    [^\s“”"'<>]+|\b[a-z0-9-]{3,}(?:\.[a-z0-9-]+)*\.[a-z]{2,}/[^\s“”"'<>]*""",
    re.IGNORECASE | re.VERBOSE,
)
_KEPT = frozenset("\n\t")
_QUOTES = str.maketrans("“”", "‘’")
_LONGEST_NAME = 80
_SAYS_MORE = re.compile(r"\w{3}[.!?](?:\s|$)|[\n<>=|。]|\w\s+\w.*\.[a-z]{2,5}$", re.IGNORECASE)
"""What no name holds: the end of a sentence, markup, or a file's name in several words, which
whoever made the file may have say anything; whatever the letters are disguised as."""


def plain_text(text: str) -> str:
    """The text as words: labels stay, addresses go, and what cannot be seen goes too."""
    text = "".join(c for c in text if c in _KEPT or unicodedata.category(c) not in {"Cc", "Cf"})
    text = _LABELLED.sub(lambda found: f"{found['label']} {REMOVED}".strip(), text)
    text = _TAG.sub("", text)
    return _ADDRESS.sub(REMOVED, _OPENED.sub("‹", text))


def quoted(text: str) -> str:
    """A stranger's words on one line in quotation marks, out of which nothing in them leads."""
    return f"“{' '.join(text.split()).translate(_QUOTES)}”"


def as_name(text: str) -> str:
    """A name as it can stand in a sentence: what says more than a name does is a quotation."""
    more = _SAYS_MORE.search(unicodedata.normalize("NFKC", text))
    return quoted(text) if len(text) > _LONGEST_NAME or more else text
