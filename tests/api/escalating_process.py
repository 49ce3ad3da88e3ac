"""A process that tells people when nobody answers, on a real ledger and by a real webhook.

For each line on standard input it forks, warm, a child that lives until nothing is left to tell
or it is killed; it prints the child's process id, and then how it ended.
"""

import asyncio
import os
import sys

from api.logs import log_to_stderr
from connectors.ledger import SqlLedger
from connectors.page_webhook import PageWebhook
from tests.api.house import House
from tests.fakes import FakeClock
from tests.page_receiver import SECRET
from tests.twin_core.governance.scene import NOW, PEOPLE, draft
from twin_core.governance.oncall import OnCall


async def live(url: str, where: str, oncall: str) -> None:
    """Go on from what the ledger holds; time passes as fast as it can be told."""
    clock = FakeClock(plant=NOW)
    ledger = SqlLedger(url, clock)
    clock.set_ledger(await ledger.now())
    house = House(ledger=ledger, clock=clock)
    house.oncall = OnCall.parse(oncall, "oncall.toml", "UTC")
    await house.actuation.start()
    await house.actuation.recover()
    if not house.actuation.driver.cases.all():
        await house.actuation.set_trust("site", "act_on_approval", PEOPLE["eve"], "tests")
        await house.actuation.submit(draft(), PEOPLE["olga"])
    (case,) = house.actuation.driver.cases.all()
    webhook = PageWebhook(where, SECRET, lambda: clock.ledger() // 1_000_000, lambda: 0.0)
    escalating = house.escalating(pager=webhook)
    while clock.ledger() < case.proposal.expires + 60_000_000:
        await house.actuation.tick()
        await escalating.tick()
        await escalating.idle()
        clock.turn(20)
    assert house.device.executed == []
    await ledger.close()


def main() -> None:
    """Fork a life at each line."""
    log_to_stderr("error")
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(live(*sys.argv[1:]))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
