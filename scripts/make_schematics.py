"""Draws docs/images/bench_stepper.png and pen_solenoid.png: the schematics of boards/*.md. Needs `pip install -e .[docs]`.

Pin numbers come from the board files. Parts are joined by the names of their nets, as on a sheet of several pages.
"""

from __future__ import annotations

import importlib
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

from pen_sim.loader import load_board

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
DPI = 110
NET, PART, FRAME = "#1f4fa0", "#000000", "#999999"
ADC_GPIO = 26  # of the converter's first channel [RP2040 datasheet, 4.9]
CHIP_THERMOMETER = 4  # its channel, which has no pin [RP2040 datasheet, 4.9]
# Pin of the Pico's module by GPIO [Raspberry Pi Pico datasheet, pinout]
PICO = dict(
    zip(
        (*range(23), 26, 27, 28),
        (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 29, 31, 32, 34),
        strict=True,
    )
)

try:  # by name: the linters have no schemdraw
    schemdraw: Any = importlib.import_module("schemdraw")
    elm: Any = importlib.import_module("schemdraw.elements")
    gates: Any = importlib.import_module("schemdraw.logic")
except ImportError:
    sys.exit("the drawings need schemdraw: pip install -e '.[docs]'")


# --- pieces


def text(d: Any, x: float, y: float, words: str, **more: Any) -> None:
    """Words at a place, from their left edge unless told."""
    style = {"halign": "left", "valign": "center", "fontsize": 10, **more}
    d += elm.Label().at((x, y - 0.06)).theta(0).label(words, ofst=0, **style)


def net(d: Any, at: Any, name: str, side: str = "right", length: float = 0.4) -> None:
    """A short wire with the net's name at its end."""
    x, y = at
    sign = 1 if side == "right" else -1
    d += elm.Line().at((x, y)).to((x + sign * length, y))
    halign = "left" if side == "right" else "right"
    text(d, x + sign * (length + 0.1), y, name, color=NET, halign=halign)


def supply(d: Any, at: Any, name: str) -> None:
    """A supply above a place."""
    d += elm.Vdd().at(at).label(name, fontsize=10, color=NET)


def ground(d: Any, at: Any) -> None:
    d += elm.Ground().at(at)


def wire(d: Any, *points: Any) -> None:
    for one, other in pairwise(points):
        d += elm.Line().at(one).to(other)


def part(d: Any, element: Any, one: Any, other: Any, words: str, loc: str = "top") -> None:
    """A part with two legs from one place to the other."""
    d += element.at(one).to(other).label(words, loc=loc, fontsize=10)


def frame(d: Any, x: float, y: float, width: float, height: float, title: str) -> None:
    """A panel; its upper left corner is at (x, y)."""
    d += elm.Rect(corner1=(0, -height), corner2=(width, 0), color=FRAME, ls="--", lw=1).at((x, y)).theta(0)
    text(d, x + 0.2, y - 0.35, title, fontsize=12)


def box(d: Any, at: tuple[float, float], title: str, left: list[str], right: list[str], width: float = 3.2) -> Any:
    """A part with named pins on two sides, upper left corner at `at`; returns {pin: place}."""
    rows = max(len(left), len(right))
    height = rows * 0.7 + 0.3
    x, y = at
    d += elm.Rect(corner1=(0, -height), corner2=(width, 0), lw=1.5).at(at).theta(0)
    text(d, x + width / 2, y + 0.25, title, halign="center")
    places: dict[str, tuple[float, float]] = {}
    for names, edge, inside, halign in ((left, x, x + 0.12, "left"), (right, x + width, x + width - 0.12, "right")):
        for k, name in enumerate(names):
            if name:
                places[name] = (edge, y - 0.5 - 0.7 * k)
                text(d, inside, places[name][1], name, halign=halign, fontsize=9)
    return places


# --- the controller


def pins(board: ModuleType) -> dict[str, int]:
    """{net: GPIO}, in the order of the GPIOs."""
    found: dict[str, int] = {}
    for name in dir(board):
        if name.startswith("PIN_"):
            found[name[4:]] = getattr(board, name)
        elif name.startswith("ADC_") and getattr(board, name) != CHIP_THERMOMETER:
            found[name] = ADC_GPIO + getattr(board, name)
    return dict(sorted(found.items(), key=lambda item: item[1]))


