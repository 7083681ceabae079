"""The codec and the arguments, against values worked out by hand from IEEE 488.2 and SCPI-99, and against Decimal."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pen_sim.loader import pure

scpi = pure("pen.scpi")
errors = pure("pen.errors")
arguments = pure("pen.arguments")
Refused = errors.Refused

DEPTH = arguments.Number("MM", 3, 500, 3000, step=10)
ANY_MM = arguments.Number("MM", 3)
LARGEST = 2**31 - 1


def refusal(argument: Any, text: str) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        argument.parse(text)
    return caught.value.code, caught.value.detail


def outcome(argument: Any, text: str) -> tuple[int, int]:
    """(value, 0), or (0, error code)."""
    try:
        return argument.parse(text), 0
    except Refused as refused:
        return 0, refused.code


# --- errors


@pytest.mark.parametrize(
    ("code", "detail", "expected"),
    [
        (0, "", '0,"No error"'),
        (-221, "", '-221,"Settings conflict"'),
        (-221, "no zone", '-221,"Settings conflict;no zone"'),
        (-113, 'FOO "x"', '-113,"Undefined header;FOO ""x"""'),
        (103, "STALL", '103,"STALL"'),
        (103, "", '103,""'),
        (-300, "two\r\nlines", '-300,"Device-specific error;two  lines"'),
    ],
)
def test_an_error_is_written_as_scpi_writes_it(code: int, detail: str, expected: str) -> None:
    assert errors.text(code, detail) == expected


@given(st.integers(-499, 999), st.text(alphabet='ab";\n', max_size=400))
def test_an_errors_text_is_bounded_and_well_formed(code: int, detail: str) -> None:
    text = errors.text(code, detail)
    assert len(text) <= 255
    assert re.fullmatch(r'-?\d+,"(?:[^"\n]|"")*"', text)


def test_a_long_detail_fills_the_text_exactly() -> None:
    assert len(errors.text(-222, "x" * 400)) == 255
    assert len(errors.text(-222, "x" * 229 + '"' * 9)) == 254, "a pair of quotes stays together"


# --- splitting


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("", []),
        (" ; ;", []),
        ("*IDN?", ["*IDN?"]),
        (" ZONE cheek ;DEPT\t1.0; ", ["ZONE cheek", "DEPT\t1.0"]),
        ("NOTE 'a;b';RUN", ["NOTE 'a;b'", "RUN"]),
        ('NOTE "it\'s;";RUN', ['NOTE "it\'s;"', "RUN"]),
        ("NOTE 'it''s;x';RUN", ["NOTE 'it''s;x'", "RUN"]),
        ("RUN;NOTE 'open;RUN", ["RUN", "NOTE 'open;RUN"]),
    ],
)
def test_a_message_is_split_into_units(message: str, expected: list[str]) -> None:
    assert scpi.units(message) == expected


@given(st.text(alphabet="ab \t;,'\"", max_size=30), st.sampled_from(";,"))
def test_splitting_agrees_with_a_regular_expression(text: str, mark: str) -> None:
    piece = rf"""(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^'"{mark}])*"""
    found: list[str] = []
    at = 0
    while at <= len(text):
        match = re.compile(piece).match(text, at)
        assert match
        found.append(match[0].strip())
        at = match.end() + 1
    assert scpi.split(text, mark) == found


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("*IDN?", ("*IDN?", [])),
        ("DEPT\t 1.0 MM", ("DEPT", ["1.0 MM"])),
        ("X 1 , 2", ("X", ["1", "2"])),
        ("X ,", ("X", ["", ""])),
        ("X 'a,b',c", ("X", ["'a,b'", "c"])),
    ],
)
def test_a_unit_is_a_header_and_parameters(unit: str, expected: tuple[str, list[str]]) -> None:
    assert scpi.split_unit(unit) == expected


# --- headers


@pytest.mark.parametrize(
    ("header", "path", "words", "next_path"),
    [
        ("syst:err", [], ["SYST", "ERR"], ["SYST"]),
        ("COUN", ["SYST", "ERR"], ["SYST", "ERR", "COUN"], ["SYST", "ERR"]),
        (":ZONE", ["SYST"], ["ZONE"], []),
        (":A:B", ["SYST"], ["A", "B"], ["A"]),
        ("*cls", ["SYST"], ["*CLS"], ["SYST"]),
        ("ZONE", [], ["ZONE"], []),
    ],
)
def test_headers_follow_the_tree(header: str, path: list[str], words: list[str], next_path: list[str]) -> None:
    assert scpi.resolve(header, path) == (words, next_path)


