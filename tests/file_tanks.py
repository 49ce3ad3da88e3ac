"""The tank of `devices.py` as a folder into which somebody drops files, as historians do."""

import itertools
import shutil
import tempfile
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from tests.devices import NAMES, START, plant, stamp


class WideTank:
    """One column a tag, as CSV. Every change is a file of its own; pulling the plug is rmtree."""

    OPTIONS = "{speed: max, rebase: false, poll_s: 0.02, timezone: UTC}"

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="opstwin-tank-")) / "drop"
        addresses = {name: f'"Tank {name}"' for name in NAMES}
        self.plant = plant("replay", f"file:{self.folder}", self.OPTIONS, addresses)
        self.url = f"file:{self.folder}"
        self._numbers = itertools.count()

    async def start(self, now):
        self.folder.mkdir(parents=True)
        self.drop({f"Tank {name}": START[name] for name in NAMES}, now)

    async def show(self, name, value, at):
        self.drop({f"Tank {name}": value}, at)

    async def stop(self):
        if self.folder.exists():
            shutil.rmtree(self.folder.parent)

    def drop(self, values, at):
        """A file comes, whole."""
        head = ",".join(["time", *values])
        row = ",".join([stamp(at).strftime("%Y-%m-%d %H:%M:%S.%f"), *map(str, values.values())])
        self._moved(f"{next(self._numbers)}.csv", f"{head}\n{row}\n".encode())

    def _moved(self, name, content):
        (self.folder.parent / name).write_bytes(content)
        (self.folder.parent / name).rename(self.folder / name)


class LongTank(WideTank):
    """One row a reading, as Parquet."""

    OPTIONS = "{layout: long, speed: max, rebase: false, poll_s: 0.02}"

    def drop(self, values, at):
        columns = {
            "time": pa.array([at] * len(values), pa.timestamp("us", tz="UTC")),
            "tag": list(values),
            "value": [float(value) for value in values.values()],
        }
        sink = pa.BufferOutputStream()
        parquet.write_table(pa.table(columns), sink)
        self._moved(f"{next(self._numbers)}.parquet", sink.getvalue().to_pybytes())