def controller(d: Any, x: float, y: float, board: ModuleType, title: str, pico: bool) -> None:
    """The chip with all its nets; with `pico` the module's pin numbers too."""
    nets = pins(board)
    labels = [f"GP{gpio}" + (f" (pin {PICO[gpio]})" if pico else "") for gpio in nets.values()]
    places = box(d, (x, y), title, [], labels, width=2.6)
    for name, label in zip(nets, labels, strict=True):
        net(d, places[label], name)


# --- panels that both boards have


def enable_gate(d: Any, x: float, y: float, pull_down: str) -> None:
    """The dead-man's charge pump and the AND gate."""
    frame(d, x, y, 16.2, 5.6, "Dead-man's charge pump and enable gate")
    line = y - 3.0
    node, out, load = (x + 4.2, line), (x + 6.0, line), (x + 7.9, line)
    net(d, (x + 2.2, line), "CARRIER", "left", 0.3)
    part(d, elm.Capacitor(), (x + 2.2, line), node, "22 nF")
    part(d, elm.Schottky(), (node[0], line - 1.6), node, "BAT54", "bottom")
    ground(d, (node[0], line - 1.6))
    part(d, elm.Schottky(), node, out, "BAT54")
    wire(d, out, load)
    part(d, elm.Capacitor(), out, (out[0], line - 1.6), "4.7 nF", "bottom")
    ground(d, (out[0], line - 1.6))
    part(d, elm.Resistor(), load, (load[0], line - 1.6), "15k", "bottom")
    ground(d, (load[0], line - 1.6))
    gate = d.add(gates.And().theta(0).anchor("in2").at((x + 9.4, line)))
    in1, in2, done = gate.in1, gate.in2, gate.out
    wire(d, load, in2)
    turn, pull = (x + 8.9, line + 1.5), (x + 6.0, line + 1.5)
    wire(d, in1, (turn[0], in1[1]), turn, pull)
    net(d, pull, "ENABLE", "left")
    part(d, elm.Resistor(), turn, (turn[0] + 2.0, turn[1]), "10k")
    ground(d, (turn[0] + 2.0, turn[1]))
    text(d, in2[0] - 0.1, in2[1] - 0.7, "Schmitt AND", fontsize=9)
    down = (done[0] + 0.8, done[1])
    wire(d, done, down)
    net(d, down, "GATE = ENABLE_SENSE", length=0.3)
    part(d, elm.Resistor(), down, (down[0], down[1] - 1.8), pull_down, "bottom")
    ground(d, (down[0], down[1] - 1.8))


def contacts(d: Any, x: float, y: float) -> None:
    """Switches to ground; the chip pulls up."""
    frame(d, x, y, 6.4, 5.6, "Contacts (pull-ups are the chip's)")
    for k, (name, words) in enumerate(
        (("HOME", "home"), ("CARTRIDGE", "seated"), ("TRIGGER", "button"), ("ESTOP", "break contact"))
    ):
        line = y - 1.6 - 1.05 * k
        net(d, (x + 2.2, line), name, "left", 0.3)
        switch = elm.Button(nc=True) if name == "ESTOP" else elm.Button() if name == "TRIGGER" else elm.Switch()
        part(d, switch, (x + 2.2, line), (x + 4.2, line), words)
        wire(d, (x + 4.2, line), (x + 5.4, line))
    wire(d, (x + 5.4, y - 1.6), (x + 5.4, y - 4.75))
    ground(d, (x + 5.4, y - 4.75))


def lamps(d: Any, x: float, y: float) -> None:
    """RGB LED and buzzer."""
    frame(d, x, y, 7.4, 5.6, "RGB LED and buzzer")
    for k, (name, ohms) in enumerate((("LED_RED", "330"), ("LED_GREEN", "100"), ("LED_BLUE", "100"))):
        line = y - 1.3 - 1.1 * k
        net(d, (x + 2.2, line), name, "left", 0.3)
        part(d, elm.Resistor(), (x + 2.2, line), (x + 4.2, line), ohms)
        part(d, elm.LED(), (x + 4.2, line), (x + 6.0, line), "", "bottom")
        wire(d, (x + 6.0, line), (x + 6.6, line))
    line = y - 4.6
    net(d, (x + 2.2, line), "BUZZER", "left", 0.3)
    part(d, elm.Resistor(), (x + 2.2, line), (x + 4.2, line), "100")
    part(d, elm.Crystal(), (x + 4.2, line), (x + 6.0, line), "piezo, passive")
    wire(d, (x + 6.0, line), (x + 6.6, line))
    wire(d, (x + 6.6, y - 1.3), (x + 6.6, line))
    ground(d, (x + 6.6, line))


