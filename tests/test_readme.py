"""What the documents say is so: commands exist, links lead somewhere, the guide's output is the program's."""

import io
import re
import shutil
import signal
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from survey.cli import main
from survey.commands import app

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "bring-your-own-survey.md"
DOCUMENTS = [
    ROOT / "README.md",
    GUIDE,
    ROOT / "docs" / "methods.md",
    ROOT / "docs" / "features.md",
    ROOT / "docs" / "planning.md",
    ROOT / "docs" / "scale.md",
    ROOT / "docs" / "ci-example" / "README.md",
    ROOT / "notebooks" / "README.md",
]

FENCE = re.compile(r"^```(\w*) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ABSOLUTE = re.compile(r"(?<![\w.<>])(?:/(?:home|Users|root|tmp|usr|var|opt|mnt)\b|[A-Z]:\\)")


def code_in(text: str) -> str:
    """Everything a document sets as code: fences, indented lines, spans."""
    fences = "\n".join(match[2] for match in FENCE.findall(text))
    rest = FENCE.sub("", text)
    indented = re.findall(r"^ {4}(.*)$", rest, re.MULTILINE)
    return "\n".join([fences, *indented, *re.findall(r"`([^`\n]+)`", rest)])


@pytest.fixture(params=DOCUMENTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def document(request):
    return request.param


def test_every_make_target_exists(document):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][\w-]*)", code_in(document.read_text(encoding="utf-8"))))
    assert named <= targets


def test_every_verb_exists(document):
    verbs = {command.name or command.callback.__name__ for command in app.registered_commands if not command.hidden}
    named = set(
        re.findall(r"(?:^|[$ `])survey ([a-z]+)\b", code_in(document.read_text(encoding="utf-8")), re.MULTILINE)
    )
    assert named <= verbs


def test_readme_names_both_commands_and_the_verbs_of_the_first_ten_minutes():
    said = code_in((ROOT / "README.md").read_text(encoding="utf-8"))
    for command in ("make report", "make test", "survey new", "survey check", "survey run"):
        assert command in said


def test_every_link_leads_to_a_file(document):
    links = [link for link in LINK.findall(document.read_text(encoding="utf-8")) if not link.startswith("http")]
    assert not [link for link in links if not (document.parent / link.partition("#")[0]).exists()]


def test_no_path_of_a_machine(document):
    assert not ABSOLUTE.search(document.read_text(encoding="utf-8"))


def terminal(command: str) -> str:
    """What a terminal shows of one command line, run in this process."""
    program, *arguments = command.split()
    assert program == "survey"
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit):
            main(arguments)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return out.getvalue() + err.getvalue()


def follow(text: str, folder: Path) -> None:
    """Do in `folder` what a part of the guide says, and compare what it shows."""
    with chdir(folder):
        for language, name, body in FENCE.findall(text):
            if language == "console":
                shown = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", body, re.MULTILINE)
                assert shown, "a block without a command"
                for command, output in shown:
                    said = terminal(command)
                    assert matches(output, said), f"{command}\n{said}"
            elif language == "diff":
                replace_line(Path(name), *re.findall(r"^[-+](.*)$", body, re.MULTILINE))
            elif name:
                Path(name).parent.mkdir(parents=True, exist_ok=True)
                Path(name).write_text(body, encoding="utf-8")


def replace_line(path: Path, before: str, after: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines.count(before) == 1, f"{path}: {before}"
    path.write_text("\n".join(after if line == before else line for line in lines) + "\n", encoding="utf-8")


def matches(shown: str, said: str) -> bool:
    """Whether what the guide shows is what was said; lines may be folded, `…` stands for anything."""
    parts = [re.escape(" ".join(part.split())) for part in shown.split("…")]
    return re.fullmatch(r"\s*.*?\s*".join(parts), " ".join(said.split())) is not None


WALK, ERRORS = GUIDE.read_text(encoding="utf-8").split("## What goes wrong")
MISTAKES = dict(part.split("\n", 1) for part in ERRORS.split("\n### ")[1:])


@pytest.fixture(scope="module")
def walked(tmp_path_factory) -> Path:
    """The folder in which the whole walk-through was followed."""
    folder = tmp_path_factory.mktemp("guide")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SURVEY_KEY", raising=False)
        follow(WALK, folder)
    return folder


def test_the_walk_through_shows_what_the_program_says(walked):
    audit = (walked / "my-study/data/processed/2025/audit.csv").read_text(encoding="utf-8")
    assert audit.strip() in WALK


def test_the_example_rows_are_those_of_the_file(walked):
    raw = (walked / "my-study/data/raw/2025/responses.csv").read_text(encoding="utf-8").splitlines()
    assert "\n".join(raw[:3]) in WALK


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_gets_the_message_that_the_guide_explains(mistake, walked, tmp_path):
    shutil.copytree(walked / "my-study", tmp_path / "my-study")
    assert "survey: " in MISTAKES[mistake]
    follow(MISTAKES[mistake], tmp_path)


def test_another_output_than_the_guide_shows_is_noticed():
    assert matches("wrote a: …, b\nand\nc", "wrote a: x, y, b and c\n")
    assert not matches("wrote a: …, b", "wrote a: x, y, c")
    assert not matches("no problems", "no problems\nsurvey: one problem")
