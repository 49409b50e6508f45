"""study.yaml and instrument.yaml that are not YAML, not this format, or contradict themselves."""

from __future__ import annotations

import pytest

from hostile.hostile_study import INSTRUMENT, RAW, STUDY, table
from hostile.refusal import At

STUDY_FILE, INSTRUMENT_FILE = "study.yaml", "instrument.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "column", "found", "hint"),
    [
        pytest.param(
            STUDY_FILE, "seed: 7", "seed: 7\nseed: 8", "seed", "the key 'seed' again", "", id="repeated-key"
        ),
        pytest.param(
            STUDY_FILE, "seed: 7", "seed: !!python/object/apply:os.getpid []", "seed", "the tag tag:yaml.org", "never",
            id="tag",
        ),
        pytest.param(STUDY_FILE, "seed: 7", "sead: 7", "sead", "the unknown key 'sead'", "'seed'", id="unknown-key"),
        pytest.param(
            STUDY_FILE, "  weight: bobot", "  wieght: bobot", "design.wieght", "the unknown key 'wieght'", "'weight'",
            id="unknown-key-of-the-design",
        ),
        pytest.param(STUDY_FILE, "seed: 7", "seed: tujuh", "seed", "'tujuh'", "", id="text-for-a-number"),
        pytest.param(STUDY_FILE, "seed: 7", "seed: -7", "seed", "-7", "", id="negative-seed"),
        pytest.param(STUDY_FILE, "seed: 7", "conf_level: 95", "conf_level", "95", "", id="level-in-percent"),
        pytest.param(STUDY_FILE, "seed: 7", "conf_level: .nan", "conf_level", "nan", "", id="level-that-is-nan"),
        pytest.param(STUDY_FILE, "groups: [jk]", "groups: {jk: 1}", "groups", "keys and values", "", id="map-for-a-list"),
        pytest.param(STUDY_FILE, "format: 1", "format: 2", "format", "2", "", id="another-format"),
        pytest.param(
            STUDY_FILE, "{id: Survei Uji, en: Test Survey}", "{id: Survei Uji}", "title", "only id", "", id="missing-language"
        ),
        pytest.param(STUDY_FILE, "[id, en]", "[id, english]", "languages.2", "'english'", "", id="language-that-is-none"),
        pytest.param(STUDY_FILE, "groups: [jk]", "groups: [jjk]", "groups.1", "named 'jjk'", "'jk'", id="unknown-group"),
        pytest.param(STUDY_FILE, "groups: [jk]", "groups: [media]", "groups.1", "'media' of type multi", "", id="multi-group"),
        pytest.param(STUDY_FILE, "groups: [jk]", "groups: [umur]", "groups.1", "'umur' of type integer", "", id="number-group"),
        pytest.param(STUDY_FILE, '"2025":', '"trend":', "waves.trend", "the wave name 'trend'", "", id="wave-named-trend"),
        pytest.param(STUDY_FILE, '"2025":', '"3":', "waves.3", "which is a code of", "year", id="wave-named-as-a-code"),
        pytest.param(STUDY_FILE, '"2025":', '"../x":', "waves.../x", "the wave name '../x'", "", id="wave-named-as-a-path"),
        pytest.param(STUDY_FILE, '"2025":', '"20 25":', "waves.20 25", "the wave name '20 25'", "", id="wave-with-a-space"),
        pytest.param(
            STUDY_FILE, f"{{source: {RAW},", f"{{source: {RAW}, form: f.xlsx,", "waves.2025.form", "`form`",
            "Not in this version", id="form",
        ),
        pytest.param(
            STUDY_FILE, f"{{source: {RAW},", f"{{source: {RAW}, format: kobo,", "waves.2025.format", "'kobo'",
            "Not in this version", id="kobo",
        ),
        pytest.param(
            STUDY_FILE, f"{{source: {RAW},", f"{{source: {RAW}, format: exel,", "waves.2025.format", "'exel'", "",
            id="format-that-is-none",
        ),
        pytest.param(
            STUDY_FILE, f"{{source: {RAW},", f"{{sauce: {RAW},", "waves.2025.sauce", "the unknown key 'sauce'", "'source'",
            id="wave-without-a-source",
        ),
        pytest.param(
            STUDY_FILE, f"source: {RAW}", 'source: "data/a\\0b.csv"', "waves.2025.source", "'data/a\\x00b.csv'", "",
            id="name-that-no-file-can-have",
        ),
        pytest.param(
            STUDY_FILE, "synthetic: true", "collected: [2025-08-28, 2025-08-01]", "waves.2025.collected",
            "a last day before the first", "", id="days-the-wrong-way-round",
        ),
        pytest.param(
            STUDY_FILE, "synthetic: true", "synthetic: yes", "waves.2025.synthetic", "'yes'", "", id="yes-is-a-text"
        ),
        pytest.param(
            STUDY_FILE, "analyses: [describe, dont_know, indicators]", "analyses: [describe, indicatros]", "analyses.2", "'indicatros'", "'indicators'",
            id="unknown-analysis",
        ),
        pytest.param(
            STUDY_FILE, "margins: data/raw/margins.csv\n", "\ncalibrate: {to: [jk]}\n", "calibrate",
            "the unknown key 'calibrate'", "", id="calibrate-outside-the-design",
        ),
        pytest.param(
            STUDY_FILE, "  psu: rt", "  psu: rt\n  lonely_psu: adjusted", "design.lonely_psu", "'adjusted'", "'adjust'",
            id="unknown-choice",
        ),
        pytest.param(
            STUDY_FILE, "seed: 7", "release: {min_n: -1}", "release.min_n", "-1", "", id="negative-threshold"
        ),
        pytest.param(
            STUDY_FILE, "seed: 7", "claims: [{id: C1, text: a, measure: puaas, estimand: mean, value: 3, direction: below}]",
            "claims.C1.measure", "named 'puaas'", "'puas'", id="claim-of-nothing",
        ),
        pytest.param(
            STUDY_FILE, "seed: 7", "claims: [{id: C1, text: a, measure: puas, estimand: mean, value: 3}]", "claims.C1",
            "nothing could contradict", "", id="claim-that-cannot-fail",
        ),
        pytest.param(
            STUDY_FILE, "seed: 7", "targets: [{measure: puas, estimand: mean, horizon: {a: 2026, b: 2028}, values: [3]}]",
            "targets.1.values", "1 values for 2 horizons", "", id="target-without-a-value",
        ),
        pytest.param(
            STUDY_FILE, "margins: data/raw/margins.csv", "cross: [[jk, jkk]]", "cross.1.2", "named 'jkk'", "'jk'",
            id="unknown-crossing",
        ),
        pytest.param(
            STUDY_FILE, "  psu: rt", "  psu: rt\n  calibrate: {to: [[jkk]]}", "design.calibrate.to.1", "named 'jkk'", "'jk'",
            id="calibration-to-nothing",
        ),
        pytest.param(
            STUDY_FILE, "  psu: rt", "  psu: rt\n  calibrate: {to: [jk, jk], method: poststratify}",
            "design.calibrate", "2 margins", "rake", id="poststratification-to-two-margins",
        ),
        pytest.param(
            STUDY_FILE, "  psu: rt", "  psu: rt\n  calibrate: {to: [jk], method: logit}", "design.calibrate",
            "no bounds", "", id="logit-without-bounds",
        ),
        pytest.param(
            STUDY_FILE, "  psu: rt", "  psu: rt\n  replicates: {type: jkn, columns: 'repw[0-9]+'}", "design.replicates",
            "jkn without `rscales`", "", id="jackknife-without-factors",
        ),
        pytest.param(
            INSTRUMENT_FILE, "{name: puas, scale: setuju5", "{name: puas, scale: setuju", "questions.puas.scale", "'setuju'",
            "'setuju5'", id="unknown-scale",
        ),
        pytest.param(
            INSTRUMENT_FILE, "{name: so2, scale: setuju5, text: {id: K", "{name: so1, scale: setuju5, text: {id: K",
            "questions.so1", "the name 'so1' again", "", id="repeated-question",
        ),
        pytest.param(
            INSTRUMENT_FILE, "{name: puas,", "{name: pu__as,", "questions.pu__as", "the name 'pu__as'", "", id="reserved-name"
        ),
        pytest.param(
            INSTRUMENT_FILE, "items: [so1, so2]", "items: [so1, so9]", "indicators.sosialisasi.items.2",
            "no question named 'so9'", "'so1'", id="unknown-item",
        ),
        pytest.param(
            INSTRUMENT_FILE, "items: [so1, so2]", "items: [so1, jk]", "indicators.sosialisasi.items.2",
            "the item 'jk' of type nominal", "", id="item-without-numbers",
        ),
        pytest.param(
            INSTRUMENT_FILE, "items: [so1, so2]", "items: [so1, so2], min_valid: 3", "indicators.sosialisasi.min_valid",
            "3", "", id="more-valid-items-than-items",
        ),
        pytest.param(
            INSTRUMENT_FILE, "min: 18, max: 99", "min: 99, max: 18", "questions.umur.min", "min 99 above max 18", "",
            id="range-the-wrong-way-round",
        ),
        pytest.param(
            INSTRUMENT_FILE, "{name: puas, ", "{name: puas, missing: {5: dont_know}, ", "questions.puas.missing",
            "5 both in the codes and in `missing`", "", id="code-with-two-meanings",
        ),
        pytest.param(
            INSTRUMENT_FILE, "{name: puas, ", "{name: puas, missing: {9: dont_now}, ", "questions.puas.missing.9",
            "dont_now", "'dont_know'", id="unknown-kind-of-missing",
        ),
        pytest.param(
            INSTRUMENT_FILE, "{name: puas, ", '{name: puas, recode: {"2025": {1: 6}}, ', "questions.puas.recode.2025.1",
            "the code 6", "", id="recode-to-no-code",
        ),
        pytest.param(
            INSTRUMENT_FILE, "{name: puas, ", '{name: puas, column: {"2052": P}, ', "questions.puas.column.2052", "2052",
            "'2025'", id="column-of-an-unknown-wave",
        ),
        pytest.param(
            INSTRUMENT_FILE, "type: binary", "type: binari", "derived.muda.type", "'binari'", "'binary'", id="unknown-type"
        ),
        pytest.param(
            INSTRUMENT_FILE, "severity: error", "severity: eror", "checks.K01.severity", "'eror'", "'error'",
            id="unknown-severity",
        ),
        pytest.param(
            INSTRUMENT_FILE, "{id: Sangat setuju, en: Strongly agree}", "{id: Sangat setuju}", "scales.setuju5.codes.5",
            "only id", "", id="label-without-a-language",
        ),
        pytest.param(
            INSTRUMENT_FILE, "role: consent", "role: concent", "questions.izin.role", "'concent'", "'consent'",
            id="unknown-role",
        ),
    ],
)  # fmt: skip
def test_what_a_file_says_wrongly_is_refused_at_its_line(study, file, old, new, column, found, hint):
    study.edit(file, (old, new))
    study.refuses(At(found, study.line(file, new.strip().splitlines()[-1]), column, hint=hint, file=file), more=True)


