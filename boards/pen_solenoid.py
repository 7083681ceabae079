"""pen_solenoid: a solenoid makes the strokes against a stop which a small stepper sets; a lithium cell feeds both.

Wiring (every ground is common); the schematic, the parts and what each is for are in pen_solenoid.md:

    connect GP2   to input A of the gate driver (high-side switch of the coil, chopped; 10 kohm to ground)
    connect GP3   to input B of the gate driver (low-side switch; 10 kohm to ground)
    connect GP4   to input A of the enable gate (AND gate, 10 kohm to ground)
    connect GP5   to the charge pump, and the pump's output to input B of the enable gate
    connect       the gate's output to ENABLE of gate driver and stop driver (high = on; 4.7 kohm to ground)
    connect GP6   to FAULT of the stop's driver (open drain, low = fault)
    connect GP7   to the stop's home switch, its other side to ground (closed = home)
    connect GP8   to the cartridge switch, its other side to ground (closed = seated)
    connect GP9   to the trigger button, its other side to ground (closed = held)
    connect GP10  to the e-stop's break contact, its other side to ground (open = stop)
    connect GP11  to the gate's output (the enable, read back)
    connect GP12  to STEP of the stop's driver
    connect GP13  to DIR of the stop's driver (high = towards the skin)
    connect GP18  over 330 ohm to the red anode of an RGB LED with a common cathode, the cathode to ground
    connect GP19  over 100 ohm to its green anode
    connect GP20  over 100 ohm to its blue anode
    connect GP21  over 100 ohm to a passive piezo buzzer, its other side to ground
    connect GP26  to the Hall sensor's output (0.3 to 3.0 V)
    connect GP27  to the shunt amplifier's output
    connect GP28  to the tap of the cell's divider (100 kohm over 100 kohm, 100 nF)
    connect GP14  to SELECT of the analog switch (low = the coil's thermistor; 10 kohm to ground)
    connect GP15  to the cartridge's one-wire memory (2.2 kohm to 3.3 V)
    connect GP29  to the analog switch in front of the thermistors (10 kohm to 3.3 V)

Assignments only. Where a value comes from stands behind it: [design] docs/design.md, [board] this board's parts,
[chip] the RP2040, [safety] docs/safety.md, [physics] a law, [judgement] an estimate, [bench] to be measured on your
bench before you trust it. A source behind a heading is that of all lines under it that have none of their own.
"""

NAME = "pen_solenoid"
DRIVE = "solenoid"

# Pins of the RP2040. [board]
PIN_COIL = 2  # high side, chopped
PIN_COIL_LOW = 3  # low side, the next GPIO: on for the whole pulse; when it opens, the clamp takes the current
PIN_ENABLE = 4
PIN_CARRIER = 5
PIN_DRIVER_FAULT = 6
PIN_HOME = 7
PIN_CARTRIDGE = 8
PIN_TRIGGER = 9
PIN_ESTOP = 10
PIN_ENABLE_SENSE = 11
PIN_STEP = 12  # of the stop's stepper
PIN_DIR = 13
PIN_THERMISTOR = 14  # of the analog switch: high = the board's
PIN_CARTRIDGE_CODE = 15  # one wire
PIN_LED_RED = 18
PIN_LED_GREEN = 19
PIN_LED_BLUE = 20
PIN_BUZZER = 21  # not 8 to 15 or 24 to 29: the runtime leaves their PWM running through a soft reset

# ADC channels: GP26 to GP29. [chip]
ADC_TIP = 0
ADC_CURRENT = 1
ADC_SUPPLY = 2
ADC_TEMPERATURE = 3

# The stop's stepper. [bench]
STEP_UM = 10  # travel of the stop for a full step
STEPS_PER_S = 1_000  # fastest step rate: 10 mm/s, from end to end in 0.34 s
HOMING_STEPS_PER_S = 800  # slow enough to start and stop within one step
STOP_HOME_UM = -200  # the stop's home switch is closed with the stop at or behind this: 0.1 mm in front of retracted

