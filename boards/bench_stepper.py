"""bench_stepper: a stock Raspberry Pi Pico, a step/dir driver and a linear stepper on the bench.

Wiring (Pico pin numbers are GPIO numbers; every ground is common):

    connect GP2   to STEP of the driver
    connect GP3   to DIR of the driver (high = towards the skin)
    connect GP4   to input A of the enable gate (AND gate, 10 kohm to ground)
    connect GP5   to the charge pump, and the pump's output to input B of the enable gate
    connect       the gate's output to ENABLE of the driver
    connect GP6   to FAULT of the driver (open drain, low = fault)
    connect GP7   to the home switch, its other side to ground (closed = home)
    connect GP8   to the cartridge switch, its other side to ground (closed = seated)
    connect GP9   to the trigger button, its other side to ground (closed = held)
    connect GP10  to the e-stop's break contact, its other side to ground (open = stop)
    connect GP11  to the gate's output (the enable, read back)
    connect GP18  over 330 ohm to the red anode of an RGB LED with a common cathode, the cathode to ground
    connect GP19  over 100 ohm to its green anode
    connect GP20  over 100 ohm to its blue anode
    connect GP21  over 100 ohm to a passive piezo buzzer, its other side to ground
    connect GP26  to the tip sensor's output (0.3 to 3.0 V)
    connect GP27  to the shunt amplifier's output
    connect GP28  to the tap of the supply divider (50 kohm over 10 kohm)

Assignments only. Where a value comes from stands behind it: [design] docs/design.md, [board] this board's parts,
[chip] the RP2040, [safety] docs/safety.md, [bench] to be measured on your bench before you trust it.
"""

NAME = "bench_stepper"
DRIVE = "stepper"

# Pins of the Pico. [board]
PIN_STEP = 2
PIN_DIR = 3
PIN_ENABLE = 4
PIN_CARRIER = 5
PIN_DRIVER_FAULT = 6
PIN_HOME = 7
PIN_CARTRIDGE = 8
PIN_TRIGGER = 9
PIN_ESTOP = 10
PIN_ENABLE_SENSE = 11
PIN_LED_RED = 18
PIN_LED_GREEN = 19
PIN_LED_BLUE = 20
PIN_BUZZER = 21  # not 8 to 15 or 24 to 29: the runtime leaves their PWM running through a soft reset

# ADC channels: 0 to 2 are GP26 to GP28, 4 is the chip's own temperature sensor. [chip]
ADC_TIP = 0
ADC_CURRENT = 1
ADC_SUPPLY = 2
ADC_TEMPERATURE = 4

# Drive. [design] section 3
STEP_UM = 10  # travel of a full step
STEPS_PER_S = 8_000  # fastest step rate
STEPS_PER_S2 = 4_000_000  # greatest acceleration
HOMING_STEPS_PER_S = 500  # slow enough to start and stop within one step
REST_MIN_US = 400  # retracted between strokes: settling, and four scans to order the next stroke

# Geometry; depth is positive into the skin, 0 is the nose cone's face. [design] section 3
CLEARANCE_UM = 300  # retracted is this far behind the face; the home switch is closed there
HOME_OPENS_UM = 35  # the home switch opens this far in front of retracted [bench]
BACK_TRAVEL_UM = 500  # mechanical stop behind the face
DEPTH_MIN_UM = 500  # shallowest setting
DEPTH_MAX_UM = 3_000  # deepest setting of this board, whatever the zone
RATE_MIN_DHZ = 10  # 1.0 Hz: slower drags [safety] H5
RATE_MAX_DHZ = 1_500  # 150.0 Hz: no zone allows more [safety]

# Tip sensor: 1.5 mm/V, 0 V would be 1.05 mm behind the face. [board]
TIP_UM_AT_0V = -1_050
TIP_UM_PER_V = 1_500
TIP_MIN_MV = 150  # below: open or shorted
TIP_MAX_MV = 3_100  # above: open or shorted

# Current, supply, temperature. [board]
CURRENT_MA_PER_V = 500  # 0.1 ohm shunt, amplifier gain 20
CURRENT_MAX_MA = 1_200  # twice what the windings take when stroking
CURRENT_CONTINUOUS_MA = 600  # what the windings take for ever [bench]
HEAT_TAU_MS = 20_000  # how fast they warm and cool [bench]
NEEDLES = 12  # of the cartridge: punctures a stroke
SUPPLY_MV_PER_V = 6_000  # divider 50 kohm over 10 kohm
SUPPLY_MIN_MV = 10_500  # below, the pull-out force is no longer what the planner relies on
SUPPLY_MAX_MV = 13_500  # above, the driver's absolute maximum is near
# The chip's own thermometer: 706 mV at 27 degrees, 1.721 mV less for each more [RP2040 datasheet 4.9.5]
THERMOMETER_UV = (706_000, 533_900)
THERMOMETER_DC = (270, 1_270)
TEMPERATURE_MAX_DC = 700  # 70.0 degrees Celsius at the chip

# What the scan tolerates. [safety] SR-03, SR-04, SR-16; reasoning in docs/safety.md
OVER_DEPTH_UM = 8  # beyond the cap: cut here; home is found to a step, so a healthy tip may be a part of one beyond
DEEPER_UM = 20  # tip deeper than the count while going out
MISMATCH_UM = 40  # tip and count apart, in motion
REST_MISMATCH_UM = 20  # tip and count apart, at rest
RATE_TOLERANCE_PERMILLE = 10  # of the set rate
DWELL_MARGIN_US = 5_000  # beyond the time that a stroke is out

# The simulated plant: what moves, and what pushes back. [bench]
PLANT_MASS_MG = 12_000  # carriage and cartridge plunger
PLANT_PULLOUT_MN = 8_000  # pull-out force at standstill
PLANT_PULLOUT_FAST_MN = 5_000  # pull-out force at STEPS_PER_S
PLANT_PULL_IN_STEPS_PER_S = 1_500  # a slipped rotor catches the field below this
PLANT_SPRING_MN = 1_500  # return spring, over the whole travel
PLANT_FRICTION_MN = 200
PLANT_FRONT_TRAVEL_UM = 3_150  # mechanical stop in front
PLANT_TIP_NOISE_NM = 2_000  # standard deviation of one conversion
PLANT_CURRENT_NOISE_UA = 4_000
PLANT_HOLD_MA = 250
PLANT_MOVE_MA = 450
PLANT_SUPPLY_MV = 12_000
PLANT_SUPPLY_MOHM = 300
PLANT_AMBIENT_DC = 250
PLANT_NEEDLES = 12
PLANT_PUMP_HOLD_US = 100  # the charge pump outlives the carrier's last edge by this
