"""What a reset leaves: causes, scratch registers, memory, outputs [RP2040 datasheet, 2.12, 4.7]."""

from __future__ import annotations

from typing import Any

import pytest

from pen_sim.chip.emulator import Chip

CHIP_RESET, REASON, SCRATCH0 = 0x4006_4008, 0x4005_8008, 0x4005_800C
HAD_POR, HAD_RUN = 1 << 8, 1 << 16
TIMER, FORCE = 1, 2
WATCHDOG_MS = 100


def test_a_chip_with_fresh_power_says_so(pico: Any) -> None:
    assert pico.chip.read32(CHIP_RESET) & (HAD_POR | HAD_RUN) == HAD_POR
    assert pico.run("import machine; print(machine.reset_cause() == machine.PWRON_RESET)") == "True\n"


@pytest.mark.parametrize(
    ("kind", "chip_reset", "reason", "scratch"),
    [("POWER_ON", HAD_POR, 0, 0), ("RUN", HAD_RUN, 0, 0), ("WATCHDOG", HAD_POR, TIMER, 0x1234)],
)
def test_causes_and_scratch(pico: Any, kind: str, chip_reset: int, reason: int, scratch: int) -> None:
    """4.7.4: scratch registers last through soft resets, and RUN and power clear them."""
    pico.run(f"from machine import mem32; mem32[{SCRATCH0}] = 0x1234")
    pico.chip.reset(kind)
    pico.chip.boot()
    assert pico.chip.read32(CHIP_RESET) & (HAD_POR | HAD_RUN) == chip_reset
    assert pico.chip.read32(REASON) == reason
    assert pico.chip.read32(SCRATCH0) == scratch


def test_the_watchdog_bites_once_and_to_the_microsecond(pico: Any) -> None:
    bitten: list[int] = []
    watchdog = pico.chip._mcu.watchdog
    bite = watchdog.on_watchdog_trigger
    watchdog.on_watchdog_trigger = lambda: (bitten.append(pico.chip.now_ns), bite())
    fed: list[int] = []
    write = watchdog.write_uint32
    watchdog.write_uint32 = lambda at, value: (fed.append(pico.chip.now_ns) if at == 4 else None, write(at, value))
    pico.run(f"import machine; w = machine.WDT(timeout={WATCHDOG_MS})")
    pico.chip.run_for_ns(1_000_000_000)
    assert len(bitten) == 1
    assert abs(bitten[0] - fed[-1] - WATCHDOG_MS * 1_000_000) <= 1_000
    pico.chip.boot()
    assert pico.run("import machine; print(machine.reset_cause() == machine.WDT_RESET)") == "True\n"


def test_fed_it_does_not_bite_and_switched_off_neither(pico: Any) -> None:
    pico.run(
        "import machine, time\nw = machine.WDT(timeout=20)\nfor _ in range(20):\n    time.sleep_ms(10)\n    w.feed()"
    )
    pico.run("machine.mem32[0x40058000 + 0x3000] = 1 << 30")
    pico.chip.run_for_ns(200_000_000)
    assert pico.run("print(machine.mem32[0x40058008])") == "0\n"


def test_a_reset_by_the_program(pico: Any) -> None:
    pico.chip.send(b"\r\x03import machine; machine.reset()\r")
    pico.chip.run_for_ns(20_000_000)
    pico.chip.boot()
    assert pico.chip.read32(REASON) == FORCE


@pytest.mark.parametrize("kind", ["POWER_ON", "RUN", "WATCHDOG"])
def test_outputs_let_go_at_once(pico: Any, kind: str) -> None:
    edges = pico.edges(16)
    pico.run("from machine import Pin, mem32\nPin(16, Pin.OUT, value=1)\nmem32[0x40010008] = 0x1FFFC")
    before = pico.chip.now_ns
    pico.chip.reset(kind)
    assert edges[-1] == (before, 0)
    assert pico.chip.pin(16).output is None