def divider(d: Any, x: float, y: float, rail: str, upper: str, lower: str) -> None:
    """The supply's divider with its capacitor, tap at (x, y)."""
    part(d, elm.Resistor(), (x, y + 1.6), (x, y), upper, "bottom")
    supply(d, (x, y + 1.6), rail)
    part(d, elm.Resistor(), (x, y), (x, y - 1.6), lower, "bottom")
    ground(d, (x, y - 1.6))
    wire(d, (x, y), (x + 1.9, y))
    part(d, elm.Capacitor(), (x + 1.9, y), (x + 1.9, y - 1.6), "100 nF", "bottom")
    ground(d, (x + 1.9, y - 1.6))
    net(d, (x + 1.9, y), "ADC_SUPPLY")


def hall(d: Any, x: float, y: float, title: str) -> None:
    """The tip sensor and its filter."""
    sensor = box(d, (x, y), title, ["3V3", "GND"], ["OUT"], width=2.2)
    net(d, sensor["3V3"], "3V3", "left", 0.3)
    net(d, sensor["GND"], "GND", "left", 0.3)
    net(d, sensor["OUT"], "ADC_TIP")


# --- bench_stepper


def stepper_driver(d: Any, x: float, y: float) -> None:
    """Driver, motor, shunt and amplifier."""
    frame(d, x, y, 16.2, 6.2, "Driver, motor and current")
    driver = box(
        d,
        (x + 2.8, y - 2.2),
        "step/dir driver, full steps",
        ["STEP", "DIR", "ENABLE", "FAULT"],
        ["VM", "A", "B", "GND"],
    )
    for pin, name in (("STEP", "STEP"), ("DIR", "DIR"), ("ENABLE", "GATE"), ("FAULT", "DRIVER_FAULT")):
        net(d, driver[pin], name, "left", 0.3)
    low, high = (driver["VM"][0] + 3.0, y - 1.4), (driver["VM"][0] + 5.0, y - 1.4)
    wire(d, driver["VM"], (low[0], driver["VM"][1]), low)
    part(d, elm.Resistor(), low, high, "0.1 ohm")
    supply(d, high, "+12V")
    amplifier = box(d, (high[0] + 0.5, y - 2.8), "amplifier, gain 20", ["IN+", "IN-"], ["OUT"], width=2.0)
    wire(d, high, (high[0], amplifier["IN+"][1]), amplifier["IN+"])
    wire(d, (low[0], driver["VM"][1]), (low[0], amplifier["IN-"][1]), amplifier["IN-"])
    net(d, amplifier["OUT"], "ADC_CURRENT", length=0.2)
    motor(d, driver)


def motor(d: Any, driver: Any) -> None:
    """A stepper's two windings at a driver's pins A and B."""
    windings = box(d, (driver["A"][0] + 0.7, driver["A"][1] + 0.5), "", ["A", "B"], [], width=1.5)
    text(d, windings["B"][0] + 0.1, driver["B"][1] - 0.8, "stepper", fontsize=9)
    wire(d, driver["A"], windings["A"])
    wire(d, driver["B"], windings["B"])
    wire(d, driver["GND"], (driver["GND"][0] + 0.4, driver["GND"][1]))
    ground(d, (driver["GND"][0] + 0.4, driver["GND"][1]))


def bench_analog(d: Any, x: float, y: float) -> None:
    """Tip sensor and supply divider."""
    frame(d, x, y, 12.0, 5.6, "Tip sensor and supply")
    hall(d, x + 1.4, y - 2.0, "tip sensor, 0.3 to 3.0 V")
    divider(d, x + 7.2, y - 2.9, "+12V", "50k", "10k")


def draw_bench(board: ModuleType) -> Any:
    """The schematic of bench_stepper."""
    d: Any = schemdraw.Drawing(show=False)
    d.config(unit=2, fontsize=10, color=PART)
    controller(d, 0, -0.6, board, "Raspberry Pi Pico", pico=True)
    enable_gate(d, 6.4, 0, "10k")
    stepper_driver(d, 6.4, -6.0)
    contacts(d, 0, -13.6)
    lamps(d, 6.8, -13.6)
    bench_analog(d, 14.6, -13.6)
    return d


# --- pen_solenoid


