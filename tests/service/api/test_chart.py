from service.api.chart import band_names, charts, group_names, title
from service.manifest import BANDS
from training.figure import Figure, metrics
from training.view import AGES, answers_name


def test_bands_are_called_as_training_calls_them() -> None:
    """What training writes by number of answers is found under the same names."""
    assert band_names() == [answers_name(low, high) for low, high in BANDS]


def test_groups_are_found_in_the_order_of_age() -> None:
    """Whatever the order of the keys, the young come first and who did not tell last."""
    told = [*(f"age {low}-{high}" for low, high in AGES), "age unknown", "sex female"]
    found = metrics(Figure("top_1", 0.5, 100, 0.4, 0.6, group=group) for group in sorted(told))
    assert group_names(found) == told


def test_headings_are_words() -> None:
    """A heading is read aloud without a dash, and says what unknown means."""
    names = ("2-5 answers", "21 or more answers", "age 0-17", "age unknown", "sex female")
    spoken = ["2 to 5 answers", "21 or more answers", "Age 0 to 17", "Age not told", "Female"]
    assert [title(name) for name in names] == spoken


def test_a_chart_has_what_was_measured() -> None:
    """Two worlds of three are compared, the third is no column; nothing else is drawn."""
    told = (
        Figure("top_1", 0.6, 100, 0.5, 0.7),
        Figure("top_1", 0.5, 100, 0.4, 0.6, world="stress"),
    )
    (chart,) = charts(metrics(told))
    assert chart.id == "worlds"
    assert chart.series == ["Synthetic, learned", "Synthetic, second"]
    assert [(group.name, len(group.lines)) for group in chart.groups] == [
        ("The right condition stands first", 2)
    ]


def test_a_single_share_is_no_chart() -> None:
    """With one number there is nothing to compare, and without any even less."""
    assert charts({"top_1": 0.6}) == []
    assert charts({}) == []
