"""needlepen's loader: /boot.py, /main.py and /slot at the pen's root are the same for every version of the firmware.

/slot holds the name of the folder that the firmware is in, a or b. [docs/decisions/0004]
"""

import sys

# The firmware's own boot.py makes the outputs safe. From here on imports look into its folder, and not into the root.
try:
    with open("/slot") as slot:
        name = slot.read()
    if name in ("a", "b"):
        sys.path[0] = "/" + name
        import boot

        del boot
except (ImportError, OSError, ValueError):
    pass  # there is no console yet: main.py finds the same, and says it
