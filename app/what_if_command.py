"""`main.py what-if`: runs re-enacted under other limits, with how far it is on stderr.

Owns which files are written and what is said meanwhile and afterwards. Must not re-enact or lay out (core/analysis
does). The console's page asks by this command, too (`--stream`): a process of its own, so that no window waits for it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import msgspec

from app import exits, output_files, until_eof
from core.analysis.json_text import json_text
from core.analysis.what_if import answer as wi
from core.analysis.what_if import sweep as what_if_sweep
from core.analysis.what_if import text as what_if_text
from core.projections import words

STOPPED: Final = "stopped: the figures above are all there are; no file was written."
STOPPED_EARLY: Final = "stopped before the first limit was reached; no file was written."


def run(
    question: wi.Question, *, csv_file: Path | None = None, json_file: Path | None = None, html_file: Path | None = None
) -> int:
    """Print the answers as tables, and write the files asked for. Raises Failure."""
    output_files.check({"--csv": csv_file, "--json": json_file, "--html": html_file})
    answers: dict[str, wi.WhatIf] = {}
    refused: list[str] = []
    line = _ProgressLine()

    def tell(news: wi.News) -> None:
        if isinstance(news, wi.Refusal):
            refused.append(news.sentence)
            line.clear()
            exits.say(news.sentence)
        elif isinstance(news, wi.Started):
            answers[news.answer.path] = news.answer
            line.reached(0, news.limits, news.answer.run)
        elif isinstance(news, wi.Drawn):
            line.drawn(news)
        else:
            answers[news.path].points.append(news.point)
            line.reached(news.done, news.of, answers[news.path].run)

    try:
        what_if_sweep.ask(question, tell)
    except KeyboardInterrupt:
        line.clear()
        _print(answers)
        exits.say(STOPPED if any(answer.points for answer in answers.values()) else STOPPED_EARLY)
        return exits.INTERRUPTED
    line.clear()
    if not answers:
        return exits.LOGS_FOLDER  # what is wrong was said of each
    try:  # the files first: whoever reads the text may stop reading before it is all printed
        _write(list(answers.values()), csv_file, json_file, html_file)
    finally:
        _print(answers)
    return exits.LOGS_FOLDER if refused else exits.FINE


def stream(question: wi.Question) -> int:
    """Each piece of news as a line of JSON on stdout, for the program that started this one; gone when it is."""
    until_eof.call_at_eof(lambda: os._exit(exits.FINE))
    if hasattr(os, "nice"):
        os.nice(10)  # an engine that measures may be running beside
    out = sys.stdout.buffer

    def tell(news: wi.News) -> None:
        out.write(msgspec.json.encode(news) + b"\n")
        out.flush()

    what_if_sweep.ask(question, tell)
    return exits.FINE


def _print(answers: dict[str, wi.WhatIf]) -> None:
    if texts := [what_if_text.as_text(answer) for answer in answers.values() if answer.points]:
        print("\n\n".join(texts))


def _write(answers: list[wi.WhatIf], csv_file: Path | None, json_file: Path | None, html_file: Path | None) -> None:
    if csv_file is not None:
        output_files.write(csv_file, what_if_text.as_csv(answers).encode("utf-8-sig", "replace"))
    if json_file is not None:
        output_files.write(json_file, json_text(answers))
    if html_file is not None:
        from core.analysis.reports import what_if_html

        output_files.write(html_file, what_if_html.as_html(answers).encode())


class _ProgressLine:
    """One line on a terminal's stderr that is written anew; elsewhere a line a limit would only be in the way."""

    def __init__(self) -> None:
        self._shown = False
        self._limits = ""

    def reached(self, done: int, of: int, run: str) -> None:
        self._limits = f"{done} of {of} limits  {words.plain(run)}"
        self._print(self._limits)

    def drawn(self, news: wi.Drawn) -> None:
        self._print(f"{self._limits}  {wi.limit_text(news.limit_ms)} {words.percent(news.share)}")

    def _print(self, text: str) -> None:
        if sys.stderr.isatty():
            self._shown = True
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = False
