"""The HAL under CPython: the same contract as on the chip, on virtual time and the plant."""

from __future__ import annotations

import errno
import platform
import zlib
from array import array
from collections.abc import Callable, MutableSequence
from functools import cache
from pathlib import Path
from random import Random
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pen_sim.edges import CARRIER, CARTRIDGE, DIR, DRIVER_FAULT, ENABLE, ESTOP, GATE, HOME, TRIGGER, Edges
from pen_sim.edges import LINK as LINK_SIGNAL
from pen_sim.generator import Generator
from pen_sim.lamps import Lamps
from pen_sim.paths import FIRMWARE
from pen_sim.plant.solenoid import SolenoidPlant
from pen_sim.pulser import Pulser
from pen_sim.store import Store

if TYPE_CHECKING:
    from pen_sim.loader import DeviceImporter
    from pen_sim.plant.choice import Plant

TICKS_MASK = (1 << 30) - 1
TICKS_AT_START = TICKS_MASK - 3_000_000  # three seconds before the wrap, so that every run crosses it
SCAN_COST_US = (
    27  # a scan of twenty checks with its trace on the emulated chip; what the simulator reports as its length
)
FOREGROUND_COST_NS = 540_000  # a turn of the foreground's loop: 54 statements counted, 10 us each on the emulated chip
EXAMINE_COST_NS = 23_000_000  # what the self test of arming takes of the foreground, on the emulated chip
LINK = 64  # image.SW_LINK
STOP = 128  # image.SW_STOP
PROGRAM_BIT = 32  # checks.PROGRAM, checked by a test
_SWITCH_SIGNALS = ((1, HOME), (2, CARTRIDGE), (4, TRIGGER), (8, ESTOP), (16, DRIVER_FAULT), (LINK, LINK_SIGNAL))

_ENABLE, _FEED, _MOTION, _SLOT, _NEXT, _LEAD_US = 9, 10, 11, 12, 13, 14  # image.OU_*, checked by a test
_PEAK_UM = 99  # image.OR_PEAK_UM, too


@cache
def _crc(board: str | None) -> int:
    """Of what `pen deploy` would install, but from the sources: the lines `crc32 path` of them."""
    paths = {path.relative_to(FIRMWARE).as_posix(): path for path in sorted(FIRMWARE.glob("*.py"))}
    paths |= {path.relative_to(FIRMWARE).as_posix(): path for path in sorted((FIRMWARE / "pen").rglob("*.py"))}
    if board:
        paths["board.py"] = Path(board)
    lines = [f"{zlib.crc32(path.read_bytes()):08x} {name}\n" for name, path in sorted(paths.items())]
    return zlib.crc32("".join(lines).encode())


class _Own:
    """What a board with a solenoid has besides."""

    def __init__(self, hal: SimHal, plant: SolenoidPlant, onewire: Any) -> None:
        self._hal = hal
        self._onewire = onewire
        self._plant = plant
        self.select_thermistor(False)

    def select_thermistor(self, board: bool) -> None:
        """The one on the board, or the coil's."""
        self._plant.set_thermistor(self._hal.now_ns, board)

    def cartridge_code(self) -> str:
        """What the memory sends, byte by byte: its wire is in the chip's model alone. Raises the firmware's Refused."""
        plant = self._plant
        return self._onewire.read_code(plant.memory.sent) if plant.cartridge_seated else ""


