"""YAML text to `Instrument` and `StudySpec`: every problem of a file at once, with its line and path.

`shape` and `*_shape` say which keys a file may hold (and make the JSON Schemas); `validate` turns
what breaks the shape into problems; the other modules make the records of `core` and check meaning.
Nothing here is imported before it is called: pydantic is slow to load.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from survey.core.instrument import Instrument
    from survey.core.study import StudySpec
    from survey.errors import Problem


def load(text: str, file: str, read: Callable[[str], str]) -> tuple[StudySpec, Instrument]:
    """The study that `text` describes and the instrument that it names.

    Parameters
    ----------
    read : text of another file, by the path written in the study or the instrument; a file that
        cannot be read is a SchemaError

    Raises
    ------
    SchemaError
        With every problem of both files, and of what they say of each other.
    """
    from survey.core.schema.files import load

    return load(text, file, read)


def load_instrument(
    text: str,
    file: str,
    languages: tuple[str, ...],
    read: Callable[[str], str],
    min_valid: float = 0.5,
) -> Instrument:
    """The instrument that `text` describes.

    Parameters
    ----------
    file : name of the file, for messages
    languages : languages of the study; every text must have them all
    read : text of another file that a ``codelist`` names, by the path written there
    min_valid : for indicators that name none: a count of items when ≥ 1, else a share

    Raises
    ------
    SchemaError
        With every problem of the file.
    """
    from survey.core.schema.instrument import load

    return load(text, file, languages, read, min_valid)


def load_study(text: str, file: str) -> StudySpec:
    """The study that `text` describes.

    Raises
    ------
    SchemaError
        With every problem of the file.
    """
    from survey.core.schema.study import load

    return load(text, file)


def check_analyses(study: StudySpec, known: Collection[str], file: str, text: str) -> list[Problem]:
    """Analyses that the study asks for and the catalogue does not have, at the lines of its `text`."""
    from survey.core.schema.agreement import check_analyses

    return check_analyses(study, known, file, text)


def json_schemas() -> dict[str, Any]:
    """JSON Schemas of ``study`` and ``instrument``, for editors."""
    from survey.core.schema import explain

    return explain.json_schemas()
