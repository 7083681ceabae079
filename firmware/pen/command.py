"""The row of the table of commands: what there is, how it is typed, and what it calls."""

from pen.scpi import parse_header

_known = {}  # nodes of headers, while rows are made


class Command:
    """One row of the table of commands.

    header: "SYSTem:ERRor[:NEXT]", capitals are the short form. help: one sentence without ";".
    command, query: what is called for `HEADer` and `HEADer?`, None if there is no such form.
    argument, query_argument: its one argument (see pen.arguments), None if it takes none; the value is what is passed.

        Command("DEPTh", "Depth of the strokes.", query=pen.depth, query_argument=Choice(LIMITS, optional=True),
                command=pen.set_depth, argument=Number("MM", 3, 500, 3000, step=10))

    A query returns str, int, bool (1 or 0), a tuple or list of these (joined by ","), bytes-like or a Block (sent as a
    definite-length block). A handler refuses by raising Refused, and waits by returning HOLD.
    """

    query = command = argument = query_argument = None  # an attribute of its own costs a row eight bytes

    def __init__(self, header, help, query=None, command=None, argument=None, query_argument=None):
        self.header = header
        self.help = help
        if query:
            self.query = query
        if command:
            self.command = command
        if argument:
            self.argument = argument
        if query_argument:
            self.query_argument = query_argument
        self.nodes = parse_header(header, _known)

    def short(self):
        """The shortest header that works, without "?", such as "SYST:ERR"."""
        return ":".join([short for short, _, optional in self.nodes if not optional])

    def usage(self):
        """How to type it: "DEPTh <0.500..3.000 MM>, DEPTh? [MINimum|MAXimum]"."""
        forms = []
        if self.command:
            forms.append(_form(self.header, self.argument))
        if self.query:
            forms.append(_form(self.header + "?", self.query_argument))
        return ", ".join(forms)


def complete():
    """No more rows are made, for now: what only that needs is forgotten."""
    _known.clear()


def _form(header, argument):
    if not argument:
        return header
    shown = argument.describe()
    return f"{header} [{shown}]" if argument.optional else f"{header} {shown}"
