"""Servers for the tests out of Debian's packages: the one on PATH, or unpacked into `.cache`.

Nothing is installed and no root is needed: `apt-get download`, `dpkg-deb -x`, run from there.
"""

import fcntl
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".cache"


@cache
def command(package, program):
    """The command that runs a program of a package, or [] and why there is none."""
    name = Path(program).name
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found:
        return [found], ""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return [], f"neither a {name} on PATH nor apt-get to fetch one"
    folder = CACHE / package
    why = kept(folder, lambda: unpack(package, folder))
    if why:
        return [], why
    root = folder / "root"
    folders = sorted({str(p.parent) for p in root.rglob("*.so.*")})
    return ["env", f"LD_LIBRARY_PATH={':'.join(folders)}", str(root / program)], ""


def kept(folder, fetch):
    """Fill a folder of the cache once, whatever workers and runs ask; why `fetch` could not."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            why = fetch()
            if why:
                return why
            (folder / "complete").touch()
    return ""


def unpack(package, folder):
    """Fetch the package and those it needs that are not installed; why it cannot be done."""
    wanted, done = [package], set()
    lists: list[str] = []
    while wanted:
        name = wanted.pop()
        done.add(name)
        got = ran(folder, "apt-get", *lists, "download", name)
        if got.returncode and not lists:  # a machine that never fetched its lists, or long ago
            lists = ["-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}/apt"]
            (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
            ran(folder, "apt-get", *lists, "update")
            got = ran(folder, "apt-get", *lists, "download", name)
        if got.returncode:
            return f"apt-get download {name}: {got.stderr.strip().splitlines()[-1]}"
        deb = max(folder.glob(f"{name}_*.deb"))
        ran(folder, "dpkg-deb", "-x", str(deb), "root")
        needs = ran(folder, "dpkg-deb", "-f", str(deb), "Depends").stdout
        for clause in needs.split(","):
            dependency = re.match(r"\s*(lib[a-z0-9.+-]+)", clause)
            if dependency and dependency[1] not in done | set(wanted):
                status = ran(folder, "dpkg-query", "-W", "-f", "${Status}", dependency[1]).stdout
                if "install ok installed" not in status:
                    wanted.append(dependency[1])
    return ""


def ran(folder, *words, within_s=120.0):
    """The command, when it has ended or its time is over."""
    try:
        return subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=within_s, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 1, "", f"not done in {within_s:g} s")
