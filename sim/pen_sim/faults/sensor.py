"""Faults of the tip sensor."""

from pen_sim.faults.fault import SOLENOID, Fault, sensor
from pen_sim.faults.seen import lasting

SUBJECT = "tip sensor"

# A tip that is thrown may read anything for some milliseconds. That it is short of its stop is seen in its strokes.
_SHORT = {SOLENOID: {"expected": (102, 103, 106)}}
_DEEP = {SOLENOID: {"expected": (102, 101, 103, 106)}}

FAULTS = (
    Fault(
        "tip_sensor_frozen", (108,), "the tip sensor repeats its last reading", *sensor("frozen", True, False),
        differs={SOLENOID: {"expected": (108, 102)}},  # beyond the face, where it should not be any more
    ),
    Fault(
        # By chance its noise is nothing for three scans, and then it is what a frozen one is.
        "tip_sensor_stuck", (103, 102, 106, 108), "the tip sensor stays where it is; noise goes on", *sensor("stuck", True, False),
        differs={SOLENOID: {"expected": (103, 102, 104, 106)}},  # stuck beyond the face, it is out too long
    ),
    Fault(
        "tip_sensor_open", (107, 102), "the tip sensor's wire is broken", *sensor("open", True, False),
        seen_s=lasting(0.000_3), stands=True,
    ),
    Fault(
        "tip_sensor_short", (107, 101, 102, 106), "the tip sensor's wire is shorted to its supply", *sensor("shorted", True, False),
        seen_s=lasting(0.000_3), stands=True,
    ),
    Fault("tip_sensor_noisy", (102, 101, 103, 106), "the tip sensor's noise is 30 times as great", *sensor("noise_factor", 30.0, 1.0)),
    Fault("tip_sensor_offset", (102, 106), "the tip sensor reads 60 um too shallow", *sensor("offset_um", -60.0, 0.0), differs=_SHORT),
    Fault("tip_sensor_offset_deep", (102, 101, 106), "the tip sensor reads 60 um too deep", *sensor("offset_um", 60.0, 0.0)),
    # When it happens the reading goes back by as much as the next three or four steps go on: a tip that has stood.
    Fault("tip_sensor_scaled", (102, 103, 106), "the tip sensor reads 0.85 times the depth", *sensor("scale", 0.85, 1.0), differs=_SHORT),
    Fault("tip_sensor_scaled_up", (102, 101, 106), "the tip sensor reads 1.15 times the depth", *sensor("scale", 1.15, 1.0), differs=_DEEP),
)  # fmt: skip
