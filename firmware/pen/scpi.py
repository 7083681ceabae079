"""The SCPI codec: what a message consists of. Pure; nothing here knows the pen.

A message is units separated by ";". A unit is a header, white space, and parameters separated by ",".
"""

from pen import errors
from pen.errors import Refused

_EXPONENT_LIMIT = 32000


def split(text, mark):
    """Splits at `mark` (one character) outside of '...' and "..." strings; returns the pieces without outer blanks."""
    if '"' not in text and "'" not in text:
        return [piece.strip() for piece in text.split(mark)]
    pieces = []
    start = 0
    quote = ""
    for at, letter in enumerate(text):
        if quote:
            # A doubled quote closes and opens again, which comes to the same.
            if letter == quote:
                quote = ""
        elif letter == '"' or letter == "'":
            quote = letter
        elif letter == mark:
            pieces.append(text[start:at].strip())
            start = at + 1
    pieces.append(text[start:].strip())
    return pieces


def units(message):
    """The units of a message, empty ones left out. A string without an end reaches to the end of the message."""
    return [unit for unit in split(message, ";") if unit]


def split_unit(unit):
    """(header, [parameters]) of one unit, as text."""
    parts = unit.split(None, 1)
    return parts[0], split(parts[1], ",") if len(parts) > 1 else []


def resolve(header, path):
    """Where a header (without its "?") points to, and where the next one starts: ([words], [path]), in upper case.

    As SCPI-99 has it: a header continues at the former one's node, ":" starts at the root, `*X` leaves the path alone.
    """
    words = header.upper().split(":")
    if header.startswith("*"):
        return words, path
    words = words[1:] if header.startswith(":") else path + words
    return words, words[:-1]


def short_form(name):
    """The short form of a name in mixed case, "SYSTem" -> "SYST"; a name without capitals has none and stays."""
    return name if name == name.lower() else "".join([letter for letter in name if not letter.islower()])


def is_name(word, name):
    """Whether `word` is the long or short form of `name`, in any case."""
    word = word.upper()
    return word == name.upper() or word == short_form(name).upper()


def parse_header(pattern, known):
    """The nodes of a pattern such as "SYSTem:ERRor[:NEXT]": a tuple of (short, long, optional).

    `known`: a dict of the nodes there are already, by how they are written; equal ones take memory once.
    """
    nodes = []
    for node in pattern.replace("[:", ":[").replace(":]", "]:").split(":"):
        if node not in known:
            name = node.strip("[]")
            short, long = short_form(name), name.upper()
            known[node] = (short, short if short == long else long, node[0] == "[")
        nodes.append(known[node])
    return tuple(nodes)


def matches(nodes, words):
    """Whether the typed words (upper case) name this header; optional nodes may be left out."""
    at = 0
    for short, long, optional in nodes:
        if at < len(words) and (words[at] == short or words[at] == long):
            at += 1
        elif not optional:
            return False
    return at == len(words)


def unquote(text):
    """The content of a '...' or "..." string; raises Refused(-151) if it does not end where the text ends."""
    quote = text[0]
    inner = text[1:-1]
    if len(text) < 2 or text[-1] != quote or quote in inner.replace(quote * 2, ""):
        raise Refused(errors.INVALID_STRING, text)
    return inner.replace(quote * 2, quote)


def _end_of_digits(text, at):
    while at < len(text) and "0" <= text[at] <= "9":
        at += 1
    return at


def _exponent(text):
    """(exponent, what follows) of "E-3 MM"; (0, text) if there is none."""
    if text[:1] not in ("E", "e"):
        return 0, text
    tail = text[1:].lstrip()
    start = 1 if tail[:1] in ("+", "-") else 0
    end = _end_of_digits(tail, start)
    if end == start:
        return 0, text
    digits = tail[start:end].lstrip("0") or "0"
    if len(digits) > 5 or int(digits) > _EXPONENT_LIMIT:
        raise Refused(errors.EXPONENT_TOO_LARGE, text)
    return -int(digits) if tail[0] == "-" else int(digits), tail[end:].strip()


def decimal(text):
    """Reads the decimal number (NRf) that `text` starts with: (negative, digits, power, what follows).

    Its size is int(digits) * 10**power; digits has no zeros at its ends and is "" for zero. Raises Refused(-121, -123).
    """
    start = 1 if text[:1] in ("+", "-") else 0
    dot = end = _end_of_digits(text, start)
    if text[dot : dot + 1] == ".":
        end = _end_of_digits(text, dot + 1)
    fraction = text[dot + 1 : end]
    digits = text[start:dot] + fraction
    if not digits:
        raise Refused(errors.INVALID_NUMBER, text)
    exponent, rest = _exponent(text[end:].strip())
    if rest and not rest[0].isalpha():
        raise Refused(errors.INVALID_NUMBER, text)
    kept = digits.rstrip("0")
    return text[0] == "-", kept.lstrip("0"), exponent - len(fraction) + len(digits) - len(kept), rest


def fixed(value, digits):
    """Writes an integer scaled by 10**digits: fixed(1250, 3) -> "1.250"."""
    sign = "-" if value < 0 else ""
    if not digits:
        return str(value)
    text = "0" * digits + str(abs(value))
    return sign + (text[:-digits].lstrip("0") or "0") + "." + text[-digits:]


def block_header(count):
    """What stands before a definite-length block of `count` bytes: 123 -> b"#3123"."""
    digits = str(count)
    return f"#{len(digits)}{digits}".encode()


class Block:
    """A binary answer: byte buffers sent one after the other, not copied, so they must not change until they are sent.

    Buffers are bytes, bytearrays or memoryviews of single bytes (not of an array of integers).
    """

    def __init__(self, *parts):
        self._parts = parts

    def pieces(self):
        """What to send: the length, then the buffers."""
        return [block_header(sum([len(part) for part in self._parts]))] + list(self._parts)
