"""study.yaml and instrument.yaml: what the contract writes loads as it says; what contradicts it is refused."""

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT
from survey.core.instrument import Instrument
from survey.core.release import ReleasePolicy
from survey.core.schema import json_schemas, load, load_instrument, load_study
from survey.core.study import StudySpec
from survey.core.yamltext import load as load_yaml
from survey.errors import Problem, SchemaError

LANGUAGES = ("id", "en")
AREAS = "\ufefflevel,kode,nama,alias\nkec,36.01,Serpong,\nkel,36.01.1,Ciater,Tjiater; Ciater Baru\nkel,36.01.2,,\n"

MINIMAL = """
format: 1
study: kota
title: Persepsi
languages: [id, en]
instrument: instrument.yaml
waves:
  2025: {source: a.csv}
"""

FULL = """
format: 1
study: tangsel-smart-city
title: {id: Persepsi Warga, en: Citizen Perception}
languages: [id, en]
instrument: instrument.yaml
waves:
  "2023": {source: data/raw/2023/r.csv, collected: [2023-08-01, 2023-08-28], label: {id: Gelombang 1, en: Wave 1}}
  "2025":
    source: data/raw/2025/responses.sav
    where: "gelombang == '2025' and sch.wide == 'Yes'"
    format: auto
    answers: codes
    synthetic: true
    design: {weight: w_2025, psu: null}
design:
  sampling: probability
  method: {id: acak, en: random}
  weight: null
  stratum: [kec, rw]
  psu: rt
  fpc: null
  lonely_psu: adjust
  overlap: psu
  replicates: {type: jkn, columns: "repw[0-9]+", scale: 1, rscales: [0.9, 0.8], combined: true, mse: false}
  calibrate: {to: [[kec, jk], [umur_kel], jk], method: rake, bounds: [0.3, 3.0]}
margins: data/raw/margins.csv
population: 1058127
groups: [jk, umur_kel]
cross: [[umur_kel, jk]]
conf_level: 0.9
quantile_rule: math
adjust: fdr_bh
seed: 20260101
release: {min_n: 0, min_cell: 0, complementary: false, round_to: 5}
analyses: [describe, trend]
min_valid: 3
targets: [{measure: skor, estimand: score100, horizon: {short: 2026, long: 2030}, values: [55, 62.5], example: true}]
claims:
  - {id: C75, text: {id: a, en: b}, source: "2019", measure: tua, estimand: proportion, value: 0.75, equivalence: 0.05}
  - {id: CB, text: x, source: y, measures: [skor, jk], estimand: mean, direction: below, value: 3, adjust: holm}
qualitative: {codebook: c.qdc, coded: i.qdpx, links: {kode: [skor]}}
simulate: {population: tangsel, seed: 1}
"""

