"""The command `survey`: what every verb has in common, from signals to exit status.

Nothing heavy is imported before the signal handlers stand; the verbs are in `commands`.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn

from survey.errors import Problem, SurveyError
from survey.writing import signals

DONE, FAULT, REFUSED = 0, 1, 2
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


@dataclass(frozen=True)
class Answer:
    """What a verb says: lines for people, names for programs.

    Attributes
    ----------
    outputs, written : files relative to the output root: those of the verb, and those it wrote now.
    extra : further keys of ``--json``.
    """

    lines: Sequence[str] = ()
    outputs: Sequence[str] = ()
    written: Sequence[str] = ()
    problems: Sequence[Problem] = ()
    notes: Sequence[str] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """Exit status."""
        return REFUSED if self.problems else DONE


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command line and end with its exit status."""
    signals.end_by_signal()
    os.environ.update(dict.fromkeys(THREADS, "1"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter is no fault
    argv = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = _tell(_answer(argv), as_json="--json" in argv)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = DONE
    sys.exit(status)


def _answer(argv: list[str]) -> Answer | int:
    """The verb's answer, or an exit status where everything has been said."""
    from typer import TyperException

    from survey.commands import app

    try:
        given = app(args=argv or ["--help"], prog_name="survey", standalone_mode=False)
        return given if isinstance(given, Answer) else int(given or DONE)
    except SurveyError as error:
        return Answer(problems=error.problems)
    except TyperException as error:  # what the command line itself gets wrong
        said = getattr(error, "format_message", error.__str__)()
        return Answer(problems=(Problem(found=said, hint="See `survey --help`."),))
    except BrokenPipeError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in OUTSIDE:
            said = os.strerror(error.errno or 0).lower()
            return Answer(
                problems=(Problem(found=said, expected="room to write", hint="Earlier outputs are untouched."),)
            )
        traceback.print_exc()
        if "--json" in argv:
            print(_json(FAULT, (Problem(found=f"a fault of the program: {type(error).__name__}"),), Answer()))
        return FAULT


def _tell(answer: Answer | int, as_json: bool) -> int:
    if isinstance(answer, int):
        return answer
    if as_json:
        print(_json(answer.status, answer.problems, answer))
    else:
        for line in answer.lines:
            print(line)
    sys.stdout.flush()
    for note in answer.notes:
        print(f"survey: note: {note}", file=sys.stderr)
    for problem in answer.problems[:SHOWN]:
        print(f"survey: {_sentence(problem)}", file=sys.stderr)
    if len(answer.problems) > SHOWN:
        print(f"survey: and {len(answer.problems) - SHOWN} more problems; --json lists all", file=sys.stderr)
    return answer.status


def _sentence(problem: Problem) -> str:
    """The problem as one line; a plain message stands as it is."""
    if any((problem.file, problem.row, problem.column, problem.expected)):
        return str(problem)
    return f"{problem.found.rstrip('.')}. {problem.hint}" if problem.hint else problem.found


def _json(status: int, problems: Sequence[Problem], answer: Answer) -> str:
    document = {
        "status": status,
        "problems": [asdict(problem) for problem in problems],
        "outputs": list(answer.outputs),
        "written": list(answer.written),
        "notes": list(answer.notes),
        **answer.extra,
    }
    return json.dumps(document, indent=1, ensure_ascii=False)
