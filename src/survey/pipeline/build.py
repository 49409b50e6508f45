"""Waves brought up to date: what has not changed is not made again, what is made appears whole."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from survey.core.study import WaveSpec
from survey.errors import OutputError, Problem
from survey.pipeline.draft import Draft, manifest_of
from survey.pipeline.stage import REPORT, Files, Progress, Stage, processed, reports
from survey.pipeline.together import Together
from survey.writing.lock import locked
from survey.writing.manifest import Basis
from survey.writing.staging import check_places, publish

if TYPE_CHECKING:
    from survey.study import Study

Work = tuple[Draft, Stage]

#: Reports that are finished beside the one that begins; each holds half a gigabyte while it is set in type.
AT_ONCE = 2


@dataclass(frozen=True)
class Outcome:
    """What a run leaves, as paths relative to the output root.

    Attributes
    ----------
    outputs : every file of the stages asked for, old or new.
    written : those that this run wrote.
    notes : what the reader of the outputs should know.
    """

    outputs: tuple[str, ...]
    written: tuple[str, ...]
    notes: tuple[str, ...] = ()


def build(
    study: Study,
    stages: Sequence[Stage],
    waves: Sequence[WaveSpec],
    root: Path,
    progress: Progress | None = None,
    trend: Sequence[Stage] = (),
) -> Outcome:
    """Bring `stages` of `waves`, then those of the trend over all waves, up to date under `root`.

    What the waves share is verified first; then all waves pass a stage before the next begins, so
    the problems of all of them are raised at once. Nothing is written before everything has been made.
    A trend that lacks a wave is left out, and a note says so.

    Raises
    ------
    SurveyError
        What is wrong in the inputs; earlier outputs are then untouched.
    OutputError
        If `root` cannot be written or another run holds it.
    """
    say = progress or (lambda _: None)
    _check_apart(study, waves, root)
    check_places(root, [path for spec in waves for path in (manifest_of(spec), f"{processed(spec)}/audit.csv")])
    with locked(root):
        drafts = [Draft(study, spec, root) for spec in waves]
        notes = [note for draft in drafts for note in draft.notes(stages[0])]
        tables, documents = _apart(stages)
        _make_tables(study, tables, drafts, say)
        over_all = Draft(study, study.spec.trend, root, drafts)
        if lacking := over_all.lacking(trend[:1]):
            notes.append(f"the trend over waves is not made: {lacking[0]} is missing")
            trend = ()
        tables_over_all, documents_over_all = _apart(trend)
        _make_tables(study, tables_over_all, [over_all], say)
        of_waves = [(draft, stage) for stage in documents for draft in drafts]
        _side_by_side([*of_waves, *((over_all, stage) for stage in documents_over_all)], say)
        drafts += [over_all] * bool(over_all.records)
        sets = [changed for draft in drafts if (changed := draft.changes())]
        say("writing")
        if sets:
            publish(root, sets)
    outputs = [path for draft in drafts for path in draft.outputs([*stages, *trend])]
    written = [path for one in sets for path in (*sorted(one.files), one.manifest)]
    return Outcome(tuple(outputs), tuple(written), tuple(notes))


def _apart(stages: Sequence[Stage]) -> tuple[list[Stage], list[Stage]]:
    """Stages whose outputs others read, and reports, which nothing reads."""
    return [s for s in stages if s.verb != REPORT], [s for s in stages if s.verb == REPORT]


def _make_tables(study: Study, stages: Sequence[Stage], drafts: Sequence[Draft], say: Progress) -> None:
    """Bring each stage of all drafts up to date before the next begins, once what they share has been looked at."""
    together = Together()
    for stage in stages:
        if any(draft.reasons(stage) for draft in drafts):
            with together.step():
                stage.verify(study)
    for stage in stages:
        for draft in drafts:
            say(f"{draft.spec.name}: {stage.name}")
            with together.step():
                draft.bring_up_to_date(stage, say)
        together.finish()


def _side_by_side(works: Sequence[Work], say: Progress) -> None:
    """Bring stages up to date of which none reads another's files: while one begins, those before it are finished."""
    together = Together()
    begun: list[tuple[Draft, Stage, Basis, Future[Files]]] = []
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for draft, stage in works:
            if len(begun) >= AT_ONCE:  # what has begun holds its estimates in memory until it is finished
                wait([begun[-AT_ONCE][-1]])
            say(f"{draft.spec.name}: {stage.name}")
            with together.step():
                if making := draft.begin(stage, say):
                    basis, finish = making
                    begun.append((draft, stage, basis, pool.submit(finish)))
        for draft, stage, basis, job in begun:
            with together.step():
                draft.keep(stage, basis, job.result)
    finally:
        pool.shutdown(cancel_futures=True)
    together.finish()


def _check_apart(study: Study, waves: Sequence[WaveSpec], root: Path) -> None:
    """Refuse to write where the study's own sources lie."""
    written = [(root / folder(spec)).resolve() for spec in waves for folder in (processed, reports)]
    read = {spec.source: study.folder / spec.source for spec in study.spec.waves}
    read |= {name: study.folder / name for name in study.files}
    for name, place in read.items():
        if any(place.resolve().is_relative_to(folder) for folder in written):
            raise OutputError(
                Problem(
                    file=name,
                    found="an input inside a folder this run writes",
                    expected="inputs outside data/processed and reports",
                    hint="Move the file, or choose another folder with --out.",
                )
            )