INSTRUMENT = """
format: 1
missing:
  -6: {key: blank, id: Kosong, en: Blank}
  -8: {key: dont_know, id: Ragu, en: Unsure}
scales:
  setuju5:
    type: ordinal
    codes: {1: {id: STS, en: SD, abbr: X}, 2: {id: TS, en: D}, 3: {id: N, en: N}, 4: {id: S, en: A}, 5: SS}
    synonyms: {"kurang setuju": 2, SS: 5}
  wilayah: {codes: {U: {id: Kota, en: Urban}, "R": Desa, no: {id: Lain, en: Other}}}
modules:
  - id: A
    title: {id: Awal, en: Start}
    questions:
      - {name: nomor, role: id}
      - {name: tgl, type: date, formats: ["%Y-%m-%d"]}
      - {name: thn, type: integer, min: 1920, max: 2010, number_format: id, unit: tahun}
      - {name: jk, codes: {1: {id: L, en: M}, 2: {id: P, en: F}}, synonyms: {Pria: 1}, pdp: {class: umum, pasal: 4}}
      - {name: umur_teks, type: ordinal, codes: {"18 - 24": muda, "25 - 34": dewasa, "35+": tua}}
      - {name: area, type: nominal, role: geography, codelist: "w.csv#kode", codelist_label: nama,
         codelist_where: {level: kel}, codelist_alias: alias}
      - name: alat
        text: {id: Apa alatnya?, en: Which devices?}
        codes: {hp: HP, pc: PC, tdk: {id: Tidak punya, en: None, exclusive: true}}
        columns: {hp: q22_01, pc: q22_02}
        selected: "Y"
      - {name: guna, type: multi, separator: " ", codes: {a: A, b: B}}
  - id: E
    title: {id: Indikator, en: Indicators}
    defaults: {scale: setuju5, missing: {9: dont_know, "": refused, -1: -7}}
    questions:
      - name: so1
        text: {id: Pertanyaan, en: Question}
        label: {id: P, en: Q}
        column: {"2023": Q12, 2025: q12a, "2026": null}
        recode: {"2025": {1: 5, 2: 4}}
        missing: {9: dont_know, "2023": {99: not_applicable}}
        ask_if: "thn >= 1950"
        synonyms: {SS: 4, Ya: 5}
      - {name: so2, column: SO_2, reverse: true, missing: {"2023": {8: refused}}}
      - {name: so3, column: null}
      - {name: kota, scale: wilayah, note: "taken from the file"}
      - {name: lama, type: number, min: 0, max: 100}
indicators:
  skor: {id: Skor, en: Score, items: [so1, so2], min_valid: 2, facets: {a: [so1], b: {items: [so2], id: Segi, en: Facet}}, note: Catatan}
  rata: {id: Rata, en: Mean, items: [so1, so2, so3]}
derived:
  - {name: tua, from: "umur_kel == '35+'", id: Tua, en: Old}
  - {name: umur, from: "year(tgl) - thn", type: integer}
  - {name: umur_kel, from: umur, breaks: [18, 35], labels: ["18-34", "35+"], codes: {"35+": {id: Tua, en: Older}}}
  - {name: setuju3, from: so1, codes: {"1-2": {id: T, en: D}, 3: N, ">=4": {id: S, en: A}}, id: S, en: A}
  - {name: generasi, from: thn, codes: {"<=1945": a, "1946-1964": b, ">1996": c, "1970": d}}
  - {name: muda, from: umur_teks, codes: {"18 - 24": Muda, lain: {id: Lain, en: Other, of: ["25 - 34", "35+"]}}}
  - {name: tahap, from: "count(guna)", type: ordinal, codes: {0: nol, 1: satu, 2: dua}}
  - {name: ada, from: "so1 >= 4", type: binary, codes: {1: {id: Setuju, en: Agrees}}}
  - {name: tengah, from: "skor / 2"}
checks:
  - {id: K03, severity: warning, rule: "lama <= umur", text: {id: x, en: y}}
"""


def read(name: str) -> str:
    if name != "w.csv":
        raise FileNotFoundError(name)
    return AREAS


def reader(texts: dict[str, str]) -> Callable[[str], str]:
    """A reader of files as a study's folder has them."""

    def read(name: str) -> str:
        if name not in texts:
            raise SchemaError(Problem(name, found="no such file"))
        return texts[name]

    return read


def instrument(text: str = INSTRUMENT, languages: tuple[str, ...] = LANGUAGES) -> Instrument:
    return load_instrument(text, "instrument.yaml", languages, read)


def refused(text: str) -> SchemaError:
    with pytest.raises(SchemaError) as error:
        instrument(text)
    return error.value


def keys(levels: Any) -> list[str]:
    return [level.key for level in levels]


def test_reading_the_schema_module_loads_nothing_slow():
    code = "import sys, survey.core.schema; print({'pandas', 'numpy', 'pydantic', 'yaml', 'babel'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_what_a_study_leaves_out_has_the_contracts_defaults():
    study = load_study(MINIMAL, "study.yaml")
    wave = study.waves[0]
    assert (wave.name, wave.format, wave.answers, wave.synthetic) == ("2025", "auto", "auto", False)
    design = study.design
    assert (design.sampling, design.weight) == ("probability", None)
    assert (design.strata, design.psus, design.fpcs) == ((), (), ())
    assert (design.lonely_psu, design.overlap, design.replicates, design.calibrate) == ("fail", "none", None, None)
    assert (study.conf_level, study.adjust, study.seed, study.min_valid) == (0.95, "holm", 1, 0.5)
    assert study.quantile_rule == "school"
    assert study.release == ReleasePolicy(10, 5, True, None)
    assert (study.analyses, study.groups, study.cross, study.margins) == (None, (), (), None)
    assert study.title.in_language("en") == "Persepsi"


