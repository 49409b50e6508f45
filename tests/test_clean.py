"""A wave's file as a whole: who stays, what is read, what is refused, and the sums that must hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaning import FILE, cleaned, instrument, raw, wave
from survey.core.sampling import DesignSpec, ReplicateSpec
from survey.core.wave import AUDIT_COLUMNS, MISSING, QUALITY_COLUMNS
from survey.errors import InputError
from survey.prepare.clean import clean

KEY = b"secret"

BASIC = """
questions:
  - {name: resp_id, text: Id, type: text, role: id}
  - {name: setuju, text: Consent, type: nominal, codes: {0: No, 1: Yes}, role: consent}
  - {name: nama, text: Name, type: text, role: identifier}
  - {name: umur, text: Age, type: integer, min: 18, max: 100}
  - {name: inet, text: Internet, type: ordinal, codes: {0: Never, 1: Rarely, 2: Daily}}
  - {name: alat, text: Devices, type: multi, codes: {hp: Phone, pc: Computer}, ask_if: "inet >= 1"}
  - {name: biaya, text: Cost, type: number, number_format: id, ask_if: "inet >= 1", min: 0}
  - {name: tgl, text: Day, type: date, formats: ["%d/%m/%Y"]}
  - {name: usul, text: Suggestion, type: text, role: open}
"""


def table(**columns):
    n = len(next(iter(columns.values())))
    return {
        "resp_id": [f"R{i}" for i in range(n)], "setuju": ["1"] * n, "nama": ["Budi"] * n, "umur": ["30"] * n,
        "inet": ["2"] * n, "alat": ["hp"] * n, "biaya": ["1000"] * n, "tgl": ["2025-08-01"] * n, "usul": [None] * n,
    } | columns  # fmt: skip


def audit(result, rule):
    return result.audit.loc[result.audit["rule"] == rule]


def padded(*cells, good="30", n=40):
    """Cells and enough good ones that a bad one is below 5 %."""
    return [*cells, *[good] * n]


def test_rows_without_consent_leave_before_anything_is_looked_at():
    columns = table(setuju=["1", "0", None, "-9", "9", "Yes"], umur=["30", "x", "x", "x", "x", "31"])
    result = cleaned(BASIC, columns, KEY)
    assert result.rows.tolist() == [2, 7]
    assert audit(result, "no_consent")["row"].tolist() == [3, 4, 5, 6]
    assert audit(result, "no_consent")[["id", "column", "raw", "clean"]].isna().all(axis=None)
    assert result.counts["removed_no_consent"] == 4


def test_a_missing_consent_column_stops_before_any_value_is_read():
    columns = table(umur=["x"])
    del columns["setuju"]
    with pytest.raises(InputError) as stopped:
        cleaned(BASIC, columns)
    assert [p.column for p in stopped.value.problems] == ["setuju"]


def test_a_file_in_which_nobody_consents_is_refused():
    with pytest.raises(InputError, match="2 of 2 records without consent"):
        cleaned(BASIC, table(setuju=["0", "0"]))


def test_identifiers_are_dropped_and_only_the_column_is_named():
    result = cleaned(BASIC, table(nama=["Budi Santoso"]), KEY)
    assert "nama" not in result.frame
    assert audit(result, "identifier_dropped")["column"].tolist() == ["nama"]
    assert not any("Budi" in str(v) for frame in (result.frame, result.audit) for v in frame.to_numpy().ravel())


def test_an_identifier_that_the_file_no_longer_holds_is_no_problem():
    columns = table(umur=["30"])
    del columns["nama"]
    assert len(cleaned(BASIC, columns).frame) == 1


def test_ids_are_keyed_pseudonyms_and_without_a_key_source_rows():
    keyed, open_ = cleaned(BASIC, table(umur=["30", "31"]), KEY), cleaned(BASIC, table(umur=["30", "31"]))
    assert keyed.frame["id"].str.fullmatch("[0-9a-f]{16}").all()
    assert open_.frame["id"].tolist() == ["2", "3"]
    for result in (keyed, open_):
        assert result.frame.columns[0] == "id"
        assert result.frame["resp_id"].tolist() == result.frame["id"].tolist()
        assert not result.audit.astype("string").isin(["R0", "R1"]).any(axis=None)


def test_the_same_key_gives_the_same_person_the_same_id_in_two_waves():
    first = cleaned(BASIC, table(resp_id=["A", "B"]), KEY).frame["id"]
    later = cleaned(BASIC, table(resp_id=["B", " A "]), KEY).frame["id"]
    assert first.tolist() == later.tolist()[::-1]


def test_identical_rows_are_kept_once():
    columns = {name: [cells[0], cells[0], cells[1]] for name, cells in table(umur=["30", "31"]).items()}
    result = clean(raw(columns | {"no": ["a", "a", "b"]}), instrument(BASIC), wave(), FILE, KEY)
    assert result.rows.tolist() == [2, 4]
    assert audit(result, "duplicate")[["row", "id"]].to_numpy().tolist() == [[3, result.frame["id"][0]]]


def test_the_same_id_and_answers_under_another_submission_number_is_a_duplicate():
    assert cleaned(BASIC, table(resp_id=["A", "A"])).counts["removed_duplicate"] == 1


def test_the_same_id_with_different_answers_names_the_rows_and_not_the_id():
    with pytest.raises(InputError) as stopped:
        cleaned(BASIC, table(resp_id=["SECRET7", "B", "SECRET7"], umur=["30", "31", "32"]))
    (problem,) = stopped.value.problems
    assert problem.found == "the same id with different answers in rows 2, 4"
    assert problem.column == "resp_id"
    assert "SECRET7" not in str(stopped.value)


def test_ids_that_a_spreadsheet_rounded_are_refused():
    with pytest.raises(InputError, match="2 ids in scientific notation, their last digits lost"):
        cleaned(BASIC, table(resp_id=["3.67E+15", "3.68E+15"]))


def test_without_an_id_question_different_rows_are_different_people():
    yaml = "questions: [{name: q, text: Q, type: integer}]\n"
    assert len(cleaned(yaml, {"q": ["1", "1"]}).frame) == 2
    assert cleaned(yaml, {"q": ["1", "1"], "no": ["a", "a"]}).counts["removed_duplicate"] == 1


def test_every_absent_column_is_named_at_once_with_the_nearest_one():
    columns = table(umur=["30"])
    columns |= {"Umur": columns.pop("umur"), "innet": columns.pop("inet")}
    with pytest.raises(InputError) as stopped:
        cleaned(BASIC, columns, design=DesignSpec(weight="bobot"))
    problems = stopped.value.problems
    assert [p.column for p in problems] == ["umur", "inet", "bobot"]
    assert "'innet'" in problems[1].hint
    assert problems[2].expected == "the column of the sampling design"


def test_a_question_that_the_wave_did_not_ask_is_absent():
    yaml = """
