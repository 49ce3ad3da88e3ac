"""What the twin computes with, as one word: equal where the same arguments give the same result.

Python and processor family, the libraries that compute, and every line of `twin_core`. Two kinds
of processor of one family may still round a logarithm differently in its last digit; that is not
seen here. It must never depend on where things are installed.
"""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

_COMPUTE = ("numba", "numpy", "ortools", "pydantic", "scikit-learn", "scipy", "simpy")


@cache
def same_code() -> str:
    """SHA-256 of it, 64 hexadecimal digits; 20 ms the first time."""
    found = hashlib.sha256(platform.machine().encode())
    found.update(platform.python_version().encode())
    for name in _COMPUTE:
        found.update(f"{name} {version(name)}\n".encode())
    root = Path(str(files("twin_core")))
    for file in sorted(root.rglob("*.py"), key=lambda file: file.relative_to(root).parts):
        found.update("/".join(file.relative_to(root).parts).encode() + b"\0")
        found.update(hashlib.sha256(file.read_bytes()).digest())
    found.update((Path(__file__).parent / "parcels.py").read_bytes())
    return found.hexdigest()
