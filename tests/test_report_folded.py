"""What stands folded beside the findings: inequality in one number, classical tests, answers by group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import yaml

import modelled_study
import survey
from survey.analyse import disclosure, running
from survey.core.estimates import Release
from survey.report.blocks import Bullets, Cell, Fold, Line, Omitted, Prose, Section, Table
from survey.report.locale import Numeral, Probability
from survey.report.page import Page, page
from survey.report.sections import compare, divide, questions
from survey.report.sections.classical import classical
from survey.report.sections.inequality import inequality
from survey.report.sheet_columns import columns

ANALYSES = ["indicators", "describe", "compare", "divide", "association"]
GROUPS = ["sex", "age", "edu", "district"]
PLACES = [
    {
        "name": name,
        "type": "nominal",
        "role": "geography",
        "text": name.title(),
        "codes": {k: f"{name} {k}" for k in range(1, n + 1)},
    }
    for name, n in (("district", 5), ("block", 100))
]
ALPHA = 0.05


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Release]:
    """Releases of a study in which ease rises with education and falls with age; sex and district tell nothing."""

    def released(**keys: Any) -> Release:
        folder = modelled_study.write(
            tmp_path_factory.mktemp("folds") / "study", analyses=ANALYSES, groups=GROUPS, **keys
        )
        asked = yaml.safe_load((folder / "instrument.yaml").read_text(encoding="utf-8"))
        asked["questions"] += PLACES
        asked["gaps"] = {"user": "share", "skill": "amount"}
        (folder / "instrument.yaml").write_text(yaml.safe_dump(asked, sort_keys=False), encoding="utf-8")
        made = survey.load(folder)
        found = running.estimate(made.wave("w"), made.spec)
        facts = {"skipped": found.skipped}
        return disclosure.protect(found.table, made.spec, made.spec.waves[0], made.instrument, facts)

    return released


@pytest.fixture(scope="module")
def release(make: Callable[..., Release]) -> Release:
    return make(method="both")


def changed(release: Release, where: dict[str, str], **values: Any) -> Page:
    """The page of the release with some rows changed."""
    table = release.estimates.copy()
    rows = pd.Series(True, index=table.index)
    for column, value in where.items():
        rows &= table[column].eq(value).fillna(False)
    assert rows.any()
    for column, value in values.items():
        table.loc[rows, column] = value
    return page(replace(release, estimates=table), "en")


def said(fold: Fold | None) -> list[str]:
    assert fold is not None
    return [s.text for b in fold.blocks if isinstance(b, Prose | Bullets) for s in b.sentences]


def grid(fold: Fold | None, name: str) -> Table:
    assert fold is not None
    return next(b for b in fold.blocks if isinstance(b, Table) and b.name == name)


def under(table: Table, heading: str) -> dict[str, tuple[Cell, ...]]:
    """The lines under one heading, by their first column."""
    found: dict[str, tuple[Cell, ...]] = {}
    inside = False
    for line in table.lines:
        inside = line.header.startswith(heading) if not line.cells else inside
        if inside and line.cells:
            found[line.header] = line.cells
    return found


def answers(sheet: Page) -> Fold | None:
    made = questions.questions(sheet)
    assert isinstance(made, Section)
    first = made.blocks[1]
    return first if isinstance(first, Fold) else None


def folds(sheet: Page) -> Iterator[Fold]:
    for fold in (inequality(sheet), classical(sheet), answers(sheet)):
        assert fold is not None
        yield fold


def test_planted_leans_are_named_with_their_direction(release: Release) -> None:
    texts = said(inequality(page(release, "en")))
    assert any(text.startswith("Education, towards “high”: higher on Ease") for text in texts)
    assert any(text.startswith("Age, towards “old”: lower on Ease") for text in texts)
    assert not any(text.startswith(("Sex", "District")) for text in texts)  # without an order


@pytest.mark.parametrize("values", [{"p_adjusted": 0.05}, {"conf_low_adjusted": -0.01}, {"status": "imprecise"}])
def test_no_lean_is_named_without_test_and_interval(release: Release, values: dict[str, Any]) -> None:
    sheet = changed(release, {"estimand": "erreygers", "measure": "ease", "by": "edu"}, **values)
    (text,) = [s for s in said(inequality(sheet)) if s.startswith("Education")]
    assert "not enough evidence on Ease" in text
    assert "higher on Ease" not in text


def test_scores_have_no_ratio_and_the_note_says_why(release: Release) -> None:
    fold = inequality(page(release, "en"))
    scores, others = grid(fold, "inequality-ordered-scores"), grid(fold, "inequality-ends-others")
    assert "Relative index" not in scores.columns
    assert any("true zero" in note for note in scores.notes)
    assert "Relative index" in others.columns
    assert not any("true zero" in note for note in others.notes)
    assert [line.header for line in grid(fold, "inequality-persons").lines] == ["Skill"]  # a share has no Gini


def test_a_withheld_index_is_marked_and_not_spoken_of(release: Release) -> None:
    where = {"estimand": "erreygers", "measure": "ease", "by": "edu"}
    sheet = changed(release, where, estimate=float("nan"), status="suppressed")
    fold = inequality(sheet)
    table = grid(fold, "inequality-ordered-scores")
    assert under(table, "Education")["Ease"][table.columns.index("Erreygers") - 1].mark == "[c]"
    assert any(note.startswith("[c]") for note in table.legend)
    assert not any("Ease" in s for s in said(fold) if s.startswith("Education"))


def test_the_spread_is_the_root_of_the_released_variance(release: Release) -> None:
    sheet = page(release, "en")
    (row,) = sheet.rows.find("divide", "between_variance", "ease", "edu")
    cells = under(grid(inequality(sheet), "inequality-between-scores"), "Education")["Ease"]
    assert cells[1].text == sheet.t.number((row.estimate or 0.0) ** 0.5, 2)


def test_money_is_written_without_decimals(release: Release) -> None:
    where = {"estimand": "gap_corrected", "measure": "skill", "by": "sex"}
    sheet = changed(release, where, estimate=0.0, conf_low=0.0, conf_high=14_613.3)
    cells = under(grid(inequality(sheet), "inequality-between-others"), "Sex")["Skill"]
    assert (cells[0].text, cells[0].details) == ("0", ("0–14,613",))


def test_without_declared_stages_the_chapter_is_named_after_what_it_holds(release: Release) -> None:
    made = divide.divide(page(release, "en"))
    assert isinstance(made, Section)
    assert made.title == "Inequality in one number"
    assert not any(isinstance(block, Fold) for block in made.blocks)


def test_a_nonprobability_sample_has_values_without_claims(make: Callable[..., Release]) -> None:
    sheet = page(make(design={"sampling": "nonprobability", "method": "Whoever clicked"}), "en")
    *_, last = said(inequality(sheet))  # no sentence on any grouping after it
    assert last == "Without a probability sample there are no intervals: the numbers describe those who answered."
    assert isinstance(compare.compare(sheet), Omitted)
    assert said(answers(sheet)) == [
        "No test by the sampling design stands behind these figures: they describe those who answered."
    ]


def test_classical_tests_are_said_to_decide_nothing(release: Release) -> None:
    made = compare.compare(page(release, "en"))
    assert isinstance(made, Section)
    assert isinstance(made.blocks[-1], Fold)
    text = " ".join(said(made.blocks[-1]))
    assert "ignore the weights and the clusters" in text
    assert "They decide nothing here" in text
    assert "times too small here" in text  # method: both measures it


@pytest.mark.parametrize(
    ("design", "welch", "kruskal", "expected"),
    [
        (0.001, 0.9, 0.9, "not enough evidence of a difference by Welch's ANOVA and Kruskal–Wallis, one by the sampling"),
        (0.9, 0.001, 0.001, "a difference by Welch's ANOVA and Kruskal–Wallis, not enough evidence of one"),
        (0.05, 0.049, 0.9, "a difference by Welch's ANOVA, not enough evidence of one"),
    ],
)  # fmt: skip
def test_verdicts_that_differ_are_named(
    release: Release, design: float, welch: float, kruskal: float, expected: str
) -> None:
    table = release.estimates
    for test, p in {"design_ws": design, "anova_welch": welch, "kruskal": kruskal}.items():
        sheet = changed(
            replace(release, estimates=table), {"estimand": test, "measure": "ease", "by": "sex"}, p_adjusted=p
        )
        table = sheet.release.estimates
    texts = said(classical(sheet))
    assert any(text.startswith(f"Ease, Sex: {expected}") for text in texts)
    assert any(text.startswith("On 1 of 4 comparisons the verdicts differ") for text in texts)


def test_verdicts_that_agree_are_said_to(release: Release) -> None:
    texts = said(classical(page(release, "en")))
    assert "On all 4 comparisons the verdicts agree: the adjusted p lie on the same side of 0.05." in texts


def test_the_widest_pair_has_the_largest_g_turned_upwards(release: Release) -> None:
    sheet = page(release, "en")
    cells = under(grid(classical(sheet), "classical-sizes"), "Education")["Ease"]
    rows = sheet.rows.find("compare", "hedges_g", "ease", "edu")
    assert cells[0].text == "high less low"
    assert cells[1].text == sheet.t.number(max(abs(r.estimate or 0.0) for r in rows), 2)
    assert all(float(cell.text) > 0 for cell in cells[1:])


def test_with_classical_tests_alone_nothing_is_announced(make: Callable[..., Release]) -> None:
    made = compare.compare(page(make(method="classical"), "en"))
    assert isinstance(made, Section)
    (first,) = made.blocks[0].sentences  # type: ignore[union-attr]
    assert first.text == "The study asks for classical tests alone, so that no difference is announced."
    assert [b.name for b in made.blocks if isinstance(b, Table)] == ["classical-tests", "classical-sizes"]


def test_answers_by_group_count_the_tests_that_hold(release: Release) -> None:
    sheet, e = page(release, "en"), release.estimates
    tests = e[(e["analysis"] == "association") & (e["estimand"] == "rao_scott") & e["p_adjusted"].notna()]
    places = tests["measure"].eq("block") & tests["by"].eq("district")
    tests = tests[~places]
    holding = tests["p_adjusted"] < ALPHA
    assert 0 < holding.sum() < len(tests)
    fold = answers(sheet)
    assert said(fold)[0].startswith(f"{holding.sum()} of {len(tests)} pairs of a question")
    cells = [c for line in grid(fold, "associations").lines for c in line.cells]
    assert sum("*" in c.mark for c in cells) == holding.sum()


def test_a_place_is_not_set_against_the_place_it_lies_in(release: Release) -> None:
    table = grid(answers(page(release, "en")), "associations")
    column = table.columns.index("District") - 1
    (block,) = [line.cells for line in table.lines if line.header == "Block"]
    assert block[column] == Cell()
    assert block[0].text


def test_a_withheld_v_is_marked_and_its_test_stays(release: Release) -> None:
    where = {"analysis": "association", "estimand": "cramers_v", "measure": "user", "by": "edu"}
    sheet = changed(release, where, estimate=float("nan"), status="suppressed")
    table = grid(answers(sheet), "associations")
    (user,) = [line.cells for line in table.lines if line.header == "Uses it"]
    cell = user[table.columns.index("Education") - 1]
    assert (cell.text, cell.mark.split()[0], len(cell.details)) == ("", "[c]", 1)


def test_without_rows_there_is_no_fold(release: Release) -> None:
    table = release.estimates
    bare = replace(release, estimates=table[~table["analysis"].isin(["divide", "compare", "association"])])
    sheet = page(bare, "en")
    assert inequality(sheet) is None
    assert classical(sheet) is None
    assert answers(sheet) is None


def test_sentences_with_numbers_of_the_survey_name_their_rows(release: Release) -> None:
    for fold in folds(page(release, "en")):
        for block in fold.blocks:
            if isinstance(block, Bullets):
                assert all(s.rows and max(s.rows) < len(release.estimates) for s in block.sentences)


def test_a_p_value_has_a_column_of_its_own_beside_a_number(release: Release) -> None:
    sheet = page(release, "en")
    number = Cell(sheet.t.number(0.25, 2), (Probability("p < 0.001", "< 0.001"),), "*")
    made = columns(sheet, Table("t", "V", ("Question", "Age"), (Line("Skill", (number,)),)))
    assert [(c.heading, c.cells) for c in made[1:]] == [
        ("Age", ("0.25",)), ("Age: mark", ("*",)), ("Age: adjusted p", ("< 0.001",)),
    ]  # fmt: skip
    assert isinstance(made[1].cells[0], Numeral)


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_fold_speaks_the_language_of_the_page(release: Release, language: str) -> None:
    titles = {
        "id": ["Ketimpangan dalam satu angka", "Uji klasik, untuk pembaca yang mencarinya",
               "Jawaban mana berkaitan dengan kelompok mana"],
        "en": ["Inequality in one number", "Classical tests, for readers who expect them",
               "Which answers go with which groups"],
    }[language]  # fmt: skip
    assert [fold.title for fold in folds(page(release, language))] == titles
