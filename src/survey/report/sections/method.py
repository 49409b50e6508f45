"""How the figures came about: sample and weights, what is hidden, where the data come from."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING

from survey.core.estimates import SUPPRESSED
from survey.report import names, skipped
from survey.report.blocks import Block, Bullets, Cell, Fold, Line, Omitted, Prose, Section, Sentence, Table, Terms
from survey.report.names import called
from survey.report.tables import base_cell, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from survey.report.page import Page


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
    facts = _weights(page)
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


def _weights(page: Page) -> list[Line]:
    found = page.fact("weights")
    values = [] if found is None else zip(found["name"], found["value"], strict=True)
    of_others = (*names.OF_PRECISION,) if not page.probability else ()
    left_out = of_others if page.release.wave.design.calibrate else (*of_others, *names.OF_CALIBRATION)
    kept = [(str(n), v) for n, v in values if v == v and n not in left_out]
    return [Line(called(page.t, n, names.WEIGHTS), (_number(page, v),)) for n, v in kept]


def _number(page: Page, value: object) -> Cell:
    number = float(str(value))
    return Cell(page.t.number(number, 0 if number.is_integer() or number >= 100 else 2))


def disclosure(page: Page) -> Section:
    """What is not shown and why: the rules, how often each hid a figure, and in which tables."""
    t, hidden = page.t, page.release.suppressed
    said, title = _rules(page), t("What is not shown")
    if not (page.release.estimates["status"] == SUPPRESSED).any():
        said.append(t("No figure had to be withheld."))
    blocks: list[Block] = [Prose(tuple(map(Sentence, said)))]
    if len(hidden):
        blocks += [_by_rule(page, hidden), Fold(t("Withheld figures by table"), (_by_table(page, hidden),))]
    return Section("hidden", title, tuple(blocks))


def _rules(page: Page) -> list[str]:
    t, policy = page.t, page.release.policy
    least, cell = t.number(policy.min_n), t.number(policy.min_cell)
    said = []
    if policy.min_n:
        said.append(t("A group is not shown when fewer than {least} people in it answered.", least=least))
    if policy.min_cell and page.probability:
        said.append(
            t(
                "In sensitive questions and places of residence, answers given by fewer than {least} people are "
                "not shown.",
                least=cell,
            )
        )
    if policy.min_cell and not page.probability:
        said.append(t("Answers given by fewer than {least} people are not shown.", least=cell))
    if policy.complementary:
        said.append(t("Where a hidden figure could be computed from those beside it, the next smallest is hidden too."))
    if policy.loosened:
        said.append(t("These rules hide less than is customary; the study set them so."))
    return said


def _by_rule(page: Page, hidden: pd.DataFrame) -> Table:
    t = page.t
    counts = Counter(hidden["rule"].astype(str))
    lines = [Line(called(t, rule, names.REASONS), (base_cell(page, n),)) for rule, n in counts.items()]
    return table(page, "hidden-rules", t("Withheld figures by reason"), (t("Reason"), t("Figures")), lines)


def _by_table(page: Page, hidden: pd.DataFrame) -> Table:
    t = page.t
    keys = zip(*(hidden[c].fillna("").tolist() for c in ("analysis", "measure", "by", "by2")), strict=True)
    counts = Counter(keys)
    lines = []
    for (analysis, measure, by, by2), n in counts.items():
        groups = t.listing([page.label(g) for g in (by, by2) if g]) or t("Everyone")
        words = (Cell(groups, numeric=False), Cell(called(t, analysis, names.ANALYSES), numeric=False))
        measured = page.label(measure) if measure else t("The whole questionnaire")
        lines.append(Line(measured, (*words, base_cell(page, n))))
    columns = (t("Measure"), t("Group"), t("Analysis"), t("Figures"))
    return table(page, "hidden-tables", t("Withheld figures by table"), columns, lines)


def provenance(page: Page) -> Section | Omitted:
    """Which file the figures come from, with its fingerprint."""
    t, source = page.t, page.fact("source")
    title = t("Where the data come from")
    if source is None:
        return Omitted(title, t("The release does not name its source files."))
    blocks: list[Block] = [Terms(_source(page, r)) for r in page.records(source)]
    said = t(
        "Seed of random steps: {seed}. The versions of the programs and the fingerprints of all "
        "files are in manifest.json.",
        seed=str(page.release.study.seed),
    )
    return Section("provenance", title, (*blocks, Prose((Sentence(said),))))


def _source(page: Page, record: dict[str, object]) -> tuple[tuple[str, str], ...]:
    t = page.t
    names = {"file": t("File"), "format": t("Format"), "sha256": t("SHA-256"), "decisions": t("Read as")}
    file = PurePath(str(record.get("file") or ""))
    if file.is_absolute():  # where it lies on the machine that read it is no matter of the reader
        record = {**record, "file": file.name}
    return tuple((name, str(record[key])) for key, name in names.items() if record.get(key))


def omissions(page: Page, left_out: Sequence[Omitted]) -> Section:
    """What this report does not hold, with the reason: sections first, then analyses that no section speaks of."""
    missing = [(o.title, o.reason) for o in left_out]
    others = skipped.untold(page, [why for _, why in missing])
    missing += [(page.t("Analysis “{name}”", name=called(page.t, name, names.ANALYSES)), why) for name, why in others]
    said = (page.t("{title}: {reason}", title=title, reason=why) for title, why in missing)
    return Section("omitted", page.t("Not in this report"), (Bullets(tuple(Sentence(s) for s in said)),))
