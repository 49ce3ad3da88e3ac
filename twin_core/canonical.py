"""One byte string for one value, on every machine: what digests, chains and signatures are made of.

It must never accept what two machines could write differently: NaN, infinities, naive times,
integers beyond 2^53.

Form: one version byte (0x01), then RFC 8785 JSON (keys sorted by UTF-16 code units, numbers as
ECMAScript writes them: `1`, not `1.0`; -0 becomes 0).
"""

import hashlib
import math

import rfc8785
from pydantic import BaseModel

from twin_core.errors import NotCanonical
from twin_core.value import JSON

VERSION: bytes = b"\x01"
_LARGEST = 2**53 - 1


def canonical(value: BaseModel | JSON) -> bytes:
    """The canonical bytes of a model or JSON tree.

    Raises:
        NotCanonical: a NaN, an infinity, an integer beyond ±(2^53 - 1), half a surrogate pair or
            a type JSON has not.
    """
    return VERSION + rfc8785.dumps(_plain(value, "$"))


def digest(value: BaseModel | JSON) -> str:
    """SHA-256 of the canonical bytes, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _plain(tree: JSON, where: str) -> JSON:
    if tree is None or isinstance(tree, bool):
        return tree
    if isinstance(tree, str):
        return _text(tree, where)
    if isinstance(tree, int):
        if abs(tree) > _LARGEST:
            raise NotCanonical(where, str(tree))
        return tree
    if isinstance(tree, float):
        if not math.isfinite(tree):
            raise NotCanonical(where, repr(tree))
        return 0 if tree == 0 else tree
    if isinstance(tree, list | tuple):
        return [_plain(item, f"{where}[{i}]") for i, item in enumerate(tree)]
    if isinstance(tree, dict):
        for key in tree:
            if not isinstance(key, str):
                raise NotCanonical(where, f"key {key!r}")
        return {_text(k, where): _plain(item, f"{where}.{k}") for k, item in tree.items()}
    if isinstance(tree, BaseModel):
        return _plain(tree.model_dump(mode="json"), where)
    raise NotCanonical(where, f"{type(tree).__name__} {tree!r}")


def _text(text: str, where: str) -> str:
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise NotCanonical(where, ascii(text))
    return text
