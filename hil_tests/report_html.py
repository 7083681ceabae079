"""The report as one HTML page that needs nothing but itself. Colour never says anything that a word does not say too."""

from __future__ import annotations

from html import escape
from typing import Any

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2024;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #e3e6ea;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.passed{color:#116329}.failed{color:#a40e26;font-weight:600}.skipped{color:#6a5300}
.bar{position:relative;width:10rem;height:.7rem;background:#e3e6ea;border-radius:.35rem;margin-top:.35rem}
.bar i{position:absolute;top:-.15rem;width:.2rem;height:1rem;background:#116329}.bar i.failed{background:#a40e26}
details{margin:.2rem 0}summary{cursor:pointer}small{color:#59636e}
"""


def page(data: dict[str, Any]) -> str:
    """The whole page."""
    title = f"Pen at {data['target']}: " + ("failed" if data["totals"]["failed"] else "passed")
    parts = [f"<h1>{escape(title)}</h1>", _facts(data), "<h2>Requirements</h2>", _requirements(data["requirements"])]
    parts.append("<h2>Tests</h2>")
    parts += [_test(test) for test in sorted(data["tests"], key=_worst_first)]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _worst_first(test: dict[str, Any]) -> tuple[int, str]:
    return ("failed", "passed", "skipped").index(test["outcome"]), test["test"]


def _facts(data: dict[str, Any]) -> str:
    totals = ", ".join(f"{count} {word}" for word, count in data["totals"].items())
    names = ("target", "board", "serial_number", "firmware", "identity", "seed", "date", "commit")
    rows = [(name.replace("_", " "), data[name]) for name in names] + [("tests", totals)]
    lines = [f"<tr><th>{escape(name)}</th><td>{_shown(value)}</td></tr>" for name, value in rows]
    return f"<table>{''.join(lines)}</table>"


def _shown(value: object) -> str:
    return "-" if value in (None, "") else escape(str(value))


def _requirements(found: dict[str, str]) -> str:
    lines = [f'<tr><th>{escape(name)}</th><td class="{word}">{word}</td></tr>' for name, word in found.items()]
    return f"<table>{''.join(lines)}</table>"


def _test(test: dict[str, Any]) -> str:
    word = test["outcome"]
    opened = " open" if word == "failed" else ""
    head = f'<span class="{word}">{word}</span> {escape(test["test"])} <small>{test["seconds"]:.2f} s</small>'
    reason = f"<p>{escape(test['reason'])}</p>" if test["reason"] else ""
    rows = "".join(_row(row) for row in test["measurements"])
    table = f"<table>{rows}</table>" if rows else ""
    return f"<details{opened}><summary>{head}</summary>{reason}{table}</details>"


def _row(row: dict[str, Any]) -> str:
    word = "passed" if row["ok"] else "failed"
    limits = f"{_number(row['low'])} to {_number(row['high'])} {escape(row['unit'])}"
    value = f"{_number(row['value'])} {escape(row['unit'])}"
    cells = (
        f"<td>{escape(row['name'])}</td>",
        f'<td class="n">{value}</td>',
        f"<td>{_bar(row)}</td>",
        f"<td>{limits}</td>",
        f'<td class="{word}">{word}</td>',
    )
    return f"<tr>{''.join(cells)}</tr>"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _bar(row: dict[str, Any]) -> str:
    """The value's place in its range; nothing for a range that is open at one end, or a single point."""
    low, high, value = row["low"], row["high"], row["value"]
    if low is None or high is None or value is None or high <= low:
        return ""
    percent = min(max((value - low) / (high - low), 0.0), 1.0) * 100
    mark = "" if row["ok"] else ' class="failed"'
    return f'<div class="bar"><i{mark} style="left:calc({percent:.1f}% - .1rem)"></i></div>'
