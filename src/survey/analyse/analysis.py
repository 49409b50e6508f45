"""What an entry of the catalogue is, and a function that is imported when it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import pandas as pd

#: What an analysis is given: the `Inference` of a wave, or `Waves`.
Subject = TypeVar("Subject")


def on_demand(function: str) -> Callable[[Any], pd.DataFrame]:
    """A function of one of this package's modules, imported when it is called: a study pays for what it asks for."""

    def run(subject: Any) -> pd.DataFrame:
        module, name = function.split(".")
        found: pd.DataFrame = getattr(import_module(f"survey.analyse.{module}"), name)(subject)
        return found

    return run


@dataclass(frozen=True)
class Analysis(Generic[Subject]):
    """One entry of the catalogue: the question it answers, how, on what assumptions, and where that is described."""

    name: str
    question: str
    method: str
    assumptions: str
    source: str
    run: Callable[[Subject], pd.DataFrame]
    needs_rows: bool = False
