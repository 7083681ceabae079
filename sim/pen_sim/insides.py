"""What can be broken inside a virtual pen: the same handles on both targets, for pen_sim.faults."""

from __future__ import annotations

from typing import Literal, Protocol

Reset = Literal["POWER_ON", "RUN", "WATCHDOG", "SOFT"]
SIM, CHIP = "sim", "chip"


class Insides(Protocol):
    """Each takes effect now. What is called with False, None or 0 is whole again; everything may be called at any time."""

    target: str  # SIM or CHIP

    # The program.

    def hang_foreground(self, on: bool) -> None:
        """The main loop does not get any further; interrupts are served."""
        ...

    def raise_in_foreground(self) -> None:
        """The main loop's next turn ends in an exception, and with it the program."""
        ...

    def delay_scan(self) -> None:
        """One scan comes 200 us late or a little more."""
        ...

    def lengthen_scans(self, on: bool) -> None:
        """Scans take longer than allowed; on the chip a few of them, or nothing would be left for the foreground."""
        ...

    def raise_in_scan(self) -> None:
        """The next scan ends in an exception, and with it the scan's timer."""
        ...

    def cut_scan(self, on: bool) -> None:
        """The timer's interrupt does not come."""
        ...

    def hang_cpu(self, on: bool) -> None:
        """The core executes nothing; generator, dead-man and watchdog go on."""
        ...

    # Hardware beside it.

    def freeze_generator(self, on: bool) -> None:
        """The step generator stands still in the middle of what it does."""
        ...

    def starve_generator(self, on: bool) -> None:
        """What is queued does not reach the step generator."""
        ...

    def stretch_generator(self, ppm: int) -> None:
        """Every interval of the step generator is longer by so much."""
        ...

    def hurry_clock(self, ppm: int) -> None:
        """The timer, by which scan and foreground go, is fast by so much; the step generator is not."""
        ...

    def stop_oscillator(self, on: bool) -> None:
        """The ring oscillator, which only the self test looks at, stands."""
        ...

    def hold_pump(self, level: bool | None) -> None:
        """The charge pump's output stays there whatever the carrier does."""
        ...

    def hold_enable(self, level: bool | None) -> None:
        """The enable gate's output stays there whatever its inputs are."""
        ...

    # Memory and resets.

    def word(self, at: int) -> int | None:
        """A word of the process image, signed; None while there is none."""
        ...

    def put_word(self, at: int, value: int) -> None:
        """Overwrites it. From here on an exception in the program is what it is on a pen: the end of the program."""
        ...

    def reset(self, kind: Reset) -> None:
        """Resets the chip as that does, and lets it boot. SOFT: as a host does it, by Ctrl-C and Ctrl-D."""
        ...

    def power(self, on: bool) -> None:
        """The whole pen loses its power, or gets it again and boots."""
        ...
