"""An RP2040 with MicroPython on it, in lockstep: virtual time moves only inside `run_for_ns` and `run_until_ns`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from pen_sim.chip import library, repairs
from pen_sim.chip.adc import Adc
from pen_sim.chip.defects import Defects
from pen_sim.chip.engine import CYCLE_NS, Engine
from pen_sim.chip.heap import Heap
from pen_sim.chip.pins import Pin
from pen_sim.chip.pio import Block
from pen_sim.chip.timer import Timer
from pen_sim.chip.usb import Host

FLASH = 0x1000_0000
FILESYSTEM_START, FILESYSTEM_BLOCKS, BLOCK = 0xA0000, 352, 4_096  # RPI_PICO's [MicroPython, ports/rp2/boards]
BOOT_NS = 60_000_000
_GPIO_IN = 0x004
_WDSEL_RESETS = 1 << 3
_ALL_BLOCKS, _PIO_BITS = (1 << 25) - 1, (1 << 10, 1 << 11)  # of the reset controller
RESETS = {"POWER_ON": "POWER_ON", "RUN": "RUN_PIN", "WATCHDOG": "WATCHDOG"}


class ChipError(RuntimeError):
    """The chip did not do what was waited for."""


class Chip:
    """A Pico that has just got its power. `image`: a UF2 with MicroPython; `filesystem`: a littlefs image."""

    def __init__(self, image: Path | str, *, filesystem: Path | None = None, open_: bool = True) -> None:
        boards, device = library.load("boards"), library.load("device")
        self._causes = library.load("device.base_device").ResetCause
        layout = boards.FlashLayout(FILESYSTEM_START, FILESYSTEM_BLOCKS, BLOCK)
        spec = boards.BoardSpec(extras=(), image=Path(image), layout=layout)
        self._device = device.MicroPythonDevice(board=spec, filesystem=filesystem)
        library.check(self._device)
        self._mcu = self._device.mcu
        self._clock = self._mcu.clock
        fifo = library.load("utils.fifo").FIFO
        self._blocks = tuple(Block(pio, self._clock, fifo) for pio in self._mcu.pio)
        for at, block in zip((0x50200, 0x50300), self._blocks, strict=True):
            self._mcu.peripherals[at] = block
        self._timer = self._mcu.timer = self._mcu.peripherals[0x40054] = Timer(self._mcu)
        self._mcu.adc = self._mcu.peripherals[0x4004C] = self._adc = Adc(self._mcu)
        self.pins = [Pin(gpio, self._sync) for gpio in self._mcu.gpio]
        self.host = Host(self._device, open_)
        repairs.apply(self._mcu)
        self._mcu.core.pc = FLASH
        self._engine = Engine(self._mcu, self._blocks, self._adc.catch_up)
        self._adc.watch = self._engine.watch
        self._catch_up_before_dma()
        self.defects = Defects(self._mcu, self._engine, self._timer, self._blocks)
        self._mcu.watchdog.on_watchdog_trigger = lambda: self._restart("WATCHDOG")

    def _catch_up_before_dma(self) -> None:
        dma, catch_up, leave_ring = self._mcu.dma, self._adc.catch_up, self._adc.leave_ring
        read, write = dma.read_uint32, dma.write_uint32_atomic

        def read_uint32(offset: int) -> int:
            catch_up()
            return read(offset)

        def write_uint32_atomic(offset: int, value: int, atomic_type: int) -> None:
            leave_ring()  # the channel may not be the same afterwards
            write(offset, value, atomic_type)

        dma.read_uint32, dma.write_uint32_atomic = read_uint32, write_uint32_atomic

    def _sync(self) -> None:
        """Before a pad changes: who works in arrears catches up."""
        self._adc.catch_up()
        for block in self._blocks:
            block.sync()

    # Time.

    @property
    def now_ns(self) -> int:
        """Virtual time since power-on."""
        return int(self._clock.nanos)

    def run_for_ns(self, duration_ns: int) -> None:
        """Lets virtual time pass."""
        self.run_until_ns(self.now_ns + duration_ns)

    def run_until_ns(self, end_ns: int) -> None:
        """Lets virtual time pass until `end_ns`, to the end of the instruction that is under way then."""
        self._engine.run_until(-(-end_ns // CYCLE_NS))
        self._adc.catch_up()

    def at(self, t_ns: int, action: Callable[[], None]) -> None:
        """Calls `action` at `t_ns` on the chip's clock; as soon as it runs, if that is past."""

        def act() -> None:
            self._adc.catch_up()
            action()

        self._clock.create_alarm(act).schedule(max(0.0, t_ns - self._clock.nanos))

    # Console.

    def send(self, data: bytes) -> None:
        """Queues bytes for the console."""
        self.host.send(data)

    @property
    def output(self) -> bytearray:
        """What the console has sent; the caller's to clear."""
        return self.host.output

    def connect(self, open_: bool) -> None:
        """The host opens or closes the console's port."""
        self.host.connect(open_)

    def host_reads(self, on: bool) -> None:
        """The host takes what the console sends, or lets it wait in the chip; nothing is lost."""
        self.host.read(on)

    def boot(self, limit_ns: int = 2_000_000_000) -> None:
        """Runs until the console answers: enumerated, port opened, at the prompt. Raises ChipError after `limit_ns`."""
        self.connect(True)
        self.run_for_ns(BOOT_NS)
        end_ns = self.now_ns + limit_ns
        self.send(b"\r\n")
        while b">>> " not in self.output:
            if self.now_ns > end_ns:
                raise ChipError(f"no prompt after {limit_ns / 1e9:.1f} s; the chip is at {self.pc:#x}")
            self.run_for_ns(1_000_000)
        self.output.clear()

    def exec_raw(self, code: str, limit_ns: int = 5_000_000_000) -> tuple[str, str]:
        """Runs `code` over the raw REPL: (what it printed, what it raised). Raises ChipError if it takes longer."""
        self.output.clear()
        self.send(b"\r\x03\x01")
        self._await(b"raw REPL; CTRL-B to exit\r\n>", 1, limit_ns)
        self.output.clear()
        self.send(code.encode() + b"\x04")
        self._await(b"\x04", 2, limit_ns)
        printed, raised = bytes(self.output).partition(b"OK")[2].split(b"\x04")[:2]
        self.output.clear()
        return printed.decode().replace("\r\n", "\n"), raised.decode().replace("\r\n", "\n")

    def _await(self, mark: bytes, count: int, limit_ns: int) -> None:
        end_ns = self.now_ns + limit_ns
        while self.output.count(mark) < count:
            if self.now_ns > end_ns:
                raise ChipError(f"the console did not answer in {limit_ns / 1e9:.1f} s: {bytes(self.output[-200:])!r}")
            self.run_for_ns(500_000)

    # Defects, resets and memory.

    def hang_cpu(self, on: bool = True) -> None:
        """The core executes nothing any more; everything else in the chip goes on."""
        self.defects.hang_cpu(on)

    def mask_interrupts(self, on: bool = True) -> None:
        """The core takes no interrupt any more."""
        self.defects.mask_interrupts(on)

    def reset(self, kind: str) -> None:
        """POWER_ON, RUN or WATCHDOG: resets the chip as that would, and boots it. Flash stays."""
        if kind == "WATCHDOG":
            self._mcu.watchdog._reason = 1  # its timer, as if it had not been fed
        self._restart(RESETS[kind])

    def _restart(self, cause: str) -> None:
        """What a watchdog resets, the chip selects: all through the reset controller, or block by block [2.13.5, 2.14]."""
        selected = _ALL_BLOCKS
        if cause == "WATCHDOG" and not self._mcu.psm.wdsel & _WDSEL_RESETS:
            selected = self._mcu.resets.wdsel
        self._adc.leave_ring()
        self._device.hard_reset(cause=self._causes[cause])
        for bit, block in zip(_PIO_BITS, self._blocks, strict=True):
            if selected & bit:
                block.reset()
        for pin in self.pins:
            pin.refresh()
        self._engine.restart(self._timer.epoch_ns)

    @property
    def pc(self) -> int:
        """The address of the next instruction."""
        return self._mcu.core.pc

    def read32(self, address: int) -> int:
        """A word of memory or a register, with the side effects of reading it."""
        return self._mcu.read_uint32(address)

    def heap(self, board: ModuleType) -> Heap:
        """Its RAM, as a runtime uses it that runs the firmware for `board`."""
        return Heap(self._mcu, board)

    def dump_filesystem(self) -> bytes:
        """The littlefs image in flash."""
        size = FILESYSTEM_BLOCKS * BLOCK
        return bytes(self._mcu.flash[FILESYSTEM_START : FILESYSTEM_START + size])

    def pin(self, number: int) -> Pin:
        """GPIO `number`."""
        return self.pins[number]

    def adc(self, read: Callable[[int, int], int]) -> None:
        """Every conversion is `read(channel, t_ns)`, 0 to 4095; their times only rise, and never lie ahead."""
        self._adc.convert = read

    def before_reading_pins(self, action: Callable[[], None]) -> None:
        """Calls `action` whenever the CPU is about to read the levels of the pins."""
        sio = self._mcu.sio
        read = sio.read_uint32

        def read_uint32(offset: int) -> int:
            if offset == _GPIO_IN:
                self._adc.catch_up()
                action()
            return read(offset)

        sio.read_uint32 = read_uint32
