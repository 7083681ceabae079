"""What each named fault of the rig must lead to, and within which time.

What is true of a fault whoever judges it, is in its row of the faults' table: how long a switch or a voltage may take to be
seen, what stands, who is deaf. Reactions and words are the firmware's own table. Here are the times of what shows in motion:
so many strokes of this suite.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from pen_sim import faults as injected
from pen_sim.faults import DRIVES
from pen_sim.faults.seen import DEADMAN_S, HEARTBEAT_S, SCAN_S, lasting
from pen_sim.loader import pure

_firmware: Any = pure("pen.faults")

RATE_HZ = 10.0  # of the strokes during which faults are injected: half of each period is rest
_PERIOD_S = 1 / RATE_HZ
_STOPPED_S = 0.1  # a stop, and the longest way back
_LET_GO_S = 0.002  # 40 um at the spring's 110 m/s^2 take 0.9 ms
_SOON_S = 2 * _PERIOD_S  # in the stroke under way or the next
# Eight strokes in a row that are short of the stop, or missing; the one under way, and some after which the drive has learnt.
_MISSED_S = 15 * _PERIOD_S
_SUPPLY_S = lasting(0.002)


@dataclass(frozen=True)
class Expected:
    """`codes` that may be latched; `seen_s` from the injection to the reaction; the rest is as in the faults' table."""

    name: str
    codes: tuple[int, ...]
    seen_s: float
    homing_s: float
    stands: bool
    deaf: bool
    holds: bool

    def cuts(self, code: int) -> bool:
        """Whether the drive goes off at once, and not only when the tip is back."""
        return (
            _firmware.TABLE[code][1] == _firmware.CUT or code == _firmware.WATCHDOG_RESET
        )  # the dead-man had cut before

    def words(self, code: int) -> tuple[str, str, str]:
        """Name, meaning and next step, as FAUL? says them."""
        name, _, meaning, after = _firmware.TABLE[code]
        return name, meaning, after


@dataclass(frozen=True)
class Row:
    """A fault of this suite, and on which drives: `seen_s` for each of them, None where the faults' table has it."""

    name: str
    seen_s: Mapping[str, float | None]

    def of(self, drive: str) -> Expected:
        """What is expected of a pen with that drive, which must be one of these."""
        row = injected.TABLE[self.name].of(drive)
        seen_s = self.seen_s[drive]
        seen_s = row.seen_s if seen_s is None else seen_s
        assert seen_s is not None, f"{self.name} shows in motion"
        return Expected(self.name, row.expected, seen_s, row.homing_s, row.stands, row.deaf, row.holds)

    @property
    def stands(self) -> bool:
        """On one drive or another."""
        return any(self.of(drive).stands for drive in self.seen_s)


def _scans(count: int) -> float:
    """The bad scans it takes, one that had just passed, and the way to the enable."""
    return lasting(count * SCAN_S)


def _fault(name: str, seen_s: float | None = None, **on: float) -> Row:
    """`seen_s`: for this suite, on every drive that can have it; without one the faults' table has it. `on`: on these drives only."""
    lacks = injected.TABLE[name].lacks
    return Row(name, on or {drive: seen_s for drive in DRIVES if drive not in lacks})


def of_drive(rows: Iterable[Row], drive: str) -> list[Row]:
    """Those that a pen with that drive can have."""
    return [row for row in rows if drive in row.seen_s]


# What shows at once, whatever the tip does: switches, voltages, time.
SIGNALS = (
    _fault("tip_sensor_open"),
    _fault("tip_sensor_short"),
    _fault("over_current"),
    _fault("driver_fault"),
    _fault("over_temperature"),
    _fault("supply_low"),
    _fault("supply_high"),
    _fault("supply_sag"),
    _fault("supply_spike"),
    _fault("cartridge_out"),
    _fault("estop"),
    _fault("foreground_hang"),
    _fault("scan_late"),
    _fault("scan_long"),
    _fault("scan_dead"),
    _fault("cell_hot"),
    _fault("coil_hot"),
)

STALL = _fault("stall", stepper=_SOON_S, solenoid=_MISSED_S)

