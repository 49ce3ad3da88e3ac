"""Names of people in a sentence: who is said to have done, said or decided something.

A name counts only where the sentence makes a person of it, so that German nouns and names of
machines are left alone. It must never know a name itself.
"""

import re
from collections.abc import Iterator

from agents.tongues import words

_NAME = r"[A-ZÀ-ÖØ-Þ][\w'’-]{1,40}(?:\s[A-ZÀ-ÖØ-Þ][\w'’-]{1,40}){0,2}"
_DOES = (
    r"approved|rejected|reported|said|says|told|acknowledged|asked|wrote|confirmed|cleared|shelved"
    r"|requested|proposed|signed|repaired|replaced|fixed|noted|decided|released|genehmigte|sagte"
    r"|meldete|bestätigte|approuvé|aprobó|approvato|goedgekeurd|zatwierdził|godkände"
)
_BY = re.compile(
    rf"(?<!\w)(?:by|from|told|asked|says|said|tell|ask|Mr\.?|Mrs\.?|Ms\.?|Dr\.?|Herrn?|Frau"
    rf"|Señora?|durch"
    rf"|von|par|por|door|przez|av|to)\s(?P<name>{_NAME})"
)
_ACTS = re.compile(
    rf"(?<!\w)(?P<name>{_NAME})\s(?:(?:has|have|had|hat|a|ha)\s)?(?:already\s"
    rf"|just\s)?(?:{_DOES})(?!\w)"
)
_COMMON = words(
    "monday tuesday wednesday thursday friday saturday sunday the this that it they he she we you"
    " i gmt utc cet cest bst supervisor supervisors operator operators engineer engineers line"
    " lines a an mechanic crew maintenance proposal shift people person nobody one somebody"
    " someone who our its january february march april may june july august september october"
    " november december no there der die das ein eine und les des una uno"
)
_WORD = re.compile(r"[^\W\d_]+")


def people_in(text: str, known: frozenset[str]) -> Iterator[str]:
    """Each name of a person that a sentence says, without words known to be something else.

    Args:
        text: without quotations.
        known: small words of the plant's own names.
    """
    for form in (_BY, _ACTS):
        for found in form.finditer(text):
            said = _WORD.findall(found.group("name"))
            own = [w for w in said if w.lower() not in _COMMON and w.lower() not in known]
            if own and not any(w.isupper() and len(w) < 5 for w in own):
                yield " ".join(own)
