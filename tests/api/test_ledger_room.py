"""How much of its space the ledger takes."""

import pytest

from api.ledger_room import LedgerRoom
from api.notices import Notices
from tests.fakes import FakeClock


@pytest.mark.catches("only the budget counts, and the disk is forgotten")
@pytest.mark.parametrize("budget", [0, 1000])
async def test_four_fifths_of_its_space_are_an_alarm_once(tmp_path, budget):
    """By what the disk has free, or by its budget: told once, and again after there was room."""
    notices, free = Notices(FakeClock()), [10**9]
    file = tmp_path / "ledger.db"
    room = LedgerRoom(file, budget, notices, lambda _: free[0])

    async def told(size, left):
        file.write_bytes(b"x" * size)
        free[0] = left if not budget else 10**9
        await room.look()
        return [notice.level for notice in notices]

    assert await told(700, 300) == []
    file.with_name("ledger.db-wal").write_bytes(b"x" * 50)
    assert await told(749, 201) == []
    assert await told(750, 200) == ["alarm"]
    assert await told(900, 50) == ["alarm"]
    assert await told(720, 230) == ["alarm"]
    assert await told(600, 350) == ["alarm", "info"]
    assert await told(950, 0) == ["alarm", "info", "alarm"]
