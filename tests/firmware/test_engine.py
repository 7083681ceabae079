"""The interpreter, unit by unit: what is executed, what is answered, what is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure
from tests.firmware.console_bench import Bench, Command
from tests.firmware.support import Pen

engine_module = pure("pen.engine")
scpi = pure("pen.scpi")
arguments = pure("pen.arguments")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def execute(bench: Bench, message: str) -> list[bytes]:
    """The answers of all units that are executed without waiting."""
    answers: list[bytes] = []
    bench.engine.start(message)
    while bench.engine.active and not bench.engine.held:
        if pieces := bench.engine.step():
            answers.append(b"".join(pieces))
    return answers


@pytest.mark.parametrize(
    ("message", "did"),
    [
        ("ZONE cheek", [("ZONE", "cheek")]),
        ("dept 1.25 mm", [("DEPT", 1250)]),
        ("DEPTH 1;ZONE upper_lip", [("DEPT", 1000), ("ZONE", "upper_lip")]),
        ("NOTE 'a;b,c'", [("NOTE", "a;b,c")]),
        ("NOTE", [("NOTE", None)]),
        (":ZONE cheek;:ZONE cheek", [("ZONE", "cheek")] * 2),
        ("SYST:ERR?;*CLS;COUN?", []),
        ("", []),
        (" ; ", []),
    ],
)
def test_commands_get_their_parsed_argument(bench: Bench, message: str, did: list[object]) -> None:
    execute(bench, message)
    assert bench.did == did


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("FOO", -113),
        ("FOO?", -113),
        ("?", -113),
        (":", -113),
        ("SYST", -113),
        ("RUN?", -113),
        ("TRAC", -113),
        ("SYST:ERR?;ZONE cheek", -113),
        ("ZONEcheek", -113),
        ("DEPT", -109),
        ("DEPT 1,2", -108),
        ("RUN 1", -108),
        ("DEPT? MIN,MAX", -108),
        ("DEPT? 1", -224),
        ("DEPT 9", -222),
        ("NOTE 'open", -151),
        ("NOTE 'open;RUN", -151),
    ],
)
def test_bad_input_gets_the_standard_error_and_changes_nothing(bench: Bench, message: str, code: int) -> None:
    execute(bench, message)
    assert bench.did == []
    assert [int(error.split(",")[0]) for error in bench.errors()] == [code]
    assert bench.engine.error_code == code


def test_a_unit_that_fails_ends_its_message(bench: Bench) -> None:
    answers = execute(bench, "ZONE cheek;DEPT?;DEPT 9;ZONE cheek;DEPT?")
    assert (bench.did, answers) == ([("ZONE", "cheek")], [b"1.000"])
    assert bench.errors() == ['-222,"Data out of range;9: 0.500..3.000 MM"']
    assert not bench.engine.active


def test_the_next_message_forgets_the_former_ones_error_and_path(bench: Bench) -> None:
    execute(bench, "SYST:VERS?;FOO")
    assert execute(bench, "DEPT?") == [b"1.000"]
    assert bench.engine.error_code == 0


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("bug", '-300,"Device-specific error;ValueError bad value"'),
        ("memory", '-321,"Out of memory"'),
        ("refused", '-221,"Settings conflict;no ""zone"""'),
        ("fault", '103,"STALL"'),
        ("unheard_of", "-300,\"Device-specific error;KeyError 'unheard_of'\""),
    ],
)
def test_whatever_a_handler_raises_becomes_an_error(bench: Bench, how: str, error: str) -> None:
    execute(bench, f"BRE {how};RUN")
    assert bench.errors() == [error]
    assert bench.did == []


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("text", b"text"),
        (7, b"7"),
        (True, b"1"),
        (False, b"0"),
        ((1, "a", True), b"1,a,1"),
        ([], b""),
        (b"abc", b"#13abc"),
        (bytearray(b"abc"), b"#13abc"),
        (memoryview(b"abc"), b"#13abc"),
        (b"", b"#10"),
    ],
)
def test_answers_are_written_by_their_type(bench: Bench, value: object, answer: bytes) -> None:
    bench.engine.add([Command("VALue", "A value.", query=lambda: value)])
    assert execute(bench, "VAL?") == [answer]


@pytest.mark.parametrize("value", [None, 1.5, object(), [None]])
def test_a_query_that_answers_nothing_sensible_is_an_error(bench: Bench, value: object) -> None:
    bench.engine.add([Command("VALue", "A value.", query=lambda: value)])
    assert execute(bench, "VAL?") == []
    assert bench.errors()[0].startswith('-300,"Device-specific error;TypeError no answer: ')
    assert not bench.status.message_available


