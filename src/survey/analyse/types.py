"""Types of respondents: latent classes of what they have, can do and use, and who belongs to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from survey.analyse.evaluation import Evaluated
from survey.analyse.inference import Inference, NotApplicable
from survey.analyse.items import everyone_and_groups
from survey.analyse.means import mean_of
from survey.analyse.rows import Rows
from survey.analyse.type_items import Items, items_of
from survey.core import estimates
from survey.core.models import TypesSpec
from survey.stats import class_membership as membership
from survey.stats import interval, replicate
from survey.stats import latent_classes as stats
from survey.stats.arrays import Floats, Ints

UNDECLARED = "The study declares no `types`."
ONE_TYPE = "No number of types fits better than one, or keeps 5 % and 50 people in each."
#: Weighted share and number of respondents that the smallest class must hold.
LEAST_SHARE, LEAST_PEOPLE = 0.05, 50
STARTS = 50
#: Replicates of the bootstrap, and random starts of each beside the fitted model.
REPLICATES, AGAIN = 100, 1
#: Shares nearer than this to 0 or 1 have no interval.
EDGE = 1e-3
#: Numbers of classes in a row that may fit worse than the best before no more are tried.
WORSE = 2
OUTSIDE = "the correction for wrong assignments passed 0 or 1: taken as the limit"
#: The name that stands for the classes themselves in the column `measure`.
MEASURE = "types"
FIT = f"latent classes by weighted pseudo-likelihood on the effective n, {STARTS} random starts"
BOOTSTRAP = f"latent classes, PSU bootstrap of {REPLICATES} replicates with classes matched, logit t interval"
NO_ERROR = "latent classes, nonprobability sample: no standard error"
THREE_STEP = "latent classes, three-step Bolck-Croon-Hagenaars, t interval within 0 and 1"

Record = dict[str, Any]


@dataclass(frozen=True)
class Chosen:
    """The model of the number of classes with the lowest BIC that keeps every class large enough."""

    model: stats.LatentClasses
    post: Floats = field(repr=False)


def types(inf: Inference) -> pd.DataFrame:
    """Latent classes of the study's `types`, from the largest, "1", to the smallest.

    Of every number of classes tried (`level`): `bic`, `entropy`, `smallest_class`. Of the number chosen:
    `class_share` of each class (`level`), overall and in each group, `response_probability` of each item's
    code (`contrast`), `stability` under resampling, `bivariate_residual` of every two items.
    """
    spec = inf.study.types
    if spec is None:
        raise NotApplicable(UNDECLARED)
    items = items_of(inf, spec)
    tried, chosen = _tried(inf, items, spec)
    records = [{"measure": MEASURE} | record for record in tried]
    if chosen is None:
        records.append({"measure": MEASURE, "estimand": "class_share", "level": "1", "unit": "proportion",
                        "status": estimates.NOT_ESTIMABLE, "note": ONE_TYPE})  # fmt: skip
        return _table(inf, items, records)
    records += _sizes_and_answers(inf, items, chosen)
    records += _residuals(items, chosen)
    return estimates.concat([_table(inf, items, records), _profiles(inf, items, chosen)])


def _table(inf: Inference, items: Items, records: Sequence[Record]) -> pd.DataFrame:
    common = {"wave": inf.respondents.name, "analysis": "types", "n": items.n, "method": FIT}
    return estimates.table(pd.DataFrame([common | record for record in records]))


def _tried(inf: Inference, items: Items, spec: TypesSpec) -> tuple[list[Record], Chosen | None]:
    """Rows about every number of classes tried, one class among them, and the model chosen."""
    records: list[Record] = []
    best, lowest, worse = None, np.inf, 0
    people = np.where(items.weight > 0, np.bincount(items.answers.of, minlength=len(items.weight)), 0)
    for classes in (1, *range(spec.classes[0], spec.classes[1] + 1)):
        if items.answers.parameters(classes) >= items.effective:
            break
        rng = inf.random(f"types {classes}")
        model = stats.latent_classes(items.answers, items.weight, classes, STARTS if classes > 1 else 1, rng)
        post = model.posterior(items.answers)
        bic = model.bic(items.answers, items.effective)
        records += _fit_rows(items, model, post, bic)
        large = model.share[-1] >= LEAST_SHARE and (people @ post).min() >= LEAST_PEOPLE
        if large and bic < lowest:
            best, lowest = Chosen(model, post) if classes > 1 else None, bic
        worse = 0 if bic <= lowest else worse + 1
        if worse == WORSE and classes > spec.classes[0]:
            break
    return records, best


def _fit_rows(items: Items, model: stats.LatentClasses, post: Floats, bic: float) -> Iterator[Record]:
    level = str(len(model.share))
    yield {"level": level, "estimand": "bic", "estimate": bic, "unit": "criterion"}
    if len(model.share) > 1:
        sure = membership.entropy(post, items.weight)
        yield {"level": level, "estimand": "entropy", "estimate": sure, "unit": "coefficient"}
        smallest = float(model.share[-1])
        yield {"level": level, "estimand": "smallest_class", "estimate": smallest, "unit": "proportion"}


def _sizes_and_answers(inf: Inference, items: Items, chosen: Chosen) -> Iterator[Record]:
    """Rows of the classes' sizes, of their answers, and of how steady they are."""
    model, again = chosen.model, _resampled(inf, items, chosen)
    method = NO_ERROR if again is None else BOOTSTRAP
    share_error = np.full(model.share.shape, np.nan) if again is None else again.share.std(axis=0)
    response_error = np.full(model.response.shape, np.nan) if again is None else again.response.std(axis=0)
    shares = _with_errors(inf, model.share, share_error)
    responses = _with_errors(inf, model.response, response_error)
    for k, share in enumerate(shares):
        row = {"level": str(k + 1), "unit": "proportion", "method": method}
        yield row | {"measure": MEASURE, "estimand": "class_share"} | share
        for item, key, response in zip(items.answers.item, items.keys, responses[k], strict=True):
            yield row | {"measure": items.names[item], "estimand": "response_probability", "contrast": key} | response
    if again is not None:
        steady = {"level": str(len(model.share)), "unit": "proportion", "method": method}
        yield steady | {"measure": MEASURE, "estimand": "stability", "estimate": float(again.agreement.mean())}


