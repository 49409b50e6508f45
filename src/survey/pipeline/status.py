"""Which stages of which waves are up to date, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from survey.core.study import WaveSpec
from survey.pipeline.draft import Draft
from survey.pipeline.stage import REPORT

if TYPE_CHECKING:
    from survey.study import Study

CURRENT, STALE, MISSING = "up to date", "out of date", "missing"


@dataclass(frozen=True, slots=True)
class StageState:
    """One stage of one wave: `CURRENT`, `STALE` or `MISSING`, with the reasons."""

    wave: str
    stage: str
    state: str
    reasons: tuple[str, ...] = ()


def states(study: Study, waves: Sequence[WaveSpec], root: Path) -> list[StageState]:
    """The state of every stage of `waves` under `root`."""
    found = []
    over_waves = study.trend_stages()
    of_each = [(spec, study.stages()) for spec in waves] + [(study.spec.trend, over_waves)] * bool(over_waves)
    for spec, stages in of_each:
        draft, stale = Draft(study, spec, root), False
        for stage in stages:
            why = draft.reasons(stage)
            if stage.name not in draft.records:
                found.append(StageState(spec.name, stage.name, MISSING))
            elif why or stale:
                found.append(StageState(spec.name, stage.name, STALE, why or ("an earlier stage is out of date",)))
            else:
                found.append(StageState(spec.name, stage.name, CURRENT))
            stale |= bool(why) and stage.verb != REPORT
    return found
