"""The chip's pads, seen from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Pin:
    """One pad: what the chip puts out, and what the outside puts in."""

    def __init__(self, gpio: Any, sync: Callable[[], None]) -> None:
        self._gpio = gpio
        self._sync = sync
        self._outside: bool | None = None
        self._out: int | None = None
        self._listeners: list[Callable[[int], None]] = []
        self._watchers: list[Callable[[int | None], None]] = []
        gpio.add_listener(self._changed)

    @property
    def level(self) -> int:
        """1 or 0: what the chip puts out; the input's level where it puts out nothing."""
        return int(self._gpio.input_value) if self._out is None else self._out

    @property
    def output(self) -> int | None:
        """1 or 0 if the chip drives the pad, None if not."""
        return self._out

    def listen(self, listener: Callable[[int], None]) -> None:
        """Calls `listener` with 1 or 0 when the chip's output changes; a pad let go of counts as 0."""
        self._listeners.append(listener)

    def watch(self, watcher: Callable[[int | None], None]) -> None:
        """Calls `watcher` with 1 or 0 when the chip drives the pad, and with None when it lets go of it: for an open drain."""
        self._watchers.append(watcher)

    def drive(self, level: bool) -> None:
        """Puts a level on the pad from outside; the chip's own output is stronger."""
        if level is not self._outside:
            self._outside = level
            self._sync()
            if self._out is None:
                self._gpio.set_input_value(level)

    def release(self) -> None:
        """Lets go of the pad: its pulls decide."""
        self._outside = None
        self._sync()
        if self._out is None:
            self._gpio.release_input()

    def refresh(self) -> None:
        """After a reset, which changes pads without a word."""
        self._changed(self._gpio.value, 0)

    def _changed(self, new: int, _old: int) -> None:
        """An output's level is at its own input: the input reads the pad [RP2040 datasheet, 2.19.4]."""
        before, was = self._out, self._out or 0
        self._out = int(new) if new < 2 else None
        self._sync()
        if self._out is not None:
            self._gpio.set_input_value(bool(new))
        elif self._outside is None:
            self._gpio.release_input()
        else:
            self._gpio.set_input_value(self._outside)
        if self._out != before:
            for watcher in self._watchers:
                watcher(self._out)
        level = self._out or 0
        if level != was:
            for listener in self._listeners:
                listener(level)
