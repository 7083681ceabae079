"""What leads to strokes of the depth that is set: homing, a drive placed anew, a stroke loaded. One look a turn, on the session's behalf."""

from pen import faults
from pen.drive import TooWeak
from pen.image import MODE_HOLD, MODE_HOME, OR_MODE, OR_RAISE, ST_FAULT, ST_STOPPED


def load(session):
    """What cannot be a stroke of these settings is one of a limit that has changed."""
    try:
        if session.loading.poll(session.image[OR_MODE] == MODE_HOLD):
            session.placing = True
            session.homing.place(session.settings.depth_um)
            session.image[OR_MODE] = MODE_HOME
    except TooWeak:
        session.image[OR_RAISE] = -faults.SUPPLY_LOW
    except ValueError:
        session.latch(faults.MEMORY)


def home(session, now_us):
    """One turn of a homing, or of placing."""
    image = session.image
    homing = session.homing
    try:
        homing.advance(now_us)
    except ValueError:
        session.latch(faults.MEMORY)
        return
    if image[ST_STOPPED]:
        return  # by the scan, while this was looking: the move was broken off, and means nothing
    if image[ST_FAULT]:
        homing.result = ""
    elif homing.result:
        session.homing_error = homing.result
        image[OR_RAISE] = faults.HOME
    elif homing.result == "":
        try:
            session.loading.load_now()
        except TooWeak:
            image[OR_RAISE] = -faults.SUPPLY_LOW
            return
        image[OR_MODE] = MODE_HOLD
        if not session.placing and not session.tests.rate_right():
            image[OR_RAISE] = faults.CLOCK
        session.placing = False
