"""The body of a request, read up to a bound. It must never be read whole to find its size."""

from fastapi import Request

from twin_core.errors import TooLarge


async def read_body(request: Request, most: int) -> bytes:
    """The body, never more of it than `most` bytes.

    Raises:
        TooLarge: there is more.
    """
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > most:
            raise TooLarge("The body", f"{most >> 20} MiB")
    return bytes(parts)
