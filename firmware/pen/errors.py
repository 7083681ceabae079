"""Errors of the console: the standard SCPI numbers that the pen uses, and how one is written."""

INVALID_CHARACTER = -101
DATA_TYPE = -104
PARAMETER_NOT_ALLOWED = -108
MISSING_PARAMETER = -109
UNDEFINED_HEADER = -113
INVALID_NUMBER = -121
EXPONENT_TOO_LARGE = -123
INVALID_SUFFIX = -131
SUFFIX_NOT_ALLOWED = -138
INVALID_WORD = -141
INVALID_STRING = -151
PROTECTED = -203
CONFLICT = -221
OUT_OF_RANGE = -222
ILLEGAL_VALUE = -224
DEVICE_SPECIFIC = -300
OUT_OF_MEMORY = -321
QUEUE_OVERFLOW = -350
INPUT_OVERRUN = -363

TEXTS = {
    0: "No error",
    INVALID_CHARACTER: "Invalid character",
    DATA_TYPE: "Data type error",
    PARAMETER_NOT_ALLOWED: "Parameter not allowed",
    MISSING_PARAMETER: "Missing parameter",
    UNDEFINED_HEADER: "Undefined header",
    INVALID_NUMBER: "Invalid character in number",
    EXPONENT_TOO_LARGE: "Exponent too large",
    INVALID_SUFFIX: "Invalid suffix",
    SUFFIX_NOT_ALLOWED: "Suffix not allowed",
    INVALID_WORD: "Invalid character data",
    INVALID_STRING: "Invalid string data",
    PROTECTED: "Command protected",
    CONFLICT: "Settings conflict",
    OUT_OF_RANGE: "Data out of range",
    ILLEGAL_VALUE: "Illegal parameter value",
    DEVICE_SPECIFIC: "Device-specific error",
    OUT_OF_MEMORY: "Out of memory",
    QUEUE_OVERFLOW: "Queue overflow",
    INPUT_OVERRUN: "Input buffer overrun",
}

_LONGEST = 255


class Refused(Exception):
    """What a handler raises to refuse: `code` (int, SCPI, or a positive fault code) and `detail` (str, one line)."""

    def __init__(self, code, detail=""):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def text(code, detail=""):
    """The answer for one error, such as `-221,"Settings conflict;no zone"`: one line, at most 255 characters.

    A code that is not in the table (the pen's own faults) is written with the detail alone.
    """
    standard = TEXTS.get(code, "")
    words = standard + ";" + detail if standard and detail else standard or detail
    words = words.replace("\r", " ").replace("\n", " ").replace('"', '""')
    words = words[: _LONGEST - 3 - len(str(code))]
    # Quotes come in pairs, unless the cut went through one.
    if (len(words) - len(words.rstrip('"'))) & 1:
        words = words[:-1]
    return f'{code},"{words}"'
