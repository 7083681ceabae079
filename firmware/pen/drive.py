"""The drive: the one contract between the program and what makes the strokes. The board says which; nothing else knows.

A drive, made of the board and raising ValueError if that asks for what does not fit, has:

    step_um, clearance_um, homing_us
                         of the board; homing_us is the time of a step while homing
    tuned                counts what it has learnt: strokes planned before are planned again
    rate_max_dhz(depth_um), depth_max_um(rate_dhz)
                         the envelope, as it is now: the rate is 0, or the depth below 0, if there is none
    poll(image)          a look now and then, at what there is to learn
    limits()             ((word of the image, value), ...) of what the scan has to know of it: LI_LEAD_US, LI_LEAD_REST_US,
                         LI_FOLLOW_US, LI_HOME_AT_REST
    homing(image, hal, board)
                         its Homing, see homing.py
    plan(depth_um, rate_dhz)
                         one stroke, see below; raises ValueError outside the envelope
    failing()            the fault that it is if plan or admit fail on what was possible when it was set
    admit(image, slot, words, count, returns)
                         the last look at words before they may run: notes their peak in OR_PEAK_UM, or raises ValueError and
                         leaves the slot without a stroke

and a stroke: period_us; travel_us, from its first edge to its last; out_us(), how long the tip is out at most; and write(words),
which fills a slot and returns how many words it took.
"""


def make(board):
    """The board's drive."""
    if board.DRIVE == "solenoid":
        from pen.solenoid import Drive
    else:
        from pen.stepper import Drive
    return Drive(board)


def quota(app):
    """What a session may give at most, and what the drive and its cell can."""
    if app.board.DRIVE == "solenoid":
        from pen.solenoid import quota

        return quota(app)
    from pen.quota import Quota

    return Quota(app.board, app.dose, app.log)


def add(app):
    """Adds the commands of this board's alone."""
    if app.board.DRIVE == "solenoid":
        app.engine.add(app.quota.rows())
