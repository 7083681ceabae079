"""The cell: its voltage without load by its charge, and its resistance."""

from types import ModuleType

_WARM_DC = 250.0


class Cell:
    """`permille` is its charge; `aged` multiplies its resistance."""

    __slots__ = ("_board", "_coulombs", "_curve", "aged", "permille")

    def __init__(self, board: ModuleType) -> None:
        self._board = board
        self._coulombs = board.PLANT_CELL_MAH * 3.6
        self._curve = tuple(float(value) for value in board.PLANT_CELL_OPEN_MV)
        self.permille = float(board.PLANT_CHARGE_PERMILLE)
        self.aged = 1.0

    def take(self, coulombs: float) -> None:
        """This much charge has left it; an empty one gives on, at its last voltage."""
        self.permille = max(0.0, self.permille - 1_000.0 * coulombs / self._coulombs)

    def open_mv(self) -> float:
        """Its voltage without load."""
        place = self.permille / 1_000 * (len(self._curve) - 1)
        below = min(int(place), len(self._curve) - 2)
        part = place - below
        return self._curve[below] * (1.0 - part) + self._curve[below + 1] * part

    def ohm(self, temperature_dc: float) -> float:
        """Its resistance at that temperature."""
        board = self._board
        empty = max(0.0, 1.0 - self.permille / board.PLANT_CELL_EMPTY_PERMILLE)
        cold = max(0.0, _WARM_DC - temperature_dc) / 10 * board.PLANT_CELL_COLD_PPM * 1e-6
        return board.PLANT_CELL_MOHM / 1_000 * self.aged * (1.0 + empty) * (1.0 + cold)
