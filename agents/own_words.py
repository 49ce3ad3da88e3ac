"""The operator's own sentences, which no evidence says: they stand in `offline/phrases.py`.

One that is to be filled is his with words of the question in it, or with others of his; what else
it holds must be bound. It must never take a sentence for his that holds anything unread.
"""

import re
from collections.abc import Iterator
from functools import cache

from agents.offline import phrases
from agents.seen import sentences_of

_WORDED = 3
"""Letters of its own that a sentence has at least, where it is to be filled."""
_GAP = re.compile(r"\\\{\w+\\\}")


def plainly(sentence: str) -> str:
    """A sentence for comparison: lower case, without bullet and full stop."""
    return sentence.strip(" -*•").rstrip(".!?: ").lower()


def foreign(sentence: str, asked: str) -> str | None:
    """What of one of the operator's sentences is neither his nor the question's; None: not his."""
    plain, question = plainly(sentence), " ".join(asked.lower().split())
    whole, filled = _own()
    if plain in whole:
        return ""
    said = sentence.strip(" -*•").rstrip(".!?: ")
    rest = [
        ", ".join(
            p for p in found.groups() if p.lower() not in question and plainly(p) not in whole
        )
        for form in filled
        if (found := form.fullmatch(said)) is not None
    ]
    return min(rest, key=len, default=None)


@cache
def _own() -> "tuple[frozenset[str], tuple[re.Pattern[str], ...]]":
    """What he says as it stands, whole and by the sentence, and what is to be filled."""
    whole, filled = set(), []
    for text in _texts():
        if "{" not in text:
            whole.add(plainly(text))
        for sentence in map(plainly, sentences_of(text)):
            if "{" not in sentence:
                whole.add(sentence)
            elif len(re.sub(r"\{\w+\}", "", sentence)) >= _WORDED and "[{id}]" not in sentence:
                filled.append(
                    re.compile(_GAP.sub("(.{1,400}?)", re.escape(sentence)), re.IGNORECASE)
                )
    return frozenset(whole), tuple(filled)


def _texts() -> Iterator[str]:
    for name, value in vars(phrases).items():
        if name.isupper():
            yield from value.values() if isinstance(value, dict) else (value,)
