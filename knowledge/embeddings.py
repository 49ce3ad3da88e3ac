"""Words become vectors with a model that is installed with us. It must never download anything."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from wordllama.inference import WordLlamaInference


class Embedder(Protocol):
    """Something that turns texts into vectors of length 1."""

    @property
    def name(self) -> str:
        """Model, version and size: vectors of two names may not be compared."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text."""
        ...


class StaticEmbedder:
    """WordLlama's pooled token vectors, 256 numbers a text, from the weights of its package.

    The model is loaded at the first text (about 0.1 s); equal texts give equal vectors.
    """

    def __init__(self) -> None:
        self._model: WordLlamaInference | None = None

    @property
    def name(self) -> str:
        """Model, version and size."""
        return f"wordllama-l2_supercat-256-{version('wordllama')}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of 256 a text, each of length 1 (a text without words gives zeros).

        Raises:
            FileNotFoundError: the package has lost its weights.
        """
        if self._model is None:
            import wordllama

            home = Path(wordllama.__file__).parent
            self._model = wordllama.WordLlama.load(cache_dir=home, disable_download=True)
        rows: NDArray[np.float32] = np.asarray(self._model.embed(list(texts)), dtype=np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = np.zeros_like(rows)
        np.divide(rows, lengths, out=unit, where=lengths > 0)
        return unit
