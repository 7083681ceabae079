"""How far the simulator and the chip are apart, and how far they may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from pen_sim.faults import TABLE
from pen_sim.loader import load_board
from pen_tools import output
from pen_tools.benching import drives
from pen_tools.benching.numbers import HEAD, Held, as_json
from pen_tools.benching.strokes import Course
from pen_tools.benching.twin import KINDS, RATE_HZ, Twin
from pen_tools.targets import CHIP, SIM

STEP_US = 1  # both make the planner's whole microseconds
PULSE_US = 50  # what a pulse lasts depends on the supply, in grains of 50 mV: 43 us at 1 mm
PERIOD_US = 1
DEPTH_UM = 1  # the plant is the same; it gets its steps and its samples at other places of a period
STATE_MS = 20  # turns of the foreground cost time on the chip alone, and homing takes several
HOMING_MS = 60  # of a stop: it takes twice as many turns, with a stroke in the middle
FAULT_US = (
    300  # a scan period, for where in it the fault comes; one more, in which the chip's ADC sees it; a scan's length
)
TURN_US = 500  # and steps of the way back, which end on another one
RETRACTING = ("cartridge_out", "supply_low", "over_temperature")
FOREGROUND_US = 10_000  # the last sign of life is up to a turn old: 1 to 5 ms [design], and what is done every 10 ms is in some of them
BY_FOREGROUND = ("foreground_hang",)
MEASURING = ("DEADMAN", "COIL")  # the detail of these events is what the pen has measured
_PROOF = MEASURING[0]
_PAUSE_NS = round(2e9 / RATE_HZ)
PROOF_US = 200  # seen by scans, at either end


def rows(twin: Twin) -> list[Held]:
    """Every difference with its tolerance."""
    sim, chip = (twin.runs[kind] for kind in KINDS)
    counts = f"{len(sim.made)} on sim, {len(chip.made)} on chip"
    return [
        Held("strokes", "strokes, difference", abs(len(sim.made) - len(chip.made)), 0, "", note=counts),
        Held("steps", "strokes with other steps", len(_unlike(twin)), 0, ""),
        Held("step_us", "step after its stroke's first step", _worst(steps_us(twin)), step_limit_us(twin), "us"),
        Held("period_us", "stroke after the one before", _worst(_periods_us(twin)), PERIOD_US, "us"),
        *_pause(twin),
        Held("depth_um", "peak of the true depth", _worst(peaks_um(twin)), DEPTH_UM, "um"),
        Held("events", "state changes and events, other ones", _other_events(twin), 0, ""),
        Held("event_ms", "state changes and events, time since ARM", _worst(_events_ms(twin)), _state_ms(twin), "ms"),
        Held("proof_us", "the dead-man's proof, difference", _worst(_proofs_us(twin)), PROOF_US, "us"),
        Held(
            "fault_codes",
            "faults latched under a code not theirs",
            len(_wrong_codes(twin)),
            0,
            "",
            note=_codes_note(twin),
        ),
        Held("fault_off_us", "fault to drive off, difference", *_fault(twin, FAULT_US)),
        Held("retract_off_us", "the same, of faults that retract", *_fault(twin, TURN_US)),
        Held("heartbeat_off_us", "the same, of a foreground that hangs", *_fault(twin, FOREGROUND_US)),
    ]


def _state_ms(twin: Twin) -> int:
    return HOMING_MS if drives.strikes(load_board(twin.board)) else STATE_MS


def step_limit_us(twin: Twin) -> int:
    """Of a stroke's edges."""
    return PULSE_US if drives.strikes(load_board(twin.board)) else STEP_US


def _worst(values: Sequence[float]) -> float | None:
    return max((abs(value) for value in values), default=None)


def _pairs(twin: Twin) -> Iterator[tuple[Course, Course]]:
    """Strokes with the same steps on both."""
    for sim, chip in zip(twin.runs[SIM].made, twin.runs[CHIP].made, strict=False):
        if (len(sim.out_ns), len(sim.back_ns)) == (len(chip.out_ns), len(chip.back_ns)):
            yield sim, chip


def _unlike(twin: Twin) -> list[int]:
    """Strokes, by number, that do not have the same steps."""
    made = zip(twin.runs[SIM].made, twin.runs[CHIP].made, strict=False)
    return [
        number
        for number, (sim, chip) in enumerate(made)
        if (len(sim.out_ns), len(sim.back_ns)) != (len(chip.out_ns), len(chip.back_ns))
    ]


def steps_us(twin: Twin) -> list[float]:
    """Chip less simulator, of every step's time after the first step of its stroke."""
    return [
        ((there - chip.first_ns) - (here - sim.first_ns)) / 1_000
        for sim, chip in _pairs(twin)
        for here, there in zip((*sim.out_ns, *sim.back_ns), (*chip.out_ns, *chip.back_ns), strict=True)
    ]


def _gaps_ns(twin: Twin) -> list[tuple[int, int]]:
    """From each stroke to the next one, on simulator and chip."""
    sim, chip = (
        [after.first_ns - before.first_ns for before, after in pairwise(twin.runs[kind].made)] for kind in KINDS
    )
    return list(zip(sim, chip, strict=False))


