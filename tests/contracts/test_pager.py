"""What every Pager does: a signed webhook, the notices of the process, and the fake."""

import pytest

from api.notices import Notices
from connectors.page_webhook import PageWebhook
from tests.fakes import FakeClock, FakePager
from tests.page_receiver import SECRET, PageReceiver
from twin_core.governance.ports import Page


def page(number=1):
    return Page(
        id=f"p-1/approval/{number}-1",
        proposal="p-1",
        channel="any",
        person="sam",
        level="page",
        text="p-1 “Raise the speed” waits",
        at=1_700_000_000_000_000,
    )


@pytest.fixture(params=["fake", "notices", "webhook"])
async def pager(request):
    """A pager, and what people were told by it: (level, text) each."""
    if request.param == "fake":
        fake = FakePager()
        yield fake, lambda: [(p.level, p.text) for p in fake.told]
    elif request.param == "notices":
        notices = Notices(FakeClock())
        yield notices, lambda: [(n.level, n.text.removeprefix("to sam: ")) for n in notices]
    else:
        receiver = PageReceiver()
        await receiver.start()
        webhook = PageWebhook(receiver.url, SECRET, lambda: 1_700_000_000, lambda: 0.0)
        yield webhook, lambda: [(p["level"], p["text"]) for p in receiver.told]
        await webhook.close()
        await receiver.stop()


async def test_a_page_is_told_as_it_is(pager):
    """Once handed over, people have been told, as loud as it is."""
    channel, told = pager
    await channel.page(page())
    assert told() == [("page", "p-1 “Raise the speed” waits")]


@pytest.mark.catches("a page that is told twice because it was handed over twice")
async def test_the_same_id_is_told_once(pager):
    """Who died before he knew that it was taken hands it over again; another page is another."""
    channel, told = pager
    for number in (1, 1, 2, 1):
        await channel.page(page(number))
    assert len(told()) == 2
