"""The tip's course as only a rig knows it, with the run's beginning as time 0."""

from __future__ import annotations

from dataclasses import dataclass

from pen_tools.record import Record


@dataclass(frozen=True)
class Course:
    """Values at times; each holds until the next."""

    t_s: list[float]
    values: list[float]


def true_course(record: Record) -> Course | None:
    """The tip's true course in mm, from its first move on; None without a rig."""
    rig = record.opened.rig
    if rig is None:
        return None
    zero_s = record.zero_s
    curve = rig.machine.plant.curve
    times = [t_ns / 1e9 - zero_s for t_ns in curve.t_ns]
    values = [um / 1_000 for um in curve.um]
    if values:  # it is still there now
        times.append(rig.now_s() - zero_s)
        values.append(values[-1])
    return Course(times, values)
