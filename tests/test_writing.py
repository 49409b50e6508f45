"""Sets of files appear whole or not at all, one run at a time, and end cleanly by a signal."""

from __future__ import annotations

import errno
import io
import os
import signal
import stat
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from survey.core.expression import parse
from survey.core.sampling import DesignSpec
from survey.core.study import WaveSpec
from survey.core.words import Words
from survey.errors import OutputError
from survey.writing import encode, fingerprint, manifest, staging
from survey.writing.lock import LOCK, locked
from survey.writing.manifest import Basis, Record
from survey.writing.staging import STAGING, FileSet, check_places, publish


def a_set(tag: str, names: tuple[str, ...] = ("a.csv", "b.csv"), obsolete: tuple[str, ...] = ()) -> FileSet:
    files = {f"reports/w/{name}": f"{tag} {name}".encode() for name in names}
    private = {"data/processed/w/responses.parquet": tag.encode()}
    return FileSet({**private, **files}, "reports/w/manifest.json", tag.encode(), obsolete, ("data/processed/w",))


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_a_set_appears_whole_and_leaves_no_litter(tmp_path):
    publish(tmp_path, [a_set("new")])
    assert tree(tmp_path) == a_set("new").contents
    assert not list(tmp_path.glob(".*"))


def test_a_successor_replaces_files_and_removes_what_it_no_longer_has(tmp_path):
    publish(tmp_path, [a_set("old", ("a.csv", "gone.csv"))])
    (tmp_path / "reports/w/notes.txt").write_text("mine")
    publish(tmp_path, [a_set("new", obsolete=("reports/w/gone.csv",))])
    assert tree(tmp_path) == {**a_set("new").contents, "reports/w/notes.txt": b"mine"}


def test_the_manifest_is_away_while_files_move(tmp_path, monkeypatch):
    publish(tmp_path, [a_set("old")])
    seen = []
    replace = os.replace

    def watched(source, target):
        seen.append((Path(target).name, (tmp_path / "reports/w/manifest.json").exists()))
        replace(source, target)

    monkeypatch.setattr(staging.os, "replace", watched)
    publish(tmp_path, [a_set("new")])
    assert [there for _, there in seen] == [False] * len(seen)
    assert seen[-1][0] == "manifest.json"


@pytest.mark.parametrize("mask", [0o022, 0o000, 0o077])
def test_answers_are_for_their_owner_only_whatever_the_umask(tmp_path, mask):
    before = os.umask(mask)
    try:
        publish(tmp_path, [a_set("new")])
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "data/processed").rglob("*")}
    assert modes == {"w": 0o700, "responses.parquet": 0o600}
    assert stat.S_IMODE((tmp_path / "reports/w/a.csv").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "no space left on device"),
        (errno.EFBIG, "file too large"),
        (errno.EROFS, "read-only file system"),
    ],
)
def test_what_the_disk_refuses_leaves_the_earlier_set(tmp_path, monkeypatch, number, said):
    publish(tmp_path, [a_set("old")])

    def refuse(place, content, mode):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(staging, "_write", refuse)
    with pytest.raises(OutputError, match=f"(?i){said}.*Earlier outputs are untouched"):
        publish(tmp_path, [a_set("new")])
    assert tree(tmp_path) == a_set("old").contents


def from_call(call, number: int, refused: range):
    """A system call that fails with ENOSPC from one call to another, counted from 0."""
    calls = iter(range(10**6))

    def failing(*given, **named):
        if next(calls) in refused:
            raise OSError(number, os.strerror(number))
        return call(*given, **named)

    return failing


def another(tag: str, obsolete: tuple[str, ...] = ()) -> FileSet:
    """A second set, in folders of its own."""
    return FileSet({f"reports/v/figures/{tag}.svg": tag.encode()}, "reports/v/manifest.json", tag.encode(), obsolete)