questions:
  - {name: a, text: A, type: integer, column: {"2023": a, "2025": null}}
  - {name: b, text: B, type: integer, ask_if: "a > 1"}
"""
    result = cleaned(yaml, {"b": ["1", None]})
    assert result.frame.columns.tolist() == ["id", "b", "b" + MISSING]
    assert result.frame["b"].tolist()[0] == 1


def test_routing_separates_not_applicable_routed_past_and_unknown():
    columns = table(
        inet=["2", "0", "0", None, None], alat=["hp", "hp", None, "pc", None], biaya=["Rp150rb", "1", None, "2", None]
    )
    result = cleaned(BASIC, columns)
    frame = result.frame
    assert frame["alat"].fillna("missing").tolist() == ["hp", "missing", "missing", "pc", "missing"]
    assert frame["alat" + MISSING].tolist()[1:3] == ["not_applicable"] * 2
    assert frame["alat" + MISSING].tolist()[4] == "blank"
    np.testing.assert_array_equal(frame["biaya"], [150_000, np.nan, np.nan, 2, np.nan])
    assert audit(result, "routed_past")[["row", "column"]].to_numpy().tolist() == [[3, "alat"], [3, "biaya"]]


def test_routing_follows_answers_that_routing_removed():
    yaml = """
questions:
  - {name: c, text: C, type: integer, ask_if: "b == 1"}
  - {name: b, text: B, type: integer, ask_if: "a == 1"}
  - {name: a, text: A, type: integer}
