"""Vectors from an endpoint."""

import json

import httpx
import numpy as np
import pytest

from knowledge import endpoint
from knowledge.endpoint import EndpointEmbedder
from knowledge.library import Library
from tests.knowledge.test_library import Counting, passage
from twin_core.errors import ModelDown, StoreDown


class Server(httpx.MockTransport):
    """An endpoint that answers each text with its length and ones, out of order."""

    def __init__(self, answers=(), size=3):
        self.asked, self.answers, self.size = [], list(answers), size
        super().__init__(self._handle)

    def _handle(self, request):
        self.asked.append(request)
        if self.answers:
            return self.answers.pop(0)
        texts = json.loads(request.content)["input"]
        data = [
            {"index": i, "embedding": [float(len(text))] + [1.0] * (self.size - 1)}
            for i, text in enumerate(texts)
        ]
        return httpx.Response(200, json={"data": data[::-1]})


def embedder(server, key="k"):
    return EndpointEmbedder("m-1", "http://model.test/v1", key, server)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(endpoint, "_PAUSE_S", 0.0)


def test_each_text_has_its_row_of_length_one_in_the_order_asked():
    server = Server()
    rows = embedder(server).embed([f"{'x' * i}" for i in range(1, 151)])

    assert rows.shape == (150, 3)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(rows[:, 0] / rows[:, 1], np.arange(1, 151), rtol=1e-5)
    assert [len(json.loads(one.content)["input"]) for one in server.asked] == [64, 64, 22]
    assert {str(one.url) for one in server.asked} == {"http://model.test/v1/embeddings"}
    assert server.asked[0].headers["authorization"] == "Bearer k"


def test_what_may_pass_is_asked_again_and_a_refusal_is_not():
    server = Server([httpx.Response(429), httpx.Response(503)])
    assert embedder(server).embed(["x"]).shape == (1, 3)
    assert len(server.asked) == 3

    refusing = Server([httpx.Response(401, text="key sk-secret")])
    with pytest.raises(ModelDown, match="HTTP status 401") as told:
        embedder(refusing).embed(["x"])
    assert len(refusing.asked) == 1
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"error": "x"}),
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, json={"data": [{"index": 0, "embedding": []}]}),
        httpx.Response(200, json={"data": [{"index": 0, "embedding": "x"}]}),
        httpx.Response(200, json={"data": [{"index": 1, "embedding": [1.0]}]}),
        httpx.Response(200, content=b'{"data": [{"index": 0, "embedding": [NaN]}]}'),
    ],
)
def test_an_answer_that_is_none_is_said_so_and_never_used(answer):
    with pytest.raises(ModelDown):
        embedder(Server([answer])).embed(["x"])


def test_an_endpoint_that_is_away_is_said_so_after_three_attempts():
    def away(request):
        raise httpx.ConnectError("no route", request=request)

    with pytest.raises(ModelDown, match="3 times"):
        EndpointEmbedder("m-1", "http://model.test/v1", "", httpx.MockTransport(away)).embed(["x"])


def test_a_change_to_an_endpoint_embeds_everything_again_and_mixes_nothing(tmp_path):
    held = [passage("a", "seal leaks"), passage("b", "gear")]
    bundled = Library(tmp_path, Counting())
    bundled.take(held)
    bundled.close()
    library = Library(tmp_path, embedder(Server()))

    assert library.take(held) == 2
    assert {len(vector) for vector in library._store.known(held).values()} == {3}
    assert library.search("seal")[0].passage == "a"
    library.close()


def test_a_model_that_answers_in_another_length_than_before_is_told_not_mixed(tmp_path):
    held = [passage("a", "seal leaks")]
    library = Library(tmp_path, embedder(Server()))
    library.take(held)
    library.close()
    other = Library(tmp_path, embedder(Server(size=5)))
    other.take(held)

    with pytest.raises(StoreDown, match="vectors of 3 numbers"):
        other.search("seal")
    with pytest.raises(StoreDown):
        other.take([*held, passage("b", "gear")])
    other.close()