def changed(old: str, new: str) -> str:
    assert old in STUDY
    return STUDY.replace(old, new)


#: Where a fault that the parser meets only later may be shown: from its line to the end of the file.
FROM_THE_TITLE, GROUPS, SEED = range(2, 17), range(14, 17), range(15, 17)


@pytest.mark.parametrize(
    ("text", "row", "found", "expected"),
    [
        pytest.param(changed("  weight", "\tweight"), 10, "not YAML", "", id="tab"),
        pytest.param(changed("[jk]", "[jk"), GROUPS, "not YAML", "", id="bracket-left-open"),
        pytest.param(changed("study: uji", 'study: "uji'), FROM_THE_TITLE, "not YAML", "", id="quote-left-open"),
        pytest.param(changed("seed: 7", "seed: 7: 8"), 15, "not YAML", "`key: value`", id="two-colons"),
        pytest.param(changed("seed: 7", "seed: *tidak"), 15, "the alias *tidak", "an anchor", id="no-anchor"),
        pytest.param(changed("seed: 7", "---\na: 1"), SEED, "a second document", "one document", id="two-documents"),
        pytest.param(changed("seed: 7", "? [a]\n: 1"), SEED, "a key that is a list", "a key", id="list-as-a-key"),
        pytest.param(changed("seed: 7", "note: " + "[" * 60 + "]" * 60), 15, "nested too deep", "50", id="nested"),
        pytest.param(changed("seed: 7", "note: " + "[" * 9000), 15, "nested too deep", "50", id="nested-without-end"),
        pytest.param("", 1, "an empty file", "keys", id="empty"),
        pytest.param("- satu\n- dua\n", 1, "no keys at the top level", "keys", id="list"),
        pytest.param("hanya teks", 1, "no keys at the top level", "keys", id="text"),
        pytest.param(STUDY.encode("utf-16"), 1, "bytes that are not UTF-8", "UTF-8", id="utf-16"),
        pytest.param(changed("Uji", "\x07"), 3, "not YAML", "printable", id="control-character"),
        pytest.param(changed("seed: 7", "seed: \0"), 15, "not YAML", "printable", id="nul"),
    ],
)
def test_what_is_no_yaml_is_refused(study, text, row, found, expected):
    study.write(text, STUDY_FILE)
    study.refuses(At(found, row, file=STUDY_FILE, expected=expected), more=True)


