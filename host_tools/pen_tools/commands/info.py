"""`pen info`: who the pen is, how it is, what it is set to and what it may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pen_tools import options

if TYPE_CHECKING:
    from pen_tools.client import PenClient
    from pen_tools.targets import Opened

_DOSE_FIELDS = 3  # of DOSE? for each zone


def info(
    target: options.Target = None,
    port: options.Port = None,
    board: options.Board = None,
    as_json: options.Json = False,
) -> None:
    """Show identity, state, settings, limits and dose of the pen at a serial port, or of a simulated one.

    Without --port and --target the pen is looked for. If there is not exactly one, the ports are listed, and it ends
    with 3.
    """
    from pen_tools import output, targets

    default = targets.SIM if board is not None else targets.SERIAL
    with targets.opened(targets.choose(target, port, board, default=default)) as opened:
        found = read(opened)
    if as_json:
        output.as_json(found)
    else:
        output.table(("what", "<value"), _rows(found))


def read(opened: Opened) -> dict[str, Any]:
    """Everything there is to know without moving anything."""
    pen, identity = opened.pen, opened.identity
    pen.wait_for("IDLE", "HOMING", "READY", "RUNNING")
    state, fault, zone = pen.state(), pen.fault(), pen.query("ZONE?")
    chosen = zone != "NONE"
    return {
        "target": opened.kind,
        "port": opened.port,
        "maker": identity.maker,
        "board": identity.board,
        "serial_number": identity.serial_number,
        "firmware": identity.version,
        "runtime": identity.runtime,
        "checksum": identity.checksum,
        "identity": str(identity),
        "state": state.name,
        "fault": {"code": fault.code, "name": fault.name, "next_step": fault.after} if fault.code else None,
        "light": _light(pen),
        "self_test": int(pen.query("*TST?")),
        "set": {"zone": zone, "depth_mm": _number(pen, "DEPT?"), "rate_hz": _number(pen, "RATE?")} if chosen else None,
        "limits": {"depth_mm": _ends(pen, "DEPT?"), "rate_hz": _ends(pen, "RATE?")} if chosen else None,
        "supply_v": _number(pen, "MEAS:VOLT?"),
        "temperature_c": _number(pen, "MEAS:TEMP?"),
        "battery": _battery(pen),
        "dose": _dose(pen),
    }


def _number(pen: PenClient, query: str) -> float:
    return float(pen.query(query))


def _battery(pen: PenClient) -> dict[str, object] | None:
    """Of a pen that has one."""
    from pen_tools.errors import Refused

    try:
        charge, minutes, low, mohm = pen.query("MEAS:BATT?").split(",")
    except Refused:
        return None
    return {"charge_percent": int(charge), "minutes": int(minutes), "low": low == "1", "resistance_mohm": int(mohm)}


def _ends(pen: PenClient, query: str) -> dict[str, float]:
    """What would be accepted now."""
    return {"min": _number(pen, query + " MIN"), "max": _number(pen, query + " MAX")}


def _light(pen: PenClient) -> dict[str, object]:
    """What LED and buzzer show; see docs/indicator.md."""
    colour, flashes, beeps = pen.query("IND?").split(",")
    return {"colour": colour, "flash_hz": float(flashes), "beeps": int(beeps)}


def _dose(pen: PenClient) -> list[dict[str, object]]:
    from pen_tools.client import fields

    listed = fields(pen.query("DOSE?"))
    rows = [listed[at : at + _DOSE_FIELDS] for at in range(0, len(listed), _DOSE_FIELDS)]
    return [
        {"zone": zone, "strokes": int(strokes), "depth_mm": float(depth)}
        for zone, strokes, depth in rows
        if zone != "NONE"
    ]


def _rows(found: dict[str, Any]) -> list[tuple[str, str]]:
    fault, settings, limits = found["fault"], found["set"], found["limits"]
    rows = [
        ("pen", f"{found['board']}, serial number {found['serial_number']}"),
        ("at", found["port"] or "this process (simulated)"),
        ("firmware", " ".join((found["firmware"], found["runtime"], found["checksum"])).rstrip()),
        ("state", found["state"] if not fault else f"FAULT {fault['code']} {fault['name']}: {fault['next_step']}"),
        ("light", _shown(**found["light"])),
        ("self test", "passed" if found["self_test"] == 0 else f"failed ({found['self_test']})"),
        ("supply", f"{found['supply_v']:.2f} V"),
        ("temperature", f"{found['temperature_c']:.1f} degrees Celsius"),
        ("zone", settings["zone"] if settings else "none chosen: depth and rate are set with it"),
    ]
    if battery := found["battery"]:
        rows.append(("battery", _charge(**battery)))
    if settings and limits:
        rows += [(name, _setting(settings, limits, *keys)) for name, *keys in _SETTINGS]
    rows += [
        ("dose", f"{row['zone']}: {row['strokes']} strokes, mean {row['depth_mm']:.3f} mm") for row in found["dose"]
    ]
    return rows if found["dose"] else [*rows, ("dose", "none in this session")]


def _charge(charge_percent: int, minutes: int, low: bool, resistance_mohm: int) -> str:
    left = f"{charge_percent} %, {minutes} minutes left, {resistance_mohm} milliohms"
    return left + ("; low: charge it" if low else "")


def _shown(colour: str, flash_hz: float, beeps: int) -> str:
    flash = f"flashes {flash_hz:g} times a second" if flash_hz else "steady"
    return f"{colour.lower()}, {flash}" + (f", {beeps} beeps at a time" if beeps else "")


_SETTINGS = (("depth", "depth_mm", "mm"), ("rate", "rate_hz", "Hz"))


def _setting(settings: dict[str, Any], limits: dict[str, Any], key: str, unit: str) -> str:
    ends = limits[key]
    return f"{settings[key]:g} {unit}; {ends['min']:g} to {ends['max']:g} {unit} allowed now"
