"""Citizen surveys: cleaned, weighted, estimated, protected, reported."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from survey.errors import SurveyError as SurveyError
    from survey.study import Study as Study

    load = Study.load

__all__ = ["Study", "SurveyError", "__version__", "analyse", "load"]

_HOME = {"Study": "survey.study", "SurveyError": "survey.errors"}
_PACKAGES = ("analyse", "core", "exchange", "prepare", "report", "stats")


def __getattr__(name: str) -> Any:
    """Public names on first use, so that importing the package costs nothing."""
    if name == "load":
        return import_module("survey.study").Study.load
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _PACKAGES:
        return import_module(f"survey.{name}")
    if name == "__version__":
        from importlib.metadata import version

        return version("survey")
    raise AttributeError(f"module 'survey' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_PACKAGES])
