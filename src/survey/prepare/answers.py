"""What a cell's text says: a code of the response scale, a kind of missing, or nothing known.

A reader is built once a column and asked once a distinct text. Numbers, dates and text follow the
same path as codes; only the last step differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from survey.core.missing import BLANK, MissingKind
from survey.core.questions import Level, Question
from survey.core.study import WaveSpec
from survey.core.wave import Raw
from survey.prepare import numbers, privacy
from survey.prepare.audit import CHANGES, KEPT
from survey.prepare.sex import sex_letters
from survey.prepare.spelling import Likeness, Spellings, without_control

Mode = Literal["codes", "labels", "auto"]

#: Roles whose texts tell units apart: redacting two of them alike would merge them. Ids become pseudonyms.
UNIT_ROLES = frozenset({"id", "wave", "weight", "stratum", "psu", "fpc"})


class Answer(NamedTuple):
    """How one text is read: its canonical text, or the kind of missing it is, and by which rule."""

    clean: str | None
    kind: str | None
    rule: str


Reader = Callable[[str], Answer]
Step = tuple[Spellings[str], Mapping[Likeness, str]]

_SYNONYM: Mapping[Likeness, str] = {"exact": "synonym", "number": "synonym", "folded": "synonym"}


@dataclass(frozen=True, slots=True)
class Source:
    """What a wave's file and the study say about one of its columns."""

    wave: str
    mode: Mode = "auto"
    labels: Mapping[str, str] = field(default_factory=dict)
    user_missing: frozenset[str] = frozenset()
    kinds: tuple[MissingKind, ...] = ()
    typed: bool = False

    @classmethod
    def of(cls, raw: Raw, spec: WaveSpec, kinds: tuple[MissingKind, ...], column: str) -> Source:
        """The source of `column` in a wave's file."""
        typed = raw.format in ("sav", "zsav", "por", "dta", "parquet")
        user_missing = raw.missing.get(column, frozenset())
        return cls(spec.name, spec.answers, raw.labels.get(column, {}), user_missing, kinds, typed)


def lost(rule: str, kind: str = BLANK) -> Answer:
    """An answer that is not there."""
    return Answer(None, kind, rule)


class MissingReader:
    """Reads the texts that say that there is no answer; the instrument's own come after the question's."""

    def __init__(self, question: Question, source: Source) -> None:
        self._declared = Spellings(question.missing_in(source.wave).items())
        self._codes = Spellings((str(kind.code), kind.key) for kind in source.kinds)
        self._words = Spellings((text, kind.key) for kind in source.kinds for text in kind.label.texts.values())
        self._user = source.user_missing
        self._labels = source.labels

    def declared(self, text: str) -> Answer | None:
        """The kind that the question declares for a source text."""
        if (kind := self._declared.get(text)) is not None:
            return lost(KEPT if text == "" else "declared_missing", kind)
        return None

    def blank(self, text: str) -> Answer | None:
        """Blank, for an empty cell and the text NA."""
        if text in ("", "NA"):
            return lost("declared_missing" if text else KEPT)
        return None

    def instrument(self, text: str) -> Answer | None:
        """The kind of one of the instrument's negative codes, or of a code that the file declares missing."""
        if (kind := self._codes.get(text)) is not None:
            return lost("declared_missing", kind)
        label = self._labels.get(text)
        kind = self._words.get(label) if label is not None else None
        if text in self._user or kind is not None:
            return lost("user_missing", kind or BLANK)
        return None

    def words(self, text: str) -> Answer | None:
        """The kind whose words in any language these are."""
        kind = self._words.get(text)
        return lost("declared_missing", kind) if kind is not None else None