def test_every_key_of_a_study_is_read():
    study = load_study(FULL, "study.yaml")
    first, second = study.waves
    assert first.collected == (date(2023, 8, 1), date(2023, 8, 28))
    assert second.where is not None
    assert second.where.names == ("gelombang", "sch.wide")
    assert (study.design.strata, study.design.psus) == (("kec", "rw"), ("rt",))
    assert study.design.calibrate is not None
    assert study.design.calibrate.to == (("kec", "jk"), ("umur_kel",), ("jk",))
    assert study.design.calibrate.bounds == (0.3, 3.0)
    assert study.design.replicates is not None
    assert study.design.replicates.rscales == (0.9, 0.8)
    assert study.cross == (("umur_kel", "jk"),)
    assert study.analyses == ("describe", "trend")
    assert study.quantile_rule == "math"
    assert study.release == ReleasePolicy(0, 0, False, 5)
    assert [c.measures for c in study.claims] == [("tua",), ("skor", "jk")]
    assert (study.claims[1].direction, study.claims[1].adjust) == ("below", "holm")
    assert study.targets[0].values == (55.0, 62.5)
    assert study.simulate == {"population": "tangsel", "seed": 1}


def test_a_waves_design_overrides_key_by_key():
    first, second = load_study(FULL, "study.yaml").waves
    assert (first.design.weight, first.design.psus) == (None, ("rt",))
    assert (second.design.weight, second.design.psus, second.design.strata) == ("w_2025", (), ("kec", "rw"))


STUDY_REFUSALS = [
    ("title: {id: Persepsi Warga, en: Citizen Perception}", "titel: x", None, "the key `title`"),
    ("groups:", "grups:", "grups", "Did you mean 'groups'"),
    ("min_n: 0", "min_m: 0", "release.min_m", "Did you mean 'min_n'"),
    ("en: Citizen Perception}", "de: B}", "title", "a text in en too"),
    ("title: {id: Persepsi Warga,", "title: {idd: x, id: P,", "title.idd", "a language such as id, en"),
    ("languages: [id, en]", "languages: [id, en, qqq]", "languages.3", "a language code"),
    ("languages: [id, en]", "languages: [id, id]", "languages.2", "each language once"),
    ("study: tangsel-smart-city", "study: a b", "study", "letters, digits"),
    ("format: 1", "format: 2", "format", "expected 1"),
    ("2023-08-28]", "2023-07-28]", "waves.2023.collected", "the first day, then the last"),
    ("2023-08-28]", "2023-08-41]", "waves.2023.collected.2", "a day such as 2025-08-01"),
    ('"2023":', '"Trend":', "waves.Trend", "reports/trend is kept"),
    ('"2023":', '"20/23":', "waves.20/23", "letters, digits, - and _"),
    ('"2023":', '2025:', "waves.2025", "names that differ"),
    ("format: auto", "format: kobo", "waves.2025.format", "Not in this version"),
    ("format: auto", "format: csvv", "waves.2025.format", "Did you mean 'csv'"),
    ("format: auto", "form: f.xlsx", "waves.2025.form", "Not in this version"),
    ("gelombang ==", "gelombang =", "waves.2025.where", "Equality is written =="),
    ("gelombang == '2025' and sch.wide == 'Yes'", "1 + 1", "waves.2025.where", "a condition such as"),
    ("lonely_psu: adjust", "lonely_psu: ajust", "design.lonely_psu", "Did you mean 'adjust'"),
    ("quantile_rule: math", "quantile_rule: maths", "quantile_rule", "Did you mean 'math'"),
    ("bounds: [0.3, 3.0]", "bounds: [1.3, 3.0]", "design.calibrate.bounds", "one below 1 and one above"),
    ("bounds: [0.3, 3.0]", "bounds: [0.3]", "design.calibrate.bounds", "2 or more entries"),
    ("margins: data/raw/margins.csv", "note: x", "design.calibrate", "a margins file"),
    ("rscales: [0.9, 0.8], ", "", "design.replicates", "one factor a replicate"),
    ('"repw[0-9]+"', '"repw[0-9"', "design.replicates.columns", "a regular expression"),
    ("conf_level: 0.9", "conf_level: 95", "conf_level", "less than 1"),
    ("seed: 20260101", "seed: x", "seed", "a whole number"),
    ("population: 1058127", "population: -1", "population", "more than 0"),
    ("synthetic: true", "synthetic: yes", "waves.2025.synthetic", "true or false"),
    ("analyses: [describe, trend]", "analyses: describe", "analyses", "`all`, or a list"),
    ("values: [55, 62.5]", "values: [55]", "targets.1.values", "one value a horizon"),
    ("measure: tua, ", "", "claims.C75", "one of them"),
    (", equivalence: 0.05", "", "claims.C75", "`equivalence`"),
    ("id: CB,", "id: C75,", "claims.C75", "each id once"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "column", "says"), STUDY_REFUSALS)
