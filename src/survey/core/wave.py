"""Answers on their way: as they came (`Raw`) and ready to analyse (`Wave`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from survey.core.design import Design
from survey.core.instrument import Instrument
from survey.core.variables import Variable
from survey.errors import SurveyError, unknown_name

MISSING = "__missing"
WEIGHT = "__weight"
#: Columns of a prepared wave that hold its design; a number from 1 follows the name of a stage or margin.
BASE_WEIGHT, STRATUM, PSU, FPC, MARGIN, REPLICATE = (
    f"__{name}" for name in ("base_weight", "stratum_", "psu_", "fpc_", "margin_", "replicate_")
)
ID = "id"

AUDIT_COLUMNS = ("row", "id", "column", "raw", "clean", "rule")
QUALITY_COLUMNS = ("check", "severity", "item", "n", "share")


@dataclass(frozen=True)
class Raw:
    """A data file as it came. Nothing here has been interpreted.

    Attributes
    ----------
    frame : (records, columns) of text; None where a cell is empty. A whole number is written
        without a decimal point, a date as ``2025-08-01``, so ``1`` reads alike from every format.
    rows : source row of each record: a spreadsheet's row (header = 1), or the case from 1.
    labels : column → code as text → the label the file gives it (sav, dta).
    missing : column → codes as text that the file declares missing (sav user-missing, dta .a–.z).
    decisions : what the reader decided (encoding, delimiter, sheet …), for audit and report.
    """

    file: str
    format: str
    sha256: str
    frame: pd.DataFrame = field(repr=False)
    rows: pd.Index = field(repr=False)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    missing: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    decisions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cleaned:
    """Typed answers of a wave with the record of every change; not yet weighted.

    Attributes
    ----------
    frame : column `id`; for each question `<name>` and `<name>__missing`; indicators and derived
        variables by name. Index 0..n-1.
    design_columns : columns that the sampling design reads, by the name study.yaml uses, same rows.
    rows : source row of each respondent.
    audit : columns `AUDIT_COLUMNS`, one row a changed cell or a removed record.
    quality : columns `QUALITY_COLUMNS`.
    counts : named counts of the cleaning: records, kept, removed by each rule, cells changed by rule.
    """

    frame: pd.DataFrame = field(repr=False)
    design_columns: pd.DataFrame = field(repr=False)
    rows: pd.Index = field(repr=False)
    audit: pd.DataFrame = field(repr=False)
    quality: pd.DataFrame = field(repr=False)
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Wave:
    """Cleaned, weighted answers of one fielding. Holds no personal data.

    Attributes
    ----------
    frame : (n respondents, columns) typed as the instrument says; never changed in place.
        Categorical questions hold their codes, in the instrument's order.
    design : aligned with `frame` row by row.
    """

    name: str
    instrument: Instrument = field(repr=False)
    frame: pd.DataFrame = field(repr=False)
    design: Design = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.frame) != self.design.n:
            raise SurveyError(
                f"wave {self.name}: {len(self.frame)} respondents but {self.design.n} weights. "
                "Weight the wave after its last filter."
            )

    def answers(self, name: str) -> pd.Series:
        """Answers to a question, a derived variable or an indicator's score."""
        if name not in self.frame:
            raise SurveyError(unknown_name("question", name, list(self.frame.columns), f"wave {self.name}"))
        return self.frame[name]

    def missing(self, name: str) -> pd.Series:
        """Kind of missing of each respondent's answer to a question; NA where there is an answer."""
        return self.frame[name + MISSING]

    def asked(self, variable: Variable) -> bool:
        """Whether the wave holds this variable at all."""
        return variable.name in self.frame


def selections(answers: pd.Series, variable: Variable) -> pd.DataFrame:
    """Whether each option of a multi-response question was chosen.

    Parameters
    ----------
    answers : canonical text of a multi-response question: keys of the chosen options joined by
        ``";"`` in the instrument's order; ``""`` where nothing was ticked, NA where missing.

    Returns
    -------
    pandas.DataFrame
        (n, options) float: 1 chosen, 0 not, NaN where the answer is missing.
    """
    codes, texts = pd.factorize(answers)
    chosen = [set(str(t).split(";")) for t in texts]
    out = pd.DataFrame(
        {level.key: [float(level.key in c) for c in chosen] + [float("nan")] for level in variable.levels}
    )
    return out.iloc[codes].reset_index(drop=True)
