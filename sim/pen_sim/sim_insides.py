"""What can be broken inside a simulated pen: knobs of its HAL, and the machine's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pen_sim.insides import SIM, Reset

if TYPE_CHECKING:
    from pen_sim.machine import Machine

_LATE_NS = 200_000
_LONG_US, _USUAL_US = 90, 27  # pen_sim.hal.SCAN_COST_US
_OFF_NS, _LOOKS = 20_000_000, 50  # a soft reset waits until the drive is off: a second at most
_CAUSES = {
    "POWER_ON": "POWER_ON",
    "RUN": "POWER_ON",
    "SOFT": "RESET",
}  # RUN clears the scratch registers, as power does


class SimInsides:
    """Implements pen_sim.insides.Insides."""

    target = SIM

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def hang_foreground(self, on: bool) -> None:
        """Its turns do not come."""
        self._machine.turns_stop = on

    def stop_oscillator(self, on: bool) -> None:
        """As the self test finds it: checks.OSCILLATOR."""
        self._machine.hal.broken_tests = 128 if on else 0

    def raise_in_foreground(self) -> None:
        """As main.run ends."""
        self._machine.end_program(RuntimeError("injected"))

    def delay_scan(self) -> None:
        """By 200 us."""
        self._machine.hal.next_scan_ns += _LATE_NS

    def lengthen_scans(self, on: bool) -> None:
        """To 90 us, as they are told; virtual time knows no length."""
        self._machine.hal.scan_cost_us = _LONG_US if on else _USUAL_US

    def raise_in_scan(self) -> None:
        """The runtime tells it on the console and stops the timer."""
        self.cut_scan(True)

    def cut_scan(self, on: bool) -> None:
        """No scan, until it is whole."""
        self._machine.scans_stop = on

    def hang_cpu(self, on: bool) -> None:
        """The simulator cannot: there is no watchdog."""
        raise NotImplementedError

    def freeze_generator(self, on: bool) -> None:
        """Afterwards what it was doing is gone."""
        generator = self._machine.hal.generator
        if generator.hung and not on:
            generator.hung = False
            generator.replace(self._machine.now_ns, [])
        generator.hung = on

    def starve_generator(self, on: bool) -> None:
        """Queued strokes are dropped."""
        self._machine.hal.generator.starved = on

    def stretch_generator(self, ppm: int) -> None:
        """From its next word on."""
        self._machine.hal.generator.scale_ppm = ppm

    def hurry_clock(self, ppm: int) -> None:
        """From now on."""
        self._machine.hal.hurry_clock(ppm)

    def hold_pump(self, level: bool | None) -> None:
        """As the gate's second input sees it."""
        self._machine.settle()
        self._machine.hal.hold_pump(None if level is None else int(level))

    def hold_enable(self, level: bool | None) -> None:
        """As the driver sees it."""
        machine = self._machine
        machine.settle()
        machine.plant.enable_stuck = level
        machine.hal.look_at_gate(machine.now_ns)

    def word(self, at: int) -> int | None:
        """None while the pen boots."""
        image = self._machine.hal.image
        return image[at] if at < len(image) else None

    def put_word(self, at: int, value: int) -> None:
        """Nothing while the pen boots."""
        image = self._machine.hal.image
        if at < len(image):
            image[at] = value
            self._machine.frail = True

    def reset(self, kind: Reset) -> None:
        """A watchdog's is told apart by whether the drive was on."""
        machine = self._machine
        if kind == "SOFT":
            self._soft_reset()
        elif kind == "WATCHDOG":
            machine.restart("WATCHDOG" if machine.hal.enable else "RESET")
        else:
            machine.restart(_CAUSES[kind])

    def _soft_reset(self) -> None:
        machine = self._machine
        if not machine.died:
            machine.send(b"\x03\n")
        self._restart_when_off(_LOOKS)

    def _restart_when_off(self, looks: int) -> None:
        machine = self._machine
        if looks and machine.hal.enable and not machine.died:
            machine.at(machine.now_ns + _OFF_NS, lambda: self._restart_when_off(looks - 1))
        else:
            machine.restart(_CAUSES["SOFT"])

    def power(self, on: bool) -> None:
        """Off, the program is gone."""
        self._machine.restart("POWER_ON", boots=on)
