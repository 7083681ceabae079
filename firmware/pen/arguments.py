"""What a command's argument may be. Every kind has `parse(text) -> value` (raises Refused), `describe() -> str` and
`optional` (the argument may be missing; the handler then gets None)."""

from pen import errors
from pen.errors import Refused
from pen.scpi import decimal, fixed, is_name, short_form, unquote

_LARGEST = 2147483647
_DIGITS = 10

# Suffix: what it measures, and its power of ten. SCPI's MHZ is mega, which nobody needs here and everybody mistakes.
_SUFFIXES = {"MM": ("m", -3), "UM": ("m", -6), "S": ("s", 0), "MS": ("s", -3)}


def _power(suffix, unit):
    """The power of ten from `suffix` to `unit`; raises Refused(-131, -138)."""
    if not suffix or suffix == unit:
        return 0
    if not unit:
        raise Refused(errors.SUFFIX_NOT_ALLOWED, suffix)
    quantity, power = _SUFFIXES.get(suffix, ("", 0))
    target, unit_power = _SUFFIXES.get(unit, (unit, 0))
    if quantity != target:
        raise Refused(errors.INVALID_SUFFIX, f"{suffix}: {unit} expected")
    return power - unit_power


def _listed(word, names):
    """The name of the list that `word` stands for (its short form if it has one), or None."""
    for name in names:
        if is_name(word, name):
            return short_form(name)
    return None


class Number:
    """A decimal number as an integer scaled by 10**digits: Number("MM", 3) makes "1.25", "1250 UM" and "1.25E0 MM" 1250.

    `minimum`, `maximum` and `step` are scaled as well. `keywords` (such as "MINimum") may stand for a number and come as
    their short form (str). Nothing is rounded or clamped: Refused(-222) for a value out of range, between two steps, or
    finer than the scale; -104, -121, -123, -131, -138 for what is no such number.
    """

    def __init__(self, unit, digits, minimum=-_LARGEST, maximum=_LARGEST, step=1, keywords=(), optional=False):
        self.unit = unit
        self.digits = digits
        self.minimum = minimum
        self.maximum = maximum
        self.step = step
        self.keywords = keywords
        self.optional = optional

    def parse(self, text):
        """The scaled integer, or a keyword's short form."""
        keyword = _listed(text, self.keywords)
        if keyword:
            return keyword
        if not text or text[0] not in "+-.0123456789":
            raise Refused(errors.DATA_TYPE, f"{text}: number expected")
        negative, digits, power, suffix = decimal(text)
        power += self.digits + _power(suffix.upper(), self.unit)
        value = self._scaled(digits, power, text) if digits else 0
        return self._checked(-value if negative else value, text)

    def _scaled(self, digits, power, text):
        if power < 0:
            raise Refused(errors.OUT_OF_RANGE, f"{text}: finer than {fixed(1, self.digits)} {self.unit}")
        # The length is compared first: a long exponent must not become a long number.
        if len(digits) + power > _DIGITS:
            raise self._out_of_range(text)
        return int(digits) * 10**power

    def _checked(self, value, text):
        if not self.minimum <= value <= self.maximum:
            raise self._out_of_range(text)
        if value % self.step:
            raise Refused(errors.OUT_OF_RANGE, f"{text}: steps of {fixed(self.step, self.digits)} {self.unit}")
        return value

    def _out_of_range(self, text):
        return Refused(errors.OUT_OF_RANGE, f"{text}: {self._range() if self._bounded() else 'too large'}")

    def _bounded(self):
        return self.minimum > -_LARGEST or self.maximum < _LARGEST

    def _range(self):
        return f"{fixed(self.minimum, self.digits)}..{fixed(self.maximum, self.digits)} {self.unit}".rstrip()

    def describe(self):
        """Such as "<0.500..3.000 MM>|MINimum"."""
        shown = self._range() if self._bounded() else self.unit or "number"
        return "|".join([f"<{shown}>"] + list(self.keywords))


class Choice:
    """One of `names` (any iterable of str): long or short form in any case; comes as the short form, as declared.

    "MINimum" comes as "MIN"; "cheek" has no short form and comes as "cheek". Raises Refused(-224).
    """

    def __init__(self, names, optional=False):
        self.names = names
        self.optional = optional

    def parse(self, text):
        """The name."""
        name = _listed(text, self.names)
        if name is None:
            raise Refused(errors.ILLEGAL_VALUE, f"{text}: one of {', '.join(self.names)}")
        return name

    def describe(self):
        """Such as "MINimum|MAXimum"."""
        return "|".join(self.names)


class Boolean:
    """ON, OFF, 1 or 0; comes as a bool. Raises Refused(-224)."""

    _VALUES = {"ON": True, "1": True, "OFF": False, "0": False}

    def __init__(self, optional=False):
        self.optional = optional

    def parse(self, text):
        """True or False."""
        value = self._VALUES.get(text.upper())
        if value is None:
            raise Refused(errors.ILLEGAL_VALUE, f"{text}: ON or OFF")
        return value

    def describe(self):
        """The two words."""
        return "ON|OFF"


class Word:
    """A word (a letter, then letters, digits, "_") or a quoted string; comes as str. Raises Refused(-104, -141, -151)."""

    def __init__(self, name="word", optional=False):
        self.name = name
        self.optional = optional

    def parse(self, text):
        """The word as typed, or what stands between the quotes."""
        if text and text[0] in "\"'":
            return unquote(text)
        if not text or not text[0].isalpha():
            raise Refused(errors.DATA_TYPE, f"{text}: {self.name} expected")
        for letter in text:
            if not (letter.isalpha() or letter.isdigit() or letter == "_"):
                raise Refused(errors.INVALID_WORD, text)
        return text

    def describe(self):
        """Such as "<word>"."""
        return f"<{self.name}>"


class Header:
    """A command's header, as HELP? takes it; comes as str without "?"."""

    def __init__(self, optional=False):
        self.optional = optional

    def parse(self, text):
        """The header in upper case, without a leading ":"."""
        return text.upper().rstrip("?").lstrip(":")

    def describe(self):
        """The one form there is."""
        return "<header>"
