"""The campaign as one HTML page that needs nothing but itself. Colour never says anything that a word does not say too."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import inf

from pen_tools.campaign import pictures, replay
from pen_tools.campaign.outcomes import ORDER, Outcome
from pen_tools.campaign.summary import Summary, Worst
from pen_tools.campaign.work import Judged

PICTURES_MOST = 12  # of runs that failed; the worst of each class come first
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1c2024;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem;margin:1.2rem 0 .2rem}
table{border-collapse:collapse}td,th{text-align:left;padding:.2rem .7rem;border-bottom:1px solid #e3e6ea;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.safe{color:#116329}.wrong{color:#8a4b00;font-weight:600}.unsafe{color:#a40e26;font-weight:600}.none{color:#b6bcc4}
.scroll{overflow-x:auto}th.up{writing-mode:vertical-rl;transform:rotate(180deg);vertical-align:bottom;white-space:nowrap}
img{max-width:100%;height:auto;border:1px solid #e3e6ea}code{background:#f3f4f6;padding:.1rem .3rem}small{color:#59636e}
"""


def page(found: Summary) -> str:
    """The whole page; the runs that are shown on it are played again for their pictures."""
    kinds = found.kinds()
    failed = kinds["unsafe"] + kinds["wrong"]
    verdict = (
        "every run was safe and named rightly" if not failed else f"{kinds['unsafe']} unsafe, {kinds['wrong']} wrong"
    )
    title = f"{len(found.found)} runs with faults: {verdict}"
    parts = [f"<h1>{escape(title)}</h1>", _facts(found), "<h2>Outcomes</h2>", _outcomes(found)]
    parts += ["<h2>Outcomes by fault</h2>", _matrix(found, "fault", found.by_fault())]
    parts += [
        "<h2>Outcomes by the moment of the fault</h2>",
        _matrix(found, "moment", found.by_phase()),
        "<h2>Worst cases</h2>",
        _worst(found),
    ]
    parts += ["<h2>Distributions</h2>", _image(pictures.spreads_png(found.found), "histograms")]
    parts += _runs(found)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _facts(found: Summary) -> str:
    rows = [(name.replace("_", " "), str(value)) for name, value in found.ground.key(found.seed).items() if value != ""]
    rows.append(("runs", f"{len(found.found)} of {found.asked}"))
    rows.append(("processor time of a run", f"{found.cpu_s():.3f} s"))
    return _table((), [[_cell(name), _cell(value)] for name, value in rows])


def _outcomes(found: Summary) -> str:
    rows = [
        [
            _cell(str(outcome), outcome.kind),
            _cell(str(outcome.kind), outcome.kind),
            _number(str(count)),
            _cell(outcome.meaning),
        ]
        for outcome, count in found.outcomes.items()
    ]
    return _table(("outcome", "kind", "runs", "what it means"), rows)


def _matrix(found: Summary, what: str, groups: Mapping[str, Sequence[Judged]]) -> str:
    """A row for each group, a column for each class that occurs."""
    shown = list(found.outcomes)
    head = "".join(f'<th class="up {outcome.kind}">{escape(outcome)}</th>' for outcome in shown)
    lines = [f'<tr><th>{what}</th><th class="n">runs</th>{head}</tr>']
    for name, runs in groups.items():
        cells = "".join(_count(runs, outcome) for outcome in shown)
        lines.append(f"<tr>{_cell(name)}{_number(str(len(runs)))}{cells}</tr>")
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def _count(runs: Sequence[Judged], outcome: Outcome) -> str:
    count = sum(each.verdict.outcome is outcome for each in runs)
    return f'<td class="n {outcome.kind if count else "none"}">{count or "-"}</td>'


def _worst(found: Summary) -> str:
    """Of the campaign, and of each fault."""
    rows = [
        [_cell(name), *(_extreme(runs, which) for which in ("beyond_cap_um", "out_percent", "off_s", "off_percent"))]
        for name, runs in found.by_fault().items()
    ]
    return _table(
        (
            "fault",
            "tip less cap, um",
            "needles out under power, of the time allowed, %",
            "seen to drive off, ms",
            "of the time allowed, %",
        ),
        rows,
    )


def _extreme(runs: Sequence[Judged], which: str) -> str:
    factor = 1e3 if which.endswith("_s") else 1
    known = [(value, each) for each in runs if (value := getattr(each.verdict, which)) is not None]
    if not known:
        return _number("-")
    value, each = max(known, key=lambda pair: pair[0])
    words = "stayed on" if value == inf else f"{value * factor:.2f}"
    return f'<td class="n">{words} <small>{each.run.scenario.name}</small></td>'


def _runs(found: Summary) -> list[str]:
    """What failed, and the extremes of the rest, each with its picture."""
    failed = _one_of_each_first(found.failed)
    extremes = {each.judged.run.scenario.number: each for each in found.worst()}
    chosen = [*failed[:PICTURES_MOST], *(each.judged for each in extremes.values() if each.judged not in failed)]
    replayed = dict(
        zip(
            [id(each) for each in chosen],
            replay.again(found.ground, [each.run.scenario for each in chosen]),
            strict=True,
        )
    )
    parts: list[str] = []
    if failed:
        parts.append(f"<h2>Runs that failed ({len(failed)})</h2>")
        parts += [_run(found, each, replayed.get(id(each))) for each in failed]
    parts.append("<h2>The extremes</h2>")
    for each in extremes.values():
        parts.append(f"<h3>{escape(_said(each))}</h3>")
        if each.judged not in failed:
            parts.append(_run(found, each.judged, replayed[id(each.judged)]))
    return parts


def _said(each: Worst) -> str:
    value = "the drive stayed on" if each.value == inf else f"{each.value:.2f} {each.unit}"
    return f"greatest {each.what}: {value}, run {each.judged.run.scenario.name}"


def _one_of_each_first(failed: Sequence[Judged]) -> list[Judged]:
    """So that many of one class do not hide the others."""
    seen: set[tuple[Outcome, str]] = set()
    first: list[Judged] = []
    for each in failed:
        kind = (each.verdict.outcome, each.run.scenario.fault)
        if kind not in seen:
            seen.add(kind)
            first.append(each)
    return [
        *sorted(first, key=lambda each: ORDER.index(each.verdict.outcome)),
        *(each for each in failed if each not in first),
    ]


def _run(found: Summary, each: Judged, replayed: replay.Replayed | None) -> str:
    outcome = each.verdict.outcome
    reasons = "".join(f"<br>{escape(reason)}" for reason in each.verdict.reasons)
    words = f'<p><span class="{outcome.kind}">{escape(outcome)}</span> {each.run.scenario.name}: {escape(each.run.scenario.words())}{reasons}'
    picture = (
        _image(pictures.course_png(replayed), f"the tip's course in run {each.run.scenario.name}") if replayed else ""
    )
    return f"{words}<br><code>{escape(found.replay(each))}</code></p>{picture}"


def _image(png: bytes, what: str) -> str:
    return f'<img alt="{escape(what)}" src="data:image/png;base64,{b64encode(png).decode()}">'


def _cell(text: str, style: str = "") -> str:
    return f'<td class="{style}">{escape(text)}</td>' if style else f"<td>{escape(text)}</td>"


def _number(text: str) -> str:
    return f'<td class="n">{escape(text)}</td>'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    names = f"<tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>" if head else ""
    return f"<table>{names}{''.join(f'<tr>{chr(10).join(row)}</tr>' for row in rows)}</table>"