def test_a_study_that_breaks_the_contract_is_refused_where_it_does(old, new, column, says):
    assert FULL.count(old) == 1
    with pytest.raises(SchemaError) as error:
        load_study(FULL.replace(old, new), "study.yaml")
    problem = next(p for p in error.value.problems if says in str(p))
    assert problem.column == column
    assert problem.row is not None or column is None
    assert problem.file == "study.yaml"


def test_all_problems_of_a_study_come_at_once_in_the_order_of_the_file():
    text = FULL.replace("groups:", "grups:").replace("seed: 20260101", "seed: x").replace("id: CB,", "id: C75,")
    with pytest.raises(SchemaError) as error:
        load_study(text, "study.yaml")
    assert [p.column for p in error.value.problems] == ["grups", "seed", "claims.C75"]
    assert [p.row for p in error.value.problems] == sorted(p.row or 0 for p in error.value.problems)


def test_missing_kinds_are_the_four_whatever_the_file_leaves_out():
    kinds = instrument().missing
    assert [(k.code, k.key) for k in kinds] == [
        (-6, "blank"), (-7, "not_applicable"), (-8, "dont_know"), (-9, "refused"),
    ]  # fmt: skip
    assert [k.label.in_language("id") for k in kinds] == ["Kosong", "Tidak berlaku", "Ragu", "Menolak"]


def test_types_follow_the_scale_the_columns_or_the_role():
    types = {q.name: q.type for q in instrument().questions}
    assert types == {
        "nomor": "text", "tgl": "date", "thn": "integer", "jk": "nominal", "umur_teks": "ordinal", "area": "nominal",
        "alat": "multi", "guna": "multi", "so1": "ordinal", "so2": "ordinal", "so3": "ordinal", "kota": "nominal",
        "lama": "number",
    }  # fmt: skip


def test_a_module_gives_its_questions_what_they_do_not_state():
    made = instrument()
    assert made.question("so2").scale == made.question("so3").scale
    assert made.question("so3").missing_in("2025") == {"9": "dont_know", "": "refused", "-1": "not_applicable"}
    assert made.question("lama").scale is None
    assert keys(made.question("kota").levels) == ["U", "R", "no"]
    assert [m.questions[0] for m in made.modules] == ["nomor", "so1"]


def test_columns_and_missing_codes_may_differ_by_wave():
    so1, so2, so3 = (instrument().question(n) for n in ("so1", "so2", "so3"))
    assert [so1.column_in(w) for w in ("2023", "2025", "2026", "2030")] == ["Q12", "q12a", None, None]
    assert (so2.column_in("2023"), so3.column_in("2023")) == ("SO_2", None)
    assert so1.missing_in("2023") == {"9": "dont_know", "99": "not_applicable"}
    assert so1.missing_in("2025") == {"9": "dont_know"}
    assert (so2.missing_in("2023"), so2.missing_in("2025")) == ({"8": "refused"}, {})
    assert so1.recode == {"2025": {"1": "5", "2": "4"}}


def test_a_questions_synonyms_go_before_its_scales():
    made = instrument()
    assert made.question("so1").scale.synonyms == {"kurang setuju": "2", "SS": "4", "Ya": "5"}
    assert made.question("so2").scale.synonyms == {"kurang setuju": "2", "SS": "5"}


def test_a_code_list_is_read_from_a_csv():
    area = instrument().question("area")
    assert keys(area.levels) == ["36.01.1", "36.01.2"]
    assert [v.label.in_language("id") for v in area.levels] == ["Ciater", "36.01.2"]
    assert area.scale.synonyms == {"Tjiater": "36.01.1", "Ciater Baru": "36.01.1"}


def test_texts_come_in_every_language_or_in_one_for_all():
    made = instrument()
    assert made.question("so1").label.in_language("en") == "Q"
    assert made.question("alat").label.in_language("en") == "Which devices?"
    assert made.question("nomor").label.in_language("en") == "nomor"
    assert made.question("kota").levels[1].label.in_language("en") == "Desa"
    assert made.indicator("skor").label.in_language("en") == "Score"
    plain, worded = made.indicator("skor").facets
    assert (plain.label.in_language("en"), plain.items) == ("a", ("so1",))
    assert (worded.label.in_language("en"), worded.items) == ("Facet", ("so2",))
    assert made.variable("tua").label.in_language("id") == "Tua"


