"""Zones of the face and body: default depth, cap, default and greatest rate, expert cap.

Engineering judgement on published charts and measured skin thickness, not clinical advice; sources in docs/safety.md.
Caps assume that the needles penetrate fully.
"""

# name: (default depth um, cap um, default rate dHz, greatest rate dHz, cap um behind the operator's code); a cap of 0 blocks
TABLE = {
    "EYELID": (0, 0, 0, 0, 0),
    "PERIORBITAL": (500, 500, 600, 900, 750),
    "NOSE": (500, 1000, 600, 900, 1000),
    "FOREHEAD": (500, 1000, 800, 1170, 1500),
    "GLABELLA": (500, 1000, 800, 1170, 1500),
    "TEMPLE": (500, 1000, 800, 1170, 1500),
    "MALAR": (750, 1000, 800, 1170, 1500),
    "UPPER_LIP": (500, 1000, 600, 900, 1000),
    "CHEEK": (1000, 1500, 1000, 1500, 2000),
    "CHIN": (1000, 1500, 1000, 1500, 2000),
    "JAWLINE": (750, 1000, 800, 1170, 1500),
    "NECK": (500, 1000, 800, 1170, 1000),
    "BODY": (1500, 2000, 1000, 1500, 3000),
}

# Order of the table as people read it, face first; a dict keeps no order on the device.
NAMES = (
    "EYELID",
    "PERIORBITAL",
    "NOSE",
    "FOREHEAD",
    "GLABELLA",
    "TEMPLE",
    "MALAR",
    "UPPER_LIP",
    "CHEEK",
    "CHIN",
    "JAWLINE",
    "NECK",
    "BODY",
)
