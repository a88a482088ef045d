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


def test_the_loss_in_the_second_world_is_told() -> None:
    """What falls is told with the points that are lost, what does not fall is not."""
    told = {"top_1": 0.625, "stress/top_1": 0.539, "top_3": 0.8, "stress/top_3": 0.8}
    assert plain(weakness.sentences(told)) == [
        "In a second synthetic world, which it did not learn, the right condition stands first in"
        " 53.9 % instead of 62.5 % (8.6 points less)."
    ]


def test_a_group_under_the_interval_of_the_whole_is_named() -> None:
    """The rule is the model card's: the group's share lies under the lower end of the whole's."""
    told = (
        Figure("top_1", 0.62, 1000, 0.61, 0.63),
        Figure("top_1", 0.609, 100, 0.55, 0.66, group="age 40-59"),
        Figure("top_1", 0.61, 100, 0.55, 0.66, group="age 60-79"),
    )
    assert plain(weakness.slices(metrics(told))) == [
        "Age 40 to 59: the right condition stands first in 60.9 % (55.0 to 66.0 %), of all people"
        " in 62.0 %."
    ]


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