def test_a_study_in_one_language_needs_no_other():
    text = "questions: [{name: a, type: nominal, codes: {U: {en: Urban}, R: {en: Rural, fr: Rurale}}}]"
    assert instrument(text, ("en",)).question("a").levels[1].label.in_language("fr") == "Rurale"


def test_indicators_without_min_valid_take_the_studys():
    assert [i.min_valid for i in instrument().indicators] == [2, 0.5]


def test_derived_variables_stand_after_what_they_read():
    names = [d.name for d in instrument().derived]
    assert names.index("umur") < names.index("umur_kel") < names.index("tua")


def test_derived_types_and_levels_follow_their_definition():
    derived = {d.name: d for d in instrument().derived}
    assert {n: d.type for n, d in derived.items()} == {
        "umur": "integer", "umur_kel": "ordinal", "tua": "binary", "setuju3": "ordinal", "generasi": "ordinal",
        "muda": "ordinal", "tahap": "ordinal", "ada": "binary", "tengah": "number",
    }  # fmt: skip
    assert keys(derived["umur_kel"].levels) == ["18-34", "35+"]
    assert [v.label.in_language("en") for v in derived["umur_kel"].levels] == ["18-34", "Older"]
    assert [v.label.in_language("en") for v in derived["ada"].levels] == ["No", "Agrees"]
    assert [v.value for v in derived["tahap"].levels] == [0, 1, 2]
    assert not derived["tahap"].regroup


def test_a_regrouping_knows_what_each_level_holds():
    derived = {d.name: d for d in instrument().derived}
    assert derived["setuju3"].members == {"1-2": ("1", "2"), "3": ("3",), ">=4": ("4", "5")}
    assert derived["muda"].members == {"18 - 24": ("18 - 24",), "lain": ("25 - 34", "35+")}
    after_1996 = math.nextafter(1996, math.inf)
    assert derived["generasi"].ranges == {
        "<=1945": (-math.inf, 1945), "1946-1964": (1946, 1964), ">1996": (after_1996, math.inf), "1970": (1970, 1970),
    }  # fmt: skip
    assert all(d.regroup for d in (derived["setuju3"], derived["muda"], derived["generasi"]))


def test_extra_keys_are_kept_for_exports():
    assert instrument().question("jk").extra == {"pasal": 4}
    assert instrument().question("kota").extra == {"note": {"": "taken from the file"}}


