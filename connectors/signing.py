"""Ed25519 keys of the audit chain, in files that only their owner reads.

It must never write a private key anywhere else, nor replace one before its successor is recorded.
"""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from connectors.lasting import lasting
from twin_core.errors import StoreDown


class Ed25519Signer:
    """A Signer."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @property
    def key(self) -> str:
        """The public key, 64 hexadecimal digits."""
        return self._private.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """The signature, 128 hexadecimal digits."""
        return self._private.sign(message).hex()


def holds(key: str, message: bytes, signature: str) -> bool:
    """Whether `signature` is the one of `key` over `message`."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(signature), message)
    except (ValueError, InvalidSignature):
        return False
    return True


class SigningKeys:
    """The key in force and, while it is being replaced, the next one.

    Args:
        folder: where they lie; made with mode 0700 when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._file, self._next = folder / "signing.pem", folder / "signing.next.pem"

    def current(self) -> Ed25519Signer | None:
        """The key in force; None if there is none.

        Raises:
            StoreDown: its file cannot be read, or holds no such key.
        """
        return _read(self._file)

    def prepared(self) -> Ed25519Signer | None:
        """The next key; None if there is none.

        Raises:
            StoreDown: as `current`.
        """
        return _read(self._next)

    def prepare(self) -> Ed25519Signer:
        """Make the next key; durable when this returns.

        Raises:
            StoreDown: it cannot be written.
        """
        private = Ed25519PrivateKey.generate()
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        text = private.private_bytes(*form, serialization.NoEncryption())
        try:
            self._next.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._next.unlink(missing_ok=True)
            handle = os.open(self._next, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(handle)
            lasting(self._next.parent)
        except OSError as problem:
            raise StoreDown("audit keys", f"{self._next}: {problem.strerror}") from problem
        return Ed25519Signer(private)

    def promote(self) -> None:
        """Put the next key into the place of the one in force, which is gone then.

        Raises:
            StoreDown: it cannot be done.
        """
        try:
            self._next.replace(self._file)
            lasting(self._file.parent)
        except OSError as problem:
            raise StoreDown("audit keys", f"{self._file}: {problem.strerror}") from problem


def _read(path: Path) -> Ed25519Signer | None:
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise StoreDown("audit keys", f"{path}: {problem.strerror}") from problem
    except (ValueError, TypeError) as problem:
        raise StoreDown("audit keys", f"{path} holds no private key") from problem
    if not isinstance(private, Ed25519PrivateKey):
        raise StoreDown("audit keys", f"{path} holds no key of Ed25519")
    return Ed25519Signer(private)
