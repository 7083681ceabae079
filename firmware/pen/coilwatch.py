"""The coil's heat, known three times: by its thermistor, by its resistance at every homing, and by the I^2 t of its pulses.

A thermistor that is not where the coil is reads too little, and would let the coil cook. [safety] SR-17
"""

from micropython import const

from pen import faults, units
from pen.heat import FULL

# Thermistor and resistance: 1 % each of divider, shunt and amplifier are 9 degrees at worst, 20 % of BRIDGE_MOHM are 12, the
# thermistor and the lines between its points 2.
_APART_DC = const(250)
_OVER_DC = const(200)  # by I^2 t: a coil that should be so much hotter than its housing must show some of it,
_PART_OF_OVER = const(
    4
)  # one in so many: the housing, where a bead that has come off may be, warms by less in that time
_NO_COIL_DC = const(4_000)  # copper's enamel has burnt long before: a broken wire is not hot
_COLDEST_DC = const(-150)  # nobody treats there: a broken wire
_SAYS = "the coil is {} degrees by its thermistor, {} by its {}"


class CoilWatch:
    """Compares, and says what is wrong. `app` owns what it works on; `cell` learns its resistance by the way."""

    def __init__(self, app, cell, heat):
        self.app = app
        self.cell = cell
        self.heat = heat
        self._probes = 0
        self._housing_dc = None  # what the thermistor on the board said at homing, or less

    def poll(self, armed):
        """0, or minus the fault to retract for."""
        app = self.app
        drive = app.drive
        if not armed:
            self._housing_dc = None
            self._probes = drive.probes  # what homing measured before the drive went off is of a coil that cools
            if drive.elsewhere:
                app.session.homing.select(False)  # a homing that was broken off
        if not armed or drive.elsewhere:
            return 0
        sensed_dc = app.measure.temperature_dc()
        if drive.probes != self._probes:
            self._probes = drive.probes
            self._housing_dc = drive.board_dc
            return self._compare(drive.probe, sensed_dc)
        if self._housing_dc is None:
            return 0
        self._housing_dc = min(self._housing_dc, sensed_dc)  # cooled meanwhile: the coil is no colder than it
        over_dc = self.heat.level * app.board.COIL_RISE_DC // FULL
        seen_dc = sensed_dc - self._housing_dc
        if sensed_dc < _COLDEST_DC or (over_dc > _OVER_DC and seen_dc * _PART_OF_OVER < over_dc):  # [SR-17]
            return self._say(sensed_dc, self._housing_dc + over_dc, "pulses")
        return 0

    def _compare(self, probe, sensed_dc):
        """(supply, current) of homing's last stroke, readings at full current, against the thermistor."""
        if not probe:
            return 0  # no look has seen one: homing says so
        board = self.app.board
        supply_mv = units.mv_from_raw(probe[0]) * board.SUPPLY_MV_PER_V // 1_000
        ma = max(self.app.measure.ma(probe[1]), 1)
        coil_dc = self.coil_dc(supply_mv, ma)
        if coil_dc > _NO_COIL_DC:
            return 0  # homing says that the tip has not moved
        self.cell.load(supply_mv, ma)
        over_dc = coil_dc - self.app.drive.board_dc  # as I^2 t would have it, had nobody switched the pen off meanwhile
        self.heat.level = max(self.heat.level, over_dc * FULL // board.COIL_RISE_DC)
        self.app.log.add("COIL", units.decimal(coil_dc, 1))
        if abs(coil_dc - sensed_dc) > _APART_DC or coil_dc > board.TEMPERATURE_MAX_DC:  # [SR-17]
            return self._say(sensed_dc, coil_dc, "resistance")
        return 0

    def coil_dc(self, supply_mv, ma):
        """The coil's temperature by what it takes of that supply, less bridge and wiring."""
        board = self.app.board
        more_mohm = supply_mv * 1_000 // ma - board.BRIDGE_MOHM - board.COIL_MOHM
        return 200 + more_mohm * 100_000 // (39 * board.COIL_MOHM)  # copper: 0.39 % a degree

    def _say(self, sensed_dc, other_dc, by):
        if sensed_dc > self.app.board.TEMPERATURE_MAX_DC:
            return -faults.OVER_TEMP  # as the scan says it
        self.app.session.homing_error = _SAYS.format(units.decimal(sensed_dc, 1), units.decimal(other_dc, 1), by)
        return -faults.OVER_TEMP