INSTRUMENT_REFUSALS = [
    ("name: so1\n        text:", "name: so1\n        txt:", "modules.E.questions.so1.txt", "Did you mean 'text'"),
    ("scale: wilayah", "scale: wilaya", "modules.E.questions.kota.scale", "Did you mean 'wilayah'"),
    ("role: geography", "role: geografi", "modules.A.questions.area.role", "Did you mean 'geography'"),
    ("name: so3,", "name: so2,", "modules.E.questions.so2", "each name once; it stands in line"),
    ("name: so3,", "name: so__3,", "modules.E.questions.so__3", "a name without __"),
    ("name: so3,", "name: so 3,", "modules.E.questions.so 3.name", "letters, digits"),
    ("name: lama,", "name: id,", "modules.E.questions.id", "the respondent's number"),
    ("name: tgl,", "role: id, name: tgl,", "modules.A.questions.tgl", "one question of role id"),
    ("reverse: true", "reverse: true, scale: wilayah", "modules.E.questions.so2.reverse", "codes that are numbers"),
    ("id: STS, en: SD", "id: STS", "scales.setuju5.codes.1", "a text in en too"),
    ("2: {id: TS, en: D}", "'1': {id: TS, en: D}", "scales.setuju5.codes.1", "each code once"),
    ("2: {id: TS, en: D}", "-8: {id: TS, en: D}", "scales.setuju5.codes.-8", "a kind of missing answer"),
    ("2: {id: TS, en: D}", "2: [TS]", "scales.setuju5.codes.2", "a label"),
    ("SS: 5}", "SS: 6}", "scales.setuju5.synonyms.SS", "one of 1, 2, 3, 4, 5"),
    ("key: dont_know", "key: dontknow", "missing.-8.key", "Did you mean 'dont_know'"),
    ("-8: {key: dont_know", "8: {key: dont_know", "missing.8", "a negative whole number"),
    ("-8: {key: dont_know", "-8: {key: blank", "missing.-8", "each kind once"),
    ('"": refused', '"": refuse', "modules.E.defaults.missing.", "Did you mean 'refused'"),
    ("9: dont_know, \"\"", "5: dont_know, \"\"", "modules.E.questions.so3.missing", "one meaning a code"),
    ("{99: not_applicable}", "{5: not_applicable}", "modules.E.questions.so1.missing", "one meaning a code"),
    ("{1: 5, 2: 4}", "{1: 7}", "modules.E.questions.so1.recode.2025.1", "one of 1, 2, 3, 4, 5"),
    ('{"2025": {1: 5, 2: 4}}', "{1: 5}", "modules.E.questions.so1.recode.1", "keys and their values"),
    ('"thn >= 1950"', '"thm >= 1950"', "modules.E.questions.so1.ask_if", "Did you mean 'thn'"),
    ('"thn >= 1950"', '"thn >="', "modules.E.questions.so1.ask_if", "at position 7"),
    ('"thn >= 1950"', '"setuju3 == 3"', "modules.E.questions.so1", "so1 → setuju3 → so1"),
    ("{hp: q22_01, pc: q22_02}", "{hpp: q1}", "modules.A.questions.alat.columns.hpp", "Did you mean 'hp'"),
    ("codes: {a: A, b: B}", "codes: {'a;b': A}", "modules.A.questions.guna.codes.a;b", "a code without ;"),
    ('type: multi, separator: " "', 'type: nominal, separator: " "', "modules.A.questions.guna.separator", "multi"),
    ("min: 0, max: 100", "min: 200, max: 100", "modules.E.questions.lama.min", "min at most max"),
    ("type: number, min: 0", "type: number, scale: setuju5, min: 0", "modules.E.questions.lama.scale", "type ordinal"),
    ("type: date, ", "", "modules.A.questions.tgl", "the key `type`"),
    ("type: date,", "type: nominal,", "modules.A.questions.tgl", "type nominal without codes"),
    ("w.csv#kode", "x.csv#kode", "modules.A.questions.area.codelist", "x.csv cannot be read"),
    ("w.csv#kode", "w.csv#kod", "modules.A.questions.area.codelist", "Did you mean 'kode'"),
    ("{level: kel}", "{level: rt}", "modules.A.questions.area.codelist", "at least one code"),
    ("items: [so1, so2], min", "items: [so1, so99], min", "indicators.skor.items.2", "no question named 'so99'"),
    ("items: [so1, so2], min", "items: [so1, kota], min", "indicators.skor.items.2", "numbers as codes"),
    ("items: [so1, so2], min", "items: [so1, so1], min", "indicators.skor.items.2", "each item once"),
    ("min_valid: 2", "min_valid: 4", "indicators.skor.min_valid", "a count up to 2"),
    ("facets: {a: [so1]", "facets: {a: [so3]", "indicators.skor.facets.a.1", "one of so1, so2"),
    ("b: {items: [so2]", "b: {items: [so3]", "indicators.skor.facets.b.items.1", "one of so1, so2"),
    ("b: {items: [so2], id", "b: {item: [so2], id", "indicators.skor.facets.b.item", "Did you mean 'items'"),
    ("id: Segi, en: Facet", "id: Segi", "indicators.skor.facets.b", "a text in en too"),
    ("  rata: {", "  so1: {", "indicators.so1", "each name once"),
    ("breaks: [18, 35]", "breaks: [35, 18]", "derived.umur_kel.breaks", "each break above"),
    ("breaks: [18, 35]", "breaks: [18]", "derived.umur_kel.breaks", "one label a break"),
    ("from: umur, breaks", "from: jk, breaks", "derived.umur_kel.from", "a number to be cut"),
    ('codes: {"35+": {id: Tua', 'codes: {"36+": {id: Tua', "derived.umur_kel.codes.36+", "Did you mean '35+'"),
    ('"year(tgl) - thn"', '"year(tgl) - umur_kel"', "derived.umur_kel", "umur_kel → umur → umur_kel"),
    ('{"1-2": {id: T, en: D}', '{"1-3": {id: T, en: D}', "derived.setuju3.codes.3", "each code in one level"),
    ('{"1-2": {id: T, en: D}', '{"7-8": {id: T, en: D}', "derived.setuju3.codes.7-8", "holds no code of the source"),
    ('"1946-1964": b', '"1940-1964": b', "derived.generasi.codes", "each number in one level"),
    ('"1946-1964": b', '"lama": b', "derived.generasi.codes.lama", "one range such as"),
    ('of: ["25 - 34", "35+"]', 'of: ["25-34"]', "derived.muda.codes.lain", "Did you mean '25 - 34'"),
    ("from: umur_teks,", "from: tgl,", "derived.muda.from", "a question with codes, or a number"),
    ('"so1 >= 4", type: binary', '"so1 + 4", type: binary', "derived.ada.from", "a condition such as"),
    ("type: ordinal, codes: {0: nol, 1: satu, 2: dua}", "type: ordinal", "derived.tahap", "name what the expression"),
    ("{name: muda,", "{role: stakeholders, name: muda,", "derived.muda.role", "stakeholder"),
    ("{name: muda,", "{role: stakeholder, name: tengah3, from: kota}\n  - {role: stakeholder, name: muda,",
     "derived.muda.role", "one question or derived variable of role stakeholder"),
    ("{name: tengah,", "{role: stakeholder, name: tengah,", "derived.tengah.role", "codes, one of which"),
    ("{name: tengah, from: \"skor / 2\"}", "{role: stakeholder, name: tengah, from: area, codes: {x: {of: ['36.01.1'], id: X, en: X}}}",
     "derived.tengah.role", "a variable that tells people apart"),
    ("severity: warning", "severity: warn", "checks.K03.severity", "Did you mean 'warning'"),
    ('"lama <= umur"', '"lama <= umurr"', "checks.K03.rule", "Did you mean 'umur'"),
    ('"lama <= umur"', '"lama - umur"', "checks.K03.rule", "yields a number"),
    ("  - id: E", "  - id: A", "modules.A", "each id once"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "column", "says"), INSTRUMENT_REFUSALS)
