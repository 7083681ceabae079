"""What a bench of the timing says: the rows with their limits, the JSON, and the tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pen_tools import output
from pen_tools.benching import deaths, regions
from pen_tools.benching.constants import constants
from pen_tools.benching.faultruns import Outcome
from pen_tools.benching.numbers import HEAD, Held, as_json
from pen_tools.benching.spread import percentile, worst
from pen_tools.benching.timing import Timing

_MADE_LONG = "scan_long"
_LONG_ENOUGH = 0.99  # of the strokes asked for

# docs/design.md, section 6
PERIOD_P999_US, PERIOD_US, SCAN_US = 5, 15, 40
EDGE_US, RATE_PERCENT, DEPTH_UM = 1, 0.1, 30
FAULT_US, DEAD_US, STOP_US = 250, 2_500, 5_000
RAM_BYTES, STROKING, IDLE = 81_920, 0.1, 1.0


def rows(timing: Timing) -> list[Held]:
    """Every number with its limit."""
    loaded = timing.loaded
    lengths = [length for _, length in loaded.scans]
    loads = ", ".join(f"{each.fault.code} under '{each.load.value}'" for each in loaded.broken)
    beat_ms = constants("pen.limits")["_HEARTBEAT_US"] / 1_000
    return [
        Held("faults_under_load", "faults under load", len(loaded.broken), 0, "", note=loads),
        Held("speed.virtual_s", "strokes under load", loaded.virtual_s, _LONG_ENOUGH * timing.seconds, "s", least=True),
        Held("foreground_turn_ms", "turn of the foreground, longest", worst(loaded.turns_ms), beat_ms, "ms"),
        Held(
            "scan_period_error_us.p999",
            "scan period error, p99.9",
            percentile(loaded.errors_us, 99.9),
            PERIOD_P999_US,
            "us",
        ),
        Held("scan_period_error_us.worst", "scan period error, worst", worst(loaded.errors_us), PERIOD_US, "us"),
        Held("scan_us.worst", "scan, latch to apply, worst", worst(lengths), SCAN_US, "us", note=regions.where(timing)),
        Held("scan_us_at_fault.worst", "the same, of scans that cut or retract", *_fault_scan(timing)),
        Held(
            "step_edge_error_us.worst",
            "step and stroke edges against the plan, worst",
            _edges_us(timing),
            EDGE_US,
            "us",
        ),
        Held("rate_error_percent", "stroke rate error, worst", _rate_percent(timing), RATE_PERCENT, "%"),
        *_depth(timing),
        Held("fault_to_off_us.worst", "fault seen, to drive off", *_fault(timing)),
        *(
            Held(f"dead_cpu_to_off_us.{kind}", f"CPU dead ({kind}), to drive off", _dead(timing, kind), DEAD_US, "us")
            for kind in deaths.KINDS
        ),
        Held("scan_dead_to_off_us", "scan dead, to drive off", _dead(timing, deaths.SCAN_DEAD), DEAD_US, "us"),
        Held("stop_byte_to_still_us", "! received, to the last step out", _stop_us(timing), STOP_US, "us"),
        Held("stop_bytes_lost", "! that left the drive on", _lost(timing), 0, "", note=_lost_while(timing)),
        Held("ram_free_bytes", "RAM free, armed", timing.ram_free, RAM_BYTES, "bytes", least=True),
        Held("speed.ratio", "speed of the chip, stroking", loaded.virtual_s / loaded.wall_s, STROKING, "x", least=True),
        Held("speed.idle.ratio", "speed of the chip, idle", timing.idle.ratio, IDLE, "x", least=True),
    ]


def _scans_at_fault(timing: Timing) -> dict[str, int]:
    """The longest scan by fault; one that is made long on purpose is none."""
    found: dict[str, int] = {}
    for each in timing.faults:
        if each.name != _MADE_LONG:
            found[each.name] = max(each.scan_us, found.get(each.name, 0))
    return found


def _fault_scan(timing: Timing) -> tuple[float | None, float, str]:
    return _worst(_scans_at_fault(timing).values()), SCAN_US, "us"


def _edges_us(timing: Timing) -> float | None:
    strokes = timing.loaded.strokes
    if not strokes.edge_ns:
        return None
    return max(worst(strokes.edge_ns), worst(strokes.gap_ns), worst(strokes.period_ns)) / 1_000


def _rate_percent(timing: Timing) -> float | None:
    found = timing.loaded.strokes.rate_percent
    return worst(found) if found else None


def _depth(timing: Timing) -> list[Held]:
    """Where one depth alone was set."""
    off_um = timing.loaded.depth_off_um
    if not off_um:
        return []
    return [Held("depth_error_um", "true depth less set, worst", worst([abs(um) for um in off_um]), DEPTH_UM, "um")]


def _worst(values: Iterable[float | None]) -> float | None:
    """The greatest; None if one of them is."""
    found = list(values)
    known = [value for value in found if value is not None]
    return max(known) if known and len(known) == len(found) else None


def _cutting(timing: Timing) -> dict[str, list[Outcome]]:
    names = dict.fromkeys(each.name for each in timing.faults if each.cuts)
    return {name: [each for each in timing.faults if each.name == name] for name in names}


def by_fault(timing: Timing) -> dict[str, float | None]:
    """The longest time from when a fault can be seen to the drive off, of the faults that cut."""
    return {name: _worst(each.off_us for each in found) for name, found in _cutting(timing).items()}


def _fault(timing: Timing) -> tuple[float | None, float, str]:
    return _worst(by_fault(timing).values()), FAULT_US, "us"


def _dead(timing: Timing, kind: str) -> float | None:
    return _worst(each.off_us for each in timing.deaths if each.kind == kind)


def _stop_us(timing: Timing) -> float | None:
    return _worst(each.still_us for each in timing.stops)


def _lost(timing: Timing) -> int:
    return timing.loaded.stops_lost + sum(not each.obeyed for each in timing.stops)


def _lost_while(timing: Timing) -> str:
    """What the pen was doing then."""
    return ", ".join(dict.fromkeys(each.doing for each in timing.stops if not each.obeyed))


def _by_retract(timing: Timing) -> dict[str, dict[str, float | None]]:
    """From when a fault can be seen to the last step out, and to the drive off, of the faults that retract."""
    names = dict.fromkeys(each.name for each in timing.faults if not each.cuts)
    found: dict[str, dict[str, float | None]] = {}
    for name in names:
        of_name = [each for each in timing.faults if each.name == name]
        found[name] = {
            "still_us": max(each.still_us for each in of_name),
            "off_us": _worst(each.off_us for each in of_name),
        }
    return found


def misnamed(timing: Timing) -> list[dict[str, Any]]:
    """Injected faults that the pen latched under another name than the table's."""
    return [
        {"injected": each.name, "place": each.place, "latched": each.code, "expected": list(each.expected)}
        for each in timing.faults
        if not each.named
    ]


