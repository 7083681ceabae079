"""Where the firmware and the board files are: beside this package in a checkout, inside it in an installed wheel."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent
_CHECKOUT = _HERE.parents[1]
_ROOT = _CHECKOUT if (_CHECKOUT / "firmware" / "pen").exists() else _HERE / "data"

FIRMWARE = _ROOT / "firmware"
BOARDS = _ROOT / "boards"
