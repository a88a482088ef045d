from service.api import weakness
from training.figure import Figure, metrics


def plain(sentences: list[str]) -> list[str]:
    """Return sentences with usual spaces."""
    return [sentence.replace("\u00a0", " ") for sentence in sentences]


def test_what_is_missed_is_said_first() -> None:
    """Of 100 emergencies of which 79.6 and 91.8 are sent, 20.4 and 8.2 are missed."""
    told = {"emergencies_given_emergency": 0.796, "emergencies_given_urgent_or_above": 0.918}
    assert plain(weakness.sentences(told)) == [
        "Of synthetic emergencies 20.4 % are not sent as emergencies, and 8.2 % not even as urgent."
    ]


def test_few_missed_are_not_none() -> None:
    """Where 99.96 % are sent, some are missed; only where all are sent it is none."""
    told = {"emergencies_given_emergency": 0.9996, "emergencies_given_urgent_or_above": 0.9999995}
    assert plain(weakness.sentences(told)) == [
        "Of synthetic emergencies 0.04 % are not sent as emergencies, and <0.01 % not even as"
        " urgent."
    ]
    assert "0 % not even" in plain(weakness.sentences(dict.fromkeys(told, 1)))[0]


def test_the_loss_in_the_second_world_is_told() -> None:
    """What falls is told with the points that are lost, what does not fall is not."""
    told = {"top_1": 0.625, "stress/top_1": 0.539, "top_3": 0.8, "stress/top_3": 0.8}
    assert plain(weakness.sentences(told)) == [
        "In a second synthetic world, which it did not learn, the right condition stands first in"
        " 53.9 % instead of 62.5 % (8.6 points less)."
    ]


def test_a_group_is_named_where_chance_does_not_explain_it() -> None:
    """The whole's share lies above the group's interval; held by it or at its end it is not."""
    told = (
        Figure("top_1", 0.62, 1000, 0.61, 0.63),
        Figure("top_1", 0.54, 400, 0.49, 0.59, group="age 40-59"),
        Figure("top_1", 0.609, 100, 0.55, 0.66, group="age 60-79"),
        Figure("top_1", 0.57, 400, 0.52, 0.62, group="sex female"),
    )
    assert plain(weakness.slices(metrics(told))) == [
        "Age 40 to 59: the right condition stands first in 54.0 % (49.0 to 59.0 %), of all people"
        " in 62.0 %."
    ]
    assert weakness.slices({"top_1": 0.62, "sex female/top_1": 0.1}) == []


def test_conditions_stand_weakest_first() -> None:
    """Each condition has its name; one that was not measured is left out."""
    names = {"shingles": "Shingles", "lyme_disease": "Lyme disease", "spinal_injury": "Injury"}
    found = weakness.conditions({"top_1.shingles": 0.8, "top_1.lyme_disease": 0.5}, names)
    assert [(line.name, line.share.value) for line in found] == [
        ("Lyme disease", 0.5),
        ("Shingles", 0.8),
    ]


def test_nothing_is_said_of_what_was_not_measured() -> None:
    """A manifest without metrics has no weakness to tell of."""
    assert weakness.sentences({}) == weakness.slices({}) == []
    assert weakness.conditions({}, {"shingles": "Shingles"}) == []