def test_aliases_that_multiply_are_refused_before_they_do(study):
    layers = [f"  a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    bomb = "\n".join(["simulate:", "  a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]", *layers])
    study.edit(STUDY_FILE, ("seed: 7", bomb))
    study.refuses(At("values once aliases are expanded", study.line(STUDY_FILE, "&a5"), file=STUDY_FILE))


def test_definitions_in_a_circle_are_spelt_out(study):
    study.edit(
        INSTRUMENT_FILE, ("derived:\n", 'derived:\n  - {name: a, from: "b + 1"}\n  - {name: b, from: "a + 1"}\n')
    )
    study.refuses(
        At("a → b → a", study.line(INSTRUMENT_FILE, "name: a,"), "derived.a", file=INSTRUMENT_FILE), more=True
    )


def test_questions_that_wait_for_each_other_are_spelt_out(study):
    study.edit(
        INSTRUMENT_FILE,
        ("{name: so1, ", '{name: so1, ask_if: "so2 > 1", '),
        ("{name: so2, ", '{name: so2, ask_if: "so1 > 1", '),
    )
    study.refuses(
        At("so1 → so2 → so1", study.line(INSTRUMENT_FILE, "name: so1"), "questions.so1", file=INSTRUMENT_FILE)
    )


def test_an_item_that_waits_for_its_own_indicator_is_refused_at_its_line(study):
    study.edit(INSTRUMENT_FILE, ("{name: so1, ", '{name: so1, ask_if: "sosialisasi > 1", '))
    row = study.line(INSTRUMENT_FILE, "name: so1")
    study.refuses(At("circle", row, "questions.so1", file=INSTRUMENT_FILE))