@pytest.mark.parametrize(("call", "failures"), [("replace", 99), ("fsync", 99), ("unlink", 1), ("mkdir", 1)])
def test_whatever_the_disk_refuses_on_the_way_every_earlier_set_comes_back(tmp_path, monkeypatch, call, failures):
    """The first, second … call is the first to fail; the way back meets the same disk."""
    gone = ("reports/w/gone.csv", "reports/w/never.csv")
    publish(tmp_path, [a_set("old", ("a.csv", "gone.csv")), another("old")])
    before, real = tree(tmp_path), getattr(os, call)
    folders = sorted(tmp_path.rglob("*"))
    for first in range(100):
        monkeypatch.setattr(os, call, from_call(real, errno.ENOSPC, range(first, first + failures)))
        try:
            publish(tmp_path, [a_set("new", obsolete=gone), another("new", ("reports/v/figures/old.svg",))])
            break
        except OutputError as error:
            assert "untouched" in str(error)
        monkeypatch.setattr(os, call, real)
        assert tree(tmp_path) == before
        assert sorted(tmp_path.rglob("*")) == folders
    assert first > 1
    assert {name: data for name, data in tree(tmp_path).items() if not name.startswith(STAGING)} == a_set(
        "new"
    ).contents | another("new").contents


def killed_at(root: Path, call: int, sets: list[FileSet]) -> bool:
    """Publish in a child that is killed before its `call`-th system call; whether it came so far."""
    child = os.fork()
    if not child:
        calls = iter(range(call))
        for name in ("link", "replace", "rename", "unlink", "mkdir", "fsync"):
            real = getattr(os, name)

            def counted(*given, real=real, **named):
                if next(calls, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*given, **named)

            setattr(os, name, counted)
        publish(root, sets)
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def test_killed_at_any_system_call_a_manifest_stands_only_beside_its_whole_set(tmp_path):
    old = [a_set("old", ("a.csv", "gone.csv")), another("old")]
    new = [a_set("new", obsolete=("reports/w/gone.csv",)), another("new", ("reports/v/figures/old.svg",))]
    wholes = [(one.manifest, one.contents) for one in (*old, *new)]
    call, running = 0, True
    while running:
        root = tmp_path / str(call)
        root.mkdir()
        publish(root, old)
        running = killed_at(root, call, new)
        left = {name: data for name, data in tree(root).items() if not name.startswith(STAGING)}
        for manifest_name in ("reports/w/manifest.json", "reports/v/manifest.json"):
            if manifest_name in left:
                unit = [contents for name, contents in wholes if name == manifest_name]
                folders = ("data/", "reports/w/") if "/w/" in manifest_name else ("reports/v/",)
                assert {n: d for n, d in left.items() if n.startswith(folders)} in unit
        with locked(root):
            publish(root, new)
        assert tree(root) == new[0].contents | new[1].contents
        call += 1
    assert call > 40


def test_a_first_set_that_the_disk_refuses_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "replace", from_call(os.replace, errno.ENOSPC, range(2, 99)))
    with pytest.raises(OutputError, match="no space left on device"):
        publish(tmp_path, [a_set("new")])
    assert not list(tmp_path.rglob("*"))


def test_where_the_way_back_is_barred_too_no_manifest_claims_the_set(tmp_path, monkeypatch):
    publish(tmp_path, [a_set("old")])
    monkeypatch.setattr(os, "replace", from_call(os.replace, errno.EIO, range(1, 99)))
    monkeypatch.setattr(os, "rename", from_call(os.rename, errno.EIO, range(99)))
    with pytest.raises(OutputError, match="Files were being moved: run again"):
        publish(tmp_path, [a_set("new")])
    assert not (tmp_path / "reports/w/manifest.json").exists()


def test_a_disk_without_links_keeps_copies_instead(tmp_path, monkeypatch):
    publish(tmp_path, [a_set("old")])
    before = tree(tmp_path)
    monkeypatch.setattr(os, "link", from_call(os.link, errno.EPERM, range(99)))
    monkeypatch.setattr(os, "replace", from_call(os.replace, errno.ENOSPC, range(2, 99)))
    with pytest.raises(OutputError, match="untouched"):
        publish(tmp_path, [a_set("new")])
    assert tree(tmp_path) == before


