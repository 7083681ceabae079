"""Strokes and depth given to each zone in this session, for DOSE?."""


class Dose:
    """Counts since power-up or *RST."""

    def __init__(self):
        self.clear()

    def clear(self):
        """Forgets all counts."""
        self._zones = {}

    def add(self, zone, strokes, peak_um):  # [SR-18]
        """Puts `strokes` of `peak_um` down to `zone`."""
        before, depth_um = self._zones.get(zone, (0, 0))
        self._zones[zone] = (before + strokes, depth_um + strokes * peak_um)

    def strokes(self, zone):
        """Strokes that `zone` has had."""
        return self._zones.get(zone, (0, 0))[0]

    def rows(self):
        """[(zone, strokes, mean depth in um)], by name."""
        return [(zone, count, total // count) for zone, (count, total) in sorted(self._zones.items())]