# What shows in the motion: at the latest with the next stroke, or the one after; on a solenoid's pen by many that are short.
MOTION = (
    STALL,
    # Four steps are just what is tolerated in motion. The later the noise lifts them over it, the more steps the tip has
    # followed again meanwhile, and the less it looks like a stall.
    _fault("steps_lost_inward", stepper=_SOON_S),
    _fault("steps_lost", stepper=_SOON_S),
    _fault("step_wire_open", stepper=_SOON_S),
    _fault("dir_stuck_inward", stepper=_SOON_S),
    _fault("dir_stuck_outward", stepper=_SOON_S),
    _fault("dir_reversed", stepper=_SOON_S),
    # In mid-way the rotor may lose the field over it, and then does not follow at all.
    _fault("steps_extra", stepper=_SOON_S),
    _fault("carriage_slip", _SOON_S),
    _fault("carriage_slip_inward", _scans(2)),
    _fault("needles_blunt", stepper=_SOON_S),
    _fault("tip_sensor_frozen", _SOON_S),
    _fault("tip_sensor_stuck", stepper=_SOON_S, solenoid=_MISSED_S),
    _fault("tip_sensor_noisy", stepper=_scans(10), solenoid=_SOON_S),  # until it is great enough
    _fault("tip_sensor_offset", stepper=_scans(2), solenoid=_SOON_S),
    _fault("tip_sensor_offset_deep", stepper=_scans(2), solenoid=_SOON_S),
    _fault("tip_sensor_scaled", stepper=_scans(2), solenoid=_SOON_S),
    _fault("tip_sensor_scaled_up", stepper=_scans(2), solenoid=_SOON_S),
    # The driver has let go, and the spring takes the tip away from the count.
    _fault("driver_dead", stepper=_LET_GO_S, solenoid=_MISSED_S),
    _fault("enable_stuck_low", _LET_GO_S),
    _fault("deadman_open", _LET_GO_S),
    _fault("supply_brownout", stepper=_LET_GO_S, solenoid=_SUPPLY_S),
    _fault("supply_lost", stepper=_LET_GO_S, solenoid=_SUPPLY_S),
    _fault("generator_hang", 2.5 * _PERIOD_S),
    _fault("generator_starved", _SOON_S),
    _fault("clock_slow", 4 * _PERIOD_S),
    _fault("clock_fast", 4 * _PERIOD_S),
    _fault("timer_slow", 4 * _PERIOD_S),
    _fault("timer_fast", 4 * _PERIOD_S),
    _fault("link_lost", _scans(200)),
    _fault("coil_open", _MISSED_S),
    _fault("spring_broken", _SOON_S),
    _fault("stop_slip", _SOON_S),
    _fault("stop_slip_inward", _MISSED_S),
    _fault("magnet_lost", _SOON_S),
)

# What homing sees.
HOMING = (
    _fault("home_stuck_open", 2.0),
    _fault("home_stuck_closed", 2.0),
    _fault("dir_reversed", 2.0),
    _fault("dir_stuck_inward", 2.0),
    _fault("dir_stuck_outward", 2.0),
    _fault("step_wire_open", 2.0),
    _fault("driver_dead", 2.0),
    _fault("enable_stuck_low", 2.0),
    _fault("deadman_open", 2.0),
    _fault("deadman_stuck", 2.0),
    _fault("coil_open", 2.0),
    _fault("spring_broken", 2.0),
    _fault("magnet_lost", 2.0),
)

# What must do no harm.
HARMLESS = (
    *(name for name, fault in injected.TABLE.items() if not (fault.expected or fault.restarts or fault.refuses)),
    "trigger_held",  # but while arming
)

# What this pen bears for a while: it goes on as if nothing were, or latches the code, and the tip keeps to its cap.
BEARABLE = (
    _fault("needles_worn", inf),
    _fault("current_raised", inf),
    _fault("foreground_slow", inf),
    _fault("needles_blunt", solenoid=inf),
    # Steps are the stop's, which stands while strokes are made.
    _fault("steps_lost", solenoid=inf),
    _fault("steps_lost_inward", solenoid=inf),
    _fault("steps_extra", solenoid=inf),
    _fault("step_wire_open", solenoid=inf),
    _fault("dir_reversed", solenoid=inf),
    _fault("dir_stuck_inward", solenoid=inf),
    _fault("dir_stuck_outward", solenoid=inf),
    _fault("coil_shorted", inf),
    _fault("clamp_lost", inf),
    _fault("stop_loose", inf),
    _fault("stop_bouncy", inf),
    _fault("seat_bouncy", inf),
    _fault("cell_empty", inf),
    _fault("cell_aged", inf),
    _fault("thermistor_off", inf),
)

# What no fault is latched for: the pen is not armed while it is there.
REFUSED = (_fault("memory_garbled", 0.0),)

# After which the pen boots, by itself or after the repair; `seen_s` is until the drive is off.
RESTARTS = (
    _fault("reset_power_on", 0.0),
    _fault("reset_run_pin", 0.0),
    _fault("reset_watchdog", 0.0),
    _fault("reset_soft", _STOPPED_S),
    _fault("power_lost", 0.0),
    _fault("cpu_dead", DEADMAN_S),
    _fault("scan_raises", DEADMAN_S),
    _fault("foreground_raises", HEARTBEAT_S),
    _fault("console_ctrl_c", _STOPPED_S),
)

# What is not in any of these groups, and why.
ELSEWHERE = {
    "trigger_stuck": "it is the trigger that somebody holds: test_trigger.py",
    "oscillator_stopped": "arming finds it: test_stuck.py",
    "enable_stuck_high": "a drive that cannot be turned off: test_stuck.py",
    "memory_limits": "a bit each: tests/firmware/test_guard_power.py flips all of them, and a campaign draws from them",
    "memory_orders": "a campaign draws from them",
    "memory_state": "a campaign draws from them",
}


def name_of(value: object) -> str:
    """For pytest's ids."""
    return value.name if isinstance(value, Row) else str(value)