"""
    result = cleaned(yaml, {"a": ["1", "2"], "b": ["1", "1"], "c": ["5", "5"]})
    assert result.frame["b" + MISSING].tolist()[1] == "not_applicable"
    # b is missing now, so whether c was asked is unknown and its answer stays
    assert result.frame["c"].tolist() == [5, 5]
    assert result.frame.columns.tolist()[1::2] == ["c", "b", "a"]


def test_numbers_outside_the_range_become_blank():
    result = cleaned(BASIC, table(umur=["17", "18", "100", "101", "-8", "999"]))
    assert result.frame["umur"].dropna().tolist() == [18, 100]
    assert result.frame["umur" + MISSING].tolist()[4] == "dont_know"
    got = audit(result, "out_of_range")
    assert got[["row", "raw", "clean"]].to_numpy().tolist() == [[2, "17", ""], [5, "101", ""], [7, "999", ""]]


@pytest.mark.parametrize(
    ("column", "bad", "good", "rule"),
    [
        ("umur", "17.5", "30", "not_a_number"), ("umur", "1e999", "30", "not_a_number"),
        ("umur", "３0", "30", "not_a_number"), ("biaya", "murah", "100", "not_a_number"),
        ("tgl", "31/02/2025", "2025-08-01", "not_a_date"),
    ],
)  # fmt: skip
def test_what_is_no_number_or_date_becomes_blank(column, bad, good, rule):
    result = cleaned(BASIC, table(**{column: padded(bad, good=good)}))
    assert pd.isna(result.frame[column][0])
    assert result.frame[column + MISSING][0] == "blank"
    assert audit(result, rule)[["row", "raw"]].to_numpy().tolist() == [[2, bad]]
    with pytest.raises(InputError, match=rf"2 of 12 answers \(17%\) with {rule.replace('_', ' ')}"):
        cleaned(BASIC, table(**{column: padded(bad, bad, good=good, n=10)}))


def test_repaired_numbers_and_dates_are_audited():
    result = cleaned(BASIC, table(biaya=["1.500", "1500"], tgl=["03/04/2025", "2025-04-03"]))
    assert result.frame["biaya"].tolist() == [1500, 1500]
    assert result.frame["tgl"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2025-04-03"]
    changes = result.audit.loc[result.audit["column"].isin(["biaya", "tgl"]), ["raw", "clean", "rule"]]
    assert changes.to_numpy().tolist() == [
        ["1.500", "1500", "number_format"],
        ["03/04/2025", "2025-04-03", "date_format"],
    ]


def test_a_number_of_a_statistics_file_has_no_thousands_point():
    file = raw(table(biaya=["1.500"]), format="sav")
    assert clean(file, instrument(BASIC), wave(), FILE).frame["biaya"].tolist() == [1.5]


def test_personal_data_in_open_text_are_redacted_and_never_audited():
    result = cleaned(BASIC, table(usul=["hubungi 081234567890", "jalan\x01 rusak", "baik"]))
    assert result.frame["usul"].tolist() == ["hubungi [PHONE]", "jalan rusak", "baik"]
    got = result.audit.loc[result.audit["column"] == "usul"]
    assert got["rule"].tolist() == ["redacted:phone", "control_characters"]
    assert got["raw"].isna().all()


def test_a_nik_in_a_number_column_without_bounds_never_passes_as_a_number():
    yaml = "questions: [{name: q, text: Q, type: integer}]\n"
    result = cleaned(yaml, {"q": ["3674014107900001", "5"]})
    assert result.frame["q"].dropna().tolist() == [5]
    assert result.audit[["raw", "rule"]].fillna("").to_numpy().tolist() == [["", "redacted:nik"]]


def test_columns_are_typed_as_declared():
    frame = cleaned(BASIC, table(umur=["30", None]), KEY).frame
    assert frame["umur"].dtype == "Int64"
    assert frame["biaya"].dtype == "float64"
    assert frame["tgl"].dtype == "datetime64[ms]"
    assert frame["alat"].dtype == frame["usul"].dtype == "string"
    assert isinstance(frame["inet"].dtype, pd.CategoricalDtype)
    kinds = frame["umur" + MISSING].dtype.categories.tolist()
    assert kinds == ["blank", "not_applicable", "dont_know", "refused"]


def test_design_columns_are_clean_answers_or_the_files_text():
    design = DesignSpec(weight="w", strata=("inet",), psus=("rt",), replicates=ReplicateSpec("bootstrap", "repw[0-9]+"))
    columns = table(inet=["0", "2"]) | {"w": ["1,5", "2"], "rt": ["a", "b"], "repw1": ["1", "2"], "repw": ["x", "y"]}
    got = cleaned(BASIC, columns, design=design).design_columns
    assert got.columns.tolist() == ["w", "inet", "rt", "repw1"]
    assert got["w"].tolist() == ["1,5", "2"]
    assert got["inet"].tolist() == [0, 2]


def test_design_texts_are_not_redacted():
    yaml = "questions: [{name: rt, text: RT, type: text, role: psu}, {name: q, text: Q, type: integer}]\n"
    result = cleaned(yaml, {"rt": ["3674050412000101"], "q": ["1"]}, design=DesignSpec(psus=("rt",)))
    assert result.design_columns["rt"].tolist() == ["3674050412000101"]


def test_rows_left_out_by_where_are_audited_and_counted():
    result = clean(raw(table(umur=["30"])), instrument(BASIC), wave(), FILE, left_out=pd.Index([3, 9]))
    assert audit(result, "where")["row"].tolist() == [3, 9]
    assert (result.counts["records"], result.counts["removed_where"], result.counts["kept"]) == (3, 2, 1)


CHECKED = (
    BASIC
    + """
