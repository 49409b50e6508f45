"""What few people said is hidden, and cannot be computed back."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from survey.analyse.disclosure import protect
from survey.core import estimates
from survey.core.expression import parse
from survey.core.instrument import Instrument
from survey.core.questions import Level, Question, ResponseScale
from survey.core.release import ReleasePolicy
from survey.core.sampling import DesignSpec
from survey.core.study import StudySpec, WaveSpec
from survey.core.variables import Derived
from survey.core.words import Words

TEXT = Words.plain


def question(name: str, *codes: int, pdp: str | None = None, role: str | None = None) -> Question:
    scale = ResponseScale(tuple(Level(c, TEXT(str(c))) for c in codes), True)
    return Question(name, TEXT(name), TEXT(name), "ordinal", scale, pdp=pdp, role=role)


EDU3 = Derived(
    "edu3", TEXT("edu3"), "ordinal", parse("edu"), levels=(Level("0-1", TEXT("low")), Level("2", TEXT("high"))),
    regroup=True, members={"0-1": ("0", "1"), "2": ("2",)},
)  # fmt: skip
INSTRUMENT = Instrument(
    (
        question("so1", 1, 2, 3, 4, 5),
        question("income", 1, 2, 3, 4, 5, pdp="spesifik"),
        question("edu", 0, 1, 2),
        question("sex", 1, 2),
    ),
    derived=(EDU3,),
)


def study(sampling: str = "probability", **policy: object) -> tuple[StudySpec, WaveSpec]:
    wave = WaveSpec("w", "x.csv", TEXT("w"), DesignSpec(sampling=sampling))
    return StudySpec("s", TEXT("s"), ("en",), "i.yaml", (wave,), release=ReleasePolicy(**policy)), wave


def released(table: pd.DataFrame, sampling: str = "probability", **policy: object) -> pd.DataFrame:
    spec, wave = study(sampling, **policy)
    return protect(table, spec, wave, INSTRUMENT, {}).estimates


def means(measure: str, by: dict[tuple[str | None, ...], int], analysis: str = "indicators") -> pd.DataFrame:
    rows = []
    for key, n in by.items():
        names = dict(zip(("by", "by_level", "by2", "by2_level"), key, strict=False))
        rows.append({"measure": measure, "estimand": "mean", "estimate": 3.0, "std_error": 0.1, "n": n, **names})
    return estimates.table(pd.DataFrame(rows).assign(wave="w", analysis=analysis, weighted_n=1.0, method="m"))


def levels(measure: str, counts: dict[tuple[str | None, str | None], list[int]]) -> pd.DataFrame:
    rows = [
        {"measure": measure, "estimand": estimand, "level": str(code), "by": by, "by_level": level, "n": sum(ns),
         "n_level": k, "estimate": k / sum(ns)}
        for (by, level), ns in counts.items()
        for estimand in ("proportion", "total")
        for code, k in enumerate(ns, start=1)
    ]  # fmt: skip
    rows += [
        {"measure": measure, "estimand": "mean", "by": by, "by_level": level, "n": sum(ns), "estimate": 2.0}
        for (by, level), ns in counts.items()
    ]
    return estimates.table(pd.DataFrame(rows).assign(wave="w", analysis="describe", weighted_n=1.0, method="m"))


def hidden(table: pd.DataFrame) -> set[tuple[str, ...]]:
    gone = table[table["status"] == "suppressed"]
    return {tuple(r) for r in gone[["by_level", "by2_level", "level"]].fillna("").itertuples(index=False)}


def test_a_domain_of_fewer_than_min_n_is_hidden_with_the_next_smallest():
    table = released(means("so1", {(None,): 100, ("edu", "0"): 7, ("edu", "1"): 40, ("edu", "2"): 53}))
    assert hidden(table) == {("0", "", ""), ("1", "", "")}


def test_of_two_equal_next_smallest_the_first_in_order_goes():
    table = released(means("so1", {(None,): 87, ("edu", "0"): 7, ("edu", "1"): 40, ("edu", "2"): 40}))
    assert hidden(table) == {("0", "", ""), ("1", "", "")}


def test_two_small_domains_hide_each_other_and_no_third():
    table = released(means("so1", {(None,): 100, ("edu", "0"): 7, ("edu", "1"): 9, ("edu", "2"): 84}))
    assert hidden(table) == {("0", "", ""), ("1", "", "")}


def test_hidden_domains_that_hold_three_people_together_take_a_third_domain():
    table = released(means("so1", {(None,): 100, ("edu", "0"): 1, ("edu", "1"): 2, ("edu", "2"): 97}))
    assert hidden(table) == {("0", "", ""), ("1", "", ""), ("2", "", "")}


def test_a_domain_of_nobody_is_not_hidden_and_hides_nobody():
    table = released(means("so1", {(None,): 60, ("edu", "0"): 0, ("edu", "1"): 7, ("edu", "2"): 53}))
    assert hidden(table) == {("1", "", ""), ("2", "", "")}


@pytest.mark.parametrize("n", [9, 10])
def test_ten_is_enough(n):
    table = released(means("so1", {(None,): 100, ("edu", "0"): n, ("edu", "1"): 40, ("edu", "2"): 50}))
    assert bool(hidden(table)) == (n < 10)


def test_hidden_rows_keep_key_method_status_and_nothing_else():
    table = released(means("so1", {(None,): 100, ("edu", "0"): 7, ("edu", "1"): 40, ("edu", "2"): 53}))
    gone = table[table["status"] == "suppressed"]
    values = [*estimates.VALUE, *estimates.BASE, "note"]
    assert gone[values].isna().all().all()
    assert gone["method"].eq("m").all()
    assert gone["by_level"].notna().all()


def test_each_analysis_is_judged_by_its_own_base():
    small = means("so1", {("edu", "0"): 7, ("edu", "1"): 40, ("edu", "2"): 53})
    large = means("so1", {("edu", "0"): 17, ("edu", "1"): 40, ("edu", "2"): 53}, "dont_know")
    table = released(pd.concat([small, large], ignore_index=True))
    assert set(table.loc[table["status"] == "suppressed", "analysis"]) == {"indicators"}


def test_a_crossing_hides_no_single_cell_of_a_row_or_a_column():
    sizes = {("edu", e, "sex", s): 30 + 10 * i + j for i, e in enumerate("012") for j, s in enumerate("12")}
    sizes[("edu", "1", "sex", "2")] = 4
    table = released(means("so1", sizes))
    gone = {(a, b) for a, b, _ in hidden(table)}
    for axis in (0, 1):
        names = pd.Series([key[axis] for key in gone]).value_counts()
        assert (names >= 2).all()
    assert ("1", "2") in gone


def test_a_hidden_level_cannot_be_had_from_a_coarser_grouping():
    # edu3 "0-1" adds up edu 0 and 1: hiding 0 and 2 of edu would give 0 away.
    sizes = {("edu", "0"): 7, ("edu", "1"): 60, ("edu", "2"): 33, ("edu3", "0-1"): 67, ("edu3", "2"): 33}
    table = released(means("so1", {(None,): 100, **sizes}))
    assert {("0", "", ""), ("1", "", "")} <= hidden(table)


def test_small_cells_of_a_sensitive_measure_go_with_the_next_smallest_and_the_mean():
    table = released(levels("income", {(None, None): [3, 40, 30, 20, 12]}))
    assert hidden(table) == {("", "", "1"), ("", "", "5"), ("", "", "")}


def test_opinion_items_keep_their_tails():
    assert not hidden(released(levels("so1", {(None, None): [3, 40, 30, 20, 12]})))


def test_in_a_nonprobability_wave_every_measure_is_sensitive():
    assert hidden(released(levels("so1", {(None, None): [3, 40, 30, 20, 12]}), "nonprobability"))


def test_with_fewer_than_two_levels_left_all_go():
    table = released(levels("income", {(None, None): [3, 20, 100, 0, 0]}))
    assert {level for _, _, level in hidden(table)} == {"1", "2", "3", "4", "5", ""}


def test_a_hidden_level_of_one_group_cannot_be_had_by_subtraction():
    counts = {(None, None): [33, 70, 60, 50, 42], ("sex", "1"): [3, 30, 30, 20, 12], ("sex", "2"): [30, 40, 30, 30, 30]}
    gone = hidden(released(levels("income", counts)))
    for level in {level for by, _, level in gone if by == "1" and level}:
        assert ("2", "", level) in gone


def test_nothing_is_hidden_when_the_study_says_so():
    sizes = {(None,): 100, ("edu", "0"): 1, ("edu", "1"): 40, ("edu", "2"): 59}
    assert not hidden(released(means("so1", sizes), min_n=0, min_cell=0, complementary=False))


def test_rounding_touches_the_bases_only():
    table = released(means("so1", {(None,): 103}), round_to=5)
    assert table["n"].tolist() == [105]
    assert table["estimate"].tolist() == [3.0]


def test_margins_of_few_respondents_are_blank_in_the_facts():
    facts = pd.DataFrame(
        {"margin": "m", "n": [4, 30, 60], "unweighted": 0.1, "weighted": 0.1, "calibrated": 0.1, "target": 0.2}
    )
    spec, wave = study()
    safe = protect(means("so1", {(None,): 94}), spec, wave, INSTRUMENT, {"margins": facts}).facts["margins"]
    assert safe["n"].isna().tolist() == [True, True, False]
    assert safe["target"].notna().all()


def test_random_tables_leave_no_line_with_one_hidden_domain():
    rng = np.random.default_rng(7)
    for _ in range(50):
        cells = {("edu", e, "sex", s): int(rng.choice([0, 3, 12, 30, 55])) for e in "012" for s in "12"}
        singles = {("edu", e): sum(cells["edu", e, "sex", s] for s in "12") for e in "012"}
        table = released(means("so1", {(None,): sum(singles.values()), **singles, **cells}))
        crossed = table[table["by2"].notna()]
        filled = pd.Series([cells[tuple(k)] for k in crossed[["by", "by_level", "by2", "by2_level"]].to_numpy()])
        gone = (crossed["status"] == "suppressed").to_numpy()
        for column in ("by_level", "by2_level"):
            for at in crossed.reset_index(drop=True).groupby(column).indices.values():
                others = ((filled[at] > 0) & ~gone[at]).sum()
                assert gone[at].sum() != 1 or others == 0


def attacked(sizes: dict, table: pd.DataFrame) -> list[float]:
    """Width of what linear programming leaves of each hidden n, given every printed n and sum."""
    keys = [k for k in sizes if len(k) == 4]
    gone = table["status"].eq("suppressed").to_numpy()
    shown = {
        tuple(k for k in row if pd.notna(k)): not hide
        for row, hide in zip(table[["by", "by_level", "by2", "by2_level"]].to_numpy(), gone, strict=True)
    }
    rows, sums = [], []
    for key, n in sizes.items():
        if shown[tuple(k for k in key if k is not None)]:
            members = [key] if len(key) == 4 else [k for k in keys if key[0] is None or k[: len(key)] == key]
            members = [k for k in keys if k[2:] == key] if len(key) == 2 and key[0] == "sex" else members
            rows.append([float(k in members) for k in keys])
            sums.append(n)
    widths = []
    for at, key in enumerate(keys):
        if not shown[key]:
            cost = np.zeros(len(keys))
            cost[at] = 1
            low, high = (linprog(s * cost, A_eq=rows, b_eq=sums, bounds=(0, None)).fun for s in (1, -1))
            widths.append(-high - low)
    return widths


def test_linear_programming_pins_no_hidden_cell_of_a_crossing_down():
    rng = np.random.default_rng(11)
    found = []
    for _ in range(40):
        cells = {("edu", e, "sex", s): int(rng.choice([1, 3, 8, 12, 30, 55])) for e in "012" for s in "12"}
        edu = {("edu", e): sum(cells["edu", e, "sex", s] for s in "12") for e in "012"}
        sex = {("sex", s): sum(cells["edu", e, "sex", s] for e in "012") for s in "12"}
        sizes = {(None,): sum(edu.values()), **edu, **sex, **cells}
        found += attacked(sizes, released(means("so1", sizes)))
    assert len(found) > 50
    assert min(found) >= 5
