"""Zones of the face and body: default depth, cap, default and greatest rate.

Engineering judgement on published charts and measured skin thickness, not clinical advice; sources in docs/safety.md.
Caps assume that the needles penetrate fully.
"""

# name: (default depth um, cap um, default rate dHz, greatest rate dHz); a cap of 0 blocks the zone
TABLE = {
    "EYELID": (0, 0, 0, 0),
    "PERIORBITAL": (500, 500, 600, 900),
    "NOSE": (500, 1000, 600, 900),
    "FOREHEAD": (500, 1000, 800, 1170),
    "GLABELLA": (500, 1000, 800, 1170),
    "TEMPLE": (500, 1000, 800, 1170),
    "MALAR": (750, 1000, 800, 1170),
    "UPPER_LIP": (500, 1000, 600, 900),
    "CHEEK": (1000, 1500, 1000, 1500),
    "CHIN": (1000, 1500, 1000, 1500),
    "JAWLINE": (750, 1000, 800, 1170),
    "NECK": (500, 1000, 800, 1170),
    "BODY": (1500, 2000, 1000, 1500),
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