def _with_errors(inf: Inference, p: Floats, se: Floats) -> Any:
    """The value columns of each share, in lists as `p` is shaped; no interval at 0 and 1, nor without an error."""
    df = float(inf.sampling.n_psu - inf.sampling.n_strata)
    inside = np.where((p > EDGE) & (p < 1 - EDGE) & (se > 0), p, np.nan)
    low, high = interval.logit(inside, se, np.full(p.shape, df), inf.conf_level)
    if p.ndim > 1:
        return [_with_errors(inf, one, error) for one, error in zip(p, se, strict=True)]
    return [
        {"estimate": v, "std_error": e}
        | ({"conf_low": lo, "conf_high": hi, "conf_level": inf.conf_level, "df": df} if np.isfinite(lo) else {})
        for v, e, lo, hi in zip(p.tolist(), se.tolist(), low.tolist(), high.tolist(), strict=True)
    ]


def _resampled(inf: Inference, items: Items, chosen: Chosen) -> stats.Resampled | None:
    """The model in bootstrap replicates of the sampling units; None where the sample carries no error."""
    if not inf.probability:
        return None
    weight = _replicate_weights(inf, items)
    rng = inf.random("types replicates")
    return stats.resampled(items.answers, chosen.model, items.weight, weight, AGAIN, rng)


def _replicate_weights(inf: Inference, items: Items) -> Floats:
    """(P, R) sums of bootstrap weights by pattern, scaled to the effective number of respondents."""
    s, of = inf.sampling, items.answers.of
    if s.replicates is not None:
        # Units play no part in such a design: whole respondents are drawn from the replicates' patterns.
        unit, stratum = s.replicates.pattern, np.zeros(len(s.replicates.rows), dtype=np.intp)
    else:
        unit, stratum = s.psu, _merged(s.stratum_of_psu)
    factors = replicate.rao_wu(stratum, REPLICATES, int(inf.random("types bootstrap").integers(2**31)))
    sums = np.zeros((len(items.weight), len(stratum)))
    np.add.at(sums, (of, unit), s.weight)
    found: Floats = sums @ factors.T
    found *= items.weight.sum() / found.sum(axis=0)
    return found


def _merged(stratum: Ints) -> Ints:
    """Strata of one unit put together with each other, or with the first stratum, so that all can be drawn from."""
    size = np.bincount(stratum)
    alone = np.asarray(size[stratum] < 2)
    if not alone.any():
        return stratum
    out = np.where(alone, len(size), stratum)
    if alone.sum() == 1:
        out[alone] = stratum[~alone][0]
    found: Ints = np.unique(out, return_inverse=True)[1].astype(np.intp)
    return found


def _residuals(items: Items, chosen: Chosen) -> Iterator[Record]:
    found = membership.bivariate_residuals(items.answers, chosen.model, items.weight)
    for a, b in zip(*np.triu_indices(len(items.names), 1), strict=True):
        row = {"measure": items.names[a], "level": items.names[b], "estimand": "bivariate_residual"}
        value = float(found[a, b])
        missing = {"status": estimates.NOT_ESTIMABLE, "note": "answers do not vary"}
        yield row | {"unit": "chi2 / df"} | ({"estimate": value} if np.isfinite(value) else missing)


def _profiles(inf: Inference, items: Items, chosen: Chosen) -> pd.DataFrame:
    """Share of each class in each group, the errors of assigning people to classes taken back."""
    score = membership.corrected(chosen.post, items.weight)[items.answers.of]
    silent = np.asarray((items.answers.level < 0).all(axis=1))
    score[silent[items.answers.of]] = np.nan
    groupings, names = everyone_and_groups(inf)
    rows = Rows(inf, "types")
    groups, names = groupings[1:], names.part(1, len(names.by) - 1)
    for k in range(len(chosen.model.share) if groups else 0):
        found, tally = mean_of(inf, score[:, k], groups, 1.0)
        rows.add(MEASURE, "class_share", _within(found), tally, level=[str(k + 1)], unit="proportion",
                 names=names, method=THREE_STEP)  # fmt: skip
    return rows.table()


def _within(found: Evaluated) -> Evaluated:
    """Shares and their limits cut at 0 and 1, which the correction may pass in a small group."""
    value, low, high = (np.clip(x, 0, 1) for x in (found.estimate, found.low, found.high))
    passed = np.isfinite(value) & (value != found.estimate) & pd.isna(found.note)
    low, high = (np.where(high > low, x, np.nan) for x in (low, high))
    note = np.where(passed, OUTSIDE, found.note)
    return Evaluated(value, found.std_error, low, high, found.df, found.deff, found.status, note, found.method)
