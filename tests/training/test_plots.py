import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, minimize
from scipy.stats import binomtest

from service.clinical import catalogue
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Urgency, Vocabulary
from training.plots import calibration, canvas, learning, ranking, triage

Reals = NDArray[np.float64]

ROOT = Path(__file__).parents[2]
SELF_CARE, PRIMARY_CARE, URGENT, EMERGENCY = Urgency
NAMES = {"a": "Ache", "b": "Bruise (of the bone)", "c": "Cauda", "d": "Discitis"}
URGENCIES = (SELF_CARE, URGENT, EMERGENCY, URGENT)


def exact(count: int, total: int) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a count, as SciPy's binomial test has it."""
    ends = binomtest(count, total).proportion_ci(method="exact")
    return float(ends.low), float(ends.high)


def drawn(axes: Axes) -> list[ErrorbarContainer]:
    """Return the lines with error bars of axes."""
    return [one for one in axes.containers if isinstance(one, ErrorbarContainer)]


def points(line: ErrorbarContainer) -> Reals:
    """Return what is drawn of a line, rows of (said, observed)."""
    assert line.lines[0] is not None
    return np.asarray(line.lines[0].get_xydata())


def bars(line: ErrorbarContainer) -> Reals:
    """Return the error bars of a line, rows of (low, high)."""
    (collection,) = line.lines[2]
    assert isinstance(collection, LineCollection)
    return np.array([np.asarray(segment)[:, 1] for segment in collection.get_segments()])


def written(axes: Axes) -> dict[tuple[float, float], str]:
    """Return the texts in axes by their places."""
    return {text.get_position(): text.get_text() for text in axes.texts}


def caption(figure: Figure) -> str:
    """Return the text below a figure in one line."""
    return figure.get_supxlabel().replace("\n", " ")


def two_levels() -> tuple[Reals, NDArray[np.bool_]]:
    """Return 160 cases of 0.2, 0 or 5 of each 20 so, and 160 of 0.8, 20 or 16 of each 20 so."""
    said = np.repeat([0.2, 0.8], 160)
    counts = [0, 5, 0, 5, 0, 5, 0, 5, 20, 16, 20, 16, 20, 16, 20, 16]
    return said, np.concatenate([np.arange(20) < count for count in counts])


def test_bins_hold_alike_much_and_show_what_was_observed() -> None:
    """With 16 bins on two levels as far from a half, each holds 20 cases of one level."""
    said, so = two_levels()

    found = calibration.bins(said, so)

    assert found.said == pytest.approx([0.2] * 8 + [0.8] * 8)
    assert found.observed == pytest.approx([0, 0.25] * 4 + [1, 0.8] * 4)
    ends = [exact(round(20 * share), 20) for share in found.observed]
    assert np.column_stack([found.low, found.high]) == pytest.approx(np.array(ends))


def test_bins_are_finer_where_probabilities_are_likely() -> None:
    """A thousand cases of 0.01 weigh like 380 of 0.5, so beside 620 of those they fill 6 of 16."""
    said = np.repeat([0.01, 0.5], [1_000, 620])

    found = calibration.bins(said, np.zeros(1_620, dtype=bool))

    mixed = found.said[6]  # a bin weighs like 62.5 of 0.5; 12 cases of 0.01 and 58 of 0.5 are left
    assert found.said == pytest.approx([0.01] * 6 + [mixed] + [0.5] * 9)
    assert mixed == pytest.approx((12 * 0.01 + 58 * 0.5) / 70, abs=0.01)


def test_bins_do_not_depend_on_the_order_of_cases() -> None:
    """Cases of different probabilities give the same bins in whatever order they come."""
    rng = np.random.default_rng(1)
    said = rng.beta(0.3, 2, 3_000)
    so = rng.random(3_000) < said
    order = rng.permutation(3_000)

    one, other = calibration.bins(said, so), calibration.bins(said[order], so[order])

    assert one.said == pytest.approx(other.said)
    assert one.observed == pytest.approx(other.observed)
    assert (np.diff(one.said) > 0).all()