def test_an_instrument_that_breaks_the_contract_is_refused_where_it_does(old, new, column, says):
    assert INSTRUMENT.count(old) == 1
    error = refused(INSTRUMENT.replace(old, new))
    problem = next(p for p in error.problems if says in str(p))
    assert problem.column == column
    assert problem.row is not None
    assert problem.file == "instrument.yaml"


def test_an_instrument_has_modules_or_questions():
    assert "expected one of them" in str(refused("format: 1"))


def test_what_follows_from_a_problem_is_no_second_problem():
    text = INSTRUMENT.replace("type: ordinal\n    codes: {1:", "type: ordinall\n    codes: {1:")
    assert [p.column for p in refused(text).problems] == ["scales.setuju5.type"]


def test_problems_of_shape_and_of_meaning_come_together_on_the_right_lines():
    text = INSTRUMENT.replace("name: tgl, ", "").replace('"thn >= 1950"', '"thm >= 1950"')
    problems = refused(text).problems
    line = next(i for i, row in enumerate(text.split("\n"), start=1) if "thm" in row)
    assert [(p.column, p.row) for p in problems if "thm" in p.found] == [("modules.E.questions.so1.ask_if", line)]
    assert problems[0].column == "modules.A.questions.2"
    assert "the key `name`" in problems[0].expected


def test_a_comma_that_splits_a_text_is_explained():
    text = INSTRUMENT.replace("{0: nol,", "{0: {id: 9,99 juta, en: x},")
    assert "Quote a text that contains a comma" in str(refused(text))


def disagreements(old: str, new: str, text: str = FULL) -> list[tuple[str | None, str]]:
    """Path and words of what the study says that the instrument contradicts."""
    assert old in text
    base = text.replace("kec, jk], [umur_kel]", "jk], [umur_kel]")
    text = base.replace(old, new)
    try:
        load(text, "study.yaml", reader({"instrument.yaml": INSTRUMENT, "w.csv": AREAS}))
    except SchemaError as error:
        assert all(p.row is not None for p in error.problems)
        return [(p.column, str(p)) for p in error.problems]
    return []


@pytest.mark.parametrize(
    ("old", "new", "column", "says"),
    [
        ("groups: [jk,", "groups: [jkk,", "groups.1", "Did you mean 'jk'"),
        ("groups: [jk,", "groups: [thn,", "groups.1", "puts each respondent into one group"),
        ("groups: [jk,", "groups: [guna,", "groups.1", "puts each respondent into one group"),
        ("groups: [jk,", "groups: [skor,", "groups.1", "no question"),
        ("cross: [[umur_kel, jk]]", "cross: [[umur_kel, jkk]]", "cross.1.2", "Did you mean 'jk'"),
        ("to: [[jk]", "to: [[umur_kell]", "design.calibrate.to.1", "Did you mean 'umur_kel'"),
        ("measure: skor", "measure: skore", "targets.1.measure", "Did you mean 'skor'"),
        ("measure: tua", "measure: tuaa", "claims.C75.measure", "Did you mean 'tua'"),
        ("[skor, jk]", "[skor, jkk]", "claims.CB.measures", "Did you mean 'jk'"),
        ('"2023":', "1:", "waves.1", "a name that no code has"),
    ],
)
def test_a_study_that_contradicts_its_instrument_is_told_where(old, new, column, says):
    base = FULL.replace("kec, jk], [umur_kel]", "jk], [umur_kel]")
    found = disagreements(old, new, base)
    assert [c for c, text in found if says in text] == [column]


