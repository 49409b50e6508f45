"""The verbs of the command line: parse, call `Study`, say what was written.

A new verb is one function here. What a verb returns is printed by `cli`, for people or as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from survey.cli import Answer
from survey.errors import OutputError, Problem, SurveyError

if TYPE_CHECKING:
    from survey.pipeline.build import Outcome
    from survey.pipeline.stages import Progress
    from survey.study import Study

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Citizen surveys: cleaned, weighted, estimated, protected, reported.",
)

StudyPath = Annotated[Path, typer.Argument(metavar="STUDY", help="Folder of a study, or its *.yaml file.")]
Waves = Annotated[list[str] | None, typer.Option("--wave", help="Only this wave; may be repeated.")]
Languages = Annotated[list[str] | None, typer.Option("--lang", help="Only this report language; may be repeated.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write DIR/data/processed and DIR/reports.", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="Print status, problems and outputs as JSON.")]
NewFolder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder to be made.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of the random numbers; default: the study's.")]
Against = Annotated[str | None, typer.Option("--against", help="Compare the files with those of this wave.")]
HERE = Path()
LISTED = 8


@app.command()
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


@app.command()
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


@app.command()
def prepare(study: StudyPath = HERE, wave: Waves = None, out: Out = None, as_json: AsJson = False) -> Answer:
    """Clean and weight the raw data of every wave."""
    from survey.study import Study

    with _progress(as_json) as say:
        loaded = Study.load(study)
        return _written(loaded.prepare(wave or (), out, say), out or loaded.folder, prepared=True)


@app.command()
def estimate(study: StudyPath = HERE, wave: Waves = None, out: Out = None, as_json: AsJson = False) -> Answer:
    """Estimate every analysis from the prepared waves, and protect the results."""
    from survey.study import Study

    with _progress(as_json) as say:
        loaded = Study.load(study)
        return _written(loaded.estimate(wave or (), out, say), out or loaded.folder)


@app.command()
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


@app.command()
def new(folder: NewFolder, as_json: AsJson = False) -> Answer:
    """Make a study folder that runs, with synthetic data."""
    from survey.simulate import new_study
    from survey.writing.staging import FileSet

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        found = "a folder that is not empty" if folder.is_dir() else "a file"
        raise OutputError(
            Problem(str(folder), found=found, expected="a folder that does not exist yet, or an empty one")
        )
    files = new_study()
    _place(folder, FileSet(files))
    return Answer(lines=[*_listed(sorted(files), folder), f"next: survey run {folder}"], outputs=sorted(files))


@app.command()
def simulate(
    study: StudyPath = HERE,
    wave: Waves = None,
    seed: Seed = None,
    out: Out = None,
    as_json: AsJson = False,
) -> Answer:
    """Draw synthetic waves from the instrument, with files of the known truth."""
    from survey import simulate as simulation
    from survey.study import Study
    from survey.writing.staging import FileSet

    loaded = Study.load(study)
    names = [spec.name for spec in loaded.waves(wave or ())] if wave else None
    files = simulation.simulate(loaded.folder, names, seed)
    root = loaded.folder if out is None else out
    _place(root, FileSet(files))
    return Answer(lines=_listed(sorted(files), root), outputs=sorted(files), written=sorted(files))


@app.command()
def analyses(as_json: AsJson = False) -> Answer:
    """List the analyses: name, what it answers, method, source."""
    from survey.analyse.catalogue import ANALYSES, OVER_WAVES

    catalogue: dict[str, Any] = {**ANALYSES, **OVER_WAVES}
    lines = []
    for name, analysis in catalogue.items():
        lines += [name, f"  {analysis.question}"]
        lines += [f"  {field}: {getattr(analysis, field)}" for field in ("method", "assumptions", "source")]
        if analysis.needs_rows:
            lines.append("  needs the respondents' rows")
        if name in OVER_WAVES:
            lines.append("  over all waves")
    fields = ("question", "method", "assumptions", "source", "needs_rows")
    listed = [{"name": name, **{key: getattr(a, key) for key in fields}} for name, a in catalogue.items()]
    return Answer(lines=lines, extra={"analyses": listed})


@app.command()
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


@app.command()
def plan(
    study: StudyPath = HERE,
    n: Annotated[float | None, typer.Option("--n", help="Respondents; default: as many as in the last wave.")] = None,
    psus: Annotated[float | None, typer.Option("--psus", help="Sampling units; default: as large as before.")] = None,
    margin: Annotated[float, typer.Option("--margin", help="Margin of error that the size rules aim at.")] = 0.05,
    wave: Annotated[str | None, typer.Option("--wave", help="The wave to plan from; default: the last.")] = None,
    as_json: AsJson = False,
) -> Answer:
    """Plan the next wave: sample size, margins of error, power for the groups that the study compares."""
    from survey.pipeline.planning import planned
    from survey.plan import text
    from survey.study import Study

    made = planned(Study.load(study), n, psus, margin, wave)
    return Answer(lines=text.lines(made), extra=text.plain(made))


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="Outputs of a run, or one wave's folder of reports.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The same of another run.")],
    as_json: AsJson = False,
) -> Answer:
    """Say what changed between two runs' estimates, and which of their inputs differ."""
    from survey.pipeline import diff_words
    from survey.pipeline.diff import diff as difference

    found = difference(before, after)
    return Answer(lines=diff_words.lines(found), extra=diff_words.plain(found))


@app.command()
def export(
    study: StudyPath = HERE,
    to: Annotated[str, typer.Option("--to", help="csv, latex or docx.")] = "csv",
    table: Annotated[str | None, typer.Option("--table", help="A table's name, or analysis:measure:group.")] = None,
    wave: Annotated[str | None, typer.Option("--wave", help="Default: the last; trend: over all waves.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="Language; default: the study's first.")] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> Answer:
    """Write one released table for another document."""
    from survey.pipeline.exports import exported
    from survey.study import Study
    from survey.writing.staging import FileSet

    if table is None:
        raise SurveyError(f"survey export --to {to} without --table: not in this version")
    loaded = Study.load(study)
    root = loaded.folder if out is None else out
    files = exported(loaded, table, to, root, wave, lang)
    _place(root, FileSet(files))
    return Answer(lines=_listed(sorted(files), root), outputs=sorted(files), written=sorted(files))


def _later(verb: str) -> None:
    anything = {"ignore_unknown_options": True, "allow_extra_args": True}

    @app.command(verb, hidden=True, context_settings=anything, add_help_option=False)
    def refuse(context: typer.Context) -> Answer:
        raise SurveyError(f"survey {verb}: not in this version")


for _verb in ("draft", "withdraw"):
    _later(_verb)


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
    lines = _listed(outcome.written, root) or ["everything is up to date; nothing was written"]
    return Answer(lines=lines, outputs=outcome.outputs, written=outcome.written, notes=notes)


def _listed(paths: Sequence[str], root: Path) -> list[str]:
    """One line a folder: its files by name, or their number where they are many."""
    lines = []
    for folder, inside in groupby(sorted(paths, key=_folder_first), key=lambda path: Path(path).parent):
        names = [Path(path).name for path in inside]
        shown = ", ".join(names) if len(names) <= LISTED else f"{len(names)} files"
        lines.append(f"wrote {root / folder}: {shown}")
    return lines


def _folder_first(path: str) -> tuple[str, str]:
    return str(Path(path).parent), Path(path).name


def _place(root: Path, files: Any) -> None:
    from survey.writing.lock import locked
    from survey.writing.staging import check_places, publish

    check_places(root, list(files.files))
    with locked(root):
        publish(root, [files])


def _pretty(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