def test_what_is_beyond_the_axes_is_in_no_bin() -> None:
    """Probabilities of nearly 0 or 1 would pull the mean of the outermost bins out of sight."""
    found = calibration.bins(np.array([1e-9, 0.5, 1 - 1e-9]), np.array([True, False, False]))

    assert found.said.tolist() == [0.5]
    assert found.observed.tolist() == [0]
    nothing = calibration.bins(np.array([1e-9]), np.array([True]))
    assert [len(part) for part in (nothing.said, nothing.observed, nothing.low)] == [0, 0, 0]


@pytest.fixture(scope="module")
def reliable() -> Figure:
    """The reliability of two conditions; 320 cases with 3 answers and two with 40 answers."""
    said, so = two_levels()
    of_first = np.append(said, [0.0001, 0.0002])
    truth = np.where(np.append(so, [True, False]), 0, 1)
    answers = np.append(np.full(320, 3), [40, 40])
    return calibration.reliability(np.column_stack([of_first, 1 - of_first]), truth, answers, "A")


def test_reliability_draws_each_band_with_its_cases(reliable: Figure) -> None:
    """Bands without a case are left out, and what cannot be seen is in no line."""
    few, many = drawn(reliable.axes[0])

    assert few.get_label() == "2 to 5 answers (320 cases)"
    assert many.get_label() == "21 or more answers (2 cases)"
    assert points(many).size == 0
    # Both conditions are pooled, so that a bin holds 40: of the second condition, said with 0.2
    # where the first has 0.8, 0 and 4 of 20 are so; of the first 0 and 5; and so on.
    assert points(few)[:, 0] == pytest.approx([0.2] * 8 + [0.8] * 8)
    counts = [4] * 4 + [5] * 4 + [35] * 4 + [36] * 4
    assert points(few)[:, 1] == pytest.approx(np.array(counts) / 40)
    assert bars(few) == pytest.approx(np.array([exact(count, 40) for count in counts]))


def test_reliability_enlarges_the_odds(reliable: Figure) -> None:
    """The middle panel shows the odds of what was observed over the odds of what was said."""
    above, middle = (points(drawn(axes)[0]) for axes in reliable.axes[:2])

    said, observed = above.T
    assert middle[:, 1] == pytest.approx(observed / (1 - observed) / (said / (1 - said)), abs=1e-3)


def test_reliability_says_what_it_leaves_out(reliable: Figure) -> None:
    """The caption counts what was said beyond the axes, what was so and what was expected."""
    assert (
        "of 2 said with less than 0.03 %, 1 were so, 0.0 expected;"
        " of 2 said with more than 99.97 %, 1 were so, 2.0 expected."
    ) in caption(reliable)
    heights = [bar.get_height() for bar in reliable.axes[2].patches if isinstance(bar, Rectangle)]
    assert sum(heights) == 640


@pytest.mark.parametrize("so", [False, True])
def test_a_share_of_nothing_or_all_keeps_its_interval(so: bool) -> None:
    """The log-odds of 0 and 1 are infinite: the bar goes to the edge of the axes and beyond."""
    figure = calibration.reliability_by_condition(
        np.full((10, 2), 0.5), np.full(10, 0 if so else 1), NAMES, (EMERGENCY, SELF_CARE), "ab"
    )

    figure.draw_without_rendering()
    (line,) = drawn(figure.axes[0])
    assert ((bars(line) > 0) & (bars(line) < 1)).all()
    low, high = exact(int(so), 1)  # ten cases fill ten of the bins
    assert bars(line) == pytest.approx(np.tile([low, high], (10, 1)), abs=calibration.LIMITS[0])
    inside = (bars(line) > calibration.LIMITS[0]) & (bars(line) < calibration.LIMITS[1])
    assert inside.tolist() == [[so, not so]] * 10


def test_only_dangerous_conditions_have_a_panel() -> None:
    """Emergencies come first in orange, then what is urgent in blue, each with its cases."""
    probabilities = np.full((8, 4), [0.1, 0.2, 0.3, 0.4])
    truth = np.array([0, 1, 1, 2, 2, 2, 3, 0])

    figure = calibration.reliability_by_condition(probabilities, truth, NAMES, URGENCIES, "abcd")

    shown = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title() for axes in shown] == [
        "Cauda\n3 cases", "Bruise\n2 cases", "Discitis\n1 cases",
    ]  # fmt: skip
    lines = [drawn(axes)[0] for axes in shown]
    assert [line.lines[0].get_color() for line in lines] == [
        canvas.ORANGE, canvas.BLUE, canvas.BLUE,
    ]  # fmt: skip
    assert [points(line)[:, 0].mean() for line in lines] == pytest.approx([0.3, 0.2, 0.4])


