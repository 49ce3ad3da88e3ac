"""Cases as a process last saw them stored."""

from api.cases import Cases
from tests.api.house import House


async def test_a_case_that_moves_on_while_it_is_read_is_not_withdrawn():
    """State and records are read one after the other; what another did between them is no lie."""
    house = await House().open()
    name = await house.propose()
    told, moves, plain = [], [1], house.ledger.about

    async def about(subject):
        if moves:
            moves.pop()
            await house.vote(name)
        return await plain(subject)

    house.ledger.about = about
    cases = Cases(house.ledger, lambda subject, notice: told.append((subject, notice.text)))
    await cases.read(name)
    assert cases.one(name) == await house.case(name)
    assert cases.one(name).stage == "verified"
    assert told == []
