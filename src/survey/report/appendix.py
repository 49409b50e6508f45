"""What a reader opens on demand on the page, set apart on paper: at the end, under the titles of its chapters.

A chapter keeps its sentences, its pictures and the tables that it speaks of, and says which tables stand at
the end. Every table keeps the number that it has in all other formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from survey.report.blocks import Block, Box, Figure, Fold, Prose, Section, Sentence, Table, tables

if TYPE_CHECKING:
    from survey.report.page import Page


def set_apart(page: Page, parts: Sequence[Block], numbers: Mapping[str, int]) -> tuple[Block, ...]:
    """The chapters without what is folded in them, then one chapter that holds it; `numbers` by table name."""
    kept: list[Block] = []
    apart: list[Block] = []
    for part in parts:
        if not isinstance(part, Section):
            kept.append(part)
            continue
        blocks, moved = _split(part.blocks)
        if moved:
            blocks = (*blocks, Prose((Sentence(_where(page, moved, numbers)),)))
            apart.append(Section(f"{part.name}-details", part.title, moved))
        kept.append(replace(part, blocks=blocks))
    if not apart:
        return tuple(kept)
    return (*kept, Section("details", page.t("Appendix: the numbers in full"), tuple(apart)))


def _split(blocks: Iterable[Block]) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """What stays where it is, and what is folded, each in reading order."""
    kept: list[Block] = []
    moved: list[Block] = []
    for block in blocks:
        if isinstance(block, Fold) or (isinstance(block, Table) and block.folded):
            moved.append(block)
        elif isinstance(block, Figure) and block.own_table and block.table.folded:
            kept.append(replace(block, own_table=False))
            moved.append(block.table)
        elif isinstance(block, Box | Section):
            inner, folded = _split(block.blocks)
            kept.append(replace(block, blocks=inner))
            moved += folded
        else:
            kept.append(block)
    return tuple(kept), tuple(moved)


def _where(page: Page, moved: Sequence[Block], numbers: Mapping[str, int]) -> str:
    """The numbers of the tables at the end, those in a row as first to last."""
    runs: list[list[int]] = []
    for number in sorted(numbers[table.name] for _, table in tables(moved)):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    named = page.t.listing([_run(page, run) for run in runs])
    if sum(map(len, runs)) == 1:
        return page.t("The figures of this chapter in full: table {numbers}, at the end.", numbers=named)
    return page.t("The figures of this chapter in full: tables {numbers}, at the end.", numbers=named)


def _run(page: Page, run: Sequence[int]) -> str:
    first, last = (page.t.number(k) for k in (run[0], run[-1]))
    return first if first == last else f"{first}–{last}"
