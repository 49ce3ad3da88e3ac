"""What must be on the disk before anything else happens. It must never hide that it is not."""

import os
from pathlib import Path


def lasting(path: Path) -> None:
    """Have a file, or what a folder lists, on the disk.

    Raises:
        OSError: it is not there, or the disk fails.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