checks:
  - {id: K1, severity: SEVERITY, rule: "biaya <= umur * 100"}
"""
)


def test_a_violated_warning_is_counted_and_unknown_is_no_violation():
    result = cleaned(
        CHECKED.replace("SEVERITY", "warning"), table(umur=["30", "20", None, "40"], biaya=["1000", "9999", "1", None])
    )
    row = result.quality.set_index("check").loc["K1"]
    assert (row["severity"], row["n"], row["share"]) == ("warning", 1, 0.5)


def test_a_violated_error_stops_the_run_and_names_the_rows():
    with pytest.raises(InputError, match="check K1 violated in 2 rows: 3, 4; expected biaya <= umur"):
        cleaned(CHECKED.replace("SEVERITY", "error"), table(umur=["30", "20", "20"], biaya=["1000", "9999", "9999"]))


def test_quality_lists_nonresponse_by_kind_of_those_asked():
    result = cleaned(BASIC, table(inet=["2", "2", "0", "2"], biaya=["1", None, None, "-9"]))
    got = result.quality.loc[result.quality["item"] == "biaya"].set_index("check")
    assert got["n"].to_dict() == {"blank": 1, "not_applicable": 1, "refused": 1}
    assert got["share"].to_dict() == {"blank": 1 / 3, "not_applicable": 1 / 4, "refused": 1 / 3}


def test_required_blanks_and_answers_unlike_the_pattern_are_counted():
    yaml = """
questions:
  - {name: code, text: Code, type: text, pattern: "^[A-Z]{3}$"}
  - {name: q, text: Q, type: integer, required: true}
"""
    quality = cleaned(yaml, {"code": ["ABC", "abc", "ABCD", None], "q": ["1", None, "-9", "3"]}).quality
    got = quality.set_index("check")
    assert got.loc["pattern", ["item", "n", "share"]].tolist() == ["code", 2, 2 / 3]
    assert got.loc["required", ["item", "n", "share"]].tolist() == ["q", 2, 0.5]


def test_tables_have_the_columns_of_the_contract():
    result = cleaned(BASIC, table(umur=["30"]))
    assert tuple(result.audit.columns) == AUDIT_COLUMNS
    assert tuple(result.quality.columns) == QUALITY_COLUMNS
    assert result.audit["row"].dtype == "Int64"


def test_all_problems_of_a_file_come_at_once():
    columns = table(resp_id=["A", "A", "B"], umur=["x", "y", "30"], inet=["7", "2", "2"])
    del columns["alat"]
    with pytest.raises(InputError) as stopped:
        cleaned(BASIC, columns)
    assert [p.column for p in stopped.value.problems] == ["alat", "resp_id", "umur", "inet"]


cell = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.sampled_from(["1", "0", "2", " 2 ", "hp pc", "Rp5rb", "-8", "NA", "2025-01-01", "200", "081234567890", "ya"]),
)
fields = st.fixed_dictionaries(
    dict.fromkeys(("setuju", "umur", "inet", "alat", "biaya", "tgl", "usul"), cell)
    | {"resp_id": st.sampled_from(["a", "b", "c", "d", "e"]), "nama": cell}
)


@settings(max_examples=60, deadline=None)
@given(st.lists(fields, min_size=1, max_size=6))
def test_no_record_and_no_cell_disappears(drawn):
    good = {"setuju": "1", "umur": "30", "inet": "2", "alat": "hp", "biaya": "1", "tgl": "2025-08-01"}
    filler = [good | {"resp_id": f"f{i}", "nama": "x", "usul": None} for i in range(130)]
    records = [*drawn, *filler]
    columns = {name: [r[name] for r in records] for name in filler[0]}
    try:
        result = cleaned(BASIC, columns, KEY)
    except InputError:
        return
    counts = result.counts
    removed = sum(n for name, n in counts.items() if name.startswith("removed_"))
    assert counts["records"] == len(records) == counts["kept"] + removed
    gone = result.audit["rule"].isin(["no_consent", "duplicate"]).sum()
    assert gone == removed
    by_rule = {name: n for name, n in counts.items() if name.startswith("cells_") and name != "cells_total"}
    assert sum(by_rule.values()) == counts["cells_total"] == 8 * counts["kept"]
    changed = result.audit.loc[result.audit["column"].notna() & (result.audit["rule"] != "identifier_dropped")]
    listed = changed["rule"].value_counts()
    assert {f"cells_{rule}": n for rule, n in listed.items()}.items() <= by_rule.items()
    for name in ("umur", "inet", "alat", "biaya", "tgl", "usul"):
        assert (result.frame[name].isna() == result.frame[name + MISSING].notna()).all()
