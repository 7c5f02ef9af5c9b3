"""Exit codes, and the one sentence on stderr that goes with each.

Owns which failure ends in which code. Must not import what raises them before it was needed: a failure's own module is
loaded by then.
"""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Callable

FINE = 0
UNEXPECTED = 1
COMMAND_LINE = 2  # argparse's own
EXPERIMENT = 3
PORT_TAKEN = 4
LOGS_FOLDER = 5
NO_DISPLAY = 6
NO_NETWORK = 7
ENGINE_RUNNING = 8
CHECK_FAILED = 9
INTERRUPTED = 130  # as shells count an end by Ctrl-C

PREFIX = "greenroom: "
WARNING = "warning: "

LIKENESSES = {"−": "-", "–": "-", "…": "...", "→": "->", "×": "x", "“": '"', "”": '"', "\u2068": "", "\u2069": ""}


class Failure(Exception):
    """Something that was to be expected went wrong: the message says what, where and what to do; `code` is the exit
    code, `details` whatever else is known.
    """

    def __init__(self, code: int, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.details = details


def code_of(run: Callable[[], int]) -> int:
    """Run a command; an expected failure becomes a sentence on stderr and its exit code.

    So does a file that fails where nobody saw it coming: the system says which, and why.
    """
    try:
        code = run()
        if sys.stdout is not None:
            sys.stdout.flush()  # or the interpreter would, at its end, and complain in its own words
        return code
    except Failure as failure:
        say(str(failure))
        return failure.code
    except BrokenPipeError:
        # Whoever read the output has seen enough (`main.py runs | head`); the interpreter would complain again at exit.
        sys.stdout = None
        return FINE
    except OSError as error:
        _drop_what_cannot_be_printed()
        say(f"The system refused: {error}. Look after that and try again.")
        return UNEXPECTED


def print_whatever_comes() -> None:
    """Where the output has no place for a character, as files on Windows have none for many, a likeness is printed."""
    codecs.register_error("likeness", _likeness)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="likeness")


def _likeness(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(LIKENESSES.get(character, "?") for character in missing), error.end


def _drop_what_cannot_be_printed() -> None:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        sys.stdout = None  # it was the output that failed; at its end, the interpreter would try once more


def say(sentence: str) -> None:
    """A sentence for whoever typed the command."""
    print(f"{PREFIX}{sentence}", file=sys.stderr, flush=True)


def warn(sentence: str) -> None:
    """As `say`, for what does not stop anything."""
    say(f"{WARNING}{sentence}")