def test_pools_hold_a_hundred_cases_or_more() -> None:
    """Neighbours are pooled from the fewest answers on, and what is left joins the last pool."""
    cases = {2: 100, 3: 99, 4: 1, 5: 40, 7: 30, 8: 31, 9: 250, 12: 99}
    answers = np.repeat(list(cases), list(cases.values()))

    pool = ranking.pools(answers)

    of_number = {number: set(pool[answers == number].tolist()) for number in cases}
    assert of_number == {2: {0}, 3: {1}, 4: {1}, 5: {2}, 7: {2}, 8: {2}, 9: {3}, 12: {3}}


def test_too_few_cases_are_one_pool() -> None:
    """A small set of a data scientist's own is drawn as one point."""
    assert ranking.pools(np.array([3, 9, 4])).tolist() == [0, 0, 0]


@pytest.fixture(scope="module")
def accurate() -> Figure:
    """The accuracy of 120 cases with 3 answers, half right, and 90 with 5 and 30 with 9."""
    answers = np.repeat([3, 5, 9], [120, 90, 30])
    right = np.concatenate([np.arange(120) < 60, np.arange(90) < 70, np.arange(30) < 20])
    return ranking.accuracy(answers, right, np.repeat([0.6, 0.8, 0.96], [120, 90, 30]), "A")


def test_accuracy_draws_model_and_ceiling(accurate: Figure) -> None:
    """Pooled numbers of answers are drawn at their mean, with the means of all their cases."""
    model, best = (line.get_xydata() for line in accurate.axes[0].lines)

    assert np.asarray(model) == pytest.approx(np.array([[3, 0.5], [6, 0.75]]))
    assert np.asarray(best) == pytest.approx(np.array([[3, 0.6], [6, 0.84]]))
    (band,) = accurate.axes[0].collections
    corners = {(x, round(y, 6)) for x, y in np.asarray(band.get_paths()[0].vertices).tolist()}
    ends = {3: exact(60, 120), 6: exact(90, 120)}
    assert corners == {(x, round(end, 6)) for x, both in ends.items() for end in both}


def test_accuracy_counts_the_cases_without_pooling(accurate: Figure) -> None:
    """The bars below stand at each number of answers; the caption has the figures of all."""
    (bars,) = accurate.axes[1].containers
    assert isinstance(bars, BarContainer)

    found = {bar.get_x() + bar.get_width() / 2: bar.get_height() for bar in bars}
    assert found == pytest.approx({3: 120, 5: 90, 9: 30})
    low, high = exact(150, 240)
    assert (
        f"240 cases: the model is right in 62.5 % (exact 95 % interval {100 * low:.1f} to"
        f" {100 * high:.1f}), the exact posterior in 72.0 %"
    ) in caption(accurate)


def test_confusion_has_rows_of_the_truth() -> None:
    """Shares of a row from 1 % on are printed where its condition and the first one meet."""
    first = {"a": "a" * 150 + "b" * 49 + "c", "b": "bbbd", "c": "cccccccc", "d": "dddddddb"}
    pairs = [("abcd".index(true), "abcd".index(f)) for true, all in first.items() for f in all]
    truth, ranked = np.array(pairs).T

    figure = ranking.confusion(np.eye(4)[ranked] * 0.7 + 0.1, truth, "abcd", NAMES, URGENCIES)

    (axes,) = figure.axes
    labels = ["Cauda", "Bruise", "Discitis", "Ache"]  # emergency, urgent by name, self-care
    assert [text.get_text() for text in axes.get_xticklabels()] == labels
    assert [text.get_text() for text in axes.get_yticklabels()] == labels
    numbers = {place: text for place, text in written(axes).items() if text.isdigit()}
    assert numbers == {
        (0, 0): "100", (1, 1): "75", (2, 1): "25", (1, 2): "12", (2, 2): "88",
        (3, 3): "75", (1, 3): "24",
    }  # fmt: skip
    assert "4 to 200 in a row" in caption(figure)