def coil_stage(d: Any, x: float, y: float) -> None:
    """Gate driver, the two switches, the coil, its shunt and its clamp."""
    frame(d, x, y, 20.0, 9.0, "Coil: high side chopped, low side for the whole pulse, 24 V clamp")
    driver = box(
        d,
        (x + 2.6, y - 2.4),
        "dual gate driver, 10 V",
        ["IN A", "IN B", "EN A, B", "VDD", "GND"],
        ["OUT A", "OUT B"],
    )
    for pin, name in (("IN A", "COIL"), ("IN B", "COIL_LOW"), ("EN A, B", "GATE"), ("VDD", "+10V"), ("GND", "GND")):
        net(d, driver[pin], name, "left", 0.3)
    text(d, x + 0.4, y - 7.0, "10k from COIL and COIL_LOW to ground at the driver; its own", fontsize=9)
    text(d, x + 0.4, y - 7.5, "pull-ups on EN must be weaker than the 4.7k of GATE.", fontsize=9)
    top, low = (x + 10.0, y - 3.0), (x + 15.8, y - 5.6)
    high_side = d.add(elm.NFet().theta(0).anchor("source").at(top).reverse())
    supply(d, high_side.drain, "VBAT")
    gate = high_side.gate
    wire(d, driver["OUT A"], (gate[0] - 0.3, driver["OUT A"][1]), (gate[0] - 0.3, gate[1]), gate)
    text(d, top[0] + 0.3, top[1] + 0.75, "Q1", fontsize=10)
    part(d, elm.Schottky(), (top[0], top[1] - 2.6), top, "D1", "bottom")
    ground(d, (top[0], top[1] - 2.6))
    shunt = (top[0] + 2.8, top[1])
    part(d, elm.Resistor(), top, shunt, "5 mohm", "top")
    part(d, elm.Inductor2(loops=4), shunt, (low[0], top[1]), "coil", "bottom")
    wire(d, (low[0], top[1]), low)
    low_side = d.add(elm.NFet().theta(0).anchor("drain").at(low).reverse())
    ground(d, low_side.source)
    gate = low_side.gate
    wire(d, driver["OUT B"], (x + 7.6, driver["OUT B"][1]), (x + 7.6, gate[1]), gate)
    text(d, low[0] - 0.9, low[1] - 0.1, "Q2", fontsize=10, halign="right")
    clamp = (low[0] + 1.6, low[1])
    wire(d, low, clamp)
    part(d, elm.Zener(), (clamp[0], low_side.source[1]), clamp, "D2, 24 V", "bottom")
    ground(d, (clamp[0], low_side.source[1]))
    amplifier = box(d, (x + 13.6, y - 0.7), "", ["IN+", "IN-"], ["OUT"], width=2.0)
    text(d, x + 15.8, y - 2.0, "gain 50", fontsize=9)
    wire(d, (top[0] + 0.3, top[1]), (top[0] + 0.3, amplifier["IN+"][1]), amplifier["IN+"])
    wire(d, shunt, (shunt[0], amplifier["IN-"][1]), amplifier["IN-"])
    net(d, amplifier["OUT"], "ADC_CURRENT", length=0.2)


def stop_driver(d: Any, x: float, y: float) -> None:
    """The stop's stepper."""
    frame(d, x, y, 9.4, 5.6, "Stop: stepper on a self-locking screw")
    driver = box(d, (x + 2.8, y - 1.5), "step/dir driver", ["STEP", "DIR", "ENABLE", "FAULT"], ["VM", "A", "B", "GND"])
    for pin, name in (("STEP", "STEP"), ("DIR", "DIR"), ("ENABLE", "GATE"), ("FAULT", "DRIVER_FAULT")):
        net(d, driver[pin], name, "left", 0.3)
    net(d, driver["VM"], "VBAT")
    motor(d, driver)


def thermistors(d: Any, x: float, y: float) -> None:
    """Coil's and board's thermistor, an analog switch, one pull-up."""
    frame(d, x, y, 11.6, 5.6, "Thermistors, 10k at 25 degrees, B 3950")
    switch = box(d, (x + 4.6, y - 2.2), "analog switch", ["coil", "board", "select"], ["common"], width=2.4)
    for pin, left in (("coil", 0.9), ("board", 2.5)):
        at = switch[pin]
        end = (x + left, at[1])
        wire(d, at, end)
        part(d, elm.Thermistor(), end, (end[0], y - 4.7), pin, "bottom")
        ground(d, (end[0], y - 4.7))
    at = switch["select"]
    turn = (at[0] - 0.3, y - 5.1)
    wire(d, at, (turn[0], at[1]), turn)
    net(d, turn, "THERMISTOR", length=0.3)
    text(d, turn[0] + 2.3, turn[1], "low (10k to ground): the coil's", fontsize=9)
    common = switch["common"]
    up = (common[0] + 0.8, common[1])
    wire(d, common, up)
    part(d, elm.Resistor(), (up[0], up[1] + 1.4), up, "10k", "bottom")
    supply(d, (up[0], up[1] + 1.4), "3V3")
    net(d, up, "ADC_TEMPERATURE", length=0.3)


