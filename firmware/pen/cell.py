"""The cell: how much is left of it, by its voltage, and what it can still give. Loaded where a board has one."""

from micropython import const

EMPTY_PERMILLE = const(100)  # below, a lithium cell's resistance rises, to twice at most [boards/pen_solenoid.md]
_LEAST_MA = const(2_000)  # a load that says something about the resistance
_PARTS = const(1_024)  # of a millivolt that is kept, so that a slow mean moves at all
_SLOW = const(64)  # readings: noise is a few millivolts, and in the middle 10 mV are 3 % of the charge
_APART_MV = const(100)  # no noise, nor what a cell does by itself: it was taken out, or another is in its place
_QUICK = const(4)


class Cell:
    """`mohm`: its resistance with its wiring, as last measured. `board` has its curve, see boards/pen_solenoid.py."""

    def __init__(self, board):
        self.board = board
        self.mohm = board.CELL_MOHM
        self._parts = 0  # its voltage without load; 0 before the first reading

    def rest(self, supply_mv, ma):
        """A reading of the supply while the cell gives `ma` besides what the pen takes idle."""
        if supply_mv < self.board.SUPPLY_MIN_MV:
            self._parts = 0  # no cell is so empty: there is none
            return
        open_mv = supply_mv + (ma + self.board.CELL_IDLE_MA) * self.mohm // 1_000
        apart = open_mv * _PARTS - self._parts
        if self._parts:
            apart //= _QUICK if abs(apart) > _APART_MV * _PARTS else _SLOW
        self._parts += apart

    def load(self, supply_mv, ma):
        """The same under the coil's full current: what the supply has fallen by is the resistance's."""
        if ma > _LEAST_MA and self._parts:
            self.mohm = max((self.open_mv() - supply_mv) * 1_000 // (ma + self.board.CELL_IDLE_MA), 1)

    def open_mv(self):
        """Its voltage without load, in mV; 0 before the first reading."""
        return self._parts // _PARTS

    def permille(self):
        """Its charge by that voltage, 0 to 1000."""
        curve = self.board.CELL_OPEN_MV
        mv = self.open_mv()
        most = len(curve) - 1
        if mv >= curve[most]:
            return 1_000
        k = most - 1
        while k and mv < curve[k]:
            k -= 1
        return max((1_000 * k + (mv - curve[k]) * 1_000 // (curve[k + 1] - curve[k])) // most, 0)

    def open_at_mv(self, permille):
        """Its voltage without load at a charge of 0 to 1000."""
        curve = self.board.CELL_OPEN_MV
        place = permille * (len(curve) - 1)
        k = min(place // 1_000, len(curve) - 2)
        return curve[k] + (curve[k + 1] - curve[k]) * (place - 1_000 * k) // 1_000

    def loaded_mv(self, permille, ohms_m):
        """The supply at that charge, into a load of `ohms_m` milliohms; of a nearly empty cell at its worst."""
        mohm = self.mohm if permille >= EMPTY_PERMILLE else 2 * self.mohm
        return self.open_at_mv(permille) * ohms_m // (ohms_m + mohm)
