"""Witnesses of the audit chain: a file of lines, and a server told over real HTTP on loopback."""

import asyncio
import json

import pytest

from connectors.signing import SigningKeys
from connectors.witness import Webhook, WitnessFile
from tests.page_receiver import PageReceiver
from twin_core.errors import BadInput, SourceDown, StoreDown
from twin_core.governance.audit import Head
from twin_core.governance.witness import Checkpoint, seal


class Receiver(PageReceiver):
    """Keeps each checkpoint that came."""

    def __init__(self):
        super().__init__()
        self.kept = []

    def _take(self, headers, body):
        self.kept.append(Checkpoint.model_validate(json.loads(body)))


@pytest.fixture
async def receiver():
    made = Receiver()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def checkpoint(tmp_path):
    return seal(Head(count=3, digest="a" * 64, at=5), "site", SigningKeys(tmp_path).prepare())


async def test_a_server_is_told_a_checkpoint_as_it_was_signed(receiver, checkpoint):
    """It comes whole."""
    await Webhook(receiver.url).tell(checkpoint)
    assert receiver.kept == [checkpoint]


@pytest.mark.catches("a refusal that is taken for kept")
@pytest.mark.parametrize("status", [302, 404, 500])
async def test_what_a_server_refuses_is_not_kept(receiver, checkpoint, status):
    """Anything but 2xx is said, and no other address is followed."""

    async def refuses():
        return status

    receiver.answer = refuses
    with pytest.raises(SourceDown, match=f"it answered {status}"):
        await Webhook(receiver.url).tell(checkpoint)


@pytest.mark.catches("a server that drips holds the witness for ever")
async def test_a_server_that_is_away_or_never_ends_is_down(receiver, checkpoint, monkeypatch):
    """It has its time, and no more."""
    monkeypatch.setattr("connectors.witness._WAIT_S", 0.3)
    receiver.drip_s = 0.05
    async with asyncio.timeout(5):
        with pytest.raises(SourceDown):
            await Webhook(receiver.url).tell(checkpoint)
        await receiver.stop()
        with pytest.raises(SourceDown):
            await Webhook(receiver.url).tell(checkpoint)


@pytest.mark.parametrize("url", ["", "x", "ftp://host/x", "http://example.org/x", "https:///x"])
def test_an_address_that_anybody_could_read_is_refused(url):
    """Only this machine may be told in the clear."""
    with pytest.raises(BadInput, match="witness_url"):
        Webhook(url)


def test_a_file_gives_back_what_was_appended(tmp_path, checkpoint):
    """In order; a file there is not is an empty one; a folder in its place is an error."""
    file = WitnessFile(tmp_path / "far" / "witness.jsonl")
    assert file.read() == ((), ())
    for _ in range(3):
        file.append(checkpoint)
    assert file.read() == ([checkpoint] * 3, [])
    for act in (WitnessFile(tmp_path).read, lambda: WitnessFile(tmp_path).append(checkpoint)):
        with pytest.raises(StoreDown, match="witness"):
            act()


def test_a_key_file_that_holds_none_is_an_error_and_no_new_key(tmp_path):
    """A damaged key is told, not replaced in silence."""
    keys = SigningKeys(tmp_path)
    made = keys.prepare()
    assert keys.current() is None
    keys.promote()
    found = keys.current()
    assert found is not None
    assert found.key == made.key
    (tmp_path / "signing.pem").write_text("nothing")
    with pytest.raises(StoreDown, match="holds no private key"):
        keys.current()
