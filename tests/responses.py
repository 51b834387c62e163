"""What an answer of Django's test client says, however it comes."""

import io
import zipfile
from typing import Any

from asgiref.sync import async_to_sync


def body(response: Any) -> bytes:
    """All of it, also of one that streams, which ends by itself."""
    if not response.streaming:
        return bytes(response.content)

    async def collect() -> bytes:
        return b"".join([part async for part in response.streaming_content])

    return async_to_sync(collect)()


def read(response: Any) -> str:
    """The text of it; of an archive, that of all its files."""
    found = body(response)
    if not found.startswith(b"PK"):
        return str(found, "utf-8")
    with zipfile.ZipFile(io.BytesIO(found)) as archive:
        return "".join(str(archive.read(name), "utf-8") for name in archive.namelist())
