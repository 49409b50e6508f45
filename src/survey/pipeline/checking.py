"""Every problem of a study, found without writing anything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from survey.core.study import WaveSpec
from survey.errors import Problem
from survey.pipeline import parts, stages
from survey.pipeline.together import Together

if TYPE_CHECKING:
    from survey.study import Study


@dataclass(frozen=True)
class Findings:
    """What `check` found.

    Attributes
    ----------
    unused : wave → columns of its file that no question, design or `where` names.
    counts : wave → records read and kept.
    """

    problems: tuple[Problem, ...] = ()
    unused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def findings(study: Study, waves: Sequence[WaveSpec]) -> Findings:
    """Problems of the analyses named, the margins and every wave's data; unused columns of each file."""
    unnamed: dict[str, tuple[str, ...]] = {}
    counts: dict[str, tuple[int, int]] = {}
    together = Together()
    for stage in study.stages():
        with together.step():
            stage.verify(study)
    for spec in waves:
        with together.step():
            if spec.engine.in_parts:
                made = parts.drafts(study, spec, stages.margins(study), stages.key())
                unnamed[spec.name] = unused(study, spec, [str(name) for name in made.first.frame.columns])
                counts[spec.name] = (made.counts["records"], made.counts["kept"])
                continue
            raw, left_out = stages.read_raw(study, spec)
            unnamed[spec.name] = unused(study, spec, [str(name) for name in raw.frame.columns])
            cleaned, _ = stages.clean_and_weigh(study, spec, raw, left_out)
            counts[spec.name] = (len(raw.frame) + (0 if left_out is None else len(left_out)), len(cleaned.frame))
    return Findings(tuple(together.problems), unnamed, counts)


def unused(study: Study, spec: WaveSpec, columns: Sequence[str]) -> tuple[str, ...]:
    """Those of a file's columns that no question, design or `where` names."""
    used = {question.column_in(spec.name) for question in study.instrument.questions}
    used |= {column for question in study.instrument.questions for column in question.columns.values()}
    used |= set(spec.design.columns) | set(spec.where.names if spec.where else ())
    replicates = spec.design.replicates
    pattern = re.compile(replicates.columns) if replicates and replicates.columns else None
    return tuple(c for c in columns if c not in used and not (pattern and pattern.fullmatch(c)))
