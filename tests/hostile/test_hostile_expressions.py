"""Rules that cannot be read, or that read what does not exist: refused with line and position."""

from __future__ import annotations

import pytest

from hostile.refusal import At

FILE = "instrument.yaml"
RULE = "year(tgl) >= 2020"


@pytest.mark.parametrize(
    ("rule", "found", "expected", "hint"),
    [
        pytest.param("umur >= ", "the end at position 8", "a name, a number", "", id="cut"),
        pytest.param("umur = 18", "'=' at position 6", "", "==", id="single-equals"),
        pytest.param("umur >= 18 & jk == 1", "'&' at position 12", "", "`and`", id="ampersand"),
        pytest.param("umur >= 18 jk == 1", "'jk' at position 12", "an operator or the end", "", id="two-rules"),
        pytest.param("(umur >= 18", "the end at position 12", ")", "", id="bracket-left-open"),
        pytest.param("umur in 18", "'18' at position 9", "[", "", id="list-without-brackets"),
        pytest.param("jk == 'laki", '"\'" at position 7', "", "", id="quote-left-open"),
        pytest.param(
            "yeer(tgl) >= 2020", "'yeer' at position 1", "one of the functions", "'year'", id="unknown-function"
        ),
        pytest.param("year(tgl, 1) >= 2020", "year() of 2", "1 argument", "", id="too-many-arguments"),
        pytest.param(
            "selected(media, jk)", "at position 1", "selected(question, 'code')", "", id="code-that-is-a-name"
        ),
        pytest.param("__import__('os')", "'__import__' at position 1", "one of the functions", "", id="import"),
        pytest.param("umur.real.imag >= 1", "named 'umur.real.imag'", "", "", id="attribute"),
        pytest.param("[umur for umur in 1]", "'[' at position 1", "", "", id="comprehension"),
        pytest.param("umur ** 9999999", "'*' at position 7", "", "", id="power"),
        pytest.param("lambda: 1", "':' at position 7", "", "", id="lambda"),
        pytest.param("(" * 51 + "umur" + ")" * 51 + " > 1", "position 52", "50 levels", "", id="nested"),
        pytest.param("not " * 51 + "umur > 1", "position", "50 levels", "", id="negated-51-times"),
        pytest.param("umur > 1 or " * 400 + "umur > 1", "an expression of", "at most 2000", "", id="long"),
        pytest.param("umuur >= 18", "named 'umuur'", "one of", "'umur'", id="unknown-name"),
        pytest.param("umur + 1", "an expression that yields a number", "a condition", "", id="no-condition"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_at_its_line(study, rule, found, expected, hint):
    study.edit(FILE, (RULE, rule))
    study.refuses(At(found, study.line(FILE, "id: K01"), "checks.K01.rule", expected, hint, file=FILE))


def test_every_rule_that_cannot_be_read_is_named_at_once(study):
    study.edit(
        FILE,
        (RULE, "year(tgl >= 2020"),
        ("umur < 30", "umuur < 30"),
        ("{name: puas,", '{name: puas, ask_if: "jkk == 1",'),
    )
    study.edit("study.yaml", ("synthetic: true", 'where: "kec =="'))
    study.refuses(
        At("position", study.line(FILE, "id: K01"), "checks.K01.rule", file=FILE),
        At("named 'umuur'", study.line(FILE, "name: muda"), "derived.muda.from", hint="'umur'", file=FILE),
        At("named 'jkk'", study.line(FILE, "name: puas"), "questions.puas.ask_if", hint="'jk'", file=FILE),
        At("position 7", study.line("study.yaml", "kec =="), "waves.2025.where", file="study.yaml"),
    )
