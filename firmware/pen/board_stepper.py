"""What a board with a stepper must say besides board.FIELDS."""

_SEARCH_SHORT_UM = 100  # homing searches outward over the back travel less this
_BACK_MOST_UM = 600  # beyond, that search would be planned past the least cap, 500 um

FIELDS = {
    "STEPS_PER_S2": (10_000, 100_000_000),
    "HOME_OPENS_UM": (10, 90),
}


def relations(board):
    """((whether it is wrong, what must be), ...)"""
    return (
        (
            not 0 < board.BACK_TRAVEL_UM - board.CLEARANCE_UM <= _BACK_MOST_UM,
            "BACK_TRAVEL_UM must be 1 to {} more than CLEARANCE_UM".format(_BACK_MOST_UM),
        ),
        (
            board.CLEARANCE_UM < board.HOME_OPENS_UM + _SEARCH_SHORT_UM,
            "CLEARANCE_UM must be at least {} more than HOME_OPENS_UM".format(_SEARCH_SHORT_UM),
        ),
    )
