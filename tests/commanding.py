"""The command `opstwin` in a process of its own, forked from one that has imported it already.

A person waits a moment for the imports; a hundred tests of messages would wait for minutes.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

_PARENT = """
import gc, json, os, sys, traceback
from importlib.metadata import entry_points
import api.cli, api.server, api.wiring, connectors.modbus, connectors.opcua
for entry in entry_points(group="opstwin.commands"):
    entry.load()
gc.freeze()
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        os.chdir(asked["cwd"])
        for number, name in ((0, os.devnull), (1, asked["out"]), (2, asked["err"])):
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), number)
        sys.argv[:] = ["opstwin", *asked["words"]]
        code = 1
        try:
            api.cli.main()
        except SystemExit as done:
            code = done.code or 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Runs(Protocol):
    """Runs the command with words as a shell would give them, in a directory."""

    def __call__(
        self, *words: str | bytes, cwd: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """What came of it."""
        ...


@contextmanager
def running() -> Iterator[Runs]:
    """The process that has imported it, until the end of the block."""
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        ) as parent,
    ):  # fmt: skip
        assert parent.stdin is not None
        assert parent.stdout is not None
        asks, tells = parent.stdin, parent.stdout
        out, err = Path(folder) / "out", Path(folder) / "err"

        def run(*words: str | bytes, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
            said = [os.fsdecode(word) for word in words]
            asked = {"words": said, "cwd": str(cwd or Path.cwd()), "out": str(out), "err": str(err)}
            asks.write(json.dumps(asked) + "\n")
            asks.flush()
            code = int(tells.readline())
            shown = [file.read_text("utf-8", "replace") for file in (out, err)]
            out.unlink()
            err.unlink()
            return subprocess.CompletedProcess(said, code, *shown)

        yield run
        asks.close()
