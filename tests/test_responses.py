"""A wave that was written and read again holds the same answers, whatever its codes are."""

import io

import pandas as pd
import pytest

from survey.core.instrument import Instrument
from survey.core.questions import Level, Question, ResponseScale
from survey.core.sampling import DesignSpec
from survey.core.study import StudySpec, WaveSpec
from survey.core.wave import Cleaned, Wave
from survey.core.words import Words
from survey.prepare import responses
from survey.prepare.columns import codes_of
from survey.prepare.weight import weigh

TEXT = Words.plain


def written_and_read(codes: list[object]) -> tuple[Wave, Wave]:
    scale = ResponseScale(tuple(Level(c, TEXT(str(c))) for c in codes), True)
    instrument = Instrument((Question("q", TEXT("q"), TEXT("q"), "ordinal", scale),))
    categories = codes_of(scale.levels)
    answers = [categories[0], None, categories[-1], categories[1], categories[0]]
    frame = pd.DataFrame({"q": pd.Categorical(answers, categories=categories, ordered=True)})
    nothing = pd.DataFrame(index=frame.index)
    cleaned = Cleaned(frame, nothing, pd.RangeIndex(2, len(frame) + 2), pd.DataFrame(), pd.DataFrame())
    spec = WaveSpec("w", "s.csv", TEXT("w"), DesignSpec())
    study = StudySpec("s", TEXT("s"), ("en",), "i.yaml", (spec,))
    wave = weigh(cleaned, study, spec, instrument, [], "s.csv").wave
    stored = io.BytesIO()
    responses.to_frame(wave).to_parquet(stored)
    return wave, responses.from_frame(pd.read_parquet(stored), spec, instrument)


@pytest.mark.parametrize(
    "codes",
    [[1, 2, 3], [3, 2, 1], ["U", "R", "18 - 24"], [1, 2, "lain"], [1.5, 2.5, 3.5], ["01", "02", "03"], [0, 1, 2.5]],
    ids=str,
)
def test_answers_survive_being_stored(codes):
    before, after = written_and_read(codes)
    assert after.frame["q"].cat.codes.tolist() == before.frame["q"].cat.codes.tolist() == [0, -1, 2, 1, 0]
    assert after.frame["q"].cat.ordered
