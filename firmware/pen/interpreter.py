"""Puts the command interpreter together: every row there is, and the registers behind them."""

from pen import command, commands, common, operator_commands
from pen.engine import Engine
from pen.status import Status


def interpreter(app):
    """The engine of this pen; its status also receives the pen's faults."""
    pen = commands.Pen(app)
    engine = Engine(commands.rows(pen), Status(), app.busy)
    engine.add(operator_commands.rows(app))
    engine.add(common.rows(engine, pen))
    command.complete()
    return engine
