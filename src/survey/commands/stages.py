"""The verbs of the stages: check, prepare, estimate, report, all of them in one run, and how far they are."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from survey.answer import Answer
from survey.commands.options import HERE, Against, AsJson, Languages, Out, StudyPath, Waves
from survey.commands.outputs import listed
from survey.errors import Problem

if TYPE_CHECKING:
    from survey.pipeline.build import Outcome
    from survey.pipeline.stage import Progress
    from survey.study import Study


def run(
    study: StudyPath = HERE,
    wave: Waves = None,
    lang: Languages = None,
    out: Out = None,
    as_json: AsJson = False,
) -> Answer:
    """Prepare, estimate and report every wave; what has not changed is left alone."""
    from survey.study import Study

    with _progress(as_json) as say:
        loaded = Study.load(study)
        return _written(loaded.run(wave or (), lang or (), out, say), out or loaded.folder, prepared=True)


def check(
    study: StudyPath = HERE,
    wave: Waves = None,
    against: Against = None,
    as_json: AsJson = False,
    json_schema: Annotated[bool, typer.Option("--json-schema", help="Print the schemas of the YAML files.")] = False,
) -> Answer:
    """Find every problem of the study files and the raw data; write nothing."""
    if json_schema:
        from survey.core.schema import json_schemas

        return Answer(lines=[_pretty(json_schemas())], extra={"schemas": json_schemas()})
    from survey.study import Study

    loaded = Study.load(study)
    found = loaded.check(wave or ())
    problems = [*found.problems, *_unlike(loaded, wave or (), against, found.problems)]
    lines = [f"{name}: {kept} of {read} records are kept" for name, (read, kept) in found.counts.items()]
    for name, columns in found.unused.items():
        if columns:
            lines.append(f"{name}: no question names {len(columns)} columns: {', '.join(columns)}")
    if not problems:
        lines.append("no problems")
    unused = {name: list(columns) for name, columns in found.unused.items()}
    return Answer(lines=lines, problems=problems, extra={"unused_columns": unused})


def prepare(study: StudyPath = HERE, wave: Waves = None, out: Out = None, as_json: AsJson = False) -> Answer:
    """Clean and weight the raw data of every wave."""
    from survey.study import Study

    with _progress(as_json) as say:
        loaded = Study.load(study)
        return _written(loaded.prepare(wave or (), out, say), out or loaded.folder, prepared=True)


def estimate(study: StudyPath = HERE, wave: Waves = None, out: Out = None, as_json: AsJson = False) -> Answer:
    """Estimate every analysis from the prepared waves, and protect the results."""
    from survey.study import Study

    with _progress(as_json) as say:
        loaded = Study.load(study)
        return _written(loaded.estimate(wave or (), out, say), out or loaded.folder)


def report(
    study: StudyPath = HERE,
    wave: Waves = None,
    lang: Languages = None,
    out: Out = None,
    as_json: AsJson = False,
) -> Answer:
    """Write the reports of the estimated waves."""
    from survey.study import Study

    with _progress(as_json) as say:
        loaded = Study.load(study)
        return _written(loaded.report(wave or (), lang or (), out, say), out or loaded.folder)


def status(study: StudyPath = HERE, wave: Waves = None, out: Out = None, as_json: AsJson = False) -> Answer:
    """Say which waves and stages are up to date, and why the others are not."""
    from dataclasses import asdict

    from survey.study import Study

    states = Study.load(study).status(wave or (), out)
    width = max((len(f"{s.wave} {s.stage}") for s in states), default=0)
    lines = [
        f"{f'{s.wave} {s.stage}':<{width}}  {s.state}{': ' + '; '.join(s.reasons) if s.reasons else ''}" for s in states
    ]
    return Answer(lines=lines, extra={"stages": [asdict(state) for state in states]})


def _unlike(study: Study, waves: Sequence[str], against: str | None, known: Sequence[Problem]) -> list[Problem]:
    """What the files of the waves have otherwise than the wave `against`, beyond their own problems."""
    if against is None:
        return []
    from survey.pipeline.against import problems

    return [problem for problem in problems(study, study.waves(waves), against) if problem not in known]


@contextmanager
def _progress(as_json: bool) -> Iterator[Progress | None]:
    """A line that says what is being done, on a terminal only."""
    if as_json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("reading the study") as line:
        yield line.update


def _written(outcome: Outcome, root: Path, prepared: bool = False) -> Answer:
    from survey.pipeline.stages import KEY_VARIABLE, key

    notes = list(outcome.notes)
    if prepared and key() is None and sys.stderr.isatty():
        notes.append(f"{KEY_VARIABLE} is not set: ids in the outputs are row numbers")
    lines = listed(outcome.written, root) or ["everything is up to date; nothing was written"]
    return Answer(lines=lines, outputs=outcome.outputs, written=outcome.written, notes=notes)


def _pretty(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