def test_confusion_is_divided_by_urgency() -> None:
    """A line stands before each further level, and the level is written beside its middle."""
    figure = ranking.confusion(np.eye(4), np.arange(4), "abcd", NAMES, URGENCIES)

    (axes,) = figure.axes
    places = {tuple(np.asarray(line.get_xydata()).ravel().tolist()) for line in axes.lines}
    assert places == {
        (0, 0.5, 1, 0.5), (0, 2.5, 1, 2.5), (0.5, 0, 0.5, 1), (2.5, 0, 2.5, 1),
    }  # fmt: skip
    words = {text: y for (_, y), text in written(axes).items() if not text.isdigit()}
    assert words == {"emergency": 0, "urgent": 1.5, "self care": 3}


CURVES = {
    "wide": [(400_000, 0.05), (20_000, 0.4), (100_000, 0.1)],
    "deep": [(20_000, 0.3), (400_000, 0.0501)],
    "quick": [(20_000, 0.2)],
}


@pytest.fixture(scope="module")
def learned() -> Figure:
    """Three trials, two of which end at nearly the same regret, and a goal of 2 %."""
    figure = learning.learning_curve(CURVES, {"all": 0.02})
    figure.draw_without_rendering()
    return figure


def test_learning_curve_goes_from_few_cases_to_many(learned: Figure) -> None:
    """The points of a trial are joined in the order of their cases, whatever order they came in."""
    *lines, goal = (np.asarray(line.get_xydata()).tolist() for line in learned.axes[0].lines)

    assert lines == [[list(point) for point in sorted(points)] for points in CURVES.values()]
    assert goal == [[0, 0.02], [1, 0.02]]


def test_learning_curve_names_each_line_at_its_end(learned: Figure) -> None:
    """A name points to the last point of its line in its colour and stands clear of others."""
    names = [text for text in learned.axes[0].texts if isinstance(text, Annotation)]

    assert [name.get_text() for name in names] == ["wide: 5 %", "deep: 5 %", "quick: 20 %"]
    assert [name.xy for name in names] == [(400_000, 0.05), (400_000, 0.0501), (20_000, 0.2)]
    colours = [line.get_color() for line in learned.axes[0].lines[:3]]
    assert [name.get_color() for name in names] == colours
    boxes = [Text.get_window_extent(name) for name in names]  # without the line to the point
    assert min(box.x0 for box in boxes) > learned.axes[0].get_window_extent().x1
    rows = sorted((box.y0, box.y1) for box in boxes)
    assert all(below[1] < above[0] for below, above in pairwise(rows))


@pytest.mark.parametrize(
    ("wanted", "gap", "expected"),
    [
        ([0.5], 0.2, [0.5]),
        ([0.9, 0.1], 0.2, [0.9, 0.1]),
        ([0.5, 0.5], 0.2, [0.4, 0.6]),
        ([0.02, 0.0], 0.2, [0.2, 0]),
        ([1, 1, 1], 0.25, [0.5, 0.75, 1]),
        ([0.3, 0.2, 0.1], 0.9, [1, 0.5, 0]),
        ([1.4, -0.4], 0.2, [1, 0]),
    ],
)
def test_names_are_spread(wanted: list[float], gap: float, expected: list[float]) -> None:
    """They keep order and gap, stay within the axes, and share the gap when it is too wide."""
    assert canvas.spread(np.array(wanted), gap) == pytest.approx(np.array(expected))


def test_spread_names_are_as_near_as_can_be() -> None:
    """A general optimiser that is told the same constraints finds the same places."""
    wanted = np.random.default_rng(3).random(7)
    order = np.argsort(wanted)
    steps = np.diff(np.eye(7), axis=0)[:, np.argsort(order)]

    found = minimize(
        lambda places: ((places - wanted) ** 2).sum(), wanted, method="SLSQP",
        bounds=[(0, 1)] * 7, constraints=LinearConstraint(steps, lb=0.12),
    )  # fmt: skip

    assert canvas.spread(wanted, 0.12) == pytest.approx(found.x, abs=1e-5)


