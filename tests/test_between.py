"""What a hidden level takes with it between the levels of a grouping, and that nothing gives it back."""

import numpy as np
import pandas as pd
import pytest

from survey.analyse.disclosure import protect
from survey.core import estimates
from survey.core.instrument import Instrument
from survey.core.questions import Level, Question, ResponseScale
from survey.core.release import ReleasePolicy
from survey.core.sampling import DesignSpec
from survey.core.study import StudySpec, WaveSpec
from survey.core.words import Words

TEXT = Words.plain
#: A code that looks like a contrast of two others.
KEYS = ("a", "b", "c", "d", "a - b")
SIZES = dict(zip(KEYS, (60, 25, 7, 40, 30), strict=True))


def question(name: str, *codes: str, pdp: str | None = None) -> Question:
    scale = ResponseScale(tuple(Level(c, TEXT(c)) for c in codes), True)
    return Question(name, TEXT(name), TEXT(name), "ordinal", scale, pdp=pdp)


INSTRUMENT = Instrument(
    (
        question("g", *KEYS),
        question("h", "1", "2"),
        question("so1", "1", "2"),
        question("ill", "0", "1", pdp="spesifik"),
    )
)


def released(table: pd.DataFrame, **policy: object) -> pd.DataFrame:
    wave = WaveSpec("w", "x.csv", TEXT("w"), DesignSpec())
    study = StudySpec("s", TEXT("s"), ("en",), "i.yaml", (wave,), release=ReleasePolicy(**policy))
    return protect(table, study, wave, INSTRUMENT, {}).estimates


def means(sizes: dict[str, int] = SIZES, measure: str = "so1", analysis: str = "indicators") -> list[dict]:
    everyone = {"analysis": analysis, "measure": measure, "estimand": "mean", "estimate": 3.0, "n": sum(sizes.values())}
    return [everyone, *({**everyone, "by": "g", "by_level": k, "n": n} for k, n in sizes.items())]


def grid(sizes: dict[str, int] = SIZES, analysis: str = "compare", **more: object) -> list[dict]:
    """Tests and shares over the grouping, and every pair."""
    base = {"analysis": analysis, "measure": "so1", "by": "g", "n": sum(sizes.values())} | more
    over = [{**base, "estimand": e, "statistic": 4.0, "p_value": 0.01} for e in ("design_ws", "kruskal", "rao_scott")]
    over += [{**base, "estimand": e, "estimate": 0.1} for e in ("eta2", "epsilon2", "cramers_v", "explained_share")]
    keys = list(sizes)
    pairs = [
        {**base, "estimand": e, "contrast": f"{a} - {b}", "estimate": 0.5, "n": sizes[a] + sizes[b], "n_level": sizes[a]}
        for i, a in enumerate(keys) for b in keys[i + 1 :] for e in ("difference", "hedges_g")
    ]  # fmt: skip
    return over + pairs


def table(*parts: list[dict]) -> pd.DataFrame:
    return estimates.table(
        pd.DataFrame([row for part in parts for row in part]).assign(wave="w", weighted_n=1.0, method="m")
    )


def shown(found: pd.DataFrame, analysis: str = "compare") -> set[str]:
    """Contrasts, or estimands of rows over the grouping, that stay."""
    rows = found[found["analysis"].eq(analysis) & found["status"].ne("suppressed")]
    return set(rows["contrast"].fillna(rows["estimand"]))


def test_pairs_that_name_a_hidden_level_go():
    found = released(table(means(), grid()))
    # c is too small, b the next-smallest.
    assert {s for s in shown(found) if " - " in s} == {"a - d", "a - a - b", "d - a - b"}


def test_tests_over_the_grouping_stay_and_shares_of_variation_go():
    assert {s for s in shown(released(table(means(), grid()))) if " - " not in s} == {
        "design_ws",
        "kruskal",
        "rao_scott",
    }


def test_nothing_goes_where_no_level_is_hidden():
    found = released(table(means(), grid()), min_n=5)
    assert found["status"].ne("suppressed").all()


def test_a_level_hidden_in_another_analysis_hides_pairs_too():
    large = dict.fromkeys(KEYS, 50)
    found = released(table(means(SIZES, analysis="dont_know"), means(large), grid(large)))
    assert {s for s in shown(found) if " - " in s} == {"a - d", "a - a - b", "d - a - b"}
    assert "eta2" not in shown(found)


def test_a_level_hidden_for_another_measure_hides_nothing():
    large = dict.fromkeys(KEYS, 50)
    found = released(table(means(SIZES, measure="ill"), means(large), grid(large)))
    assert (found[found["analysis"] == "compare"]["status"] != "suppressed").all()


def test_pairs_alone_are_judged_by_the_groups_they_name():
    found = released(table(grid()))
    assert {s for s in shown(found) if " - " in s} == {"a - d", "a - a - b", "d - a - b"}
    assert "eta2" not in shown(found)


