"""What the interviews say by themselves: how often codes occur, where they meet, whether coders agree."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference
from survey.analyse.passages import Passages
from survey.core import estimates
from survey.core.interviews import Interviews
from survey.stats.agreement import Agreement, cohen_kappa, fleiss_kappa, krippendorff_alpha, percent_agreement

#: What the column `measure` of these rows holds; `level` is the code.
MEASURE = "interviews"
SAMPLES = 1000
ONE_CODER = "no document was read by two coders"
NO_VARIATION = "every passage was judged alike: agreement beyond chance is not defined"

Row = dict[str, object]


def frequencies(held: Passages) -> Iterator[Row]:
    """Documents and passages in which any coder gave each code."""
    anywhere = held.anywhere
    for at, code in enumerate(held.codes):
        documents = len(np.unique(held.document[anywhere[:, at]]))
        counts = (("documents", documents), ("passages", int(anywhere[:, at].sum())))
        for estimand, count in counts:
            method = "count, unweighted; any coder"
            yield {"level": code, "estimand": estimand, "estimate": count, "unit": estimand, "method": method}


def agreement(held: Passages, inf: Inference) -> Iterator[Row]:
    """How far the coders agree on each code, over passages that at least one of them coded at all."""
    double = held.doubly_judged
    yield {"estimand": "units", "estimate": int(double.sum()), "unit": "passages", "method": "read by two coders"}
    for at, code in enumerate(held.codes):
        ratings = held.ratings(at)[double]
        yield from ({"level": code, **row} for row in _coefficients(ratings, inf, code))


def _coefficients(ratings: np.ndarray, inf: Inference, code: str) -> Iterator[Row]:
    if not len(ratings):
        yield {"estimand": "krippendorff_alpha", "status": estimates.NOT_ESTIMABLE, "note": ONE_CODER}
        return
    equal = percent_agreement(ratings)
    yield {"estimand": "percent_agreement", "estimate": equal, "unit": "proportion", "method": "pairs of coders"}
    level = inf.conf_level
    if ratings.shape[1] == 2:
        yield _row("kappa", cohen_kappa(ratings, level), "Cohen's kappa, large-sample error", level)
    else:
        many = Agreement(fleiss_kappa(ratings), np.nan, np.nan, np.nan, len(ratings))
        yield _row("kappa", many, "Fleiss' kappa", level)
    alpha = krippendorff_alpha(ratings, "nominal", level, SAMPLES, inf.random(f"alpha {code}"))
    method = f"Krippendorff's alpha, nominal; percentiles of {SAMPLES} bootstrap samples of passages"
    yield _row("krippendorff_alpha", alpha, method, level)


def _row(estimand: str, found: Agreement, method: str, level: float) -> Row:
    row: Row = {"estimand": estimand, "estimate": found.estimate, "unit": "coefficient", "method": method}
    if not np.isfinite(found.estimate):
        return row | {"status": estimates.NOT_ESTIMABLE, "note": NO_VARIATION}
    if not found.std_error > 0:  # coders who never differ leave no error to compute: that is no certainty
        return row
    ends: Row = {"std_error": found.std_error, "conf_low": found.low, "conf_high": found.high}
    return row | ends | {"conf_level": level}


def tables(held: Passages, interviews: Interviews) -> dict[str, pd.DataFrame]:
    """Facts without words of anybody: the codebook with its counts, meetings of codes, documents, disagreements."""
    return {
        "interview_codes": _codes(held, interviews),
        "interview_meetings": _meetings(held),
        "interview_stages": _stages(held),
        "interview_disagreements": _disagreements(held),
    }


def _codes(held: Passages, interviews: Interviews) -> pd.DataFrame:
    """The codebook; of codes the documents and passages, and the rank by documents (1: in most)."""
    anywhere = held.anywhere
    documents = [len(np.unique(held.document[column])) for column in anywhere.T]
    counts = pd.DataFrame({"code": held.codes, "documents": documents, "passages": anywhere.sum(axis=0)})
    counts["rank"] = counts["documents"].rank(method="min", ascending=False)
    counts = counts.astype({"code": "string", "documents": "Int64", "passages": "Int64", "rank": "Int64"})
    return interviews.codebook.merge(counts, on="code", how="left", sort=False)


def _meetings(held: Passages) -> pd.DataFrame:
    """Every two codes that some passage was given both of, most often first."""
    anywhere = held.anywhere
    rows = []
    for a, b in combinations(range(len(held.codes)), 2):
        both = anywhere[:, a] & anywhere[:, b]
        if both.any():
            documents = len(np.unique(held.document[both]))
            rows.append((held.codes[a], held.codes[b], int(both.sum()), documents))
    frame = pd.DataFrame(rows, columns=["code", "with", "passages", "documents"])
    return frame.sort_values("passages", ascending=False, kind="stable").reset_index(drop=True)


def _stages(held: Passages) -> pd.DataFrame:
    """Documents by the stage and the year they tell of, stages in the order of their first year."""
    known = held.documents.dropna(subset=["stage", "year"])
    order = known.groupby("stage", sort=False)["year"].min().sort_values(kind="stable").index
    counts = known.groupby(["stage", "year"]).size().rename("documents").reset_index()
    counts["place"] = counts["stage"].map({stage: at for at, stage in enumerate(order)})
    counts = counts.sort_values(["place", "year"]).drop(columns="place")
    return counts.astype({"stage": "string", "year": "Int64", "documents": "Int64"}).reset_index(drop=True)


def _disagreements(held: Passages) -> pd.DataFrame:
    """Passages to which some of a document's coders gave a code and others did not: where, which code, who."""
    double = held.doubly_judged
    split = held.anywhere & ~held.agreed & double[:, None]
    spans = held.segments.groupby(held.unit)[["start", "end"]].agg({"start": "min", "end": "max"})
    names = held.documents["document"].to_numpy(object)
    rows = []
    for unit, code in np.argwhere(split):
        gave = np.flatnonzero(held.given[unit, :, code]) + 1
        not_gave = np.flatnonzero(held.judged[unit] & ~held.given[unit, :, code]) + 1
        place = (names[held.document[unit]], int(spans["start"].iloc[unit]), int(spans["end"].iloc[unit]))
        rows.append((*place, held.codes[code], ", ".join(map(str, gave)), ", ".join(map(str, not_gave))))
    return pd.DataFrame(rows, columns=["document", "start", "end", "code", "given_by", "not_given_by"])
