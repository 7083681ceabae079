"""The fault table: what the pen calls each fault, what it does about it, and what a person should do next.

Codes are positive SCPI errors and never change meaning. The scan holds the same reactions in its code; a test compares.
"""

CUT = "CUT"  # drive off at once
RETRACT = "RETRACT"  # turn the stroke round, then off
REFUSE = "REFUSE"  # the drive is not turned on

# Priorities, by which LED and buzzer tell a fault. All others are medium: the treatment has ended by itself.
HIGH = (
    101,
    102,
    103,
    104,
    122,
    123,
    125,
)  # needles may be too deep, or not back, or the drive not off: take the pen off the skin now
LOW = (114, 115, 117)  # nothing had begun, or all has been given

# code: (name, reaction, meaning, next step)
TABLE = {
    101: ("OVER_DEPTH", CUT, "the tip went beyond the zone's cap", "take the pen off the skin, check the tip sensor, home again"),
    102: ("POSITION_MISMATCH", CUT, "tip sensor and step count disagree", "check sensor, coupling and DIR wire, then arm again"),
    103: ("STALL", CUT, "the drive stepped but the tip did not follow", "look for a jam or blunt needles, change the cartridge"),
    104: ("DWELL", CUT, "the tip stayed out longer than a stroke takes", "take the pen off the skin, check STEP wire and driver"),
    105: ("RATE", RETRACT, "strokes came more than 1 % too fast or too slow", "run again; if it returns, check the chip's clock"),
    106: ("HOME", CUT, "home switch, tip sensor and count disagree", "check the home switch and that the carriage moves freely"),
    107: ("SENSOR_RANGE", CUT, "the tip sensor's voltage is impossible", "check the sensor's cable for a break or a short"),
    108: ("SENSOR_FROZEN", CUT, "the tip sensor's reading does not change in motion", "check the sensor and its supply"),
    109: ("OVER_CURRENT", CUT, "the drive takes too much current", "look for a jam or a shorted winding, let it cool down"),
    110: ("DRIVER", CUT, "the motor driver reports a fault", "check motor wires and driver temperature, switch off and on"),
    111: ("OVER_TEMP", RETRACT, "the pen is too hot", "let it cool down, then clear and arm again"),
    112: ("SUPPLY_LOW", RETRACT, "the supply voltage is too low", "charge the battery or check the supply"),
    113: ("SUPPLY_HIGH", CUT, "the supply voltage is too high", "check the supply before switching on again"),
    114: ("SESSION_TIME", RETRACT, "the session has had its hour", "end the treatment; *RST begins a new session"),
    115: ("DOSE", RETRACT, "the zone has had twice its dose", "clear and choose another zone; *RST begins a new session"),
    116: ("CARTRIDGE_OUT", RETRACT, "the cartridge left its seat", "seat a new cartridge until it clicks"),
    117: ("TRIGGER_STUCK", REFUSE, "the trigger was held while arming", "release the trigger, clear, arm again"),
    118: ("ESTOP", CUT, "the emergency stop was pressed", "make sure it is safe, release the stop, clear"),
    119: ("HEARTBEAT", CUT, "the program's main loop stopped", "read LOG?, clear; report it if it returns"),
    120: ("SCAN_LATE", CUT, "a safety scan came late, or no more", "read LOG?, clear; report it if it returns"),
    121: ("SCAN_LONG", CUT, "a safety scan took too long", "read LOG?, clear; report it if it returns"),
    122: ("DEADMAN", CUT, "the dead-man does not take the drive's power away in time", "do not use the pen: check the charge pump and the enable gate"),
    123: ("ENABLE_READBACK", CUT, "the drive's enable is not what it was set to", "switch the pen off: check the enable gate and its wire"),
    124: ("QUEUE_UNDERRUN", RETRACT, "the next stroke was not ordered in time", "lower the rate; report it if it returns"),
    125: ("WATCHDOG_RESET", REFUSE, "the chip had to reset itself while the drive was on", "clear, look at the tip, then arm; report it if it returns"),
    126: ("SELF_TEST", REFUSE, "the self test failed", "switch off and on; report it if it returns"),
    127: ("MEMORY", CUT, "a limit or a state changed by itself", "clear, arm again; report it if it returns"),
    128: ("CLOCK", CUT, "the pen's clock and the host's disagree by more than 1 %", "switch off and on; report it if it returns"),
    129: ("STORAGE", REFUSE, "a record is damaged or cannot be written", "read LOG?, clear to go on without it or to try again"),
    130: ("LINK_LOST", RETRACT, "the host that ran the pen went away", "reconnect, clear, arm again"),
}  # fmt: skip


OVER_DEPTH = 101
POSITION_MISMATCH = 102
STALL = 103
DWELL = 104
RATE = 105
HOME = 106
SENSOR_RANGE = 107
SENSOR_FROZEN = 108
OVER_CURRENT = 109
DRIVER = 110
OVER_TEMP = 111
SUPPLY_LOW = 112
SUPPLY_HIGH = 113
SESSION_TIME = 114
DOSE = 115
CARTRIDGE_OUT = 116
TRIGGER_STUCK = 117
ESTOP = 118
HEARTBEAT = 119
SCAN_LATE = 120
SCAN_LONG = 121
DEADMAN = 122
ENABLE_READBACK = 123
QUEUE_UNDERRUN = 124
WATCHDOG_RESET = 125
SELF_TEST = 126
MEMORY = 127
CLOCK = 128
STORAGE = 129
LINK_LOST = 130


def name(code):
    """The fault's name, "NONE" for 0."""
    return TABLE[code][0] if code else "NONE"


def describe(code):
    """(name, reaction, meaning, next step) of `code`; KeyError if there is no such fault."""
    return TABLE[code]