@pytest.mark.parametrize(
    ("pattern", "header", "expected"),
    [
        ("SYSTem:ERRor[:NEXT]", "SYST:ERR", True),
        ("SYSTem:ERRor[:NEXT]", "SYSTEM:ERR:NEXT", True),
        ("SYSTem:ERRor[:NEXT]", "SYSTE:ERR", False),
        ("SYSTem:ERRor[:NEXT]", "SYST", False),
        ("SYSTem:ERRor[:NEXT]", "SYST:NEXT", False),
        ("SYSTem:ERRor[:NEXT]", "SYST:ERR:NEXT:NEXT", False),
        ("SYSTem:ERRor[:NEXT]", "SYST::ERR", False),
        ("[SOURce:]DEPTh", "DEPT", True),
        ("[SOURce:]DEPTh", "SOUR:DEPTH", True),
        ("[SOURce:]DEPTh", "SOURCE", False),
        ("A[:B]:C", "A:C", True),
        ("A[:B]:C", "A:B:C", True),
        ("*IDN", "*IDN", True),
        ("ZONE", "ZONE", True),
        ("ZONE", "", False),
    ],
)
def test_headers_match_in_long_and_short_form(pattern: str, header: str, expected: bool) -> None:
    assert scpi.matches(scpi.parse_header(pattern, {}), header.split(":")) is expected


@pytest.mark.parametrize(
    ("name", "word", "expected"),
    [
        ("MINimum", "min", True),
        ("MINimum", "Minimum", True),
        ("MINimum", "mini", False),
        ("upper_lip", "UPPER_LIP", True),
        ("upper_lip", "_", False),
        ("upper_lip", "", False),
        ("ON", "on", True),
    ],
)
def test_names_match_in_any_case(name: str, word: str, expected: bool) -> None:
    assert scpi.is_name(word, name) is expected


# --- numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.00", 1000),
        ("1.0 MM", 1000),
        ("1E0", 1000),
        ("1000 UM", 1000),
        ("1000um", 1000),
        ("+.5", 500),
        ("3.", 3000),
        ("0.0125e2", 1250),
        ("12500 e -4 mm", 1250),
        ("1.2500000000000000000000000", 1250),
        ("000000000000000000002", 2000),
        ("1E+0", 1000),
        ("1E-0000000", 1000),
        ("100000000000E-11", 1000),
    ],
)
def test_a_depth_becomes_micrometres(text: str, expected: int) -> None:
    assert DEPTH.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", -104),
        ("deep", -104),
        ("'1.0'", -104),
        ("#H1F", -104),
        (".", -121),
        ("+", -121),
        ("--1", -121),
        ("+E3", -121),
        ("1.2.3", -121),
        ("1 1", -121),
        ("1E", -131),
        ("1 HZ", -131),
        ("1 S", -131),
        ("1 M", -131),
        ("1E32001", -123),
        ("1E999999999", -123),
        ("1E-999999999", -123),
        ("1E32000", -222),
        ("1E-32000", -222),
        ("0.49", -222),
        ("3.01", -222),
        ("-1", -222),
        ("0", -222),
        ("1.005", -222),
        ("1.0001", -222),
        ("1.5 UM", -222),
        ("9" * 200, -222),
    ],
)
def test_a_depth_is_refused_with_the_standard_error(text: str, code: int) -> None:
    assert refusal(DEPTH, text)[0] == code


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("3.5", "3.5: 0.500..3.000 MM"),
        ("1.005", "1.005: steps of 0.010 MM"),
        ("1.0001", "1.0001: finer than 0.001 MM"),
        ("1 HZ", "HZ: MM expected"),
    ],
)
def test_a_refusal_names_what_would_work(text: str, detail: str) -> None:
    assert refusal(DEPTH, text)[1] == detail


def test_other_units_convert_within_their_family_only() -> None:
    seconds = arguments.Number("S", 3)
    assert (seconds.parse("5"), seconds.parse("250 MS"), seconds.parse("0E31999")) == (5000, 250, 0)
    assert arguments.Number("MS", 0).parse("2 s") == 2000
    assert arguments.Number("HZ", 1).parse("27.1 Hz") == 271
    assert refusal(arguments.Number("HZ", 1), "1 MHZ")[0] == -131
    assert refusal(arguments.Number("", 0), "1 MM")[0] == -138


def test_keywords_may_stand_for_a_number() -> None:
    argument = arguments.Number("MM", 3, keywords=("MINimum", "MAXimum"))
    assert (argument.parse("maximum"), argument.parse("min"), argument.parse("2")) == ("MAX", "MIN", 2000)
    assert refusal(argument, "mini")[0] == -104


