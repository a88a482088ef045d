from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from service.clinical.vocabulary import Urgency
from training import album
from training.judgement import Judgement
from training.trial import Trial

SEVEN = (
    "reliability",
    "reliability_by_condition",
    "confusion",
    "regret",
    "triage",
    "accuracy",
    "costs",
)


@pytest.fixture(scope="module")
def drawn(measured: Judgement, trial: Trial) -> Mapping[str, Figure]:
    """The album of the small model."""
    return album.pictures(measured, {"perceptron-1": replace(trial, classifier=None)})


@pytest.mark.parametrize("name", SEVEN)
def test_picture_can_be_saved(drawn: Mapping[str, Figure], name: str) -> None:
    """Each of the seven is a picture with something in it, that becomes a PNG."""
    file = BytesIO()
    drawn[name].savefig(file, format="png")

    assert set(drawn) == set(SEVEN)
    assert file.getvalue().startswith(b"\x89PNG")
    assert any(axes.has_data() for axes in drawn[name].axes)


def test_pictures_against_the_posterior_need_it(measured: Judgement, trial: Trial) -> None:
    """Without the exact posterior two pictures cannot be drawn, the others can."""
    columns = [f"posterior_{id}" for id in measured.said.ids]
    said = replace(measured.said, table=measured.said.table.drop(columns=columns))

    found = album.pictures(replace(measured, said=said), {"perceptron-1": trial})

    assert set(found) == set(SEVEN) - {"accuracy", "costs"}


def points(axes: Axes, marker: str) -> NDArray[np.float64]:
    """Return the places of the points that are drawn with a marker, (n_points, 2)."""
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return np.array([np.asarray(line.get_xydata())[0] for line in lines])


@pytest.mark.parametrize("level", [Urgency.EMERGENCY, Urgency.URGENT])
def test_served_threshold_stands_where_it_sends(
    measured: Judgement, drawn: Mapping[str, Figure], level: Urgency
) -> None:
    """Its point is the share of those whom no flag sends to the level that the model does send.

    Who needs the level counts alike, and a calm person as often as in primary care; it is what
    `assess` gave, not what a score would.
    """
    said = measured.said
    axes = drawn["costs"].axes[Urgency.EMERGENCY - level]
    sent, needing = said.given >= level, (said.flag < level) & (said.stated >= level)
    calm = (said.flag < 0) & (said.stated < Urgency.URGENT)
    weights = said.weights("primary_care")[calm]

    (found,) = points(axes, "o")

    assert found == pytest.approx([np.average(sent[calm], weights=weights), sent[needing].mean()])


def test_regret_is_drawn_as_it_was_measured(drawn: Mapping[str, Figure], trial: Trial) -> None:
    """The learning curve goes through the points of the trial."""
    (axes,) = drawn["regret"].axes
    curve = [(point.cases, point.regret) for point in trial.curve]

    found = [np.asarray(line.get_xydata()).tolist() for line in axes.lines]

    assert [list(point) for point in curve] in found