class ScaleReader:
    """Reads codes, synonyms and labels of a response scale, in the order that the column asks for."""

    def __init__(self, question: Question, source: Source, texts: Iterable[str] = ()) -> None:
        levels, scale = question.levels, question.scale
        self.codes = Spellings((level.key, level.key) for level in levels)
        self.synonyms = Spellings(scale.synonyms.items() if scale else ())
        self.labels = labels_of(levels)
        self._letters = Spellings(sex_letters(levels, texts).items())
        self._file_labels = source.labels
        label_first = self._labels_decide(texts) if source.mode == "auto" else source.mode == "labels"
        self.undecided = label_first is None
        self._steps = self._order("labels" if label_first else source.mode)

    def _order(self, mode: Mode) -> list[Step]:
        codes: Step = (self.codes, {"exact": KEPT, "number": "same_number", "folded": "spelling"})
        labels: Step = (self.labels, {"exact": "label", "number": "label", "folded": "spelling"})
        synonyms: list[Step] = [(self._letters, _SYNONYM), (self.synonyms, _SYNONYM)]
        if mode == "codes":
            return [codes, *synonyms]
        return [labels, *synonyms, codes] if mode == "labels" else [codes, *synonyms, labels]

    def _labels_decide(self, texts: Iterable[str]) -> bool | None:
        """Whether a column whose labels look like other levels' codes holds labels; None if it cannot be told."""
        texts = [t for t in texts if t in self.codes or t in self.labels]
        if all(t not in self.codes or self.labels.get(t) in (None, self.codes.get(t)) for t in texts):
            return False
        if all(t in self.codes for t in texts):
            return False
        return True if all(t in self.labels for t in texts) else None

    def read(self, text: str) -> Answer | None:
        """The level a text names; None if it names none."""
        for spellings, rules in self._steps:
            if (found := spellings.find(text)) is not None:
                return Answer(found[0], None, rules[found[1]])
        label = self._file_labels.get(text)
        key = self.labels.get(label) if label is not None else None
        return Answer(key, None, "file_label") if key is not None else None


def labels_of(levels: Iterable[Level]) -> Spellings[str]:
    """Levels by their labels in every language and their abbreviations."""
    named = ((text, level.key) for level in levels for text in (*level.label.texts.values(), level.abbr or ""))
    return Spellings((text, key) for text, key in named if text)


def reader(question: Question, source: Source, last: Callable[[str], Answer | None]) -> Reader:
    """A function that reads any text of a column: what is missing, then `last`, then nothing known.

    Parameters
    ----------
    last : reads an answer of the question's own type.
    """
    missing = MissingReader(question, source)
    recode = Spellings(question.recode.get(source.wave, {}).items())
    unreadable = {"integer": "not_a_number", "number": "not_a_number", "date": "not_a_date"}.get(
        question.type, "unknown_code"
    )
    own_words = question.type != "text"

    def meaning(text: str) -> Answer:
        if (target := recode.get(text)) is not None:
            found = missing.instrument(target) or last(target)
            return Answer(found.clean, found.kind, "recode") if found else lost(unreadable)
        found = missing.declared(text) or (last(text) if question.scale and text else None) or missing.blank(text)
        found = found or missing.instrument(text) or (None if question.scale else last(text))
        return found or (missing.words(text) if own_words else None) or lost(unreadable)

    def read(cell: str) -> Answer:
        text = cell.strip()
        answer = meaning(text)
        trimmed = text != cell and answer.kind is None and answer.rule not in CHANGES
        return answer._replace(rule="trimmed") if trimmed else answer

    return read


def read_number(question: Question, source: Source) -> Callable[[str], Answer | None]:
    """A reader of numbers, in the question's `number_format`."""
    whole, indonesian = question.type == "integer", question.number_format == "id"

    def read(text: str) -> Answer | None:
        if len(text) > 9 and question.maximum is None and (personal := privacy.kinds(text)):
            return lost(f"redacted:{personal[0]}")
        # A statistics file's numbers were never typed by hand: 1.5 in it has no thousands point.
        number = numbers.plain_number(text) if source.typed or not indonesian else None
        if number is None and indonesian:
            number = numbers.indonesian_number(text)
        if number is None or (whole and number != number.to_integral_value()) or abs(number) >= 2**63:
            return None
        clean = numbers.number_text(number)
        same = clean == text or numbers.plain_number(text) == number
        return Answer(clean, None, KEPT if clean == text else "same_number" if same else "number_format")

    return read


def read_date(question: Question) -> Callable[[str], Answer | None]:
    """A reader of days: ISO, or the question's `formats`."""

    def read(text: str) -> Answer | None:
        day = numbers.read_date(text, question.formats)
        if day is None:
            return None
        return Answer(day.isoformat(), None, KEPT if day.isoformat() == text else "date_format")

    return read


def read_text(question: Question) -> Callable[[str], Answer | None]:
    """A reader of words: control characters out, personal data replaced by tokens."""
    scanned = question.role not in UNIT_ROLES

    def read(text: str) -> Answer | None:
        clean = without_control(text)
        rule = KEPT if clean == text else "control_characters"
        clean, personal = privacy.redact(clean) if scanned else (clean, ())
        return Answer(clean, None, f"redacted:{personal[0]}" if personal else rule) if clean else lost(rule)

    return read
