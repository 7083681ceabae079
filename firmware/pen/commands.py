"""The pen's own commands: settings, session, faults, measurements, records. IEEE 488.2 and SYSTem are in common.py."""

from pen import command, common, faults, operator_commands, zones
from pen.arguments import Boolean, Choice, Number, Word
from pen.command import Command
from pen.engine import HOLD, Engine
from pen.errors import CONFLICT, OUT_OF_RANGE, Refused
from pen.gradual import Gradual
from pen.quota import SESSION_MOST_MS
from pen.scpi import Block
from pen.session import LEASE_MOST_MS, RUNNING
from pen.status import Status
from pen.units import decimal, hz, mm

_ENDS = ("MINimum", "MAXimum")
_SERIES = ("LAST", "MINimum", "MEAN", "MAXimum")


_ZONES_AT_ONCE = 2


class Pen:
    """The handlers. `app` owns what they work on."""

    def __init__(self, app):
        self.app = app
        self.settings = app.settings
        self.session = app.session
        self.measure = app.measure
        self._gradual = Gradual()

    def identity(self):
        """For *IDN?."""
        return self.app.identity()

    def reset(self):
        """For *RST."""
        self.app.reset()

    def self_test(self):
        """For *TST?"""
        return self.session.test()

    def fault_code(self):
        """For *STB?."""
        return self.session.fault()

    def zone(self):
        """ZONE?"""
        return self.settings.zone or "NONE"

    def choose_zone(self, name):
        """ZONE <name>"""
        if self.session.state() == RUNNING:
            raise Refused(CONFLICT, "the zone cannot change while strokes are made: STOP first")
        self.settings.choose(name)
        self.app.log.add("ZONE", self.settings.zone)

    def zones(self):
        """ZONE:CATalog?: name, default in mm, cap in mm as it is now, default and greatest rate in Hz, five fields a zone."""
        name = "expert" if self.settings.expert else "zones"
        return self._gradual.answer(name, zones.NAMES, self._zone_fields, ",".join, _ZONES_AT_ONCE)

    def _zone_fields(self, name):
        depth_um, _, rate_dhz, rate_max_dhz, _ = zones.TABLE[name]
        return ",".join((name, mm(depth_um), mm(self.settings.cap_of(name)), hz(rate_dhz), hz(rate_max_dhz)))

    def depth(self, end):
        """DEPTh? [MIN|MAX]"""
        if end is None:
            return mm(self.settings.depth_um)
        return mm(self.settings.depth_range_um()[end == "MAX"])

    def set_depth(self, depth_um):
        """DEPTh <mm>"""
        self.settings.set_depth(depth_um)
        self.app.log.add("DEPTH", mm(depth_um))

    def rate(self, end):
        """RATE? [MIN|MAX]"""
        if end is None:
            return hz(self.settings.rate_dhz)
        return hz(self.settings.rate_range_dhz()[end == "MAX"])

    def set_rate(self, rate_dhz):
        """RATE <Hz>"""
        self.settings.set_rate(rate_dhz)
        self.app.log.add("RATE", hz(rate_dhz))

    def save(self, register):
        """*SAV <0-3>: waits until it is written down."""
        return self.app.load_presets().save(register)

    def recall(self, register):
        """*RCL <0-3>"""
        self.app.load_presets().recall(register)

    def envelope(self, depth_um):
        """DRIVe:RATE? <mm>: the greatest rate of this drive at a depth, whatever the zone."""
        return hz(min(self.app.drive.rate_max_dhz(depth_um), self.app.board.RATE_MAX_DHZ))

    def arm(self):
        """ARM: waits until everything is written down."""
        return None if self.app.arm() else HOLD

    def run(self, lease_ms):
        """RUN <s>"""
        self.session.run(lease_ms)

    def state(self):
        """STATe?: state, fault code, strokes of this run, seconds left of the lease."""
        left_ms = self.session.lease_left_ms(self.app.hal.now_us())
        state = self.session.state()
        self.measure.poll(self.session.loading.zone)  # a READY after a run must come with all of its strokes
        return (state, self.session.fault(), self.measure.strokes(), decimal(left_ms, 3))

    def fault(self):
        """FAULt?: code, name, seconds since start, meaning, next step."""
        code = self.session.fault()
        if not code:
            return '0,"NONE",0.000,"no fault is latched",""'
        name, _, meaning, after = faults.describe(code)
        if code in (faults.HOME, faults.OVER_TEMP) and self.session.homing_error:
            meaning = self.session.homing_error
        if code == faults.SELF_TEST:
            meaning += ": " + self.session.tests.failed()
        meaning = self.app.last_fault.when() + meaning
        return '{},"{}",{},"{}","{}"'.format(code, name, decimal(self.app.fault_ms(), 3), meaning, after)

    def faults(self):
        """FAULt:CATalog?: code, name, reaction, three fields a fault."""
        fields = []
        for code in sorted(faults.TABLE):
            fields += (str(code), faults.TABLE[code][0], faults.TABLE[code][1])
        return fields

    def describe_fault(self, code):
        """FAULt:DESCribe? <code>"""
        if code not in faults.TABLE:
            raise Refused(OUT_OF_RANGE, "no fault {}; FAUL:CAT? lists them".format(code))
        return '{},"{}","{}","{}","{}"'.format(code, *faults.describe(code))

    def depth_measured(self, which):
        """MEASure:DEPTh? [LAST|MIN|MEAN|MAX]: deepest points of the strokes of this run, in mm."""
        return decimal(_of(self.measure.depth_um, which, self.measure.last_peak_um()), 3)

    def current_measured(self, which):
        """MEASure:CURRent? [LAST|MIN|MEAN|MAX]: the present current, or that of this run, in mA."""
        if which == "MAX":
            return str(self.measure.current_max_ma())
        return str(_of(self.measure.current_ma, which, self.measure.current_now_ma()))

    def voltage(self):
        """MEASure:VOLTage?, in V."""
        return decimal(self.measure.supply_mv(), 3)

    def temperature(self):
        """MEASure:TEMPerature?, in degrees Celsius."""
        return decimal(self.measure.temperature_dc(), 1)

    def trace(self):
        """TRACe?"""
        return Block(self.app.tracing.block(self.app.hal.program()[1]))

    def log(self):
        """LOG?"""
        return Block(*self.app.log.block())

    def dose(self):
        """DOSE?: zone, strokes, mean depth in mm, three fields a treated zone; NONE,0,0.000 if there is none."""
        fields = []
        for zone, strokes, depth_um in self.app.dose.rows():
            fields += (zone, str(strokes), decimal(depth_um, 3))
        return fields or ("NONE", "0", "0.000")

    def dose_limit(self):
        """DOSE:LIMit?: strokes that the chosen zone has had, its dose, its limit; nought without a zone."""
        zone = self.settings.zone
        if not zone:
            return ("0", "0", "0")
        quota = self.app.quota
        return (str(self.app.dose.strokes(zone)), str(quota.target(zone)), str(quota.limit(zone)))

    def session_time(self):
        """SESSion:TIME?: seconds armed in this session, and the most there are."""
        return (str(self.app.quota.armed_ms // 1_000), str(SESSION_MOST_MS // 1_000))

    def heat(self):
        """MEASure:HEAT?"""
        return str(self.app.quota.heat.percent())


def _of(series, which, last):
    if which == "MIN":
        return series.least
    if which == "MEAN":
        return series.mean()
    return series.greatest if which == "MAX" else last


def rows(do):
    """The rows of these commands; `do` is a Pen."""
    session = do.session
    series = Choice(_SERIES, optional=True)
    ends = Choice(_ENDS, optional=True)
    depth = Number("MM", 3, step=10)
    register = Number("", 0, 0, 3)
    any_depth = Number("MM", 3, 0, do.app.board.DEPTH_MAX_UM, step=10)
    seconds = Number("S", 3, 100, LEASE_MOST_MS)
    return (
        Command("ZONE", "Zone to treat. It sets its default depth and rate.", do.zone, do.choose_zone, Word("zone")),
        Command("ZONE:CATalog", "Zones: name, default mm, cap mm, default Hz, greatest Hz.", query=do.zones),
        Command(
            "DEPTh",
            "Depth of the strokes, within the zone's cap; MIN and MAX are what is allowed now.",
            do.depth,
            do.set_depth,
            depth,
            ends,
        ),
        Command(
            "RATE", "Strokes a second, within what zone and drive allow.", do.rate, do.set_rate, Number("HZ", 1), ends
        ),
        Command("*SAV", "Keeps zone, depth and rate in a register, without power, too.", None, do.save, register),
        Command("*RCL", "Zone, depth and rate as a register has them.", None, do.recall, register),
        Command("DRIVe:RATE", "Greatest rate of the drive at a depth.", query=do.envelope, query_argument=any_depth),
        Command("ARM", "Homes and gets ready.", command=do.arm),
        Command("DISarm", "Retracts and turns the drive off.", command=session.disarm),
        Command("RUN", "Strokes for so many seconds, then stops by itself.", command=do.run, argument=seconds),
        Command("STOP", "Retracts and stays ready.", command=session.stop),
        Command("STATe", "State, fault, strokes of this run, seconds left.", query=do.state),
        Command("FAULt", "The latched fault: code, name, time, meaning, next step.", query=do.fault),
        Command("FAULt:CLEar", "Clears the fault, once its cause is gone.", command=session.clear),
        Command("FAULt:CATalog", "Faults: code, name, reaction.", query=do.faults),
        Command("FAULt:DESCribe", "One fault.", query=do.describe_fault, query_argument=Number("", 0, 0, 999)),
    ) + _measured(do, series)


def _measured(do, series):
    """What is read."""
    indicator = do.app.indicator
    return (
        Command("MEASure:DEPTh", "Depth reached, mm.", query=do.depth_measured, query_argument=series),
        Command("MEASure:RATE", "Rate reached, Hz.", query=do.measure.rate_text),
        Command("MEASure:CURRent", "Drive current, mA.", query=do.current_measured, query_argument=series),
        Command("MEASure:VOLTage", "Supply, V.", query=do.voltage),
        Command("MEASure:TEMPerature", "Temperature, degrees Celsius.", query=do.temperature),
        Command("MEASure:HEAT", "Heat of the windings by I^2 t, percent of what they can take.", query=do.heat),
        Command("TRACe", "The scan's trace, a block.", query=do.trace),
        Command("LOG", "The event log, a block.", query=do.log),
        Command("INDicator", "The LED's colour, its flashes a second, beeps in a burst.", query=indicator.shown),
        Command(
            "SYSTem:BEEPer:STATe",
            "OFF silences the present alarm; the next one sounds again.",
            lambda: indicator.sounds,
            indicator.sound,
            Boolean(),
        ),
        Command("DOSE", "Zones treated: name, strokes, mean depth mm.", query=do.dose),
        Command("DOSE:LIMit", "The zone's strokes in this session, its dose, its limit.", query=do.dose_limit),
        Command("SESSion:TIME", "Seconds armed in this session, and the most there are.", query=do.session_time),
    )


def interpreter(app):
    """The engine of this pen, with every row there is; its status also receives the pen's faults."""
    pen = Pen(app)
    engine = Engine(rows(pen), Status(), app.busy)
    engine.add(operator_commands.rows(app))
    engine.add(common.rows(engine, pen))
    command.complete()
    return engine
