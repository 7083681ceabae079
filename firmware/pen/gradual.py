"""Long answers, made a few parts a turn: all of one would keep the foreground from its heartbeat."""

from pen.engine import HOLD


class Gradual:
    """Answers under way. One that is given up is taken up again by the next who asks for the same."""

    def __init__(self):
        self._made = {}

    def answer(self, name, items, make, join, at_once):
        """The answer called `name`: HOLD until `make(item)` has been called for all items, `at_once` of them a call; then `join` of what it made.

        `items` may lose some at its beginning meanwhile, as a ring does; then the answer lacks as many at its end.
        """
        made = self._made.setdefault(name, [])
        for item in items[len(made) : len(made) + at_once]:
            made.append(make(item))
        if len(made) < len(items):
            return HOLD
        return join(self._made.pop(name))
