"""The verbs that show something: the catalogue, a plan, what changed between runs, one table for elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from survey.answer import Answer
from survey.commands.options import HERE, AsJson, Out, StudyPath
from survey.commands.outputs import listed, place
from survey.errors import SurveyError


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
    place(root, FileSet(files))
    return Answer(lines=listed(sorted(files), root), outputs=sorted(files), written=sorted(files))
