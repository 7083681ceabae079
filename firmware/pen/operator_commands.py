"""The operator's commands. What is behind them is lock.py."""

from pen.command import Command
from pen.errors import ILLEGAL_VALUE, Refused
from pen.scpi import unquote


class Code:
    """A code, quoted or not, 4 to 32 characters, which no error repeats; comes as str. Raises Refused(-151, -224)."""

    optional = False

    def parse(self, text):
        """What stands between the quotes, or all of it."""
        try:
            code = unquote(text) if text[:1] in ("'", '"') else text
        except Refused as refused:
            raise Refused(refused.code)
        if not 4 <= len(code) <= 32:
            raise Refused(ILLEGAL_VALUE, "a code has 4 to 32 characters")
        return code

    def describe(self):
        """The one form there is."""
        return "<code>"


class Operator:
    """The handlers. `app` has the lock; without one in memory it is locked."""

    def __init__(self, app):
        self.app = app

    def state(self):
        """OPERator?"""
        return "UNLOCKED" if self.app.settings.expert else "LOCKED"

    def unlock(self, code):
        """OPERator:UNLock <code>"""
        return self.app.load_lock().unlock(code)

    def lock(self):
        """OPERator:LOCK: an armed pen is turned off."""
        if self.app.lock:
            self.app.lock.lock("OPER:LOCK")

    def set_code(self, code):
        """OPERator:CODE <code>"""
        return self.app.load_lock().set_code(code)

    def is_set(self):
        """OPERator:CODE?"""
        return self.app.load_lock().is_set()


def rows(app):
    """The rows of these commands."""
    do = Operator(app)
    code = Code()
    return (
        Command("OPERator", "LOCKED, or UNLOCKED for expert depths.", do.state),
        Command("OPERator:UNLock", "Allows expert depths until the pen locks again.", None, do.unlock, code),
        Command("OPERator:LOCK", "Locks, and turns an armed pen off.", None, do.lock),
        Command(
            "OPERator:CODE", "Sets the first code, or another while unlocked; 1 is set.", do.is_set, do.set_code, code
        ),
    )