def test_design_names_may_be_columns_of_the_file():
    assert disagreements("seed", "seed") == []


def test_the_studys_own_files_load():
    _, made = load((ROOT / "study.yaml").read_text("utf-8"), "study.yaml", lambda p: (ROOT / p).read_text("utf-8"))
    assert len(made.questions) == 81


def described(schema: Any, path: str = "") -> Iterator[tuple[str, bool]]:
    """Every property of a JSON Schema, and whether it is explained."""
    if isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            yield f"{path}.{name}", "description" in inner
        for key, inner in schema.items():
            yield from described(inner, f"{path}.{key}")
    if isinstance(schema, list):
        for inner in schema:
            yield from described(inner, path)


def test_every_key_is_explained_to_editors():
    schemas = json_schemas()
    assert set(schemas) == {"study", "instrument"}
    assert [path for path, explained in described(schemas) if not explained] == []
    assert json.dumps(schemas) == json.dumps(json_schemas())


def as_json(text: str) -> Any:
    """A YAML file as an editor's checker sees it: every key is text."""
    return json.loads(json.dumps(load_yaml(text, "f").data))


def test_the_schemas_accept_what_the_loader_accepts():
    jsonschema = pytest.importorskip("jsonschema")
    schemas = json_schemas()
    for text in (FULL, MINIMAL, (ROOT / "study.yaml").read_text("utf-8")):
        jsonschema.validate(as_json(text), schemas["study"])
    for text in (INSTRUMENT, (ROOT / "instrument.yaml").read_text("utf-8")):
        jsonschema.validate(as_json(text), schemas["instrument"])
    with pytest.raises(jsonschema.ValidationError, match="grups"):
        jsonschema.validate(as_json(FULL.replace("groups:", "grups:")), schemas["study"])


def test_the_schemas_hold_the_keys_that_the_loader_takes():
    schemas = json_schemas()
    assert set(yaml.safe_load(FULL)) <= set(schemas["study"]["properties"])
    assert schemas["study"]["additionalProperties"] is False
    question = schemas["instrument"]["$defs"]["QuestionShape"]["properties"]
    assert {"name", "text", "column", "ask_if", "codelist_where", "pdp", "selected"} <= set(question)
    assert "from" in schemas["instrument"]["$defs"]["DerivedShape"]["properties"]


KEYS = st.sampled_from(
    ["format", "study", "title", "languages", "instrument", "waves", "design", "groups", "claims", "targets", "release",
     "missing", "scales", "modules", "questions", "indicators", "derived", "checks", "name", "id", "en", "codes",
     "type", "items", "from", "breaks", "labels", "text", "column", "source", "rule", "defaults", "calibrate", "to",
     "2025"]
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-9, 99), st.floats(), st.text(max_size=6),
        st.sampled_from(["ordinal", "a", "a == 1", "0-2", "w.csv#kode", "multi", "binary"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)  # fmt: skip
TREES = st.dictionaries(KEYS, VALUES, max_size=8).map(lambda tree: yaml.safe_dump(tree, allow_unicode=True))
PLACES = st.sampled_from([line for line in INSTRUMENT.split("\n") if line.strip()])
TORN = st.tuples(PLACES, st.text(max_size=8)).map(lambda t: INSTRUMENT.replace(*t))
TORN_STUDY = st.tuples(st.sampled_from(FULL.split("\n")[1:]), st.text(max_size=8)).map(lambda t: FULL.replace(*t))


@settings(max_examples=200, deadline=None)
@given(st.one_of(TREES, TORN, TORN_STUDY, st.text(max_size=40)))
def test_whatever_the_files_say_they_load_or_are_refused(text):
    with suppress(SchemaError):
        assert isinstance(load_study(text, "study.yaml"), StudySpec)
    with suppress(SchemaError):
        assert isinstance(instrument(text), Instrument)
    for study, asked in ((text, INSTRUMENT), (FULL, text)):
        with suppress(SchemaError):
            load(study, "study.yaml", reader({"instrument.yaml": asked, "w.csv": AREAS}))
