"""What goes with the gaps: decomposition, predicted margins, intersections, indirect association. No causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from survey.report.announced import alpha, sides
from survey.report.blocks import Block, Bullets, Cell, Figure, Line, Omitted, Prose, Section, Sentence
from survey.report.figures import Axis, Dot, dots
from survey.report.rows import Row
from survey.report.sections.gap_parts import probability
from survey.report.skipped import reason
from survey.report.spans import span, valued
from survey.report.tables import table, value_cell

if TYPE_CHECKING:
    from survey.core.models import Decomposition, IndirectSpec
    from survey.report.page import Page


def goes_with(page: Page) -> Section | Omitted:
    """Every part that the release holds; associations, as the first sentence says."""
    t, title = page.t, page.t("What goes with the gaps")
    parts = [*_decompositions(page), *_models(page), *_intersections(page), *_indirect(page)]
    if not parts:
        return Omitted(
            title,
            reason(page, "decompose", "models", "intersections", "indirect")
            or t("The study declares no decompositions or models, or they do not apply to this wave."),
        )
    said = t(
        "Groups differ in much at once, such as age and schooling. These analyses set people beside one another "
        "who are "
        "alike in the rest. They show what goes together; they name no cause."
    )
    return Section("goes-with", title, (Prose((Sentence(said),)), *parts))


def _decompositions(page: Page) -> Iterator[Block]:
    t, lines, drawn = page.t, [], []
    for spec in page.release.study.decompose:
        for measure, (gap, explained, rest, share) in _all_decomposed(page, spec).items():
            kind = "proportion" if gap.unit == "proportion" else "mean"
            first, second = (page.level(spec.by, v) for v in sides(page, spec.by, gap.contrast) or ("", ""))
            label = t("{name}, {grouping}", name=page.label(measure), grouping=page.label(spec.by))
            cells = [value_cell(page, kind, r, (span(page, kind, r),)) for r in (gap, explained, rest)]
            lines.append(
                Line(label, (Cell(t("{first} less {second}", first=first, second=second), numeric=False), *cells))
            )
            if share is not None and share.firm:
                drawn.append((label, share))
    if not lines:
        return
    said = [_decomposed_words(page, spec) for spec in page.release.study.decompose]
    yield Bullets(tuple(s for s in said if s))
    if drawn:
        yield _shares(page, drawn)
    columns = (t("Measure and grouping"), t("Groups"), t("Gap"), t("Goes with the others"), t("Does not"))
    note = t("Oaxaca–Blinder decomposition over people with all answers; the others are named above.")
    yield table(page, "decomposition", t("Gaps split by what else the groups differ in"), columns, lines, (note,))


_Split = tuple[Row, Row, Row, Row | None]


def _all_decomposed(page: Page, spec: Decomposition) -> dict[str, _Split]:
    found = {measure: _decomposed(page, spec, measure) for measure in spec.measures}
    return {measure: held for measure, held in found.items() if held is not None}


def _decomposed(page: Page, spec: Decomposition, measure: str) -> _Split | None:
    def find(analysis: str, estimand: str) -> Row | None:
        return next((r for r in page.rows.find(analysis, estimand, measure, spec.by) if r.level is None), None)

    gap, explained, rest = (find("decompose", e) for e in ("gap", "explained", "unexplained"))
    if gap is None or explained is None or rest is None or not gap.shown:
        return None
    return gap, explained, rest, find("divide", "explained_share")


def _decomposed_words(page: Page, spec: Decomposition) -> Sentence | None:
    """Of each gap that is clear of zero, the share that goes with the others, and where a gap remains."""
    t = page.t
    held = {m: d for m, d in _all_decomposed(page, spec).items() if d[0].firm and _clear(d[0]) and d[3] and d[3].firm}
    if not held:
        return None
    gap = next(iter(held.values()))[0]
    first, second = (page.level(spec.by, v) for v in sides(page, spec.by, gap.contrast) or ("", ""))
    facts = [
        t("{name} {value}", name=page.label(m), value=_share_text(page, share))
        for m, (_, _, _, share) in held.items()
        if share
    ]
    said = t(
        "{grouping}: of the gap between “{first}” and “{second}”, this much goes with differences in {others}: "
        "{facts}.",
        grouping=page.label(spec.by), first=first, second=second,
        others=t.listing([page.label(c) for c in spec.covariates]), facts="; ".join(facts),
    )  # fmt: skip
    remaining = [page.label(m) for m, (_, _, rest, _) in held.items() if rest.firm and _clear(rest)]
    more = (
        t("A gap remains among people alike in these on {names}.", names=t.listing(remaining))
        if remaining
        else t("Whether a gap remains among people alike in these cannot be told.")
    )
    return Sentence(f"{said} {more}", tuple(r.position for d in held.values() for r in d if r is not None))


def _clear(row: Row) -> bool:
    """Whether the interval leaves out 0."""
    return row.low is not None and row.high is not None and not row.low <= 0 <= row.high


def _share_text(page: Page, row: Row) -> str:
    t = page.t
    return t(
        "{value} ({interval})", value=t.percent(row.estimate, 0), interval=t.span(row.low, row.high, 0, percent=True)
    )


def _shares(page: Page, drawn: Sequence[tuple[str, Row]]) -> Figure:
    t = page.t
    low = min(-0.5, *(r.low or 0.0 for _, r in drawn))
    high = max(1.5, *(r.high or 0.0 for _, r in drawn))
    ticks = tuple((k / 2, t.percent(k / 2, 0)) for k in range(round(low * 2), round(high * 2) + 1))
    axis = Axis(low, high, ticks, t("Share of the gap; dashed: all of it"))
    points = [Dot(r.estimate, r.low, r.high, _share_text(page, r)) for _, r in drawn]
    caption = t("How much of each gap goes with the other differences")
    facts = "; ".join(
        t("{name} {value}", name=label, value=p.text) for (label, _), p in zip(drawn, points, strict=True)
    )
    lines = [Line(label, (value_cell(page, "proportion", r), Cell(span(page, "proportion", r)))) for label, r in drawn]
    columns = (t("Measure and grouping"), t("Share of the gap"), t("{level} interval", level=page.confidence))
    numbers = table(page, "gap-shares", caption, columns, lines, folded=True)
    svg = dots([label for label, _ in drawn], points, axis, reference=1.0)
    return Figure(
        "gap-shares",
        caption,
        t("Forest of the share of each gap that goes with other differences: {facts}.", facts=facts),
        svg,
        numbers,
    )


def _models(page: Page) -> Iterator[Block]:
    t, specs = page.t, page.release.study.models
    indicators = [i.name for i in page.release.instrument.indicators]
    covariates = list(dict.fromkeys(c for m in specs for c in m.covariates)) or list(page.release.study.groups)
    measures = dict.fromkeys([m for spec in specs for m in spec.measures] or indicators)
    tests = {m: {c: next(iter(page.rows.find("models", "wald", m, c)), None) for c in covariates} for m in measures}
    tests = {m: found for m, found in tests.items() if any(found.values())}
    if not tests:
        return
    lines = [Line(page.label(m), tuple(_test_cell(page, found[c]) for c in covariates)) for m, found in tests.items()]
    yield Bullets(tuple(s for c in covariates if (s := _remaining(page, c, {m: f[c] for m, f in tests.items()}))))
    columns = (t("Measure"), *(page.label(c) for c in covariates))
    note = t(
        "Regression on all columns at once; p of the joint test of each, adjusted for all of them. Predicted "
        "margins are in "
        "estimates.csv."
    )
    yield table(page, "models", t("What remains when people are alike in the rest"), columns, lines, (note,))


def _remaining(page: Page, covariate: str, tests: dict[str, Row | None]) -> Sentence | None:
    """On which measures the groups of one covariate still differ."""
    t, held = page.t, {m: r for m, r in tests.items() if r is not None and r.p_adjusted is not None}
    if not held:
        return None
    certain = [page.label(m) for m, r in held.items() if _holds(page, r)]
    facts = {"grouping": page.label(covariate), "n": t.number(len(held)), "k": t.number(len(certain))}
    text = (
        t("{grouping}: among people alike in the rest, differences remain on {k} of {n} measures: {names}.",
          names=t.listing(certain), **facts)
        if certain
        else t("{grouping}: among people alike in the rest, not enough evidence of a difference on any of the "
               "{n} measures.",
               grouping=facts["grouping"], n=facts["n"])
    )  # fmt: skip
    return Sentence(text, tuple(r.position for r in held.values()))


def _holds(page: Page, row: Row) -> bool:
    return row.p_adjusted is not None and row.p_adjusted < alpha(page)


def _test_cell(page: Page, row: Row | None) -> Cell:
    if row is None or row.p_adjusted is None:
        return Cell("–" if row is None else "", numeric=False)
    word = page.t("remains") if _holds(page, row) else page.t("not enough evidence")
    return Cell(word, (page.t("p {p}", p=probability(page, row.p_adjusted)),), numeric=False)


def _intersections(page: Page) -> Iterator[Block]:
    t, lines = page.t, []
    crossed = page.release.study.intersections or page.release.study.groups[:2]
    for i in page.release.instrument.indicators:
        rows = [page.rows.overall("intersections", e, i.name) for e in ("vpc", "pcv")]
        if any(r is not None and r.shown for r in rows):
            lines.append(Line(page.label(i.name), tuple(_part(page, r) for r in rows)))
    if not lines:
        return
    said = t(
        "Where {names} meet: the first column is the share of all variation that lies between the crossed groups, the "
        "second how much of that the single groupings account for together. Near 100 per cent, no crossing stands out "
        "beyond what its groups add up to.",
        names=t.listing([page.label(g) for g in crossed]),
    )
    yield Prose((Sentence(said),))
    columns = (t("Indicator"), t("Between crossed groups"), t("Of that, by the groups singly"))
    yield table(page, "intersections", t("Where groups meet"), columns, lines)


def _part(page: Page, row: Row | None) -> Cell:
    """A share; one below zero, where the groups leave more variation than there was, is none in words."""
    if row is not None and row.shown and (row.estimate or 0.0) < 0:
        return Cell(page.t("none"))
    return value_cell(page, "proportion", row)


def _indirect(page: Page) -> Iterator[Block]:
    t, lines, said = page.t, [], []
    for spec in page.release.study.indirect:
        found = {
            e: {
                r.contrast: r
                for r in page.rows.find("indirect", e, spec.target, spec.source)
                if r.level == spec.through
            }
            for e in ("total_association", "indirect_association", "direct_association")
        }
        for contrast, row in found["indirect_association"].items():
            pair = sides(page, spec.source, contrast)
            if pair is None:
                continue
            label = t(
                "{name}: “{first}” against “{second}”",
                name=page.label(spec.target),
                first=page.level(spec.source, pair[0]),
                second=page.level(spec.source, pair[1]),
            )
            cells = [
                value_cell(page, "mean", r, (span(page, "mean", r),)) if r else Cell()
                for r in (f.get(contrast) for f in found.values())
            ]
            lines.append(Line(label, tuple(cells)))
            said += [s for s in [_indirect_words(page, spec, pair, row)] if s]
    if not lines:
        return
    if said:
        yield Bullets(tuple(said))
    else:
        yield Prose((Sentence(t("Indirect associations: not enough evidence of one; every interval holds 0.")),))
    columns = (t("Contrast"), t("In all"), t("By way of the variable between"), t("The rest"))
    named = "; ".join(
        f"{page.label(s.source)} → {page.label(s.through)} → {page.label(s.target)}"
        for s in page.release.study.indirect
    )
    note = t(
        "Scale points. The order {order} is a supposition of the study; a survey of one moment cannot show it.",
        order=named,
    )
    yield table(page, "indirect", t("Indirect association"), columns, lines, (note,))


def _indirect_words(page: Page, spec: IndirectSpec, pair: tuple[str, str], row: Row) -> Sentence | None:
    if not row.firm or (row.low or 0.0) <= 0 <= (row.high or 0.0):
        return None
    said = page.t(
        "{target}: between “{first}” and “{second}”, {value} scale points go by way of {through}.",
        target=page.label(spec.target), first=page.level(spec.source, pair[0]), second=page.level(spec.source, pair[1]),
        value=valued(page, "mean", row), through=page.label(spec.through),
    )  # fmt: skip
    return Sentence(said, (row.position,))
