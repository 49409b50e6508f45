"""What people say in their own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey.analyse.analysis import Analysis, on_demand

if TYPE_CHECKING:
    from survey.analyse.inference import Inference

VOICES: tuple[Analysis[Inference], ...] = (
    Analysis(
        "open_answers",
        "What do those speak of who wrote something?",
        "shares of open answers with words of a declared list, by theme; logit intervals",
        "a word stands for its theme whatever is said of it; who wrote nothing is not in the base",
        "Krippendorff 2018, ch. 10; R survey: svyciprop",
        on_demand("open_answers.open_answers"),
        needs_rows=True,
    ),
    Analysis(
        "joint",
        "Do interviews and numbers confirm each other, add to each other or contradict each other?",
        "numbers beside codes and published statements, meta-inference by a declared rule; frequencies of codes; "
        "kappa and Krippendorff's alpha with a bootstrap over passages",
        "directions were declared before; interviews show what is said, not how many say it; passages are independent",
        "Fetters, Curry and Creswell 2013; Cohen 1960; Fleiss 1971; Krippendorff 2011",
        on_demand("joint.joint"),
    ),
)
