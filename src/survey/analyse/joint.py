"""Joint display: each number beside what people said, and what the two say together by a declared rule.

Numbers are those of `indicators` and `describe` for everyone; sensitive questions are not repeated here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from survey.analyse import voices
from survey.analyse.describe import describe
from survey.analyse.indicators import indicators
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.passages import Passages, passages
from survey.core import estimates
from survey.core.instrument import Instrument
from survey.core.interviews import Interviews
from survey.core.qualitative import Link, QualitativeSpec

NO_INTERVIEWS = "The study has no coded interviews for this wave."
SENSITIVE = "a sensitive question: its values stand in its own table alone"
NOT_ASKED = "the wave did not ask it"
#: A passage longer than this is cut where it is quoted.
LONGEST = 400

Row = dict[str, object]


def joint(inf: Inference) -> pd.DataFrame:
    """Numbers beside codes and statements (`level`), the meta-inference in `note`; frequencies; agreement of coders.

    Raises
    ------
    NotApplicable
        Where the wave is not the one with which interviews are shown.
    """
    spec = inf.study.qualitative
    if inf.interviews is None or spec is None:
        raise NotApplicable(NO_INTERVIEWS)
    held = passages(inf.interviews)
    numbers = _everyone(inf, dict.fromkeys(m for link in spec.links for m in link.measures))
    rows: list[Row] = [row for link in spec.links for row in _beside(inf, link, numbers)]
    of_voices = [*voices.frequencies(held), *voices.agreement(held, inf)]
    rows += [{"measure": voices.MEASURE} | row for row in of_voices]
    table = pd.DataFrame(rows).assign(wave=inf.respondents.name, analysis="joint")
    return estimates.table(table)


def facts(interviews: Interviews, spec: QualitativeSpec, instrument: Instrument) -> dict[str, pd.DataFrame]:
    """Tables for the report: links with their middles, quotations by rule, and those of `voices.tables`."""
    held = passages(interviews)
    links = [
        (link.code, measure, link.says, middle(instrument, link, measure), bool(link.statement))
        for link in spec.links
        for measure in link.measures
    ]
    columns = ["code", "measure", "says", "middle", "statement"]
    return {
        "joint_links": pd.DataFrame(links, columns=columns).astype({"middle": float, "says": "string"}),
        "joint_quotations": quotations(held, [k.code for k in spec.links if not k.statement], spec.quotations),
        **voices.tables(held, interviews),
    }


def middle(instrument: Instrument, link: Link, measure: str) -> float | None:
    """The value that parts high from low: declared, else the middle of the scale, 0.5 of a share."""
    if link.middle is not None:
        return link.middle
    indicator = next((i for i in instrument.indicators if i.name == measure), None)
    if indicator is not None:
        ends = instrument.item_range(indicator)
        return None if ends is None else sum(ends) / 2
    variable = instrument.variable(measure)
    if _share(instrument, measure):
        return 0.5
    values = [v.value for v in variable.levels if v.value is not None] or [
        x for x in (variable.minimum, variable.maximum) if x is not None
    ]
    return (min(values) + max(values)) / 2 if len(values) > 1 else None


def quotations(held: Passages, codes: Sequence[str], most: int) -> pd.DataFrame:
    """Passages quoted for each code: those that all coders of the document gave it.

    Those on which the coders agree in most codes come first, then in the order of documents and text; the words
    are those of the first coder's shortest span.
    """
    number = held.agreed.sum(axis=1)
    rows = []
    for code in dict.fromkeys(codes):
        at = held.codes.index(code)
        chosen = np.flatnonzero(held.agreed[:, at])
        for unit in chosen[np.argsort(-number[chosen], kind="stable")][:most]:
            spans = held.segments[(held.unit == unit) & held.segments["code"].eq(code).to_numpy(bool)]
            first = spans.assign(length=spans["end"] - spans["start"]).sort_values(["coder", "length"]).iloc[0]
            rows.append((code, first["document"], first["stage"], first["year"], _cut(str(first["text"]))))
    frame = pd.DataFrame(rows, columns=["code", "document", "stage", "year", "text"])
    return frame.astype({"code": "string", "document": "string", "stage": "string", "year": "Int64", "text": "string"})


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST else plain[:LONGEST].rsplit(" ", 1)[0] + " …"


def _beside(inf: Inference, link: Link, numbers: Mapping[str, pd.Series]) -> Iterator[Row]:
    for measure in link.measures:
        key: Row = {"measure": measure, "level": link.code}
        if reason := _withheld(inf, measure):
            yield key | {"estimand": "mean", "status": estimates.NOT_ESTIMABLE, "note": reason}
            continue
        number = numbers[measure]
        said = number["note"]
        if number["status"] in (estimates.OK, estimates.IMPRECISE):
            low, high = (None if pd.isna(x) else float(x) for x in (number["conf_low"], number["conf_high"]))
            said = link.beside(low, high, middle(inf.instrument, link, measure))
        yield {str(name): cell for name, cell in number.items()} | key | {"note": said, "n_level": pd.NA}


def _withheld(inf: Inference, measure: str) -> str | None:
    """Why a measure is not repeated here; its levels may be hidden in its own table."""
    if not inf.respondents.holds(measure):
        return NOT_ASKED
    if not inf.instrument.has(measure):
        return None
    variable = inf.instrument.variable(measure)
    sensitive = variable.pdp == "spesifik" or variable.role == "geography" or not inf.probability
    return SENSITIVE if sensitive else None


def _everyone(inf: Inference, measures: Iterable[str]) -> dict[str, pd.Series]:
    """Measure → its row for everyone: the mean, or the share of the last of two levels."""
    wanted = [m for m in measures if _withheld(inf, m) is None]
    asked = [m for m in wanted if inf.instrument.has(m)]
    table = estimates.concat([indicators(inf, [m for m in wanted if m not in asked]), describe(inf, asked)])
    table = table[table["by"].isna()]
    found = {}
    for measure in wanted:
        rows = table[table["measure"].eq(measure)]
        kind, level = "mean", None
        if measure in asked and _share(inf.instrument, measure):
            kind, level = "proportion", inf.instrument.variable(measure).levels[-1].key
        of_kind = rows["estimand"].eq(kind) & (rows["level"].isna() if level is None else rows["level"].eq(level))
        found[measure] = rows[of_kind.fillna(False)].iloc[0]
    return found


def _share(instrument: Instrument, measure: str) -> bool:
    return len(instrument.variable(measure).levels) == 2