@st.composite
def numbers(draw: st.DrawFn) -> str:
    digits = st.text(alphabet="0123456789", max_size=14)
    whole, part = draw(digits), draw(digits)
    mantissa = draw(st.sampled_from(("", "+", "-"))) + (whole or "0") + draw(st.sampled_from(("", "." + part)))
    exponent = draw(st.none() | st.integers(-20, 20))
    return mantissa + ("" if exponent is None else draw(st.sampled_from(("E", "e", " E "))) + str(exponent))


@given(numbers(), st.integers(0, 6))
def test_numbers_agree_with_decimal(text: str, digits: int) -> None:
    value = Decimal(text.replace(" ", "")).scaleb(digits)
    argument = arguments.Number("MM", digits)
    if value == int(value) and abs(value) <= LARGEST:
        assert argument.parse(text) == int(value)
    else:
        assert refusal(argument, text)[0] == -222


@given(st.text(alphabet="+-.0123456789eEmMuUhHzZ \t#'", max_size=20))
def test_a_number_is_either_understood_or_refused(text: str) -> None:
    value, code = outcome(ANY_MM, text.strip())
    assert code in {0, -104, -121, -123, -131, -222}
    assert -LARGEST <= value <= LARGEST


@given(st.integers(-LARGEST, LARGEST), st.integers(0, 6))
def test_what_is_written_reads_back(value: int, digits: int) -> None:
    text = scpi.fixed(value, digits)
    assert Decimal(text) == Decimal(value).scaleb(-digits)
    assert arguments.Number("", digits).parse(text) == value


def test_numbers_are_written_with_all_their_digits() -> None:
    assert [scpi.fixed(1250, 3), scpi.fixed(-5, 3), scpi.fixed(0, 1), scpi.fixed(7, 0)] == [
        "1.250",
        "-0.005",
        "0.0",
        "7",
    ]


# --- the other arguments


def test_a_choice_comes_as_declared() -> None:
    choice = arguments.Choice(("cheek", "upper_lip", "MINimum"))
    assert [choice.parse(text) for text in ("CHEEK", "Upper_Lip", "minimum", "MIN")] == [
        "cheek",
        "upper_lip",
        "MIN",
        "MIN",
    ]
    assert refusal(choice, "chin") == (-224, "chin: one of cheek, upper_lip, MINimum")


def test_a_boolean_is_on_or_off() -> None:
    boolean = arguments.Boolean()
    assert [boolean.parse(text) for text in ("on", "1", "OFF", "0")] == [True, True, False, False]
    assert refusal(boolean, "2")[0] == -224


@pytest.mark.parametrize(
    ("text", "expected"), [("abc_1", "abc_1"), ("'a b'", "a b"), ('"a""b"', 'a"b'), ("'it''s'", "it's"), ("''", "")]
)
def test_a_word_may_be_quoted(text: str, expected: str) -> None:
    assert arguments.Word().parse(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", -104),
        ("1a", -104),
        ("a-b", -141),
        ("a b", -141),
        ("'a", -151),
        ("'", -151),
        ("'a''", -151),
        ("'a'b'", -151),
    ],
)
def test_a_word_is_refused_with_the_standard_error(text: str, code: int) -> None:
    assert refusal(arguments.Word(), text)[0] == code


@given(st.text(alphabet="ab'\" ;", max_size=12), st.sampled_from("'\""))
def test_quoting_reads_back(content: str, quote: str) -> None:
    assert scpi.unquote(quote + content.replace(quote, quote * 2) + quote) == content


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (DEPTH, "<0.500..3.000 MM>"),
        (ANY_MM, "<MM>"),
        (arguments.Number("", 0), "<number>"),
        (arguments.Number("", 0, maximum=255, minimum=0, keywords=("MAXimum",)), "<0..255>|MAXimum"),
        (arguments.Choice(("MINimum", "MAXimum")), "MINimum|MAXimum"),
        (arguments.Boolean(), "ON|OFF"),
        (arguments.Word("note"), "<note>"),
        (arguments.Header(), "<header>"),
    ],
)
def test_every_argument_describes_itself(argument: Any, expected: str) -> None:
    assert argument.describe() == expected


# --- blocks


@pytest.mark.parametrize(("count", "expected"), [(0, b"#10"), (9, b"#19"), (123, b"#3123"), (30000, b"#530000")])
def test_a_block_tells_its_length(count: int, expected: bytes) -> None:
    assert scpi.block_header(count) == expected


def test_a_block_hands_out_its_very_buffers() -> None:
    parts = bytearray(b"ab"), memoryview(b"cde")
    pieces = scpi.Block(*parts).pieces()
    assert pieces[0] == b"#15"
    assert pieces[1] is parts[0]
    assert pieces[2] is parts[1]