def test_a_block_is_not_copied(bench: Bench) -> None:
    bench.engine.start("TRAC?")
    assert bench.engine.step()[1] is bench.blob


def test_a_held_unit_is_tried_again_and_the_rest_waits(bench: Bench) -> None:
    bench.pen.is_busy = True
    assert execute(bench, "*OPC?;ZONE cheek") == []
    assert (bench.engine.held, bench.engine.active) == (True, True)
    assert bench.engine.step() == []
    bench.pen.is_busy = False
    assert bench.engine.step() == [b"1"]
    assert bench.engine.step() == []
    assert bench.did == [("ZONE", "cheek")]
    assert not bench.engine.active


def test_a_held_unit_may_fail(bench: Bench) -> None:
    outcomes: list[Any] = [engine_module.HOLD, ZeroDivisionError("late")]

    def late() -> object:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    bench.engine.add([Command("LATE", "Fails late.", command=late)])
    execute(bench, "LATE")
    bench.engine.step()
    assert not bench.engine.active
    assert bench.errors() == ['-300,"Device-specific error;ZeroDivisionError late"']


def test_an_abandoned_message_is_over(bench: Bench) -> None:
    bench.pen.is_busy = True
    execute(bench, "*WAI;ZONE cheek")
    bench.engine.abandon()
    bench.pen.is_busy = False
    assert (bench.engine.held, bench.engine.active) == (False, False)
    assert execute(bench, "DEPT?") == [b"1.000"]
    assert bench.did == []


def test_headers_with_an_optional_start_are_found_both_ways(bench: Bench) -> None:
    bench.engine.add([Command("[SOURce:]LEVel", "Level.", query=lambda: 5)])
    bench.engine.add([Command("[OUTPut]", "All optional.", query=lambda: 6)])
    assert execute(bench, "LEV?;:SOUR:LEVEL?;:SOURCE:LEV?;:OUTP?") == [b"5", b"5", b"5", b"6"]


@pytest.mark.parametrize(
    ("header", "query", "argument", "query_argument", "short", "usage"),
    [
        ("SYSTem:ERRor[:NEXT]", True, None, None, "SYST:ERR", "SYSTem:ERRor[:NEXT]?"),
        ("RUN", False, arguments.Number("S", 1, 1, 600), None, "RUN", "RUN <0.1..60.0 S>"),
        (
            "DEPTh",
            True,
            arguments.Number("MM", 2, 50, 300),
            arguments.Choice(("MINimum", "MAXimum"), optional=True),
            "DEPT",
            "DEPTh <0.50..3.00 MM>, DEPTh? [MINimum|MAXimum]",
        ),
    ],
)
def test_a_row_tells_how_it_is_typed(
    header: str, query: bool, argument: Any, query_argument: Any, short: str, usage: str
) -> None:
    row = Command(
        header,
        "Help.",
        query=print if query else None,
        command=print if argument else None,
        argument=argument,
        query_argument=query_argument,
    )
    assert (row.short(), row.usage()) == (short, usage)


# Names that are the short form of one node and the long form of another, or one of them.
ALIKE = ("AB", "ABc", "ABCd", "ABC", "ABcde:X", "ABc:X", "AB[:XYz]", "Xyz:AB")


@given(st.permutations(ALIKE))
def test_a_header_is_found_by_each_of_its_forms_in_whatever_order_rows_are_added(headers: list[str]) -> None:
    """The first of those which it may mean."""
    bench = Bench()
    rows = [Command(header, header, query=lambda: 1) for header in headers]
    bench.engine.add(rows)
    forms = (
        "AB",
        "ABC",
        "ABCD",
        "ABCDE:X",
        "AB:X",
        "ABC:X",
        "AB:XY",
        "ABC:XY",
        "AB:XYZ",
        "X:AB",
        "XYZ:AB",
        "XYZ",
        "ABX",
    )
    for form in forms:
        words = form.split(":")
        meant = [row for row in rows if scpi.matches(row.nodes, words)]
        assert bench.engine.find(words) is (meant[0] if meant else None)


def test_equal_nodes_take_memory_once() -> None:
    """Of all rows of a pen, and nothing is left of how that was found."""
    machine = Pen().machine
    nodes = [node for row in machine.app.engine.commands for node in row.nodes]
    assert len({id(node) for node in nodes}) == len(set(nodes)) < len(nodes)
    assert not vars(machine.importer.load("pen.command"))["_known"]
