"""An installation that nobody may write to, run by somebody without a home."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api.settings import quiet_libraries

ROOT = Path(__file__).parents[2]
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1

COMPILES = """
import sys
from pathlib import Path
if len(sys.argv) > 1:
    from api.settings import quiet_libraries
    quiet_libraries(Path(sys.argv[1]))
import numpy as np
from twin_core.simulation.lines import work
print(work.__file__, work.uniform(np.uint64(1), 2))
"""


@pytest.fixture
def installed(tmp_path):
    """A copy of the core in folders without leave to write."""
    copy = tmp_path / "installed" / "twin_core"
    shutil.copytree(ROOT / "twin_core", copy, ignore=shutil.ignore_patterns("__pycache__"))
    folders = [copy, *(path for path in copy.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    yield copy
    for folder in folders:
        folder.chmod(0o755)


def run(installed, *arguments):
    def plain_user():
        """Root too is held to what the mode of a folder says."""
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)

    path = f"{installed.parent}{os.pathsep}{ROOT}"
    return subprocess.run(
        [sys.executable, "-c", COMPILES, *arguments],
        capture_output=True, text=True, timeout=100, check=False, preexec_fn=plain_user,
        cwd=installed.parent, env={"HOME": str(installed), "PYTHONPATH": path},
    )  # fmt: skip


@pytest.mark.catches("compiled code that is kept beside its source only")
def test_what_is_compiled_is_kept_in_the_data_directory(installed, tmp_path):
    """Beside its source it cannot be, and without a place the engine could not even be loaded."""
    data = tmp_path / "var"
    done = run(installed, str(data))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
    assert list((data / "cache" / "numba").rglob("*.nbi"))
    assert not list(installed.rglob("__pycache__"))
    without = run(installed)
    assert without.returncode != 0
    assert "cannot cache function" in without.stderr


def test_where_it_may_be_written_all_data_directories_share_it(monkeypatch, tmp_path):
    """Beside the source: nothing is set, and who set something keeps it."""
    set_by_us: dict[str, str] = {}
    monkeypatch.setattr(os, "environ", set_by_us)
    quiet_libraries(tmp_path)
    assert "NUMBA_CACHE_DIR" not in set_by_us
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    quiet_libraries(tmp_path)
    assert set_by_us["NUMBA_CACHE_DIR"] == str(tmp_path / "cache" / "numba")
    set_by_us["NUMBA_CACHE_DIR"] = "/mine"
    quiet_libraries(tmp_path)
    assert set_by_us["NUMBA_CACHE_DIR"] == "/mine"