def to_json(timing: Timing, held: Sequence[Held]) -> dict[str, Any]:
    """One object."""
    loaded = timing.loaded
    lengths = [length for _, length in loaded.scans]
    errors = loaded.errors_us
    return {
        **as_json(held),
        "board": timing.board,
        "identity": timing.identity,
        "seed": timing.seed,
        "image": timing.image.says,
        "runtime": timing.image.runtime,
        "scan_period_error_us": {
            "p50": percentile(errors, 50),
            "p999": percentile(errors, 99.9),
            "worst": worst(errors),
        },
        "scan_us": {"p50": percentile(lengths, 50), "worst": worst(lengths)},
        "step_edge_error_us": {"worst": _edges_us(timing)},
        "rate_error_percent": _rate_percent(timing),
        "fault_to_off_us": {"worst": _fault(timing)[0], "by_fault": by_fault(timing)},
        "dead_cpu_to_off_us": {kind: _dead(timing, kind) for kind in deaths.KINDS},
        "stop_byte_to_still_us": _stop_us(timing),
        "ram_free_bytes": timing.ram_free,
        "speed": {
            "virtual_s": loaded.virtual_s,
            "wall_s": loaded.wall_s,
            "ratio": loaded.virtual_s / loaded.wall_s,
            "idle": {"virtual_s": timing.idle.virtual_s, "wall_s": timing.idle.wall_s, "ratio": timing.idle.ratio},
        },
        **_more(timing),
    }


def _more(timing: Timing) -> dict[str, Any]:
    """What has no limit, and where the worst of the rest was."""
    loaded = timing.loaded
    return {
        "strokes": loaded.strokes.strokes,
        "scans": len(loaded.scans),
        "steps": len(loaded.strokes.edge_ns) + loaded.strokes.strokes,
        "foreground_turn_ms": {"p50": percentile(loaded.turns_ms, 50), "worst": worst(loaded.turns_ms)},
        "interrupt_us": {"p50": percentile(timing.interrupts_us, 50), "worst": worst(timing.interrupts_us)},
        "scan_us_at_fault": {"worst": _fault_scan(timing)[0], "by_fault": _scans_at_fault(timing)},
        "scans_over_limit": sum(length > SCAN_US for _, length in loaded.scans),
        "scan_us_by_region": regions.by_region(timing),
        "scan_us_longest": regions.longest(timing),
        "scan_dead_to_off_us": _dead(timing, deaths.SCAN_DEAD),
        "stop_bytes_lost": _lost(timing),
        "stop_byte_waits_us": max(each.waited_us for each in timing.stops),
        "retract": _by_retract(timing),
        "misnamed": misnamed(timing),
        "lines_sent": loaded.sent,
        "faults_under_load": [
            {
                "load": each.load.value,
                "fault": each.fault.code,
                "name": each.fault.name,
                "after_s": each.after_s,
                "lines_before": [{"seconds": seconds, "line": line} for seconds, line in each.lines],
            }
            for each in loaded.broken
        ],
    }


def show(timing: Timing, held: Sequence[Held]) -> None:
    """For people, on stdout."""
    output.say(f"{timing.board} at {timing.rate_hz:.1f} Hz on {timing.image.says}")
    output.table(HEAD, [row.row() for row in held])
    output.table(("seen, to drive off", "worst, us"), [(name, _us(us)) for name, us in by_fault(timing).items()])
    output.table(
        ("seen, to turning back and off", "last step out, us", "drive off, us"),
        [(name, _us(each["still_us"]), _us(each["off_us"])) for name, each in _by_retract(timing).items()],
    )
    output.table(("scans", "count", "p50, us", "worst, us"), regions.table(timing))
    for each in misnamed(timing):
        output.say(
            f"{each['injected']} at {each['place']} of a stroke was latched as {each['latched']}, not {each['expected']}"
        )


def _us(value: float | None) -> str:
    return "stayed on" if value is None else f"{value:,.0f}"
