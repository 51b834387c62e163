"""Undoing a Content-Encoding that we asked not to get, without letting it grow without bound."""

import zlib
from collections.abc import Iterator

from .errors import Unreadable

PIECE = 1 << 16  # bytes


class Inflater:
    """gzip and deflate in pieces of at most 64 KiB, so that a small bomb never becomes a large buffer.

    Raises Unreadable on any other encoding and on data that is not what its header says.
    """

    def __init__(self, encoding: str) -> None:
        if encoding not in ("gzip", "x-gzip", "deflate"):
            raise Unreadable(f"phase=body: Content-Encoding {encoding[:40]!r} was not asked for")
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self._zlib.eof:
            try:
                piece = self._zlib.decompress(data, PIECE)
            except zlib.error as error:
                raise Unreadable("phase=body: the compressed body is broken") from error
            if piece:
                yield piece
            data = self._zlib.unconsumed_tail
            if not data and len(piece) < PIECE:
                break