def test_state_machines_stop(pico: Any) -> None:
    edges = pico.edges(16)
    pico.run(
        "import rp2\nfrom machine import Pin\n@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)\ndef blink():\n    set(pins, 1)[31]\n"
        "    set(pins, 0)[31]\nsm = rp2.StateMachine(0, blink, freq=100_000, set_base=Pin(16))\nsm.active(1)\nimport time; time.sleep_ms(5)"
    )
    assert len(edges) > 2
    pico.chip.reset("RUN")
    del edges[:]
    pico.chip.run_for_ns(100_000_000)
    assert not edges


def test_a_watchdog_leaves_what_is_not_selected(pico: Any) -> None:
    """2.13.5: WDSEL says what a watchdog reset resets. With nothing selected a state machine goes on."""
    edges = pico.edges(16)
    pico.run(
        "import rp2\nfrom machine import Pin, mem32\n@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)\ndef blink():\n    set(pins, 1)[31]\n"
        "    set(pins, 0)[31]\nsm = rp2.StateMachine(0, blink, freq=100_000, set_base=Pin(16))\nsm.active(1)\n"
        "mem32[0x40010008] = 0"
    )
    pico.chip.hang_cpu()
    pico.chip.reset("WATCHDOG")
    del edges[:]
    pico.chip.run_for_ns(10_000_000)
    assert abs(len(edges) - 10_000 // 320) <= 1


def test_flash_stays_and_can_be_put_into_another_chip(pico: Any, runtime: Any, tmp_path: Any) -> None:
    pico.run("f = open('note.txt', 'w'); f.write('kept'); f.close()")
    pico.chip.reset("POWER_ON")
    pico.chip.boot()
    assert pico.run("print(open('note.txt').read())") == "kept\n"
    image = tmp_path / "files.img"
    image.write_bytes(pico.chip.dump_filesystem())
    other = Chip(runtime, filesystem=image)
    other.boot()
    assert other.exec_raw("print(open('note.txt').read())") == ("kept\n", "")


KINDS = ("POWER_ON", "RUN", "WATCHDOG")
ENUMERATED_MS = 60  # and more: the runtime has the port open before 20
STEP_US = 500
BACK_NS = 300_000_000  # after what boot waits for in any case


def spoil(pico: Any, traffic: str) -> None:
    """Leaves bytes under way: to the chip, from it, or in it because nobody reads."""
    if traffic == "in":
        pico.chip.send(b"#" * 300)
    elif traffic != "none":
        pico.chip.host_reads(traffic == "out")
        pico.chip.send(b"print('x' * 1000)\r\n")


@pytest.mark.parametrize("traffic", ["none", "in", "out", "unread"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_comes_back_whatever_the_host_was_about(pico: Any, kind: str, traffic: str) -> None:
    """Port opened and closed, bytes under way or waiting: the reset takes the device off the bus, and all of it is void."""
    for open_us in (0, 300, 900, 2_000):
        for closed_us in (0, 30, 300, 900, 2_000):
            for last in (True, False):
                pico.chip.connect(last)
                pico.chip.run_for_ns(3_000_000)
                pico.chip.connect(not last)
                spoil(pico, traffic)
                pico.chip.run_for_ns(open_us * 1_000)
                pico.chip.connect(last)
                pico.chip.run_for_ns(closed_us * 1_000)
                pico.chip.reset(kind)
                pico.chip.host_reads(True)
                pico.chip.run_for_ns(closed_us * 20_000)
                pico.chip.boot(BACK_NS)


@pytest.mark.parametrize("kind", KINDS)
def test_it_comes_back_from_a_reset_in_any_phase_of_enumeration(pico: Any, kind: str) -> None:
    for phase_us in range(0, ENUMERATED_MS * 1_000, STEP_US):
        pico.chip.reset("POWER_ON")
        pico.chip.run_for_ns(phase_us * 1_000)
        pico.chip.reset(kind)
        pico.chip.boot(BACK_NS)


@pytest.mark.parametrize("open_", [True, False])
def test_the_port_may_be_opened_and_closed_in_any_phase_of_enumeration(pico: Any, open_: bool) -> None:
    for phase_us in range(0, ENUMERATED_MS * 1_000, STEP_US):
        pico.chip.connect(not open_)
        pico.chip.reset("POWER_ON")
        pico.chip.run_for_ns(phase_us * 1_000)
        pico.chip.connect(open_)
        pico.chip.run_for_ns(300_000)
        pico.chip.boot(BACK_NS)