# The coil. Times are of the plant below; yours must be measured. [bench]
# Needles that are sharp, in soft to firm skin, are at the stop sooner by 2 % or more, wherever the supply is enough.
PULL_IN_WEAK_US = 2_200  # from the first edge to the stop, of no way at all, by the weakest coil
PULL_IN_WEAK_US_PER_MM = 1_300  # and for each millimetre of way
SUPPLY_WEAK_MV = 2_700  # of the weakest, said for a coil of 20 degrees: with less the drive makes no stroke
SUPPLY_WAY_MV = 2_400  # and no stroke for which the way asks for more: so much for no way at all,
SUPPLY_WAY_MV_PER_MM = 240  # and for each millimetre: spring and firm skin leave less and less of the force
PULL_IN_STRONG_US = 1_500  # the same by the strongest coil
PULL_IN_STRONG_US_PER_MM = 800  # and for each millimetre
SUPPLY_STRONG_MV = 4_200  # a full cell, a cold coil
RETURN_US = 1_350  # from the coil's last edge until the tip is back, of no way at all: the field falls
RETURN_US_PER_MM = 1_200  # and for each millimetre of way, by the spring alone
HOLD_US = 800  # held at the stop: it bounces for 0.3 to 0.6 ms, and then a scan must see it there
ON_MOST_US = 9_000  # homing's probe takes 8.1 ms [pen/stop_homing.py], the deepest stroke by the weakest coil 7.3 ms
CHOP_ON_US = 60  # of 73: four fifths of the current, which brings a tip that has bounced back to the stop
PEAK_MIN_PERMILLE = (
    850  # of the pull-in at full current, whatever was learnt: from 600 on firm skin stops the tip short
)
REST_MIN_US = 1_000  # on the seat between strokes: the tip bounces, and ten scans to order the next stroke

# Geometry; depth is positive into the skin, 0 is the nose cone's face. [design] section 3
CLEARANCE_UM = 300  # retracted is this far behind the face, on the seat
BACK_TRAVEL_UM = 300  # the seat: mechanical stop behind the face
DEPTH_MIN_UM = 500  # shallowest setting
DEPTH_MAX_UM = 3_000  # deepest setting of this board, whatever the zone
RATE_MIN_DHZ = 10  # 1.0 Hz: slower drags [safety] H5
RATE_MAX_DHZ = 1_500  # 150.0 Hz: no zone allows more [safety]

# Tip sensor: a Hall sensor, 1.5 mm/V, 0 V would be 1.05 mm behind the face. [board]
TIP_UM_AT_0V = -1_050
TIP_UM_PER_V = 1_500
TIP_MIN_MV = 150  # below: open or shorted; the tip's own range is 0.3 to 3.0 V
TIP_MAX_MV = 3_100  # above: open or shorted

# Current, supply, temperature. [board]
CURRENT_MA_PER_V = 4_000  # 5 mohm in the coil's own lead, amplifier gain 50: 13.2 A at full scale
CURRENT_MAX_MA = 10_000  # a full cell into a cold coil is 8.6 A: 4.2 V by 490 mohm
CURRENT_CONTINUOUS_MA = 3_500  # 5.4 W in a coil of 85 degrees, which is 43 degrees over its housing [bench]
HEAT_TAU_MS = 30_000  # PLANT_COIL_TAU_MS [bench]
COIL_RISE_DC = 430  # that, over the housing
COIL_MOHM = 350  # at 20 degrees, measured, four terminals: it is the coil's second thermometer
BRIDGE_MOHM = 80  # switches, shunt and wiring between the supply's tap and the coil
NEEDLES = 12  # of the cartridge: punctures a stroke
SUPPLY_MV_PER_V = 2_000  # divider 100 kohm over 100 kohm
SUPPLY_MIN_MV = 2_600  # 0.1 V above PLANT_LOCKOUT_MV
SUPPLY_MAX_MV = 4_350  # 0.15 V above a full cell: 1 % of charger and divider each are 0.09 V of that
# The cell: 18350, lithium. [judgement]
CELL_MAH = 900
CELL_MOHM = 60  # new, charged and warm, with its protection and contacts; homing measures it
CELL_IDLE_MA = 40  # chip, sensors and LED
CELL_OPEN_MV = (3_000, 3_450, 3_560, 3_610, 3_650, 3_690, 3_750, 3_830, 3_930, 4_050, 4_200)  # each tenth of charge
# 10 kohm at 25 degrees, B 3950, under 10 kohm to 3.3 V, at -20 to 120 degrees. [physics]
# The lines between them read up to 1.5 degrees too hot when it is hot, and half a degree too cold when it is cold.
THERMOMETER_UV = (3_014_000, 2_543_000, 1_836_000, 1_143_000, 657_000, 372_000, 215_000, 129_000)
THERMOMETER_DC = (-200, 0, 200, 400, 600, 800, 1_000, 1_200)
TEMPERATURE_MAX_DC = 850  # 85.0 degrees at the coil: enamelled wire takes 130 and more [judgement]

# What the scan tolerates. [safety] SR-03, SR-04, SR-16; as on bench_stepper, whose reasoning docs/safety.md has
OVER_DEPTH_UM = 8  # beyond the cap
DEEPER_UM = 20  # tip deeper than the stop
MISMATCH_UM = 30  # tip and count apart, once the tip has had its time; a stroke that is shorter than this is short
REST_MISMATCH_UM = 20  # tip and count apart, at rest
RATE_TOLERANCE_PERMILLE = 10  # of the set rate
DWELL_MARGIN_US = 5_000  # beyond the time that a stroke is out