def _periods_us(twin: Twin) -> list[float]:
    return [(chip - sim) / 1_000 for sim, chip in _gaps_ns(twin) if max(sim, chip) < _PAUSE_NS]


def _pauses_ms(twin: Twin) -> list[float]:
    return [(chip - sim) / 1e6 for sim, chip in _gaps_ns(twin) if max(sim, chip) >= _PAUSE_NS]


def _pause(twin: Twin) -> list[Held]:
    """Of a drive that is placed for another depth, by the foreground."""
    found = _pauses_ms(twin)
    return [Held("pause_ms", "pause for another depth", _worst(found), HOMING_MS, "ms")] if found else []


def peaks_um(twin: Twin) -> list[float]:
    """Chip less simulator, of each stroke's true peak."""
    return [there - here for here, there in zip(twin.runs[SIM].peaks_um, twin.runs[CHIP].peaks_um, strict=False)]


def _events(twin: Twin, kind: str) -> list[tuple[str, str]]:
    return [(event, "" if event in MEASURING else detail) for _, event, detail in twin.runs[kind].log]


def _proofs_us(twin: Twin) -> list[float]:
    """Chip less simulator, of every proof that both made."""
    sim, chip = ([int(d.split()[0]) for _, event, d in twin.runs[kind].log if event == _PROOF] for kind in KINDS)
    return [there - here for here, there in zip(sim, chip, strict=False)]


def _other_events(twin: Twin) -> int:
    sim, chip = (_events(twin, kind) for kind in KINDS)
    return abs(len(sim) - len(chip)) + sum(here != there for here, there in zip(sim, chip, strict=False))


def _events_ms(twin: Twin) -> list[float]:
    sim, chip = (zip(twin.runs[kind].log, _events(twin, kind), strict=True) for kind in KINDS)
    return [there[0] - here[0] for (here, what), (there, this) in zip(sim, chip, strict=False) if what == this]


def _other_codes(twin: Twin) -> list[dict[str, Any]]:
    """Where the codes differ; `known` if the table of faults has both for this one."""
    found: list[dict[str, Any]] = []
    for key, here in twin.faults[SIM].items():
        there = twin.faults[CHIP][key]
        if here.code != there.code:
            known = {here.code, there.code} <= set(TABLE[key[0]].expected)
            codes = {"sim": here.code, "chip": there.code}
            found.append({"fault": key[0], "place": key[1], **codes, "known": known})
    return found


def _wrong_codes(twin: Twin) -> list[dict[str, Any]]:
    return [each for each in _other_codes(twin) if not each["known"]]


def _codes_note(twin: Twin) -> str:
    found = dict.fromkeys(f"{each['fault']} {each['sim']}, {each['chip']} on chip" for each in _wrong_codes(twin))
    return "; ".join(found)


def faults_us(twin: Twin) -> dict[str, list[float | None]]:
    """Chip less simulator, from injection to drive off, by fault; None where only one of them went off."""
    found: dict[str, list[float | None]] = {}
    for key, here in twin.faults[SIM].items():
        there = twin.faults[CHIP][key]
        apart = None if here.off_us is None or there.off_us is None else there.off_us - here.off_us
        found.setdefault(key[0], []).append(apart)
    return found


def tolerance_us(name: str) -> float:
    """How far apart this fault may turn the drive off."""
    return TURN_US if name in RETRACTING else FOREGROUND_US if name in BY_FOREGROUND else FAULT_US


def _fault(twin: Twin, limit_us: float) -> tuple[float | None, float, str]:
    """Of the faults with this tolerance."""
    apart = [each for name, found in faults_us(twin).items() if tolerance_us(name) == limit_us for each in found]
    known = [each for each in apart if each is not None]
    return (_worst(known) if len(known) == len(apart) else None), limit_us, "us"


def to_json(twin: Twin, held: Sequence[Held]) -> dict[str, Any]:
    """One object."""
    return {
        **as_json(held),
        "board": twin.board,
        "identity": {kind: twin.runs[kind].identity for kind in KINDS},
        "seed": twin.seed,
        **{row.key: row.value for row in held},
        "made": {kind: len(twin.runs[kind].made) for kind in KINDS},
        "log": {kind: twin.runs[kind].log for kind in KINDS},
        "other_codes": _other_codes(twin),
        "faults": [
            {"fault": key[0], "place": key[1], **{kind: asdict(twin.faults[kind][key]) for kind in KINDS}}
            for key in twin.faults[SIM]
        ],
    }


def show(twin: Twin, held: Sequence[Held]) -> None:
    """For people, on stdout."""
    output.table(HEAD, [row.row() for row in held])
    head = ("fault", "<place", "code, sim", "code, chip", "off, sim, us", "off, chip, us", "apart, us")
    shown: list[tuple[str, ...]] = []
    for (name, place), here in twin.faults[SIM].items():
        there = twin.faults[CHIP][name, place]
        apart = "-" if here.off_us is None or there.off_us is None else f"{there.off_us - here.off_us:+,.0f}"
        shown.append((name, f"{place:g}", str(here.code), str(there.code), _us(here.off_us), _us(there.off_us), apart))
    output.table(head, shown)


def _us(value: float | None) -> str:
    return "stayed on" if value is None else f"{value:,.0f}"
