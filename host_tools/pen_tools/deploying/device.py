"""The pen's filesystem, worked on by code that runs on the pen: nothing but that code and its answers crosses the cable."""

from __future__ import annotations

import ast
import binascii
from collections.abc import Callable
from contextlib import suppress

from pen_tools.deploying.errors import DeviceError
from pen_tools.deploying.plan import Found, Listing, folders
from pen_tools.deploying.repl import Repl

_CHUNK = 2_048  # bytes in one order; as base64 it takes twelve of the runtime's heap's 225 KiB with its copies

_SETUP = """
import os
from binascii import a2b_base64, hexlify
from hashlib import sha256

FOLDER = 0x4000
buffer = bytearray(1024)
view = memoryview(buffer)

def walk(folder):
    for entry in list(os.ilistdir(folder)):
        path = folder + "/" + entry[0]
        if entry[1] == FOLDER:
            yield from walk(path)
        else:
            yield path

def hashed(path):
    digest, size = sha256(), 0
    with open(path, "rb") as file:
        while count := file.readinto(buffer):
            digest.update(view[:count])
            size += count
    return size, hexlify(digest.digest()).decode()

def show(folder):
    try:
        os.stat(folder)
    except OSError:
        return
    for path in walk(folder):
        print(repr((path[len(folder) + 1:],) + hashed(path)))

def make(path):
    try:
        os.mkdir(path)
    except OSError:
        if not os.stat(path)[0] & FOLDER:
            raise

def tidy(folder):
    for entry in list(os.ilistdir(folder)):
        path = folder + "/" + entry[0]
        if entry[1] == FOLDER:
            tidy(path)
            if not list(os.ilistdir(path)):
                os.rmdir(path)

def head(path):
    try:
        with open(path, "rb") as file:
            return file.read(64)
    except OSError:
        return None
"""


class Device:
    """The filesystem behind an entered REPL. Paths are absolute. Methods raise LinkLost, or DeviceError for what it raises."""

    def __init__(self, repl: Repl) -> None:
        self._repl = repl
        repl.run(_SETUP)

    def listing(self, folder: str, each: Callable[[], None] = lambda: None) -> Listing:
        """Every file below the folder; `each` is called after each of them. Empty if there is no such folder."""
        found: dict[str, Found] = {}

        def take(line: str) -> None:
            path, size, sha = ast.literal_eval(line)
            found[path] = Found(size, sha)
            each()

        self._repl.run(f"show({folder!r})", take)
        return found

    def sha(self, path: str) -> str:
        """SHA-256 of one file, read back."""
        return self._repl.run(f"print(hashed({path!r})[1])").strip()

    def head(self, path: str) -> bytes | None:
        """The first 64 bytes, None if there is no such file."""
        return ast.literal_eval(self._repl.run(f"print(repr(head({path!r})))").strip())

    def free(self) -> int:
        """Bytes, never less than 0."""
        return max(int(self._repl.run('print(os.statvfs("/")[0] * os.statvfs("/")[3])')), 0)

    def make_folders(self, root: str, paths: tuple[str, ...]) -> None:
        """`root`, and all folders below it that the paths, relative to it, are in."""
        names = [root, *(f"{root}/{name}" for name in folders(paths))]
        self._repl.run(f"for name in {names!r}:\n    make(name)")

    def write(self, path: str, content: bytes, done: Callable[[int], None] = lambda _count: None) -> None:
        """Makes that file or overwrites it, in pieces; `done` is called with the bytes of each piece."""
        pieces = [content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK)] or [b""]
        for number, piece in enumerate(pieces):
            sent = f"file.write(a2b_base64({binascii.b2a_base64(piece, newline=False)!r}))\n"
            begin = f"file = open({path!r}, 'wb')\n" if number == 0 else ""
            end = "file.close()\n" if number == len(pieces) - 1 else ""
            try:
                self._repl.run(begin + sent + end)
            except DeviceError:
                with suppress(DeviceError):
                    self._repl.run("file.close()")  # open, it would hold space that the pen believes is used
                raise
            done(len(piece))

    def remove(self, paths: list[str]) -> None:
        """Files."""
        self._repl.run(f"for name in {paths!r}:\n    os.remove(name)")

    def tidy(self, folder: str) -> None:
        """Removes the folders below it that have nothing in them."""
        self._repl.run(f"tidy({folder!r})")

    def rename(self, old: str, new: str) -> None:
        """In one step, whatever happens; a file that is at `new` is gone then."""
        self._repl.run(f"os.rename({old!r}, {new!r})")