def test_nothing_is_written_or_removed_where_a_link_leads_out(tmp_path):
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    for folder in (root / "reports", elsewhere):
        folder.mkdir(parents=True)
    (elsewhere / "mine.csv").write_text("mine")
    (root / "reports/w").symlink_to(elsewhere)
    with pytest.raises(OutputError, match="a place outside the output folder"):
        publish(root, [a_set("new", obsolete=("reports/w/mine.csv",))])
    with pytest.raises(OutputError, match="a place outside the output folder"):
        publish(root, [FileSet({}, obsolete=("../elsewhere/mine.csv",))])
    assert tree(elsewhere) == {"mine.csv": b"mine"}
    assert [path.name for path in root.rglob("*")] == ["reports", "w"]


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "reports").write_text("not a folder")
    with pytest.raises(OutputError, match=r"(?i)not a directory.*A file stands where a folder is needed"):
        check_places(tmp_path, ["reports/w/a.csv"])
    (tmp_path / "data/processed/w/a.csv").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"(?i)is a directory"):
        check_places(tmp_path, ["data/processed/w/a.csv"])


def test_a_second_run_is_told_who_holds_the_folder(tmp_path):
    with (
        locked(tmp_path),
        pytest.raises(OutputError, match=f"in use by another run .process {os.getpid()} on "),
        locked(tmp_path),
    ):
        pass
    assert not (tmp_path / LOCK).exists()


def test_the_lock_of_a_dead_process_is_free_and_its_litter_goes(tmp_path):
    (tmp_path / LOCK).write_text("process 1 on elsewhere")
    (tmp_path / f"{STAGING}1/reports").mkdir(parents=True)
    with locked(tmp_path):
        assert [p.name for p in tmp_path.iterdir()] == [LOCK]
    assert not list(tmp_path.iterdir())


def test_a_folder_made_for_a_run_that_wrote_nothing_goes_again(tmp_path):
    with locked(tmp_path / "out"):
        pass
    assert not (tmp_path / "out").exists()


HEAD = """
import os, signal
from pathlib import Path
from survey.writing import signals
signals.end_by_signal()
"""