@pytest.fixture(scope="module")
def triaged() -> Figure:
    """Ten emergencies, eight sent as such, and calm people of weights 1, 1 and 3."""
    stated = np.array([EMERGENCY] * 10 + [PRIMARY_CARE] * 3)
    given = np.array([EMERGENCY] * 8 + [URGENT, SELF_CARE] + [URGENT, PRIMARY_CARE, PRIMARY_CARE])
    return triage.triage(stated, given, np.array([1.0] * 10 + [1, 1, 3]), "A")


def test_triage_gives_weighted_shares_of_rows(triaged: Figure) -> None:
    """Each cell has its share with the exact interval, and rows without a case are empty."""
    (axes,) = triaged.axes
    low, high = exact(8, 10)

    found = written(axes)
    shares = {place: text for place, text in found.items() if text.endswith("%")}
    assert shares == {
        (0, 0): "80.0 %", (1, 0): "10.0 %", (2, 0): "0.0 %", (3, 0): "10.0 %",
        (0, 2): "0.0 %", (1, 2): "20.0 %", (2, 2): "80.0 %", (3, 2): "0.0 %",
    }  # fmt: skip
    assert found[0, 0.1] == f"{100 * low:.1f} to {100 * high:.1f}"
    assert [text.get_text() for text in axes.get_xticklabels()] == [
        "emergency", "urgent", "primary care", "self care",
    ]  # fmt: skip
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "emergency\nn = 10", "urgent\nn = 0", "primary care\nn = 2", "self care\nn = 0",
    ]  # fmt: skip  # the weights leave 25 / 11 cases


def test_triage_tints_too_late_and_too_soon(triaged: Figure) -> None:
    """Red outweighs blue where the level is too low, blue red where it is too high."""
    (axes,) = triaged.axes

    reddish = {}
    for cell in axes.collections:
        x, y = cell.get_paths()[0].get_extents().intervalx.mean(), 0.0
        y = cell.get_paths()[0].get_extents().intervaly.mean()
        red, _, blue, _ = np.asarray(cell.get_facecolor())[0]
        reddish[round(float(x)), round(float(y))] = float(np.sign((red - blue).round(6)))
    assert reddish == {(x, y): float(np.sign(x - y)) for x in range(4) for y in (0, 2)}


@pytest.fixture(scope="module")
def operated() -> Figure:
    """One level: ten people in need and ten calm ones, a point at 20 % and one at nothing."""
    curve = triage.Operating(
        over_triage=np.array([0.01, 0.2, 1]),
        sensitivity=np.array([0.1, 0.5, 1]),
        ceiling_over_triage=np.array([0.01, 0.1, 1]),
        ceiling_sensitivity=np.array([0.2, 0.6, 1]),
        chosen=(0.2, 0.5),
        others={"1 to 1": (0.0, 0.0)},
        budget=0.05,
        needing=10,
        calm=10,
    )
    return triage.operating({"primary_care": curve}, "A")


def test_operating_draws_curves_budget_and_points(operated: Figure) -> None:
    """What the arrays hold is drawn, and a point of no over-triage stands at the axis' start."""
    (axes,) = operated.axes
    ceiling, model, budget, served, across, along, other, *_ = (
        np.asarray(line.get_xydata()).tolist() for line in axes.lines
    )

    assert ceiling == [[0.01, 0.2], [0.1, 0.6], [1, 1]]
    assert model == [[0.01, 0.1], [0.2, 0.5], [1, 1]]
    assert budget == [[0.05, 0], [0.05, 1]]
    assert served == [[0.2, 0.5]]
    assert other == [[0.001, 0]]
    low, high = exact(2, 10)
    assert np.array(across) == pytest.approx(np.array([[low, 0.5], [high, 0.5]]))
    low, high = exact(5, 10)
    assert np.array(along) == pytest.approx(np.array([[0.2, low], [0.2, high]]))


