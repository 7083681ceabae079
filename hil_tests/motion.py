"""What a course of the tip, a list of (seconds, um), says about when and how it moved."""

from __future__ import annotations

from itertools import pairwise

from hil_tests.limits import ONE_STEP_UM

Course = list[tuple[float, float]]


def last_outward_s(course: Course) -> float:
    """When the tip last moved away from retracted; where the course begins, if it never did.

    Less than a step is the rotor settling in its place, and counts only together with what follows.
    """
    at_s, lowest_um = course[0]
    for time_s, um in course:
        if um >= lowest_um + ONE_STEP_UM:
            at_s = time_s
        if um < lowest_um or um >= lowest_um + ONE_STEP_UM:
            lowest_um = um
    return at_s


def tip_at(course: Course, at_s: float) -> float:
    """Where the tip was."""
    um = course[0][1]
    for time_s, next_um in course:
        if time_s > at_s:
            break
        um = next_um
    return um


def back_for_good_s(course: Course, um: float) -> float:
    """Since when the tip has been at most here."""
    since_s = course[0][0]
    for (_, before_um), (time_s, tip_um) in pairwise(course):
        if before_um > um >= tip_um:
            since_s = time_s
    return since_s if course[-1][1] <= um else float("inf")
