"""A run or a comparison as one HTML file that needs nothing beside it: no script, no network, no font.

Owns the page's order and words; figures come from figures_svg.py, the look from resources/report.css. Everything that
came from people is escaped; a redacted report also leaves out what people wrote and where files lie. Participants'
ids are in none. Must not write files. Imports numpy: only for modules imported late.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from core.analysis.comparing.comparison import Comparison, MetricRow
from core.analysis.comparing.comparison_text import bad_lines_text, date_text, interval_text, spoken
from core.analysis.comparing.config_diff import NOT_KEPT, NOT_SET, ConfigRow
from core.analysis.comparing.curve_facts import CENSORED_ABOUT, FEW, KINDS, THIN_ABOUT, drawn_curve
from core.analysis.comparing.differences import METHODS
from core.analysis.comparing.run_facts import RunFacts
from core.analysis.reports import figures_svg
from core.projections import words

STYLE: Final = Path(__file__).resolve().parents[3] / "resources" / "report.css"
WITHHELD: Final = "(withheld)"
MOST_UPRIGHT: Final = 3  # runs whose columns fit on an upright sheet; more are printed across
REDACTED: Final = " Redacted: names of runs, dates, paths and free text are left out."
# Settings whose value is one of a few words of ours, or a name in the program: no free text.
_PLAIN_SETTINGS: Final = (
    "kind", "matchmaker", "partners", "no_partner", "RTT limit over time", "matchmaker in the log",
    "group size in the log", "program version", "people", "ice_transport_policy",
)  # fmt: skip
_PLAIN_VALUES: Final = frozenset((NOT_SET, NOT_KEPT, "none", "yes", "no", "empty"))


def as_html(
    comparison: Comparison, *, every_setting: bool = False, redacted: bool = False, now_unix_s: float | None = None
) -> str:
    """The whole page; `now_unix_s` is what stands under its title, by default the time at which it is made."""
    made = date_text(time.time() if now_unix_s is None else now_unix_s)
    title = _title(comparison, redacted=redacted)
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="muted">Made by Greenroom on {escape(made)}.{REDACTED if redacted else ""}</p>',
        *_banners(comparison, redacted=redacted),
        figures_svg.legend_html(comparison, redacted=redacted),
        _figures(comparison, redacted=redacted),
        _settings(comparison, every_setting=every_setting, redacted=redacted),
        _curves(comparison),
        _reasons(comparison),
        _waiting(comparison),
        _timelines(comparison, redacted=redacted),
        _methods(comparison),
        _provenance(comparison, redacted=redacted),
    ]
    style = STYLE.read_text(encoding="utf-8")
    wide = len(comparison.runs) > MOST_UPRIGHT
    if wide:
        style += "@page { size: landscape; }\n"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        + ('<body class="wide">\n' if wide else "<body>\n")
        + "\n".join(part for part in body if part)
        + "\n</body>\n</html>\n"
    )


def _title(comparison: Comparison, *, redacted: bool) -> str:
    if len(comparison.runs) == 1:
        return "Report of a run" if redacted else f"Report of {words.plain(comparison.runs[0].run_id)}"
    return f"Comparison of {len(comparison.runs)} runs"


def _name(run: RunFacts, letter: str, *, redacted: bool) -> str:
    return f"Run {letter}" if redacted else words.plain(run.run_id)


def _banners(comparison: Comparison, *, redacted: bool) -> list[str]:
    """What a reader must not overlook."""
    found = []
    simulated = [letter for letter, run in zip(comparison.letters, comparison.runs, strict=True) if run.simulated]
    if simulated:
        which = "This run was" if len(comparison.runs) == 1 else f"{words.names(simulated)} {_was(simulated)}"
        found.append(f"{which} simulated: nobody took part.")
    for letter, run in zip(comparison.letters, comparison.runs, strict=True):
        if run.status != "complete":
            found.append(f"{letter}: the log does not say that the run ended; figures are of what is in it.")
        if run.bad_lines:
            found.append(f"{letter}: {bad_lines_text(run.bad_lines)}.")
        found += [f"{letter}: {words.plain(problem)}" for problem in run.problems if not redacted]
    return [f'<p class="banner">{escape(text)}</p>' for text in found]


def _was(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were"


# --- tables -----------------------------------------------------------------------------------------------------------


def _figures(comparison: Comparison, *, redacted: bool) -> str:
    heads = []
    for place, (letter, run) in enumerate(zip(comparison.letters, comparison.runs, strict=True)):
        baseline = " · baseline" if place == comparison.baseline and len(comparison.runs) > 1 else ""
        name = escape(_name(run, letter, redacted=redacted))
        heads.append(f'<th scope="col">{letter}{baseline}<br><span class="n">{name}</span></th>')
    rows = "".join(_figure_row(row) for row in comparison.rows)
    about = (
        "Under each value its n, then the difference to the baseline with its 95 % confidence interval: the dot is the "
        "difference, the whiskers are the interval, the dotted line is no difference. A hollow dot has no interval."
        if len(comparison.runs) > 1
        else "Under each value its n."
    )
    return (
        f"<h2>Figures</h2><p>{about}</p>"
        f'<div class="scroll"><table><thead><tr><th scope="col">Figure</th>{"".join(heads)}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _figure_row(row: MetricRow) -> str:
    span = figures_svg.span_of(row.differences)
    cells = []
    for place, (figure, difference) in enumerate(zip(row.figures, row.differences, strict=True)):
        value = escape(row.metric.text(figure.value))
        cell = f'<span class="value">{value}</span> <span class="n">n = {figure.n}</span>'
        if difference is not None:
            text = escape(interval_text(row.metric, difference))
            cell += figures_svg.whisker_svg(difference, span, place)
            cell += f'<span class="interval" title="{escape(spoken(row.metric, difference))}">{text}</span>'
            how = difference.method or f"no interval: {difference.reason}"
            cell += f'<br><span class="why">{escape(how)}</span>'
        cells.append(f"<td>{cell}</td>")
    about = f'<span class="about">{escape(row.metric.definition)}</span>'
    return f'<tr><th scope="row">{escape(row.metric.title)}{about}</th>{"".join(cells)}</tr>'


def _settings(comparison: Comparison, *, every_setting: bool, redacted: bool) -> str:
    rows = comparison.config if every_setting or len(comparison.runs) == 1 else comparison.differing
    title = "Set-up" if every_setting or len(comparison.runs) == 1 else "Set-up, where it differs"
    if not rows:
        return f"<h2>{title}</h2><p>No difference in any setting.</p>"
    heads = "".join(f'<th scope="col">{letter}</th>' for letter in comparison.letters)
    lines = "".join(_setting_row(row, comparison, redacted=redacted) for row in rows)
    return (
        f'<h2>{title}</h2><div class="scroll"><table class="settings">'
        f'<thead><tr><th scope="col">Setting</th>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _setting_row(row: ConfigRow, comparison: Comparison, *, redacted: bool) -> str:
    same = "" if row.differs or len(comparison.runs) == 1 else ' class="same"'
    values = (_redacted(row.name, value) if redacted else value for value in row.values)
    cells = "".join(f"<td>{escape(value)}</td>" for value in values)
    return f'<tr{same}><th scope="row">{escape(words.plain(row.name))}</th>{cells}</tr>'


def _redacted(name: str, value: str) -> str:
    if name.rpartition(".")[2] in _PLAIN_SETTINGS or value in _PLAIN_VALUES or _is_number(value):
        return value
    return WITHHELD


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# --- figures ----------------------------------------------------------------------------------------------------------


def _curves(comparison: Comparison) -> str:
    figures = []
    for kind in KINDS:
        parts = []
        for letter, run in zip(comparison.letters, comparison.runs, strict=True):
            curve = drawn_curve(run.curves[kind.name])
            parts.append(f"{letter}: {curve.summary(kind.unit)}" if curve.n else f"{letter}: nothing recorded")
        about = f"{kind.about} {CENSORED_ABOUT}" if kind.with_censored else kind.about
        if kind.with_censored and len(comparison.runs) > FEW:
            about = about.replace(THIN_ABOUT, "")
        figures.append(
            f"<figure><h3>{escape(kind.title)}</h3>{figures_svg.curve_svg(comparison, kind)}"
            f"<figcaption>{escape(about)}<br>{escape('. '.join(parts))}.</figcaption></figure>"
        )
    return f'<h2>Distributions</h2><div class="pair">{"".join(figures)}</div>'


def _reasons(comparison: Comparison) -> str:
    if not figures_svg.reasons_of(comparison):
        return "<h2>Rejections and failures</h2><p>Every probe led to a match, or there was none.</p>"
    return (
        "<h2>Rejections and failures by reason</h2><figure>"
        f"{figures_svg.reasons_svg(comparison)}<figcaption>Of all probes of the run that ended.</figcaption></figure>"
    )


def _waiting(comparison: Comparison) -> str:
    return (
        "<h2>People waiting</h2><figure>"
        f"{figures_svg.waiting_svg(comparison)}<figcaption>Aligned at each run's start.</figcaption></figure>"
    )


def _timelines(comparison: Comparison, *, redacted: bool) -> str:
    high_s, high_ms = figures_svg.timeline_scale(comparison.runs)
    figures = "".join(
        f"<figure><h3>{letter if not redacted else ''} {escape(_name(run, letter, redacted=redacted))}</h3>"
        f"{figures_svg.timeline_svg(run, place, high_s, high_ms)}</figure>"
        for place, (letter, run) in enumerate(zip(comparison.letters, comparison.runs, strict=True))
    )
    about = (
        "Every probe when it ended: a circle if it was accepted, a triangle if rejected, a cross at the bottom if it "
        "failed. Dashed: the RTT limit. The upright line is the run's end."
    )
    thinned = any(len(run.probes.ended_s) > figures_svg.POINTS_DRAWN for run in comparison.runs)
    if thinned:
        about += f" Of runs with more than {figures_svg.POINTS_DRAWN} probes, an even choice of them is drawn."
    return f'<h2>Timelines</h2><p>{about}</p><div class="pair">{figures}</div>'


# --- the small print --------------------------------------------------------------------------------------------------


def _methods(comparison: Comparison) -> str:
    if len(comparison.runs) == 1:
        return ""
    return f"<h2>Methods</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in METHODS)}</ul>"


def _provenance(comparison: Comparison, *, redacted: bool) -> str:
    heads = "".join(f'<th scope="col">{letter}</th>' for letter in comparison.letters)
    lines = [
        ("Run", [WITHHELD if redacted else run.run_id for run in comparison.runs]),
        ("Experiment", [WITHHELD if redacted else run.experiment or "not named" for run in comparison.runs]),
        ("People", [_people(run) for run in comparison.runs]),
        ("Started", [WITHHELD if redacted else date_text(run.started_at) for run in comparison.runs]),
        ("Lasted", [words.clock_text(run.duration_s) for run in comparison.runs]),
        ("Log", [_log_text(run) for run in comparison.runs]),
        ("Greenroom version", [run.program_version or "not recorded" for run in comparison.runs]),
        ("Read from", [WITHHELD if redacted else run.path for run in comparison.runs]),
    ]
    rows = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{escape(words.plain(text))}</td>" for text in texts)}</tr>'
        for name, texts in lines
    )
    return (
        '<h2>Where this comes from</h2><div class="scroll"><table class="provenance"><thead><tr><th scope="col"></th>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _people(run: RunFacts) -> str:
    return "SIMULATED: nobody took part" if run.simulated else run.about["people"]


def _log_text(run: RunFacts) -> str:
    return f"{run.status}, {run.event_count} events, {bad_lines_text(run.bad_lines)}"
