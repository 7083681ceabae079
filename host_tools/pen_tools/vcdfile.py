"""`--vcd`: what a logic analyser at the simulated pen's pins would have seen."""

from __future__ import annotations

from pathlib import Path

from pen_tools.record import Record


def save(path: Path, record: Record) -> None:
    """Writes it; time 0 is when the pen was switched on. Raises OSError."""
    from pen_sim import vcd

    rig = record.opened.rig
    assert rig
    session = [(at_s, event) for at_s, event, _ in record.events if event in vcd.STATES]
    with path.open("w", encoding="ascii", newline="\n") as file:
        vcd.write(file, rig.machine, session, identity=str(record.opened.identity))
