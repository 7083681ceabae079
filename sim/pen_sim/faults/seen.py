"""How long the pen may take from a fault to the drive off.

These are docs/safety.md's times and docs/design.md's, not the firmware's: a firmware that takes longer is late.
"""

SCAN_S = 0.000_1  # period of the scan while armed [design] section 1
SCAN_TO_OFF_S = 0.000_25  # from the first scan that sees a fault to the enable's fall [design] section 6
DEADMAN_S = 0.002_5  # from the scan's death to the enable's fall [safety] SR-13
HEARTBEAT_S = 0.050  # the foreground's silence that the scan bears [safety] SR-14
HOST_S = 0.020  # a lease without its host [safety] debouncing


def lasting(debounced_s: float) -> float:
    """A cause must last so long to be one: [safety], debouncing. A scan had just passed, and then there is the way to the enable."""
    return debounced_s + SCAN_S + SCAN_TO_OFF_S
