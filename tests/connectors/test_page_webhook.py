"""Pages over real HTTP: signed, tried again within bounds, and never said to be taken if not."""

import asyncio
import itertools

import pytest

from connectors.page_webhook import PageWebhook
from tests.contracts.test_pager import page
from tests.page_receiver import SECRET, PageReceiver
from twin_core.errors import BadInput, SourceDown


@pytest.fixture
async def receiver():
    made = PageReceiver()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def webhook(receiver):
    times = itertools.count(1_700_000_000)
    made = PageWebhook(
        receiver.url, SECRET, lambda: next(times), lambda: 0.0, first_s=0.002, answer_s=0.3
    )
    yield made
    await made.close()


async def test_a_page_is_signed_over_id_time_and_body(receiver, webhook):
    """Who takes it finds its id, when it was sent, and what it says; nothing is forged."""
    await webhook.page(page())
    ((name, at, body),) = receiver.requests
    assert (name, at) == ("p-1/approval/1-1", 1_700_000_000)
    assert body == page().model_dump(mode="json", exclude={"channel"})
    assert receiver.forged == []


def test_the_signature_is_the_standards():
    """The example of Standard Webhooks 1.0."""
    made = PageWebhook(
        "http://localhost/", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", lambda: 1614265330, float
    )
    assert made._signed("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}') == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.catches("an error of the receiver's is taken for a yes, or ends the tries")
@pytest.mark.parametrize("status", [500, 503, 404, 302])
async def test_what_is_no_yes_is_tried_again_with_the_same_id_and_a_new_time(
    receiver, webhook, status
):
    """Twice in vain, then taken: three requests, one page. No redirect is followed."""
    answers = iter([status, status, 204])

    async def answer():
        return next(answers)

    receiver.answer = answer
    await webhook.page(page())
    assert [(name, at) for name, at, _ in receiver.requests] == [
        ("p-1/approval/1-1", 1_700_000_000 + n) for n in range(3)
    ]
    assert len(receiver.told) == 1


@pytest.mark.catches("tries without end")
async def test_tries_are_bounded_and_then_it_is_down(receiver, webhook):
    """Eight times in vain, and it is said what was answered."""

    async def answer():
        return 500

    receiver.answer = answer
    with pytest.raises(SourceDown, match="it answers 500, 8 times"):
        await webhook.page(page())
    assert len(receiver.requests) == 8


async def test_a_receiver_that_is_down_and_comes_back_is_told(receiver, webhook):
    """Refused connections are tries like any other."""
    await receiver.stop()
    handed = asyncio.create_task(webhook.page(page()))
    await asyncio.sleep(0.01)
    await receiver.start()
    await handed
    assert len(receiver.told) == 1
    await receiver.stop()
    with pytest.raises(SourceDown, match="8 times"):
        await webhook.page(page(2))


@pytest.mark.catches("a receiver that drips its answer holds a page for as long as it likes")
@pytest.mark.parametrize(("wait", "drip"), [(2.0, 0.0), (0.0, 0.1)])
async def test_a_slow_receiver_has_its_time_and_no_more(receiver, webhook, wait, drip):
    """What is answered too late, or byte by byte, is asked again under its id, and told once."""
    answers = iter([(wait, drip), (0.0, 0.0)])

    async def answer():
        seconds, receiver.drip_s = next(answers)
        await asyncio.sleep(seconds)
        return 200

    receiver.answer = answer
    await webhook.page(page())
    assert len(receiver.requests) == 2
    assert len(receiver.told) == 1


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "ftp://localhost/", "localhost:80", "https://", "http://[", ""],
)
def test_an_address_that_could_be_anybody_is_refused(url):
    """In the clear on this machine only."""
    with pytest.raises(BadInput, match="page_webhook"):
        PageWebhook(url, SECRET, int, float)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "hush", "whsec_%%%", SECRET[6:]]
)
def test_a_secret_that_can_be_guessed_is_refused(secret):
    """24 random bytes at least; the sentence does not repeat it."""
    with pytest.raises(BadInput, match="24 to 64 random bytes") as refused:
        PageWebhook("https://example.org/", secret, int, float)
    assert not secret or secret == "whsec_" or secret not in str(refused.value)