class SimHal:
    """One pen's HAL. `machine` sets `now_ns` and calls `scan`; faults turn the knobs named in the attributes.

    `cause`: what `reset_cause` answers; `store`: what is kept without power; `before`: the HAL of the life before a reset.
    """

    def __init__(
        self,
        plant: Plant,
        edges: Edges,
        importer: DeviceImporter,
        board: ModuleType,
        before: SimHal | None = None,
        *,
        store: Store | None = None,
        cause: str = "POWER_ON",
    ) -> None:
        steps: Any = importer.load("pen.steps")
        self._deadman_ns: int = importer.load("pen.hal").DEADMAN_US * 1_000
        self._plan_turn: Callable[..., int] = importer.load("pen.turn").plan_turn
        self.slots = [array("I", [0] * steps.SLOT_WORDS) for _ in range(2)]
        self._counts = [0, 0]
        self._turn = array("I", [0] * steps.SLOT_WORDS)
        self.plant = plant
        self.edges = edges
        self.generator = Pulser(plant, edges) if isinstance(plant, SolenoidPlant) else Generator(plant, edges)
        self._lamps = Lamps(edges)
        self.now_ns = 0
        self.next_scan_ns = 1 << 62
        self.period_ns = 0
        self.wake_ns = 0
        self._busy_ns = FOREGROUND_COST_NS
        self.received = bytearray()
        self._stop_bytes = 0
        self.sent = bytearray()
        self.link = False
        self.host_reads = True
        self.scan_count = 0
        self.scan_us = SCAN_COST_US
        self.scan_cost_us = SCAN_COST_US
        self.enable = 0
        self.carrier = 0
        self.gate = 0
        self.pump: int | None = None  # the charge pump's output is stuck there
        self.starves_ns = 1 << 62
        self.image: MutableSequence[int] = []
        self._trace = memoryview(bytearray(4)).cast("i")
        self._check: Callable[[MutableSequence[int], memoryview[int]], None] | None = None
        self._drive: Any = None
        self._origin_steps = 0
        self.board = board
        self._switches = 0
        self._host_left = False
        self.broken_tests = 0
        self.store = store or Store()
        self._cause = cause
        self._ticks_from = (0, 0)  # (virtual time, the timer's then), in nanoseconds
        self._clock_ppm = 0
        self._true_clock = True  # since the start: the scan need not ask
        if before:
            self._take_over(before)
        self.own = _Own(self, plant, importer.load("pen.onewire")) if isinstance(plant, SolenoidPlant) else None

    def _take_over(self, before: SimHal) -> None:
        """The chip was reset: what is outside it stays as it was, and so does what is broken."""
        self.now_ns, self.wake_ns = before.now_ns, 1 << 62
        self.received, self.sent = before.received, before.sent
        self.link, self.host_reads = before.link, before.host_reads
        self._switches, self.gate, self.pump = before._switches, before.gate, before.pump
        self.scan_cost_us, self._clock_ppm = before.scan_cost_us, before._clock_ppm
        self.broken_tests = before.broken_tests
        self._ticks_from = (self.now_ns, 0)
        self._true_clock = False
        generator = before.generator
        self.generator.hung, self.generator.starved = generator.hung, generator.starved
        self.generator.scale_ppm = generator.scale_ppm

    # What the foreground calls.

    def start(
        self,
        image: MutableSequence[int],
        trace: bytearray,
        check: Callable[[MutableSequence[int], memoryview[int]], None],
        drive: Any,
    ) -> None:
        """Outputs safe, then the scan for good."""
        self.image, self._check, self._drive = image, check, drive
        self._trace = memoryview(trace).cast("i")  # viper's ptr32 sees words as well
        self._set_gate(self.now_ns)
        self.set_scan_period(1_000)

    def stop(self) -> None:
        """Outputs safe, and no scan any more."""
        self.indicate(0, 0)
        self._check = None
        self.generator.replace(self.now_ns, [])
        if self.enable:
            self.enable = 0
            self.edges.add(self.now_ns, ENABLE, 0)
        self._set_gate(self.now_ns)

    def set_scan_period(self, period_us: int) -> None:
        """The next scan comes one new period after the last, or as soon as it can."""
        last_ns = self.next_scan_ns - self.period_ns if self.period_ns else self.now_ns
        self.period_ns = round(period_us * 1e9 / (1_000_000 + self._clock_ppm))
        self.next_scan_ns = max(last_ns + self.period_ns, self.now_ns)

    def load(self, slot: int, count: int, returns: bool = True) -> None:
        """Offers a slot's words, after the drive has read them."""
        self._counts[slot] = 0
        self._drive.admit(self.image, slot, self.slots[slot], count, returns)
        if isinstance(self.generator, Pulser):
            self.generator.take(self.now_ns, returns)
        self._counts[slot] = count

    def now_us(self) -> int:
        """Ticks that wrap."""
        return self._ticks_us(self.now_ns)

    def _ticks_us(self, now_ns: int) -> int:
        from_ns, at_ns = self._ticks_from
        gone_ns = now_ns - from_ns
        return ((at_ns + gone_ns + gone_ns * self._clock_ppm // 1_000_000) // 1_000 + TICKS_AT_START) & TICKS_MASK

    def hurry_clock(self, ppm: int) -> None:
        """The timer runs so much too fast from now on, and the scan's period with it."""
        from_ns, at_ns = self._ticks_from
        gone_ns = self.now_ns - from_ns
        self._ticks_from = (self.now_ns, at_ns + gone_ns + gone_ns * self._clock_ppm // 1_000_000)
        period_us = self.period_ns * (1_000_000 + self._clock_ppm) / 1e9
        self._clock_ppm = ppm
        self._true_clock = False
        if self.period_ns:
            self.period_ns = round(period_us * 1e9 / (1_000_000 + ppm))

    def idle_ms(self, milliseconds: int) -> None:
        """Sets when the foreground's next turn begins; in virtual time nothing waits."""
        self.wake_ns = self.now_ns + self._busy_ns + milliseconds * 1_000_000
        self._busy_ns = FOREGROUND_COST_NS

    def indicate(self, light: int, tone_hz: int) -> None:
        """What LED and buzzer do from now on."""
        self._lamps.show(self.now_ns, light, tone_hz)

    def console_read(self, buffer: bytearray) -> int:
        """Bytes received."""
        count = min(len(buffer), len(self.received))
        if count:
            buffer[:count] = self.received[:count]
            del self.received[:count]
        return count

    def console_write(self, view: memoryview[int]) -> int:
        """Bytes taken: up to 64, none while the host does not read."""
        if not self.host_reads:
            return 0
        self.sent += view[:64]
        return min(len(view), 64)

    def receive(self, data: bytes) -> None:
        """Bytes from the host. The next scan sees a stop byte among them, whatever the foreground is doing."""
        self.received += data
        if b"!" in data or b"\x03" in data:
            self._stop_bytes = STOP

    def host_left(self) -> bool:
        """Whether a scan since the last call has seen no host."""
        left, self._host_left = self._host_left, False
        return left

    def scans(self) -> int:
        """Scans since start."""
        return self.scan_count

    def runtime(self) -> tuple[int, int]:
        """The MicroPython this stands for: the oldest that the firmware accepts."""
        return (1, 26)

    def program(self) -> tuple[str, int]:
        """This Python, and the CRC-32 of the firmware's and the board's files."""
        return "cpython" + ".".join(platform.python_version_tuple()[:2]), _crc(self.board.__file__)

    def unique_id(self) -> str:
        """Says that this pen is not real."""
        return "SIM0"

    def checksum(self) -> int:
        """The program is what this checkout has; `broken_tests` says what a fault has made of it."""
        return self.broken_tests & PROGRAM_BIT

    def examine(self) -> int:
        """What a fault has broken: nothing of it can break by itself here. The turn that asks takes as long as on the chip."""
        self._busy_ns += EXAMINE_COST_NS
        return self.broken_tests & ~PROGRAM_BIT

    def host_ms(self) -> int:
        """True milliseconds, while a host is there."""
        return self.now_ns // 1_000_000 & 0x7FF if self.link else -1

    def cartridge_code(self) -> str:
        """By the board's reader; a pen without one has one here, so that there is something to read."""
        if self.own:
            return self.own.cartridge_code()
        return self.plant.cartridge_code if self.plant.cartridge_seated else ""

    def random_bytes(self, count: int) -> bytes:
        """The same every time: one seed, one trace."""
        return Random(self.now_ns).randbytes(count)

    def reset_cause(self) -> str:
        """As the machine says."""
        return self._cause

    def store_read(self, name: str) -> bytes:
        """What was written under that name, b"" if nothing was."""
        return self.store.read(name)

    def store_write(self, name: str, data: bytes) -> None:
        """Raises OSError while the drive is on. Time passes, and no scan comes in it."""
        if self.enable:
            raise OSError(errno.EROFS, "the drive is on")
        self.store.write(name, data)
        self.now_ns += self.store.write_ns

    # What the machine calls.

    def settle(self, now_ns: int) -> None:
        """Brings generator and dead-man up to now, in the order in which things happened."""
        if now_ns >= self.starves_ns and self.carrier:
            self.generator.advance(self.starves_ns)
            self._starve(self.starves_ns)
        self.generator.advance(now_ns)
        self._lamps.settle(now_ns)

    def scan(self, now_ns: int) -> None:
        """One timer interrupt: latch, check, apply."""
        check = self._check
        if check is None:
            return
        if now_ns >= self.starves_ns:
            self.settle(now_ns)
        elif self.generator.next_ns <= now_ns:
            self.generator.advance(now_ns)
        self._latch(now_ns)
        image = self.image
        check(image, self._trace)
        if image[_MOTION] or image[_ENABLE] != self.enable:
            self._apply(now_ns)
        elif self.carrier and image[_FEED]:
            self.starves_ns = now_ns + self._deadman_ns
        self.scan_us = self.scan_cost_us
        self.scan_count += 1

    def _latch(self, now_ns: int) -> None:
        image, plant, generator = self.image, self.plant, self.generator
        plant.sample(now_ns)
        image[0] = (now_ns // 1_000 + TICKS_AT_START) & TICKS_MASK if self._true_clock else self._ticks_us(now_ns)
        image[1] = generator.steps
        image[2], image[3], image[4], image[5] = plant.adc
        switches = plant.switches
        if self.link:
            switches |= LINK
        else:
            self._host_left = True
        image[6] = switches | self._stop_bytes
        self._stop_bytes = 0
        if switches != self._switches:
            self._note_switches(now_ns, switches)
        image[7] = generator.motion()
        image[8] = self.scan_us

    def _note_switches(self, now_ns: int, switches: int) -> None:
        changed = switches ^ self._switches
        self._switches = switches
        for bit, signal in _SWITCH_SIGNALS:
            if changed & bit:
                self.edges.add(now_ns, signal, int(switches & bit != 0))

    def _apply(self, now_ns: int) -> None:
        image = self.image
        enable = image[_ENABLE]
        if enable != self.enable:
            self.enable = enable
            self.edges.add(now_ns, ENABLE, enable)
            if enable:
                self.carrier = 1
                self.edges.add(now_ns, CARRIER, 1)
                self.starves_ns = now_ns + self._deadman_ns
            self._set_gate(now_ns)
        if self.carrier and image[_FEED]:
            self.starves_ns = now_ns + self._deadman_ns
        motion = image[_MOTION]
        if motion:
            self._move(now_ns, motion, image[_SLOT], image[_NEXT])

    def _move(self, now_ns: int, motion: int, slot: int, following: int) -> None:
        generator = self.generator
        if motion == 1:
            count = self._counts[slot]
            if not following:
                self._origin_steps = generator.steps
            if count:
                generator.start(now_ns, self.slots[slot], count, self.image[_LEAD_US], bool(following))
        elif motion == 2:
            self._turn_round(now_ns)
        else:
            generator.replace(now_ns, [])

    def _turn_round(self, now_ns: int) -> None:
        generator, drive = self.generator, self._drive
        generator.drop_queued()
        if isinstance(generator, Pulser):
            generator.let_go(now_ns, drive.back_us(self.board.DEPTH_MAX_UM))
            return
        if generator.outward and generator.moving:
            at = generator.steps - self._origin_steps
            top = (self.image[_PEAK_UM + self.image[41]] + self.board.CLEARANCE_UM) // self.board.STEP_UM
            count = self._plan_turn(self._turn, drive.ramp, drive.ramp_steps, at, top)
            generator.replace(now_ns, list(self._turn[:count]))

    def _starve(self, at_ns: int) -> None:
        self.carrier = 0
        self.starves_ns = 1 << 62
        self.edges.add(at_ns, CARRIER, 0)
        self._set_gate(at_ns)

    def go_dark(self) -> None:
        """A reset: the pins are let go of and pulled down, and every block of the chip stops."""
        self.stop()
        if self.generator.outward:
            self.edges.add(self.now_ns, DIR, 0)
            self.plant.set_dir(self.now_ns, False)
        if self.carrier:
            self._starve(self.now_ns)

    def look_at_gate(self, now_ns: int) -> None:
        """The enable gate's output may have changed by itself."""
        level = int(self.plant.enabled)
        if level != self.gate:
            self.gate = level
            self.edges.add(now_ns, GATE, level)

    def hold_pump(self, level: int | None) -> None:
        """The charge pump's output is stuck there from now on, or works again."""
        self.pump = level
        self._set_gate(self.now_ns)

    def _set_gate(self, now_ns: int) -> None:
        pump = self.carrier if self.pump is None else self.pump
        self.plant.set_enable(now_ns, bool(self.enable & pump))
        self.look_at_gate(now_ns)
