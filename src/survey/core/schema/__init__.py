"""YAML text to `Instrument` and `StudySpec`: every problem of a file at once, with its line and path.

`shape` and `*_shape` say which keys a file may hold (and make the JSON Schemas); `validate` turns
what breaks the shape into problems; the other modules make the records of `core` and check meaning.
Nothing here is imported before it is called: pydantic is slow to load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from survey.core.instrument import Instrument
    from survey.core.study import StudySpec
    from survey.errors import Problem


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


def check_study(study: StudySpec, instrument: Instrument, file: str, text: str = "") -> list[Problem]:
    """What study.yaml says that the instrument contradicts; empty where they agree.

    Parameters
    ----------
    text : the file's text, from which problems take their lines
    """
    from survey.core.schema.agreement import check

    return check(study, instrument, file, text)


def json_schemas() -> dict[str, Any]:
    """JSON Schemas of ``study`` and ``instrument``, for editors."""
    from survey.core.schema import explain

    return explain.json_schemas()
