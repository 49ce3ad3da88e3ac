"""Vectors from an OpenAI-compatible endpoint (`POST /embeddings`), by settings passed in.

The words of documents and questions are sent there, and nowhere else. What it answers is checked as
anything from outside: it must never make a vector that is not one.
"""

from collections.abc import Sequence
from threading import Event
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ModelDown

_TEXTS = 64
"""In one request."""
_LONGEST = 8_000
"""Characters of a text that are sent: passages are shorter, a question may not be."""
_TIMEOUT_S = 30.0
_TRIES = 3
_PAUSE_S = 1.0
_AGAIN = {408, 409, 429, 500, 502, 503, 504}
_DIMENSIONS = 8_192


class EndpointEmbedder:
    """A model at an endpoint. Nothing is sent before the first text.

    Args:
        model: its name there.
        base_url: ending in `/v1`, as a rule.
        key: "" = none is sent.
        transport: absent = the network; tests give their own.
    """

    def __init__(
        self,
        model: str,
        base_url: str,
        key: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._model, self._pause = model, Event()
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=_TIMEOUT_S,
            trust_env=False,
            transport=transport,
        )

    @property
    def name(self) -> str:
        """The model's name: the same one may move to another address."""
        return f"endpoint {self._model}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text, each of length 1.

        Raises:
            ModelDown: no answer after three attempts, a refusal, or an answer that is none.
        """
        parts = [
            self._rows([text[:_LONGEST] or " " for text in texts[start : start + _TEXTS]])
            for start in range(0, len(texts), _TEXTS)
        ]
        if len({part.shape[1] for part in parts}) > 1:
            raise ModelDown(self._model, "its vectors are of different lengths")
        rows = np.concatenate(parts)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = np.zeros_like(rows)
        np.divide(rows, lengths, out=unit, where=lengths > 0)
        return unit

    def _rows(self, texts: list[str]) -> NDArray[np.float32]:
        body = self._answer({"model": self._model, "input": texts, "encoding_format": "float"})
        try:
            found = sorted(body["data"], key=lambda one: one["index"])
            if [one["index"] for one in found] != list(range(len(texts))):
                raise ModelDown(self._model, f"it gave {len(found)} vectors for {len(texts)} texts")
            rows = np.array([one["embedding"] for one in found], dtype=np.float32)
        except (KeyError, TypeError, ValueError) as problem:
            raise ModelDown(self._model, "its answer holds no vectors") from problem
        if rows.ndim != 2 or not 1 <= rows.shape[1] <= _DIMENSIONS or not np.isfinite(rows).all():
            raise ModelDown(
                self._model, f"its vectors are none (1 to {_DIMENSIONS} finite numbers)"
            )
        return rows

    def _answer(self, asked: dict[str, object]) -> dict[str, Any]:
        reason = ""
        for attempt in range(_TRIES):
            if attempt:
                self._pause.wait(_PAUSE_S * attempt)
            try:
                response = self._http.post("embeddings", json=asked)
            except httpx.HTTPError as problem:
                reason = f"no answer ({type(problem).__name__})"
                continue
            if response.status_code in _AGAIN:
                reason = f"it answered with HTTP status {response.status_code}"
                continue
            if response.is_error:
                raise ModelDown(self._model, f"it answered with HTTP status {response.status_code}")
            try:
                body: dict[str, Any] = response.json()
            except ValueError as problem:
                raise ModelDown(self._model, "its answer is no JSON") from problem
            return body
        raise ModelDown(self._model, f"{reason}, {_TRIES} times")
