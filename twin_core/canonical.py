"""One byte string for one value, on every machine: what digests, chains and signatures are made of.

It must never accept what two machines could write differently: NaN, infinities, naive times,
integers beyond 2^53.

Form: one version byte (0x01), then RFC 8785 JSON (keys sorted by UTF-16 code units, numbers as
ECMAScript writes them: `1`, not `1.0`; -0 becomes 0).
"""

import hashlib
import math

import orjson
import rfc8785
from pydantic import BaseModel

from twin_core.errors import NotCanonical
from twin_core.value import JSON

VERSION: bytes = b"\x01"
_LARGEST = 2**53 - 1
_ALIKE = 1e-4, 1e15
"""Between these, the shortest decimal of a number is written the same way by everybody."""


def canonical(value: BaseModel | JSON) -> bytes:
    """The canonical bytes of a model or JSON tree.

    Raises:
        NotCanonical: a NaN, an infinity, an integer beyond ±(2^53 - 1), half a surrogate pair or
            a type JSON has not.
    """
    odd: list[str] = []
    tree = _plain(value, "$", odd)
    if not odd:
        try:
            return VERSION + orjson.dumps(tree, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # nested deeper than it goes
            pass
    return VERSION + rfc8785.dumps(tree)


def digest(value: BaseModel | JSON) -> str:
    """SHA-256 of the canonical bytes, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _plain(tree: JSON, where: str, odd: list[str]) -> JSON:
    """The tree in JSON's own types; `odd` gets what only the slow writer writes canonically."""
    if tree is None or isinstance(tree, bool):
        return tree
    if isinstance(tree, str):
        return _text(tree, where)
    if isinstance(tree, int):
        if abs(tree) > _LARGEST:
            raise NotCanonical(where, str(tree))
        return int(tree)
    if isinstance(tree, float):
        return _number(tree, where, odd)
    if isinstance(tree, list | tuple):
        return [_plain(item, f"{where}[{i}]", odd) for i, item in enumerate(tree)]
    if isinstance(tree, dict):
        for key in tree:
            if not isinstance(key, str):
                raise NotCanonical(where, f"key {key!r}")
            if not key.isascii():  # UTF-16 sorts what is beyond 16 bits otherwise than UTF-8
                odd.append(where)
        return {_text(k, where): _plain(item, f"{where}.{k}", odd) for k, item in tree.items()}
    if isinstance(tree, BaseModel):
        return _plain(tree.model_dump(mode="json"), where, odd)
    raise NotCanonical(where, f"{type(tree).__name__} {tree!r}")


def _number(number: float, where: str, odd: list[str]) -> float:
    if not math.isfinite(number):
        raise NotCanonical(where, repr(number))
    size, (least, most) = abs(number), _ALIKE
    if size < most and number.is_integer():
        return int(number)
    if not least < size < most:
        odd.append(where)
    return float(number)


def _text(text: str, where: str) -> str:
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise NotCanonical(where, ascii(text))
    return text