def test_operating_says_what_the_points_reach(operated: Figure) -> None:
    """Each point is named with its sensitivity and interval, the panel with its people."""
    (axes,) = operated.axes

    assert axes.get_title() == "primary care: n = 10 in need, 10 calm"
    assert [text.get_text().strip() for text in axes.texts] == [
        "budget: 5 %", "served: 50 % (19 to 81)", "1 to 1: 0 % (0 to 31)",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def conditions(words: Vocabulary) -> Mapping[str, Condition]:
    """The conditions of the catalogue, by id in alphabetical order."""
    return dict(sorted(catalogue.read(words).conditions.items()))


@pytest.fixture(scope="module")
def pictures(conditions: Mapping[str, Condition]) -> Mapping[str, Figure]:
    """Every picture, of 3,000 cases of all conditions and probabilities that are calibrated."""
    rng = np.random.default_rng(2)
    said = rng.dirichlet(np.full(len(conditions), 0.1), 3_000)
    truth = np.array([rng.choice(len(conditions), p=row) for row in said])
    ids, urgencies = list(conditions), [one.urgency for one in conditions.values()]
    names = {id: one.name for id, one in conditions.items()}
    answers, right = rng.integers(2, 40, 3_000), said.argmax(axis=1) == truth
    x = np.linspace(0.001, 1, 50)
    ratios = {f"{n} to 1": (n / 2_000, (n / 2_000) ** 0.3) for n in (10, 12, 15, 100, 1_000)}
    curve = triage.Operating(x, x**0.3, x, x**0.25, (0.05, 0.4), ratios, 0.05, 900, 2_000)
    levels = rng.integers(0, 4, (2, 3_000))
    title = "What is shown, longer than a line: " + ", ".join(["weighted to primary care"] * 5)
    return {
        "reliability": calibration.reliability(said, truth, answers, title),
        "by condition": calibration.reliability_by_condition(said, truth, names, urgencies, ids),
        "confusion": ranking.confusion(said, truth, ids, names, urgencies),
        "accuracy": ranking.accuracy(answers, right, said.max(axis=1), title),
        "learning": learning.learning_curve(CURVES, {"2 to 5 answers": 0.01, "all": 0.02}),
        "triage": triage.triage(levels[0], levels[1], rng.random(3_000), title),
        "operating": triage.operating({"emergency": curve, "urgent": curve}, title),
    }


def test_no_text_is_cut(pictures: Mapping[str, Figure]) -> None:
    """All that is written on any picture lies within it, as wide as a browser shows it."""
    for name, figure in pictures.items():
        figure.draw_without_rendering()
        left, bottom, right, top = figure.get_tightbbox().extents
        assert 1_200 <= figure.bbox.width <= 1_600, name
        assert min(left, bottom) >= 0, name
        assert right <= figure.get_figwidth(), name
        assert top <= figure.get_figheight(), name


def test_marks_of_an_axis_do_not_overlap(pictures: Mapping[str, Figure]) -> None:
    """Each number or name along an axis is clear of the next one."""
    for name, figure in pictures.items():
        figure.draw_without_rendering()
        for axes in figure.axes:
            for axis, side in ((axes.xaxis, "intervalx"), (axes.yaxis, "intervaly")):
                low, high = sorted(axis.get_view_interval())
                marks = [
                    sorted(getattr(tick.label1.get_window_extent(), side).tolist())
                    for tick in axis.get_major_ticks()
                    if tick.label1.get_visible() and low <= tick.get_loc() <= high
                ]
                for before, after in pairwise(sorted(marks)):
                    assert before[1] <= after[0], (name, axes.get_title(), side)


def test_titles_of_panels_stay_above_them(pictures: Mapping[str, Figure]) -> None:
    """The long names of conditions and levels take no more width than there is for each panel."""
    for name, columns in (("by condition", 4), ("operating", 2)):
        pictures[name].draw_without_rendering()
        for axes in pictures[name].axes:
            width = axes.title.get_window_extent().width
            assert width < pictures[name].bbox.width / columns, axes.get_title()


def test_pictures_leave_no_trace_in_the_process() -> None:
    """Nothing imports pyplot, which keeps every figure and may ask for a screen."""
    code = (
        "import sys; from training.plots import calibration, learning, ranking, triage;"
        "figure = learning.learning_curve({'a': [(1000, 0.1), (2000, 0.05)]}, {'b': 0.02});"
        "figure.savefig(sys.stdout.buffer); assert 'matplotlib.pyplot' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)

    assert done.stdout.startswith(b"\x89PNG")