def test_two_groups_of_which_one_is_small_leave_no_difference():
    sizes = {"1": 7, "2": 90}
    rows = [r | {"by": "h"} for r in grid(sizes)]
    assert shown(released(table(rows))) == {"design_ws", "kruskal", "rao_scott"}


@pytest.mark.parametrize("contrast", ["c - everyone", "best - worst"])
def test_a_contrast_that_cannot_be_read_goes_where_any_level_is_hidden(contrast):
    row = {
        "analysis": "divide",
        "measure": "so1",
        "by": "g",
        "estimand": "gap",
        "contrast": contrast,
        "estimate": 1.0,
        "n": 162,
    }
    assert "gap" not in set(released(table(means(), [row])).query("status != 'suppressed'")["estimand"])
    assert (released(table(means(dict.fromkeys(KEYS, 50)), [row]))["status"] != "suppressed").all()


def test_any_estimate_over_the_grouping_goes_whatever_its_name():
    row = {
        "analysis": "divide",
        "measure": "so1",
        "by": "g",
        "estimand": "concentration_index",
        "estimate": 0.1,
        "n": 162,
    }
    assert "concentration_index" not in set(released(table(means(), [row])).query("status != 'suppressed'")["estimand"])


def test_a_change_between_waves_belongs_to_its_own_level():
    rows = [
        {
            "analysis": "trend",
            "measure": "so1",
            "by": "g",
            "by_level": k,
            "estimand": "difference",
            "contrast": "2 - 1",
            "estimate": 0.1,
            "n": n,
        }
        for k, n in SIZES.items()
    ]
    found = released(table(rows))
    assert set(found[found["status"] == "suppressed"]["by_level"]) == {"b", "c"}


def test_a_share_whose_cell_is_hidden_takes_its_difference_with_it():
    cells = [
        {"analysis": "describe", "measure": "ill", "estimand": "proportion", "level": level, "by": "g", "by_level": k, "n": 60,
         "n_level": few if level == "1" else 60 - few, "estimate": few / 60}
        for k, few in zip(KEYS, (3, 20, 20, 20, 20), strict=True) for level in ("0", "1")
    ]  # fmt: skip
    pairs = [r | {"level": "1", "measure": "ill"} for r in grid(dict.fromkeys(KEYS, 60), "association")]
    found = released(table(cells, pairs))
    left = {s for s in shown(found, "association") if " - " in s}
    hidden = set(found[(found["analysis"] == "describe") & found["status"].eq("suppressed")]["by_level"])
    assert "a" in hidden
    assert left == {f"{a} - {b}" for i, a in enumerate(KEYS) for b in KEYS[i + 1 :] if not {a, b} & hidden}
    assert left
    assert "cramers_v" not in shown(found, "association")


def test_n_level_of_a_pair_is_not_taken_for_a_cell():
    sizes = {"1": 90, "2": 90}
    rows = [r | {"by": "h", "measure": "ill"} for r in grid(sizes)]
    rows = [r | {"n": 94, "n_level": 4} if r.get("contrast") else r for r in rows]
    found = released(table(rows), min_n=0)
    assert (found["status"] != "suppressed").all()


def test_no_combination_of_released_figures_gives_a_hidden_mean():
    """Every released figure is linear in the groups' means; a hidden mean must not be in what they span."""
    found = released(table(means(), grid()))
    weight = np.array([SIZES[k] for k in KEYS], float)
    unit = {k: np.eye(len(KEYS))[i] for i, k in enumerate(KEYS)}
    known = []
    for row in found[found["status"].ne("suppressed") & found["estimate"].notna()].itertuples():
        if row.estimand == "mean":
            known.append(unit[row.by_level] if isinstance(row.by_level, str) else weight / weight.sum())
        elif row.estimand == "difference":
            a, b = next((a, b) for a in KEYS for b in KEYS if f"{a} - {b}" == row.contrast)
            known.append(unit[a] - unit[b])
        else:
            assert row.estimand == "hedges_g"
    hidden = set(KEYS) - {"a", "d", "a - b"}
    rank = np.linalg.matrix_rank(np.array(known))
    for key in hidden:
        assert np.linalg.matrix_rank(np.array([*known, unit[key]])) == rank + 1
    # The attack works where pairs stay: the twin shows that the test can fail.
    leaky = [*known, unit["a"] - unit["c"]]
    assert np.linalg.matrix_rank(np.array([*leaky, unit["c"]])) == np.linalg.matrix_rank(np.array(leaky))


def test_the_smaller_base_of_another_analysis_hides_no_pair():
    large = dict.fromkeys(KEYS, 50)
    complete_cases = means({**large, "c": 4}, analysis="reliability")
    everything = shown(released(table(means(large), grid(large))))
    assert shown(released(table(means(large), grid(large), complete_cases))) == everything
    assert "a - c" in everything


def test_what_everyone_s_answers_hide_no_other_analysis_names():
    bases = table(means(), grid(dict.fromkeys(KEYS, 50), analysis="robustness"))
    assert "a - c" not in shown(released(bases), "robustness")