def ended(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", HEAD + textwrap.dedent(code)], cwd=folder, capture_output=True, text=True, timeout=30
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_block_is_undone_and_the_process_ends_by_the_signal(tmp_path, number):
    (tmp_path / "litter").touch()
    run = ended(
        f"""
        with signals.undoing(lambda: Path("litter").unlink(missing_ok=True)):
            os.kill(os.getpid(), {int(number)})
            Path("after").touch()
        """,
        tmp_path,
    )
    assert run.returncode == -number
    assert run.stderr == "survey: interrupted; every output is whole\n"
    assert not list(tmp_path.iterdir())


def test_a_signal_waits_until_files_are_in_place(tmp_path):
    run = ended(
        """
        with signals.held_back():
            os.kill(os.getpid(), signal.SIGTERM)
            Path("inside").touch()
        Path("after").touch()
        """,
        tmp_path,
    )
    assert run.returncode == -signal.SIGTERM
    assert [p.name for p in tmp_path.iterdir()] == ["inside"]


def test_a_manifest_gives_its_records_back(tmp_path):
    records = {"prepare": Record(Basis({"raw.csv": "1"}, {"program": "2"}), {"data/a": "3"})}
    place = tmp_path / "manifest.json"
    place.write_bytes(manifest.content({"wave": "w"}, {"study.yaml": "4"}, records))
    assert manifest.read(place, ("data",)) == records


@pytest.mark.parametrize(
    "output", ["../mine", "/mine", "data/../mine", "data", "data/", "data/./mine", "mine", "data/\0"]
)
def test_a_manifest_that_names_other_files_than_its_sets_counts_as_none(tmp_path, output):
    records = {"prepare": Record(Basis(), {"data/a": "3", output: "4"})}
    (tmp_path / "manifest.json").write_bytes(manifest.content({}, {}, records))
    assert manifest.read(tmp_path / "manifest.json", ("data",)) == {}


def test_only_regular_files_have_a_hash(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    names = ("file", "link", "pipe", "none")
    assert [fingerprint.of_file(tmp_path / name) for name in names] == [fingerprint.of_bytes(b"x")] + ["absent"] * 3
    assert manifest.read(tmp_path / "pipe", ("data",)) == {}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "stages": {"a": 1}}', "\x00", "[" * 9999]
)
def test_a_manifest_that_cannot_be_read_counts_as_none(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    assert manifest.read(tmp_path / "manifest.json", ("data",)) == {}


def test_a_basis_names_what_differs():
    then = Basis({"raw.csv": "1", "study.yaml": "1"}, {"program": "1"})
    now = Basis({"raw.csv": "2", "study.yaml": "1"}, {"program": "2"})
    assert now.differs_from(then) == ("raw.csv", "program")


def test_a_text_cell_that_a_spreadsheet_would_compute_is_quoted():
    table = pd.DataFrame(
        {"text": ["=1+1", "+62 812", "-1", "-1+1", "@SUM(A1)", "\t=1", "＝1", "plain", None], "number": [-1.5] * 9}
    )
    read = pd.read_csv(io.BytesIO(encode.csv(table)), dtype={"text": "string"}, keep_default_na=False)
    assert read["text"].tolist() == [
        "'=1+1", "'+62 812", "-1", "'-1+1", "'@SUM(A1)", "'\t=1", "'＝1", "plain", "",
    ]  # fmt: skip
    assert read["number"].eq(-1.5).all()


def test_a_table_of_texts_comes_back_from_csv():
    table = pd.DataFrame({"a": ["=1+1", None, "NA"], "b": ["-1", "two\nlines", "'x"]}, dtype="string")
    pd.testing.assert_frame_equal(encode.from_csv(encode.csv(table)), table)
    pd.testing.assert_frame_equal(encode.from_csv(encode.csv(table.head(0))), table.head(0))


def test_a_csv_that_was_cut_is_refused():
    with pytest.raises(ValueError, match="the last line is not complete"):
        encode.from_csv(encode.csv(pd.DataFrame({"a": ["x", "y"]}))[:-2])


def test_categories_are_quoted_as_text_is():
    assert encode.csv(pd.DataFrame({"c": pd.Categorical(["=1", None, "b"])})) == b'"c"\n"\'=1"\n\n"b"\n'


def test_text_with_quotes_and_lines_comes_back_from_csv():
    texts = ['he said "so", twice', "two\nlines", "a;b", "é, ñ"]
    read = pd.read_csv(io.BytesIO(encode.csv(pd.DataFrame({"t": texts}))))
    assert read["t"].tolist() == texts


def test_numbers_are_written_with_every_digit():
    table = pd.DataFrame({"x": [0.1 + 0.2, 1 / 3], "n": pd.array([1, None], dtype="Int64")})
    assert encode.csv(table) == b'"x","n"\n0.30000000000000004,1\n0.3333333333333333,\n'


def test_parquet_is_the_same_bytes_without_index_or_attributes():
    table = pd.DataFrame({"a": [1, 2], "b": pd.Categorical(["x", None])}, index=[5, 9])
    table.attrs = {"secret": date(2025, 1, 1)}
    again = pd.DataFrame({"a": [1, 2], "b": pd.Categorical(["x", None])})
    assert encode.parquet(table) == encode.parquet(again)
    pd.testing.assert_frame_equal(encode.from_parquet(encode.parquet(table)), again)


def test_small_tables_come_back_from_json():
    tables = {
        "mixed": pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "x": [0.1, float("inf")], "t": ["a", None]}),
        "empty": pd.DataFrame({"rule": pd.Series([], dtype="string")}),
    }
    once = encode.from_tables_json(encode.tables_json(tables))
    assert once["mixed"]["n"].tolist()[0] == 1
    assert once["mixed"]["x"].isna().tolist() == [False, True]
    assert list(once["empty"].columns) == ["rule"]
    assert encode.tables_json(once) == encode.tables_json(tables)


def test_settings_are_plain_and_say_what_was_written():
    spec = WaveSpec("w", "a.csv", Words.plain("W"), DesignSpec(), (date(2025, 1, 1), date(2025, 2, 1)), parse("x >= 2"))
    assert fingerprint.plain(spec)["collected"] == ["2025-01-01", "2025-02-01"]
    assert fingerprint.plain(spec)["where"] == "x >= 2"
    assert fingerprint.plain(frozenset("ba")) == ["a", "b"]
