"""What the foreground watches for a session: the scan, the clock, the session's quota. Each looks once a turn, and never waits."""

from micropython import const

from pen import faults
from pen.image import IN_NOW_US, MODE_HOLD, MODE_OFF, OR_MODE, OR_RAISE, ST_STOPPED, set_limit
from pen.ticks import age

_ST_PHASE = const(16)
_ST_SLOT = const(41)
_ST_BY_TRIGGER = const(51)
_ST_LEASE_SEQ = const(52)
_OR_PERIOD_US = const(101)
_OR_LEASE_START_US = const(110)
_OR_LEASE_US = const(111)
_OR_LEASE_SEQ = const(115)
_PHASE_HOLD = const(2)
_SCAN_GONE_US = const(20_000)  # twenty slow scans
_TOGETHER_US = const(1_000)  # a tenth of what a window of the clock may be wrong by
_UNREAD_US = const(100_000)  # after which a stop that the scan has seen counts as lost on its way to the foreground


def watch_quota(session, ms, raw):
    """Time, dose and heat, `ms` after the last look; `raw`: the present current."""
    mode = session.image[OR_MODE]
    zone = session.loading.zone if mode == MODE_HOLD else ""  # before, what is loaded is of the last time
    code = session.quota.poll(zone, ms, raw, mode != MODE_OFF)  # [SR-17] [SR-18]
    if code and not session.fault():
        session.image[OR_RAISE] = code


def watch_clock(session, now_us):
    """The microseconds against the host's milliseconds, unless something came between the two readings."""
    host_ms = session.hal.host_ms()
    if age(session.hal.now_us(), now_us) > _TOGETHER_US:
        return
    if session.clock.poll(now_us, host_ms) and not session.fault():
        session.image[OR_RAISE] = faults.CLOCK


def watch_scan(session, now_us):
    """A scan that has stopped cannot say so itself. The dead-man has turned the drive off by then."""
    scans = session.hal.scans()
    if scans != session.scans:
        session.scans = scans
        session.scans_us = session.image[IN_NOW_US] if scans else now_us
    session.scan_gone = age(now_us, session.scans_us) > _SCAN_GONE_US
    if session.scan_gone and not session.fault():  # [SR-14]
        session.image[OR_RAISE] = faults.SCAN_LATE
        session.image[OR_MODE] = MODE_OFF


def obey_scan(session, now_us):
    """A stop byte is read here soon after the scan has seen it. If it should not be, it is obeyed all the same.

    And a stop that nobody has ordered is a bit that flipped: a lease that is over a period before its end, when no stop byte,
    no STOP, which leaves it no time, and no trigger's release has ended it.
    """
    image = session.image
    if not image[ST_STOPPED]:
        session.stopped_us = None
        over = image[_ST_PHASE] == _PHASE_HOLD and image[_ST_LEASE_SEQ] == image[_OR_LEASE_SEQ]
        if over and image[_OR_LEASE_US]:
            left_us = image[_OR_LEASE_US] - age(image[IN_NOW_US], image[_OR_LEASE_START_US])
            set_limit(image, _OR_LEASE_US, 0)  # looked at once, for ticks wrap
            ended = image[_ST_BY_TRIGGER] or image[ST_STOPPED]
            if left_us > image[_OR_PERIOD_US + (image[_ST_SLOT] & 1)] and not ended:
                session.latch(faults.MEMORY)  # [SR-23]
    elif session.stopped_us is None:
        session.stopped_us = now_us
    elif age(now_us, session.stopped_us) > _UNREAD_US and not session.scan_gone:
        session.stopped_us = None
        session.halt("! unread")  # [SR-12]