def test_problems_of_both_files_are_named_at_once(study):
    study.edit(STUDY_FILE, ("seed: 7", "sead: 7\nconf_level: 95"))
    study.edit(INSTRUMENT_FILE, ("min: 18", "min: tua"), ("items: [so1, so2]", "items: [so1, so9]"))
    study.refuses(
        At("the unknown key 'sead'", study.line(STUDY_FILE, "sead"), "sead", file=STUDY_FILE),
        At("95", study.line(STUDY_FILE, "conf_level"), "conf_level", file=STUDY_FILE),
        At("'tua'", study.line(INSTRUMENT_FILE, "tua"), "questions.umur.min", file=INSTRUMENT_FILE),
        At("'so9'", study.line(INSTRUMENT_FILE, "so9"), "indicators.sosialisasi.items.2", file=INSTRUMENT_FILE),
    )


def test_what_is_wrong_in_one_file_and_between_the_two_is_named_at_once(study):
    study.edit(STUDY_FILE, ("seed: 7", "sead: 7"), ("groups: [jk]", "groups: [jjk]"))
    study.refuses(
        At("the unknown key 'sead'", study.line(STUDY_FILE, "sead"), "sead", file=STUDY_FILE),
        At("named 'jjk'", study.line(STUDY_FILE, "jjk"), "groups.1", file=STUDY_FILE),
    )


def test_what_follows_from_another_files_problem_is_no_second_problem(study):
    study.edit(STUDY_FILE, ("seed: 7", "sead: 7"), ("groups: [jk]", "groups: [jk, muda, nama_salah]"))
    study.edit(INSTRUMENT_FILE, ("{id: Laki-laki, en: Male}", "{id: Laki-laki}"))
    study.edit(INSTRUMENT_FILE, ("type: binary", "type: binari"))
    study.refuses(
        At("the unknown key 'sead'", study.line(STUDY_FILE, "sead"), "sead", file=STUDY_FILE),
        At("named 'nama_salah'", study.line(STUDY_FILE, "nama_salah"), "groups.3", file=STUDY_FILE),
        At("only id", study.line(INSTRUMENT_FILE, "{id: Laki-laki}"), "questions.jk.codes.1", file=INSTRUMENT_FILE),
        At("'binari'", study.line(INSTRUMENT_FILE, "binari"), "derived.muda.type", file=INSTRUMENT_FILE),
    )


