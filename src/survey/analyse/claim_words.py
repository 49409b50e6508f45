"""A statement that calls its measures good or poor, under every rule that turns a mean into such a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from survey.analyse.inference import Inference
from survey.analyse.labels import labels
from survey.core import estimates
from survey.core.labels import LabelRule, label_rules
from survey.core.statements import Claim

METHOD = "words compatible with each interval: all of them, of every measure; contradicted where a measure has none"
#: The rule, and the domain: what one verdict is about.
_KEY = ["level", "by", "by_level"]


def words(inf: Inference) -> pd.DataFrame:
    """The labels of every indicator under every rule, over everyone and each group."""
    table = labels(inf)
    return table[table["estimand"].eq("label") & table["by2"].isna()]


def under_rules(inf: Inference, claim: Claim, table: pd.DataFrame) -> pd.DataFrame:
    """Verdict on a claim's word under each rule; `estimate` is the share of its measures with that word.

    Parameters
    ----------
    table : of `words`
    """
    mine = table[table["measure"].isin(claim.measures)].assign(**{c: table[c].fillna("") for c in _KEY})
    rules, rows = {rule.name: rule for rule in label_rules()}, []
    note, n, key = (mine[c].to_numpy(object) for c in ("note", "n", _KEY))
    for at in mine.groupby(_KEY, sort=False).indices.values():
        if len(at) == len(claim.measures):
            name, by, by_level = key[at[0]]
            verdict = _row(inf, claim, [_sides(rules[name], each) for each in note[at]])
            rows.append(verdict | {"level": name, "by": by or None, "by_level": by_level or None, "n": min(n[at])})
    return pd.DataFrame(rows)


def _row(inf: Inference, claim: Claim, sides: Sequence[tuple[str, ...]]) -> dict[str, object]:
    """The verdict under one rule in one domain, from the sides of each measure's words."""
    known = all(sides)
    return {
        "measure": claim.id, "estimand": "label", "unit": "share of measures", "method": METHOD,
        "estimate": float(np.mean([s[0] == claim.word for s in sides])) if known else np.nan,
        "status": estimates.OK if known else estimates.NOT_ESTIMABLE,
        "note": _verdict(claim, sides) if known and inf.probability else "not_testable",
    }  # fmt: skip


def _sides(rule: LabelRule, note: object) -> tuple[str, ...]:
    """Whether each word compatible with a mean praises or blames, that of the mean first; none without a mean."""
    known = {label.key: label.side for label in rule.labels}
    words = note.split("; ") if isinstance(note, str) else []
    return tuple(known[word] for word in words) if all(word in known for word in words) else ()


def _verdict(claim: Claim, sides: Sequence[tuple[str, ...]]) -> str:
    if all(set(each) == {claim.word} for each in sides):
        return "supported"
    return "contradicted" if any(claim.word not in each for each in sides) else "undecided"
