"""The quota of a pen with a cell: what it takes, how long that lasts, and what is not begun. [safety] SR-07"""

from micropython import const

from pen import pulses, quota, units
from pen.cell import Cell
from pen.coilwatch import CoilWatch
from pen.command import Command
from pen.image import IN_CURRENT_RAW, IN_MOTION, IN_SUPPLY_RAW, MO_MOVING, ST_STROKES
from pen.pulseheat import PulseHeat
from pen.ticks import TICKS_MASK

_LOW_PERMILLE = const(200)  # of the charge: charge soon
_WELL_PERMILLE = const(250)  # no longer low: more than noise makes of it
_RUN_S = const(60)  # the longest lease [SR-11]: what cannot be given to its end is not begun
_SPARE_MV = const(100)  # above SUPPLY_MIN_MV at the end of that run
_SPARE_PERCENT = const(125)  # of what the run is expected to take
_STEP_PERMILLE = const(10)
_NOISE_PERMILLE = const(5)  # of the gauge, and what homing takes
_STILL_MA = const(300)  # of the coil: less says what the cell has without load
_SHARE_PERMILLE = const(700)  # of the greatest current, in the mean of a pulse, before any was measured [simulator]
_STROKES = const(64)  # measured together


class Quota(quota.Quota):
    """As Quota, with the cell and the coil. `app` owns what it works on.

    `share_permille`: of the greatest current, in the mean of a pulse, as measured.
    """

    def __init__(self, app):
        super().__init__(app.board, app.dose, app.log)
        board = app.board
        self.app = app
        self.cell = Cell(board)
        self.heat = PulseHeat(board, app.image, app.trace)
        self.low = False
        self.share_permille = _SHARE_PERMILLE
        self._coil = CoilWatch(app, self.cell, self.heat)
        self._shape = (0, 0)
        self._strokes = 0
        self._needs = (None, 0)  # (for what, the charge), as last asked for
        self._takes = (None, 0)  # (for what, the current)

    def poll(self, zone, ms, raw, armed):
        """As Quota's."""
        self._look_at_cell()
        code = super().poll(zone, ms, raw, armed)
        self._learn()
        return self._coil.poll(armed) or code

    def warning(self, zone):
        """As Quota's, and whether the cell is low."""
        return self.low or super().warning(zone)

    def refusal(self, zone):
        """As Quota's, and whether the cell can give the longest run there is."""
        return super().refusal(zone) or self._too_empty()

    # The cell.

    def _look_at_cell(self):
        image = self.app.image
        before_raw, supply_raw, after_raw = image[IN_CURRENT_RAW], image[IN_SUPPLY_RAW], image[IN_CURRENT_RAW]
        ma = self.app.measure.ma(max(before_raw, after_raw))  # a scan may come between them
        if not supply_raw or ma > _STILL_MA:
            return  # before the first scan, or under load
        self.cell.rest(units.mv_from_raw(supply_raw) * self.app.board.SUPPLY_MV_PER_V // 1_000, ma)
        permille = self.cell.permille()
        if permille < _LOW_PERMILLE and not self.low:
            self.log.add("BATTERY", "{} %".format(permille // 10))
        self.low = permille < (_WELL_PERMILLE if self.low else _LOW_PERMILLE)

    def _learn(self):
        """What a pulse's mean current is of the greatest there can be: from some strokes of one shape."""
        app = self.app
        strokes = app.image[ST_STROKES]
        made = (strokes - self._strokes) & TICKS_MASK
        shape = app.drive.shape_planned
        if shape != self._shape or not shape[0] or not app.image[IN_MOTION] & MO_MOVING:
            self._shape = shape
        elif made < _STROKES:
            return
        else:
            peak_us, chops = shape
            on_us = peak_us + chops * (pulses.CHOP_OFF_US + app.board.CHOP_ON_US)
            share = self.heat.charge_ma_us() * 1_000 // max(made * self._top_ma() * on_us, 1)
            self.share_permille += (min(share, 1_000) - self.share_permille) // 2
        self._strokes = strokes
        self.heat.charge = 0

    def rows(self):
        """The rows of its commands."""
        sentence = "Cell: charge %, minutes left as it is set, 1 if low, milliohms."
        return (
            Command("MEASure:BATTery", sentence, query=self.battery),
            Command("MEASure:TEMPerature:BOARD", "Of the board, at the last homing.", query=self.board_temperature),
        )

    def board_temperature(self):
        """MEASure:TEMPerature:BOARD?, in degrees Celsius."""
        return units.decimal(self.app.drive.board_dc, 1)

    def _top_ma(self):
        """What the coil takes at most, as the cell is now."""
        return self.cell.open_mv() * 1_000 // (self._load_mohm() + self.cell.mohm)

    def _load_mohm(self):
        board = self.app.board
        return board.COIL_MOHM + board.BRIDGE_MOHM

    def _takes_ma(self, depth_um, rate_dhz):
        """What strokes take out of the cell, in the mean."""
        board = self.app.board
        peak_us, chops = self.app.drive.shape(depth_um)
        driven_us = peak_us + chops * board.CHOP_ON_US
        return (
            board.CELL_IDLE_MA + self._top_ma() * self.share_permille // 1_000 * driven_us // 1_000 * rate_dhz // 10_000
        )

    def _needs_permille(self, depth_um, rate_dhz):
        """The least charge at which the drive can make these strokes, and the supply stays above its limit; 1001 if there is none."""
        board, drive, cell = self.app.board, self.app.drive, self.cell
        hot_dc = self.app.measure.temperature_dc()
        ohms_m = self._load_mohm()
        within, beyond = 1_000 // _STEP_PERMILLE + 1, -1
        while within - beyond > 1:
            middle = (within + beyond) // 2
            permille = middle * _STEP_PERMILLE
            bears = cell.loaded_mv(permille, ohms_m) >= board.SUPPLY_MIN_MV + _SPARE_MV
            drive_mv = drive.drive_mv_of(cell.open_at_mv(permille), hot_dc)
            if bears and drive.rate_at_dhz(depth_um, drive_mv) >= rate_dhz:
                within = middle
            else:
                beyond = middle
        return min(within * _STEP_PERMILLE, 1_001)

    def _lasts(self, depth_um, rate_dhz, permille):
        """Whether a whole run of these strokes can be given out of that charge."""
        taken = self._takes_ma(depth_um, rate_dhz) * _RUN_S * _SPARE_PERCENT // (360 * self.app.board.CELL_MAH)
        return permille - taken >= self._needs_permille(depth_um, rate_dhz)

    def _too_empty(self):
        settings = self.app.settings
        depth_um, rate_dhz = settings.depth_um, settings.rate_dhz
        permille = self.cell.permille()
        if self._lasts(depth_um, rate_dhz, permille):
            return ""
        least_dhz = self.app.board.RATE_MIN_DHZ
        within, beyond = least_dhz - 1, rate_dhz
        while beyond - within > 1:
            middle = (within + beyond) // 2
            if self._lasts(depth_um, middle, permille - _NOISE_PERMILLE):  # so that it still works when it is set
                within = middle
            else:
                beyond = middle
        works = []
        if self._lasts(depth_um, rate_dhz, 1_000):
            works.append("charge it")
        if within >= least_dhz:
            works.append("RATE {} would work".format(units.hz(within)))
        return "the cell has {} %, too little for {} s of these strokes: {}".format(
            permille // 10, _RUN_S, " or ".join(works) or "less depth may work"
        )

    def battery(self):
        """MEASure:BATTery?: charge in percent, minutes left, 1 if it is low, milliohms.

        The minutes are of strokes as they are set, to the last that can be made; without a zone, of waiting.
        """
        board, drive, settings = self.app.board, self.app.drive, self.app.settings
        # A search takes milliseconds, and who asks eight times in a turn must not stop the drive: once for each setting and homing.
        wanted = (settings.changed, drive.probes)
        if self._needs[0] != wanted:
            needs = self._needs_permille(settings.depth_um, settings.rate_dhz) if settings.zone else 0
            self._needs = (wanted, needs)
        wanted += (drive.tuned, self.share_permille)
        if self._takes[0] != wanted:
            ma = self._takes_ma(settings.depth_um, settings.rate_dhz) if settings.zone else board.CELL_IDLE_MA
            self._takes = (wanted, ma)
        needs, ma = self._needs[1], self._takes[1]
        permille = self.cell.permille()
        minutes = max(permille - needs, 0) * board.CELL_MAH * 6 // (100 * ma)
        return (permille // 10, minutes, self.low, self.cell.mohm)