def test_an_entry_cut_out_of_a_list_leaves_the_others_at_their_places(study):
    study.edit(STUDY_FILE, ("groups: [jk]", "groups:\n  - jk\n  - [a, b]\n  - jjk"))
    study.refuses(
        At("a list of 2", study.line(STUDY_FILE, "[a, b]"), "groups.2", file=STUDY_FILE),
        At("named 'jjk'", study.line(STUDY_FILE, "jjk"), "groups.3", file=STUDY_FILE),
    )


def test_waves_of_another_study_are_allowed_beside_all_of_this_one(study):
    columns = 'column: {"2021": P, "2023": puas, "2025": puas}'
    study.edit(INSTRUMENT_FILE, ("{name: puas, ", f"{{name: puas, {columns}, "))
    assert study.command(["check", str(study.folder), "--json"]).status == 0


def test_a_wave_that_is_wrong_in_the_study_is_no_unknown_wave_of_the_instrument(study):
    study.edit(STUDY_FILE, ("source: data/raw/2023/responses.csv}", "sauce: data/raw/2023/responses.csv}"))
    study.edit(INSTRUMENT_FILE, ("{name: puas, ", '{name: puas, recode: {"2023": {1: 2}}, '))
    row = study.line(STUDY_FILE, "sauce")
    study.refuses(
        At("the unknown key 'sauce'", row, "waves.2023.sauce", file=STUDY_FILE),
        At("nothing", row, "waves.2023", expected="`source`", file=STUDY_FILE),
    )


def test_a_wave_that_a_module_names_wrongly_for_all_its_questions_is_one_problem(study):
    text = INSTRUMENT.replace(
        "questions:\n",
        "modules:\n  - id: A\n    title: Awal\n    defaults: {missing: {2052: {9: refused}}}\n    questions:\n",
        1,
    )
    head, rest = text.split("    questions:\n")
    questions, rest = rest.split("indicators:")
    indented = "".join(f"    {line}\n" for line in questions.splitlines())
    study.write(f"{head}    questions:\n{indented}indicators:{rest}", INSTRUMENT_FILE)
    row = study.line(INSTRUMENT_FILE, "2052")
    study.refuses(At("named '2052'", row, "modules.A.defaults.missing.2052", hint="'2025'", file=INSTRUMENT_FILE))


def test_an_unknown_analysis_and_answers_that_are_wrong_are_named_together(study):
    study.edit(STUDY_FILE, ("analyses: [describe, dont_know, indicators]", "analyses: [descrbe]"))
    study.write(table().fill("puas", "7"))
    study.refuses(
        At("'descrbe'", study.line(STUDY_FILE, "descrbe"), "analyses.1", file=STUDY_FILE, hint="'describe'"),
        At("58 of 58 answers", 2, "puas"),
    )


def test_keys_that_are_required_are_all_missed_at_once(study):
    study.write("format: 1\nseed: 7\n", STUDY_FILE)
    study.refuses(
        *(
            At("nothing", file=STUDY_FILE, expected=f"the key `{key}`")
            for key in ("study", "title", "languages", "instrument", "waves")
        )
    )


def test_an_instrument_that_is_not_there_offers_the_nearest(study):
    study.edit(STUDY_FILE, ("instrument: instrument.yaml", "instrument: instrumen.yaml"))
    study.refuses(At("no such file", file="instrumen.yaml", hint="'instrument.yaml'"))


def test_an_instrument_that_is_a_folder_is_refused(study):
    study.edit(STUDY_FILE, ("instrument: instrument.yaml", "instrument: data"))
    study.refuses(At("no regular file", file="data", expected="a text file"))


def test_an_empty_instrument_is_refused(study):
    study.write(INSTRUMENT.split("questions:")[0], INSTRUMENT_FILE)
    study.refuses(At("neither of `modules` and `questions`", file=INSTRUMENT_FILE, expected="one of them"), more=True)
