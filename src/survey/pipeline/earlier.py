"""What an earlier stage wrote, as tables; a file that is missing, cut or corrupt says which command makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from survey.errors import InputError, Problem, SurveyError
from survey.writing import encode

if TYPE_CHECKING:
    import pandas as pd

Read = Callable[[str], bytes]


def table(read: Read, path: str) -> pd.DataFrame:
    """The table in a Parquet or CSV file."""
    with _whole(path):
        return encode.from_csv(read(path)) if path.endswith(".csv") else encode.from_parquet(read(path))


def tables(read: Read, path: str) -> dict[str, pd.DataFrame]:
    """The named tables in a JSON file."""
    with _whole(path):
        return encode.from_tables_json(read(path))


def missing(path: str) -> InputError:
    """The error that an earlier stage's file is not there."""
    verb = _verb(path)
    return InputError(
        Problem(
            file=path,
            found="no such file",
            expected=f"the files that `survey {verb}` writes",
            hint=f"Run `survey {verb}` first, or `survey run` for every stage.",
        )
    )


def damaged(path: str) -> Problem:
    """The problem of an earlier stage's file that is not as it was written."""
    return Problem(
        file=path,
        found="a truncated or corrupt file",
        expected=f"the file as `survey {_verb(path)}` wrote it",
        hint=f"Run `survey {_verb(path)}` again.",
    )


@contextmanager
def _whole(path: str) -> Iterator[None]:
    """Blame the file for whatever its decoder meets: bytes that are not its own raise many kinds of error."""
    try:
        yield
    except SurveyError:
        raise
    except Exception as error:
        raise InputError(damaged(path)) from error


def _verb(path: str) -> str:
    return "prepare" if path.startswith("data/") else "estimate"
