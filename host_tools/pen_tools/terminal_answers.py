"""Answers as they come: lines of text, in which definite-length blocks of any bytes may stand."""

from __future__ import annotations

import binascii

_CRC = 4  # bytes of CRC-32 at the end of the pen's records, low byte first


class Answers:
    """Bytes in, whole lines out, each as a list of texts and blocks."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Bytes that have come."""
        self._buffer += data

    def clear(self) -> None:
        """Forgets what is not yet a line."""
        self._buffer.clear()

    def take(self) -> str | None:
        """The next line as it is shown, None if it is not whole yet."""
        shown: list[str] = []
        at = 0
        while True:
            if self._buffer.startswith(b"#", at):
                end, text = self._block(at)
            else:
                end, text = self._text(at)
            if end < 0:
                return None
            shown.append(text)
            if self._buffer.startswith((b"\n", b"\r"), end):
                del self._buffer[: self._buffer.index(b"\n", end) + 1]
                return "".join(shown)
            at = end

    def _text(self, at: int) -> tuple[int, str]:
        """Up to the line's end, or to a block behind a semicolon."""
        end = self._buffer.find(b"\n", at)
        block = self._buffer.find(b";#", at)
        if 0 <= block < end or (end < 0 <= block):
            end = block + 1
        return end, self._buffer[at : max(end, at)].decode("ascii", "replace").rstrip("\r")

    def _block(self, at: int) -> tuple[int, str]:
        """Where the block ends, and how it is shown; -1 if it is not whole. `#` without a digit is no block."""
        digits = self._buffer[at + 1 : at + 2]
        if not digits.isdigit():
            return self._text(at) if digits else (-1, "")
        start = at + 2 + int(digits)
        length = self._buffer[at + 2 : start]
        if len(length) < int(digits) or len(self._buffer) <= start + int(length or b"0"):
            return -1, ""
        end = start + int(length or b"0")
        return end, shown_block(bytes(self._buffer[start:end]))


def shown_block(data: bytes) -> str:
    """A block's text, without its CRC; other blocks by their length."""
    body, right = data[:-_CRC], binascii.crc32(data[:-_CRC]) == int.from_bytes(data[-_CRC:], "little")
    for text in (body if right else data, data):
        if all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in text):
            return text.decode("ascii").rstrip("\n")
    return f"<a block of {len(data)} bytes, its CRC-32 is {'right' if right else 'not right'}>"