# The simulated plant: the coil. Force is i^2/2 times the slope of the inductance. [bench]
# Full drive reaches 1.0 mm in firm skin, in time, because of three figures: the inductance's slope (force), the coil's
# resistance (current) and the moving mass. The return is the spring's, after the clamp has taken the current away.
PLANT_COIL_MOHM = 350  # at 20 degrees; with PLANT_BRIDGE_MOHM and the cell 490: 8.6 A at most from a full cell
PLANT_BRIDGE_MOHM = 80  # half-bridge, shunt and wiring: in series whatever conducts
PLANT_COPPER_PPM = 3_930  # resistance of copper rises by this for each degree, of what it is at 20 [physics]
PLANT_COIL_UH = 550  # with the armature on its seat
PLANT_COIL_UH_PER_MM = 300  # more for each millimetre outward: a flat-faced plunger in its middle range
PLANT_EDDY_US = 200  # the field lags behind the current: eddy currents in solid iron
PLANT_CLAMP_MV = 24_000  # suppressor diode across the low side
PLANT_DIODE_MV = 400  # freewheeling: what the low side's switch and the diode keep, apart from their resistance

# What moves, and what pushes back. [bench]
PLANT_MASS_MG = 2_500  # armature, plunger and the cartridge's needles
PLANT_SPRING_MN = 1_200  # on the seat
PLANT_SPRING_MN_PER_MM = 350  # more for each millimetre outward
PLANT_FRICTION_MN = 100  # less than a tenth of the spring, which must win
PLANT_STOP_BOUNCE_PERMILLE = (
    150  # restitution: steel on a ring of dead rubber, which gives back 2 % of the energy; see pen_solenoid.md
)
PLANT_SEAT_BOUNCE_PERMILLE = 200  # a softer one
PLANT_NEEDLES = 12  # NEEDLES

# The stop: a collar on a self-locking screw. [bench]
PLANT_STOP_BACK_UM = -250  # its own back end
PLANT_FRONT_TRAVEL_UM = 3_150  # and its front end
PLANT_STOP_PULLOUT_MN = 4_000  # its stepper behind the screw, slow
PLANT_STOP_PULLOUT_FAST_MN = 2_500  # at STEPS_PER_S
PLANT_STOP_FRICTION_MN = 1_500  # the screw's: it needs no current to stay
PLANT_STOP_SLIP_MN = 600_000  # a loose nut gives way against this: 5.5 mJ, the most that a stroke has, push it 9 um

# The cell: 18350, lithium, 900 mAh. [judgement]
PLANT_CELL_MAH = 900
PLANT_CELL_MOHM = 40  # charged and warm
PLANT_WIRING_MOHM = 20  # from the cell to where the supply is measured: protection and contacts
PLANT_CELL_OPEN_MV = (
    3_000,
    3_450,
    3_560,
    3_610,
    3_650,
    3_690,
    3_750,
    3_830,
    3_930,
    4_050,
    4_200,
)  # each tenth of charge
PLANT_CELL_EMPTY_PERMILLE = 100  # below, the resistance rises, to twice at 0
PLANT_CELL_COLD_PPM = 20_000  # the resistance rises by this for each degree below 25: twice at -25
PLANT_CHARGE_PERMILLE = 900  # at the start
PLANT_IDLE_MA = 40  # chip, sensors and LED
PLANT_LOCKOUT_MV = 2_500  # below, the gate driver switches itself off

# Heat: coil over housing, housing over air. [judgement]
PLANT_AMBIENT_DC = 250  # 25.0 degrees
PLANT_COIL_MK_PER_W = 8_000  # coil over housing
PLANT_COIL_TAU_MS = 30_000  # 3.8 J/K: 10 g of copper
PLANT_HOUSING_MK_PER_W = 10_000  # housing over air, in a hand
PLANT_HOUSING_TAU_MS = 400_000  # 40 J/K: 45 g of aluminium
PLANT_THERMISTOR_OHM = 10_000  # at 25 degrees, coil's and board's alike; the pull-up is the same
PLANT_THERMISTOR_B_K = 3_950

# Noise. [judgement]
PLANT_TIP_NOISE_NM = 2_000  # standard deviation of one conversion
PLANT_CURRENT_NOISE_UA = 20_000  # 5 mV behind the amplifier
PLANT_PUMP_HOLD_US = 100  # the charge pump outlives the carrier's last edge by this: 75 to 83 us calculated [bench]
