"""What is kept from run to run: once for each thing that it is made of, and not for ever."""

import os

from evals.harness.kept import let_go

NOW, DAY = 2_000_000_000.0, 86_400.0


def test_what_nobody_used_lately_goes_but_for_the_newest_of_its_name(tmp_path):
    """Whatever digests stand in a name; what is used stays, however many there are."""

    def made(name: str, days: float) -> str:
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (NOW - days * DAY,) * 2)
        return name

    one, two, three = ("0123456789abcde" + digit for digit in "123")
    stay = [
        made(f"calm-0-{one}", 9), made(f"calm-0-{two}", 8), made(f"calm-1-{one}", 30),
        made(f"calm-0-{two}-product-{one}", 0.5), made(f"calm-0-{three}-product-{one}", 0.1),
        made("settings-0-of-mine", 400), made(f"calm-0-{one}-product-{two}", 0.9),
    ]  # fmt: skip
    made(f"calm-0-{three}", 10)
    made(f"calm-0-{one}-product-{three}", 4)
    assert let_go(tmp_path, NOW) == 2
    assert sorted(stay) == sorted(folder.name for folder in tmp_path.iterdir())
    assert let_go(tmp_path / "none", NOW) == 0
