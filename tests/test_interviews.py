"""Codebooks and coded interviews from REFI-QDA and CSV: the same segments, and a refusal for whatever is wrong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import coded_interviews as made
from survey.core.interviews import SEGMENT_COLUMNS, Interviews
from survey.core.qualitative import Link, QualitativeSpec
from survey.core.words import Words
from survey.errors import Problem, SurveyError
from survey.exchange import refi
from survey.prepare.interviews import read

ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><CodeBook><Codes><Code name="&a;"/></Codes></CodeBook>'


@pytest.fixture
def spec(tmp_path: Path) -> QualitativeSpec:
    return made.write(tmp_path)


def problems(folder: Path, spec: QualitativeSpec) -> list[Problem]:
    with pytest.raises(SurveyError) as refused:
        read(folder, spec)
    return list(refused.value.problems)


def rezip(folder: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> None:
    with zipfile.ZipFile(folder / "i.qdpx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in change(parts).items():
            archive.writestr(name, content)
    (folder / "i.qdpx").write_bytes(out.getvalue())


def in_project(folder: Path, old: str, new: str, times: int = 1) -> None:
    def change(parts: dict[str, bytes]) -> dict[str, bytes]:
        text = parts["project.qde"].decode()
        assert text.count(old) >= times, f"{old!r} is not in the project"
        return parts | {"project.qde": text.replace(old, new, times).encode()}

    rezip(folder, change)


def test_project_and_csv_hold_the_same_segments(tmp_path, spec):
    of_project, of_csv = read(tmp_path, spec), read(tmp_path, replace(spec, coded="i.csv"))
    pd.testing.assert_frame_equal(of_project.segments, of_csv.segments)
    pd.testing.assert_frame_equal(of_project.codebook, of_csv.codebook)
    assert tuple(of_project.segments.columns) == SEGMENT_COLUMNS
    assert len(of_project.segments) == 9


def test_segments_hold_places_stages_and_codes_as_coded(tmp_path, spec):
    segments = read(tmp_path, spec).segments
    second = segments[segments["document"].eq("W2")]
    assert set(second["stage"]) == {"akhir"}
    assert set(second["year"]) == {2022}
    assert segments.loc[0, "text"] == "Aplikasi sulit dibuka."
    assert segments.groupby("document", sort=False)["start"].apply(list).tolist() == [
        [0, 0, 23, 23, 23],
        [0, 0, 51, 51],
    ]


def test_personal_data_leave_the_passages_and_coders_become_numbers(tmp_path, spec):
    segments = read(tmp_path, spec).segments
    assert segments["text"].str.contains("Hubungi [PHONE] saja.", regex=False).any()
    assert not segments["text"].str.contains("3456").any()
    assert set(segments["coder"]) == {"1", "2"}


def test_the_codebook_keeps_headings_and_what_codes_mean(tmp_path, spec):
    codebook = read(tmp_path, spec).codebook
    assert codebook["code"].tolist() == ["Faktor", "akses", "biaya", "jaringan"]
    assert codebook["usable"].tolist() == [False, True, True, True]
    assert codebook["parent"].tolist()[1:] == ["Faktor"] * 3
    assert codebook["description"].tolist()[1] == "Mudah <atau> sulit"


def test_without_a_codebook_the_projects_own_counts_or_the_codes_in_use(tmp_path, spec):
    assert read(tmp_path, replace(spec, codebooks=())).codes == ("akses", "biaya", "jaringan")
    assert set(read(tmp_path, replace(spec, codebooks=(), coded="i.csv")).codes) == {"akses", "biaya", "jaringan"}


def test_a_code_that_two_codebooks_share_is_one_code(tmp_path, spec):
    (tmp_path / "d.qdc").write_bytes(refi.codebook(made.BOOK[:2]))
    assert read(tmp_path, replace(spec, codebooks=("d.qdc", "c.qdc"))).codes == ("akses", "biaya", "jaringan")


def test_variables_of_a_case_serve_its_documents(tmp_path, spec):
    def to_case(parts: dict[str, bytes]) -> dict[str, bytes]:
        text = parts["project.qde"].decode()
        source = text.split('<TextSource guid="')[1].split('"')[0]
        block = text[text.index("<VariableValue>") : text.index("</TextSource>")]
        case = f'<Cases><Case guid="x" name="k">{block}<SourceRef targetGUID="{source}"/></Case></Cases><Sources>'
        return parts | {"project.qde": text.replace(block, "", 1).replace("<Sources>", case, 1).encode()}

    rezip(tmp_path, to_case)
    first = read(tmp_path, spec).segments.iloc[0]
    assert (first["stage"], first["year"]) == ("awal", 2020)


def test_the_same_content_makes_the_same_bytes():
    assert refi.project("Uji", made.BOOK, made.DOCUMENTS) == refi.project("Uji", made.BOOK, made.DOCUMENTS)


def test_facts_give_the_interviews_back(tmp_path, spec):
    from survey.writing import encode

    interviews = read(tmp_path, spec)
    again = Interviews.of_facts(encode.from_tables_json(encode.tables_json(interviews.facts)))
    assert again is not None
    pd.testing.assert_frame_equal(again.segments, interviews.segments, check_dtype=False)
    assert again.codes == interviews.codes
    assert Interviews.of_facts({}) is None


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"not an archive", "a truncated or corrupt archive"),
        (b"PK\x03\x04" + b"\0" * 40, "a truncated or corrupt archive"),
        (b"", "a truncated or corrupt archive"),
    ],
)
def test_a_broken_archive_is_refused(tmp_path, spec, content, found):
    (tmp_path / "i.qdpx").write_bytes(content)
    (problem,) = problems(tmp_path, spec)
    assert (problem.file, problem.found, problem.expected) == ("i.qdpx", found, "a whole REFI-QDA project")


def test_an_archive_cut_short_is_refused(tmp_path, spec):
    whole = (tmp_path / "i.qdpx").read_bytes()
    (tmp_path / "i.qdpx").write_bytes(whole[: len(whole) // 2])
    assert problems(tmp_path, spec)[0].found == "a truncated or corrupt archive"


def test_an_archive_that_unpacks_to_a_hundred_times_its_size_is_refused(tmp_path, spec):
    rezip(tmp_path, lambda parts: parts | {"sources/film.mp4": b"\0" * 30_000_000})
    assert "times its size" in problems(tmp_path, spec)[0].found


def test_an_archive_without_a_project_is_refused(tmp_path, spec):
    rezip(tmp_path, lambda parts: {k: v for k, v in parts.items() if k != "project.qde"})
    assert problems(tmp_path, spec)[0].found == "an archive without project.qde"


@pytest.mark.parametrize("encoded", [ENTITY.encode(), ENTITY.encode("utf-16")])
def test_entities_are_refused_in_codebooks_and_projects(tmp_path, spec, encoded):
    (tmp_path / "c.qdc").write_bytes(encoded)
    rezip(tmp_path, lambda parts: parts | {"project.qde": encoded})
    found = problems(tmp_path, spec)
    assert [p.file for p in found] == ["c.qdc", "i.qdpx"]
    assert all("document type" in p.found for p in found)


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"<CodeBook><Codes>", "XML that is not well formed"), (b"<CodeBook><Codes/></CodeBook>", "no codes"), (b"", "XML that is not well formed")],
)  # fmt: skip
def test_a_codebook_that_is_none_is_refused(tmp_path, spec, content, found):
    (tmp_path / "c.qdc").write_bytes(content)
    (problem,) = problems(tmp_path, spec)
    assert (problem.file, problem.found) == ("c.qdc", found)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('endPosition="22"', 'endPosition="999"', "a passage to 999"),
        ('endPosition="22"', 'endPosition="0"', "a passage from 0 to 0"),
        ('startPosition="0"', 'startPosition="-3"', "a passage from -3 to 22"),
        ('startPosition="0"', 'startPosition="x"', "a passage without whole numbers as positions"),
        ("<CodeRef targetGUID=", "<CodeRef other=", "a passage whose code the project does not define"),
        ('<Coding guid="', '<Coding creatingUser="x" guid="', None),
        ("internal://", "https://", "a document whose text is not in the archive"),
    ],
)
def test_a_passage_that_does_not_fit_its_project_is_refused(tmp_path, spec, old, new, found):
    in_project(tmp_path, old, new)
    first = problems(tmp_path, spec)[0]
    if found is None:  # an attribute given twice is no XML
        assert first.found == "XML that is not well formed"
        return
    assert (first.file, first.column, first.found) == ("i.qdpx", "document 1", found)
    assert "W1" not in str(first)


def test_a_coder_whom_the_project_does_not_define_is_refused(tmp_path, spec):
    in_project(tmp_path, "<User guid=", "<User id=")
    assert problems(tmp_path, spec)[0].found == "a passage whose coder the project does not define"


def test_a_text_that_is_not_utf8_is_refused(tmp_path, spec):
    rezip(tmp_path, lambda parts: {k: b"\xff\xfe\xfa" if k.endswith(".txt") else v for k, v in parts.items()})
    assert problems(tmp_path, spec)[0].found == "a text that is not UTF-8"


def test_a_project_without_coded_texts_is_refused(tmp_path, spec):
    (tmp_path / "i.qdpx").write_bytes(refi.project("Uji", made.BOOK, ()))
    assert problems(tmp_path, spec)[0].found == "no coded passage of a text"


def edited(folder: Path, spec: QualitativeSpec, row: int, column: str, text: str) -> list[Problem]:
    """Problems of the CSV after one cell of a row, counted as a spreadsheet does, was replaced."""
    lines = made.rows()
    lines[row - 1][SEGMENT_COLUMNS.index(column)] = text
    (folder / "i.csv").write_text(made.csv_text(lines), encoding="utf-8")
    return problems(folder, replace(spec, coded="i.csv"))


@pytest.mark.parametrize(
    ("row", "column", "text", "found"),
    [
        (3, "code", "aksess", "no code named 'aksess'"),
        (3, "code", "Faktor", "the heading 'Faktor'"),
        (4, "end", "3", "an end not behind its start"),
        (4, "end", "23", "an end not behind its start"),
        (4, "start", "2.5", "no whole number"),
        (4, "start", "-1", "no whole number"),
        (2, "text", "", "an empty cell"),
        (2, "coder", " ", "an empty cell"),
        (2, "document", "", "an empty cell"),
        (5, "year", "twenty", "no year"),
        (5, "stage", "lain", "another stage than in the document's first row"),
        (6, "year", "1999", "another year than in the document's first row"),
        (3, "text", "Yang lain sama sekali", "another text than in the first row of this place"),
    ],
)
def test_a_wrong_cell_is_refused_with_its_row(tmp_path, spec, row, column, text, found):
    problem = edited(tmp_path, spec, row, column, text)[0]
    assert (problem.file, problem.row, problem.column, problem.found) == ("i.csv", row, column, found)
    assert column == "code" or not text.strip() or text not in str(problem)


def test_the_nearest_code_is_offered(tmp_path, spec):
    (problem,) = edited(tmp_path, spec, 3, "code", "aksess")
    assert problem.hint == "Did you mean 'akses'?"


def test_a_missing_column_is_named_with_the_nearest(tmp_path, spec):
    lines = made.rows()
    lines[0][4] = "coders"
    (tmp_path / "i.csv").write_text(made.csv_text(lines), encoding="utf-8")
    (problem,) = problems(tmp_path, replace(spec, coded="i.csv"))
    assert (problem.row, problem.column, problem.found) == (1, "coder", "no such column")
    assert "coders" in problem.hint


def test_all_problems_come_at_once(tmp_path, spec):
    (tmp_path / "c.qdc").write_bytes(b"<x")
    lines = made.rows()
    (tmp_path / "i.csv").write_text(made.csv_text([lines[0][:-1], *[r[:-1] for r in lines[1:]]]), encoding="utf-8")
    found = problems(tmp_path, replace(spec, coded="i.csv", codebooks=("c.qdc", "none.qdc")))
    assert [p.file for p in found] == ["c.qdc", "none.qdc", "i.csv"]


def test_a_name_that_means_two_codes_is_refused(tmp_path, spec):
    moved = [replace(e, parent=None, frame=e.name) for e in made.BOOK[1:]]
    (tmp_path / "d.qdc").write_bytes(refi.codebook(moved))
    found = problems(tmp_path, replace(spec, codebooks=("c.qdc", "d.qdc")))
    assert found[0].found == "the code 'akses' under two headings"


def test_a_link_to_a_code_that_is_not_in_the_codebook_is_refused(tmp_path, spec):
    links = (Link("biayaa", ("x",)), Link("pernyataan", ("x",), statement=Words.plain("s"), source=Words.plain("t")))
    (problem,) = problems(tmp_path, replace(spec, links=links))
    assert (problem.file, problem.column) == ("study.yaml", "qualitative.links.biayaa")
    assert problem.hint == "Did you mean 'biaya'?"


def test_a_link_in_place_of_the_file_is_refused(tmp_path, spec):
    (tmp_path / "l.qdpx").symlink_to(tmp_path / "i.qdpx")
    assert problems(tmp_path, replace(spec, coded="l.qdpx"))[0].found == "a symbolic link"


def test_the_interviews_of_the_tangsel_study_are_what_simulate_writes():
    import survey
    from survey.simulate import interviews

    root = Path(__file__).parents[1]
    spec = survey.load(root).spec.qualitative
    assert spec is not None
    files = interviews.files(spec)
    assert {name: (root / name).read_bytes() == content for name, content in files.items()} == dict.fromkeys(
        files, True
    )
    read_back = read(root, spec)
    assert read_back.segments["document"].str.contains("SINTETIS", regex=False).all()
    frames = {name for name in files if name.startswith("data/raw/codebooks/")}
    together = read(root, replace(spec, codebooks=tuple(sorted(frames)), links=()))
    assert set(together.codes) == set(read_back.codes)