def solenoid_analog(d: Any, x: float, y: float) -> None:
    """Hall sensor and the cell's divider."""
    frame(d, x, y, 11.4, 5.6, "Tip sensor and supply")
    hall(d, x + 1.4, y - 2.0, "linear Hall sensor")
    divider(d, x + 7.0, y - 2.9, "VBAT", "100k", "100k")


def power(d: Any, x: float, y: float) -> None:
    """Cell, charger, and the two converters; what the firmware does not see."""
    frame(d, x, y, 17.7, 5.6, "Cell, charger and supplies (the firmware sees VBAT alone)")
    charger = box(d, (x + 1.6, y - 2.0), "charger, 4.2 V", ["USB 5 V", "NTC"], ["BAT"], width=2.4)
    net(d, charger["USB 5 V"], "VBUS", "left", 0.2)
    text(d, charger["NTC"][0] - 0.1, charger["NTC"][1], "at cell", halign="right", fontsize=9)
    cell = (charger["BAT"][0] + 0.7, charger["BAT"][1])
    wire(d, charger["BAT"], cell)
    part(d, elm.BatteryCell(), (cell[0], cell[1] - 1.6), cell, "18350", "bottom")
    ground(d, (cell[0], cell[1] - 1.6))
    guard = box(d, (cell[0] + 1.7, y - 2.0), "protection", ["cell"], ["VBAT"], width=1.7)
    wire(d, cell, guard["cell"])
    net(d, guard["VBAT"], "VBAT", length=0.2)
    for left, words, volts in ((11.2, "buck-boost", "3V3"), (14.9, "boost", "+10V")):
        converter = box(d, (x + left, y - 2.0), words, ["in"], ["out"], width=1.5)
        net(d, converter["in"], "VBAT", "left", 0.2)
        net(d, converter["out"], volts, length=0.2)


def cartridge_memory(d: Any, x: float, y: float) -> None:
    """The one-wire memory behind two contacts."""
    frame(d, x, y, 5.5, 5.0, "Cartridge memory")
    memory = box(d, (x + 2.4, y - 2.7), "one-wire EEPROM", ["IO", "GND"], [], width=2.2)
    up = (x + 1.4, memory["IO"][1])
    wire(d, memory["IO"], up)
    part(d, elm.Resistor(), (up[0], up[1] + 1.2), up, "", "bottom")
    text(d, up[0] - 0.45, up[1] + 0.6, "2.2k", halign="right")
    supply(d, (up[0], up[1] + 1.2), "3V3")
    wire(d, up, (up[0], up[1] - 1.6))
    net(d, (up[0] - 0.2, up[1] - 1.6), "CARTRIDGE_CODE", length=0.2)
    ground(d, (memory["GND"][0] - 0.4, memory["GND"][1]))
    wire(d, memory["GND"], (memory["GND"][0] - 0.4, memory["GND"][1]))


def draw_solenoid(board: ModuleType) -> Any:
    """The schematic of pen_solenoid."""
    d: Any = schemdraw.Drawing(show=False)
    d.config(unit=2, fontsize=10, color=PART)
    controller(d, 0, -0.6, board, "RP2040 board", pico=False)
    enable_gate(d, 6.4, 0, "4.7k")
    coil_stage(d, 6.4, -6.0)
    stop_driver(d, 22.9, 0)
    solenoid_analog(d, 0, -16.8)
    thermistors(d, 11.8, -16.8)
    contacts(d, 0, -22.8)
    lamps(d, 6.8, -22.8)
    power(d, 14.6, -22.8)
    cartridge_memory(d, 26.8, -6.0)
    return d


def main() -> None:
    """Both pictures."""
    for name, draw in (("bench_stepper", draw_bench), ("pen_solenoid", draw_solenoid)):
        draw(load_board(name)).save(str(IMAGES / f"{name}.png"), dpi=DPI)


if __name__ == "__main__":
    main()
