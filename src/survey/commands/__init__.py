"""The verbs of the command line: parse, call `Study`, say what was written.

A new verb is a function in one of these modules and its place in `VERBS`. What a verb returns is printed by
`cli`, for people or as JSON.
"""

from __future__ import annotations

import typer

from survey.answer import Answer
from survey.commands import stages, studies, tables
from survey.errors import SurveyError

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Citizen surveys: cleaned, weighted, estimated, protected, reported.",
)
#: In the order of ``survey --help``.
VERBS = (
    stages.run,
    stages.check,
    stages.prepare,
    stages.estimate,
    stages.report,
    studies.new,
    studies.simulate,
    tables.analyses,
    stages.status,
    tables.plan,
    tables.diff,
    tables.export,
)
for _verb in VERBS:
    app.command()(_verb)


def _later(verb: str) -> None:
    anything = {"ignore_unknown_options": True, "allow_extra_args": True}

    @app.command(verb, hidden=True, context_settings=anything, add_help_option=False)
    def refuse(context: typer.Context) -> Answer:
        raise SurveyError(f"survey {verb}: not in this version")


for _name in ("draft", "withdraw"):
    _later(_name)
