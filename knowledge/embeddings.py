"""Words become vectors with a model that is installed with us. It must never download anything."""

from collections.abc import Sequence
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from threading import Lock
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
    """WordLlama's token vectors, 256 numbers, averaged over a text; weights from its package.

    The model is loaded at the first text (about 0.1 s); equal texts give equal vectors. Safe to
    call from several threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
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
        from scipy.sparse import csr_array

        model = self._loaded()
        # The model's own way fills texts up to the longest of 64 and takes four times as long.
        found = model.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        tokens = [one.ids for one in found]
        starts = np.cumsum([0, *map(len, tokens)])
        ids = np.fromiter(chain.from_iterable(tokens), np.int32, starts[-1])
        bags = csr_array(
            (np.ones(len(ids), dtype=np.float32), ids, starts),
            shape=(len(texts), len(model.embedding)),
        )
        rows: NDArray[np.float32] = np.asarray(bags @ model.embedding, dtype=np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = np.zeros_like(rows)
        np.divide(rows, lengths, out=unit, where=lengths > 0)
        return unit

    def _loaded(self) -> "WordLlamaInference":
        with self._lock:
            if self._model is None:
                import wordllama

                home = Path(wordllama.__file__).parent
                self._model = wordllama.WordLlama.load(cache_dir=home, disable_download=True)
                self._model.tokenizer.no_padding()
            return self._model
