"""Work in copies of this process, as many at a time as there are processors: each goes on from the same moment of the same pen."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from selectors import EVENT_READ, DefaultSelector
from typing import Any, TypeVar, cast

from pen_tools.errors import Usage

T = TypeVar("T")
_CHUNK = 65_536


class CopyFailed(RuntimeError):
    """A copy of this process raised something; the text is its traceback."""


def in_copies(jobs: Sequence[Callable[[], T]], done: Callable[[int], None] = lambda _count: None) -> list[T]:
    """What each job returns, in their order; `done` gets how many have ended. What a job changes is gone with its copy.

    Raises CopyFailed with the traceback if one of them raised, and Usage where a process cannot be copied.
    """
    found: list[Any] = [None] * len(jobs)
    with closing(each_copy(jobs)) as copies:
        for count, (number, ok, value) in enumerate(copies, 1):
            if not ok:
                raise CopyFailed(value)
            found[number] = value
            done(count)
    return cast("list[T]", found)


def each_copy(jobs: Iterable[Callable[[], Any]], most: int | None = None) -> Generator[tuple[int, bool, Any]]:
    """(number of the job, whether it went well, what it returned or the traceback), each as soon as it has ended.

    `most` at a time, as many as there are processors if None. Whoever takes no more ends those under way.
    Raises Usage where a process cannot be copied.
    """
    if sys.platform == "win32":
        raise Usage("this needs fork(), which Windows does not have", "use WSL, Linux or macOS")
    gc.freeze()  # a collection in a copy would touch, and so copy, every page
    pool = _Pool()
    try:
        yield from pool.run(jobs, most or os.cpu_count() or 1)
    finally:
        pool.end()
        gc.unfreeze()


class _Pool:
    def __init__(self) -> None:
        self._selector = DefaultSelector()
        self._children: dict[int, tuple[int, int, bytearray]] = {}  # by pipe: number of the job, process, what came

    def run(self, jobs: Iterable[Callable[[], Any]], most: int) -> Generator[tuple[int, bool, Any]]:
        waiting = enumerate(jobs)
        while True:
            while len(self._children) < most and (job := next(waiting, None)):
                self._begin(*job)
            if not self._children:
                return
            for key, _ in self._selector.select():
                if (result := self._read(key.fd)) is not None:
                    yield result

    def _begin(self, number: int, job: Callable[[], Any]) -> None:
        read, write = os.pipe()
        process = os.fork()
        if not process:
            _work(job, write)
        os.close(write)
        self._children[read] = (number, process, bytearray())
        self._selector.register(read, EVENT_READ)

    def _read(self, pipe: int) -> tuple[int, bool, Any] | None:
        """The job's number, whether it went well, and what came of it; None if it has not ended."""
        number, process, came = self._children[pipe]
        chunk = os.read(pipe, _CHUNK)
        if chunk:
            came += chunk
            return None
        self._forget(pipe)
        os.waitpid(process, 0)
        if not came:
            return number, False, "the copy of this process ended without a word"
        return number, *pickle.loads(bytes(came))

    def _forget(self, pipe: int) -> None:
        self._selector.unregister(pipe)
        os.close(pipe)
        del self._children[pipe]

    def end(self) -> None:
        """Nobody works any more."""
        for pipe, (_, process, _) in list(self._children.items()):
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            self._forget(pipe)
        self._selector.close()


def _work(job: Callable[[], Any], pipe: int) -> None:
    """In the copy. It ends here, without what the original would do at its end; Ctrl-C is the original's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            result = (True, job())
        except BaseException:
            result = (False, traceback.format_exc())
        with os.fdopen(pipe, "wb") as file:
            pickle.dump(result, file)
    finally:
        os._exit(0)
