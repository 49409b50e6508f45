"""How the figures came about: sample, weights, cleaning, what is hidden, where the data come from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from survey.core.estimates import SUPPRESSED
from survey.report.blocks import Block, Cell, Line, Omitted, Prose, Section, Sentence, Table, Terms
from survey.report.locale import mark
from survey.report.tables import base_cell, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from survey.report.page import Page

#: Names the pipeline gives its rules and facts → what the report calls them; other names appear as they are.
NAMES = {
    "records": mark("Records read"),
    "kept": mark("Records kept"),
    "n": mark("People who answered"),
    "sum": mark("Sum of the weights"),
    "kish_deff": mark("Loss of precision through unequal weights (Kish's factor)"),
    "effective_n": mark("Effective sample size"),
    "min": mark("Smallest weight"),
    "max": mark("Largest weight"),
    "cycles": mark("Cycles of the calibration"),
    "strata": mark("Strata"),
    "psus": mark("Primary sampling units"),
    "df": mark("Degrees of freedom"),
    "sampling": mark("Sampling"),
    "probability": mark("probability sample"),
    "nonprobability": mark("not a probability sample"),
    "duplicate": mark("Identical records, one of them kept"),
    "no_consent": mark("Records without consent, removed"),
    "consent": mark("Records without consent, removed"),
    "where": mark("Records of other waves, left out"),
    "unknown_code": mark("Answers with a code the questionnaire does not have, made blank"),
    "out_of_range": mark("Numbers outside their range, made blank"),
    "routed_past": mark("Answers to questions that did not apply, made not applicable"),
    "recode": mark("Answers recoded"),
    "missing": mark("Codes read as a kind of missing answer"),
    "synonym": mark("Answers written in words, read as codes"),
    "label": mark("Answers written in words, read as codes"),
    "number": mark("Numbers written in another form"),
    "date": mark("Dates written in another form"),
    "identifier": mark("Identifying answers, dropped"),
    "pii": mark("Texts in which personal data were found, dropped"),
    "min_n": mark("fewer people answered than the smallest base"),
    "min_cell": mark("fewer people in the answer than the smallest cell"),
    "complementary": mark("a hidden figure could have been computed from it"),
    "warning": mark("warning"),
    "error": mark("error"),
}


def method(page: Page) -> Section:
    """The sample, the weights and what the intervals mean."""
    t, design = page.t, page.release.wave.design
    said = [s for s in (page.words(design.method).strip(), *_calibration(page)) if s]
    if page.probability:
        said.append(
            t(
                "Intervals hold at {level} confidence and allow for strata, clusters and weights. {deff}",
                level=page.confidence,
                deff=_deff(page),
            ).strip()
        )
    else:
        said.append(
            t(
                "The sample was not drawn at random. No margin of error can be given: neither the size "
                "nor the weights of such a sample tell how far it lies from the population."
            )
        )
    facts = _values(page, "design") + _values(page, "weights")
    blocks: list[Block] = [Prose(tuple(Sentence(s) for s in said))]
    if facts:
        blocks.append(table(page, "design", t("Sample and weights"), (t("Measure"), t("Value")), facts))
    return Section("method", t("Method"), tuple(blocks))


def _calibration(page: Page) -> list[str]:
    spec, t = page.release.wave.design.calibrate, page.t
    if spec is None:
        return [] if page.release.wave.design.weight else [t("The answers are not weighted: everyone counts the same.")]
    margins = [" × ".join(page.label(n) for n in margin) for margin in spec.to]
    return [t("The weights make the sample agree with the population in {margins}.", margins=t.listing(margins))]


def _deff(page: Page) -> str:
    rows = [page.rows.overall("indicators", "mean", i.name) for i in page.indicators()]
    found = [r.deff for r in rows if r is not None and r.shown and r.deff is not None]
    if not found:
        return ""
    low, high = page.t.number(min(found), 2), page.t.number(max(found), 2)
    return page.t("The design effects of the indicators lie between {low} and {high}.", low=low, high=high)


def _values(page: Page, fact: str) -> list[Line]:
    found = page.fact(fact)
    if found is None:
        return []
    return [
        Line(_named(page, n), (_value_cell(page, v),))
        for n, v in zip(found["name"], found["value"], strict=True)
        if v == v
    ]


def _named(page: Page, name: object) -> str:
    return page.t(NAMES[str(name)]) if str(name) in NAMES else str(name)


def _value_cell(page: Page, value: object) -> Cell:
    try:
        number = float(str(value))
    except ValueError:
        return Cell(_named(page, value), numeric=False)
    return Cell(page.t.number(number, 0 if number.is_integer() else 2))


def quality(page: Page) -> Section | Omitted:
    """What cleaning removed and changed, and what the checks found."""
    t, cleaning, checks = page.t, page.fact("cleaning"), page.fact("quality")
    blocks = []
    if cleaning is not None:
        lines = [
            Line(_named(page, r), (base_cell(page, n),)) for r, n in zip(cleaning["rule"], cleaning["n"], strict=True)
        ]
        blocks.append(table(page, "cleaning", t("Cleaning"), (t("Step"), t("Number")), lines))
    if checks is not None:
        blocks.append(_checks(page, checks))
    title = t("Quality of the data")
    if not blocks:
        return Omitted(title, t("The release holds no counts of the cleaning."))
    said = t("Nothing was repaired silently: each changed answer is listed in the audit file.")
    return Section("quality", title, (Prose((Sentence(said),)), *blocks))


def _checks(page: Page, checks: pd.DataFrame) -> Table:
    t = page.t
    lines = [
        Line(str(r["check"]), (
            Cell("" if r["item"] is None else page.label(str(r["item"])), numeric=False),
            Cell(_named(page, r["severity"]), numeric=False),
            base_cell(page, r["n"]),
            Cell(t.percent(r["share"])),
        ))
        for r in checks.astype(object).where(checks.notna(), None).to_dict("records")
    ]  # fmt: skip
    columns = (t("Check"), t("Question"), t("Severity"), t("Cases"), t("Share"))
    return table(page, "checks", t("What the checks found"), columns, lines)


def disclosure(page: Page) -> Section:
    """What is not shown and why: the rules, how often each hid a figure, and in which tables."""
    t, policy = page.t, page.release.policy
    hidden = page.release.suppressed
    said = [
        t("A group is not shown when fewer than {least} people in it answered.", least=t.number(policy.min_n)),
        t(
            "In sensitive questions and places of residence, answers given by fewer than {least} people are not shown.",
            least=t.number(policy.min_cell),
        ),
    ]
    if policy.complementary:
        said.append(t("Where a hidden figure could be computed from those beside it, the next smallest is hidden too."))
    if policy.loosened:
        said.append(t("These rules hide less than is customary; the study set them so."))
    if not (page.release.estimates["status"] == SUPPRESSED).any():
        return Section(
            "hidden",
            t("What is not shown"),
            (Prose((*map(Sentence, said), Sentence(t("No figure had to be withheld.")))),),
        )
    blocks: list[Block] = [Prose(tuple(map(Sentence, said)))]
    if len(hidden):
        blocks += [_by_rule(page, hidden), _by_table(page, hidden)]
    return Section("hidden", t("What is not shown"), tuple(blocks))


def _by_rule(page: Page, hidden: pd.DataFrame) -> Table:
    t = page.t
    counts = Counter(hidden["rule"].astype(str))
    lines = [Line(_named(page, rule), (base_cell(page, n),)) for rule, n in counts.items()]
    return table(page, "hidden-rules", t("Withheld figures by reason"), (t("Reason"), t("Figures")), lines)


def _by_table(page: Page, hidden: pd.DataFrame) -> Table:
    t = page.t
    keys = zip(*(hidden[c].fillna("").tolist() for c in ("analysis", "measure", "by", "by2")), strict=True)
    counts = Counter(keys)
    lines = []
    for (analysis, measure, by, by2), n in counts.items():
        groups = t.listing([page.label(g) for g in (by, by2) if g]) or t("Everyone")
        lines.append(
            Line(page.label(measure), (Cell(groups, numeric=False), Cell(analysis, numeric=False), base_cell(page, n)))
        )
    columns = (t("Measure"), t("Group"), t("Analysis"), t("Figures"))
    return table(page, "hidden-tables", t("Withheld figures by table"), columns, lines, folded=True)


def provenance(page: Page) -> Section | Omitted:
    """Which file the figures come from, with its fingerprint."""
    t, source = page.t, page.fact("source")
    title = t("Where the data come from")
    if source is None:
        return Omitted(title, t("The release does not name its source files."))
    blocks: list[Block] = [
        Terms(_source(page, r)) for r in source.astype(object).where(source.notna(), None).to_dict("records")
    ]
    said = t(
        "Seed of random steps: {seed}. The versions of the programs and the fingerprints of all "
        "files are in manifest.json.",
        seed=str(page.release.study.seed),
    )
    return Section("provenance", title, (*blocks, Prose((Sentence(said),))))


def _source(page: Page, record: dict[str, object]) -> tuple[tuple[str, str], ...]:
    t = page.t
    names = {"file": t("File"), "format": t("Format"), "sha256": t("SHA-256"), "decisions": t("Read as")}
    return tuple((name, str(record[key])) for key, name in names.items() if record.get(key))


def omissions(page: Page, left_out: Sequence[Omitted]) -> Section:
    """What this report does not hold, with the reason."""
    said = (page.t("{title}: {reason}", title=o.title, reason=o.reason) for o in left_out)
    from survey.report.blocks import Bullets

    return Section("omitted", page.t("Not in this report"), (Bullets(tuple(Sentence(s) for s in said)),))
