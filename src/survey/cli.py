"""The command `survey`: what every verb has in common, from signals to exit status.

Nothing heavy is imported before the signal handlers stand; the verbs are in `commands`.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import NoReturn, TextIO

from survey.answer import Answer
from survey.errors import Problem, SurveyError
from survey.writing import signals

SHOWN = 100
#: One thread a sum: another number of threads adds in another order and changes the last digit.
THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
OUTSIDE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command line and end with its exit status."""
    signals.end_by_signal()
    os.environ.update(dict.fromkeys(THREADS, "1"))
    gc.set_threshold(200_000, 50, 50)  # a command lives for seconds and makes few cycles: a tenth of its time
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter is no fault
    argv = list(sys.argv[1:] if arguments is None else arguments)
    answer = _answer(argv)
    try:
        _tell(answer, as_json="--json" in argv)
    except BrokenPipeError:  # the reader has seen enough
        _silence(sys.stdout)
    except OSError as error:
        _silence(sys.stdout)
        unsaid = Problem("standard output", found=os.strerror(error.errno or 0).lower(), expected="room for the answer")
        answer = replace(answer, problems=(*answer.problems, unsaid))
    try:
        _complain(answer)
    except OSError:
        _silence(sys.stderr)
    sys.exit(answer.status)


def _answer(argv: list[str]) -> Answer:
    """The verb's answer; empty where help was shown."""
    from typer import TyperException

    from survey.commands import app

    try:
        given = app(args=argv or ["--help"], prog_name="survey", standalone_mode=False)
        return given if isinstance(given, Answer) else Answer()
    except SurveyError as error:
        return Answer(problems=error.problems)
    except TyperException as error:  # what the command line itself gets wrong
        said = getattr(error, "format_message", error.__str__)()
        return Answer(problems=(Problem(found=said, hint="See `survey --help`."),))
    except Exception as error:
        if isinstance(error, OSError) and error.errno in OUTSIDE:
            from survey.writing.staging import HINTS

            said = os.strerror(error.errno or 0).lower()
            hint = HINTS.get(error.errno or 0, "")
            return Answer(problems=(Problem(found=f"{said}; earlier outputs are untouched", hint=hint),))
        traceback.print_exc()
        return Answer(problems=(Problem(found=f"a fault of the program: {type(error).__name__}"),), fault=True)


def _tell(answer: Answer, as_json: bool) -> None:
    if as_json:
        print(_json(answer))
    for line in () if as_json else answer.lines:
        print(_printable(line))
    sys.stdout.flush()


def _complain(answer: Answer) -> None:
    said = [f"note: {note}" for note in answer.notes] + [_sentence(p) for p in answer.problems[:SHOWN]]
    if len(answer.problems) > SHOWN:
        said.append(f"and {len(answer.problems) - SHOWN} more problems; --json lists all")
    for line in said:
        print(f"survey: {_printable(line)}", file=sys.stderr)
    sys.stderr.flush()


def _silence(stream: TextIO) -> None:
    """Send the rest of a stream that takes no more to nowhere: an exit flush would change the status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _sentence(problem: Problem) -> str:
    """The problem as one line; a plain message stands as it is."""
    if any((problem.file, problem.row, problem.column, problem.expected)):
        return str(problem)
    return f"{problem.found.rstrip('.')}. {problem.hint}" if problem.hint else problem.found


def _printable(line: str) -> str:
    """The line without what would steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in line)


def _json(answer: Answer) -> str:
    document = {
        "status": answer.status,
        "problems": [asdict(problem) for problem in answer.problems],
        "outputs": list(answer.outputs),
        "written": list(answer.written),
        "notes": list(answer.notes),
        **answer.extra,
    }
    return json.dumps(document, indent=1, ensure_ascii=False)
