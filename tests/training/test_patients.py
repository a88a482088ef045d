import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from service.assessment import Assessment, Triage
from service.clinical import catalogue
from service.clinical.case import Case
from service.clinical.catalogue import Condition
from service.clinical.vocabulary import Urgency, Vocabulary
from service.opinion import Ranking
from training import patients
from training.figure import Share
from training.patients import Judged, Patient

PUBLISHED = Path(__file__).parents[1] / "data" / "published_cases.jsonl"
NOTHING = Case(frozenset(), frozenset(), {}, frozenset())
RANKED = ("shingles", "lyme_disease", "spinal_injury", "spinal_infection")


@pytest.fixture
def conditions(words: Vocabulary) -> Mapping[str, Condition]:
    """The conditions of the catalogue."""
    return catalogue.read(words).conditions


def judged(id: str, accepted: set[str], stated: Urgency, triage: Triage) -> Judged:
    """Return a patient whom the model gives four conditions, in the order of RANKED."""
    answer = Assessment(triage, (), (), None, {}, {}, False)
    return Judged(Patient(id, NOTHING, frozenset(accepted), stated), RANKED, answer)


FOUR = (
    judged("p1", {"shingles"}, Urgency.URGENT, Triage(Urgency.URGENT, "red_flags", ("a_flag",))),
    judged(
        "p2",
        {"spinal_infection", "lyme_disease"},
        Urgency.EMERGENCY,
        Triage(Urgency.PRIMARY_CARE, "model", ("shingles", "lyme_disease")),
    ),
    judged(
        "p3",
        {"spinal_infection"},
        Urgency.SELF_CARE,
        Triage(Urgency.URGENT, "model", ("lyme_disease",)),
    ),
    judged(
        "p4", {"spinal_injury"}, Urgency.URGENT, Triage(Urgency.URGENT, "red_flags", ("a_flag",))
    ),
)


@pytest.mark.parametrize(("k", "count"), [(1, 1), (2, 2), (3, 3), (4, 4)])
def test_top_counts_the_best_accepted_condition(k: int, count: int) -> None:
    """Right is a patient of whom any accepted condition is among the first k."""
    assert [one.rank for one in FOUR] == [1, 2, 4, 3]
    assert patients.top(FOUR, k) == Share(count, 4)


def test_triage_table_counts_stated_against_given() -> None:
    """Rows are stated levels, columns given ones, the highest first."""
    table = patients.triage_table(FOUR)
    levels = ["emergency", "urgent", "primary_care", "self_care"]

    assert (list(table.index), list(table.columns)) == (levels, levels)
    assert (table.index.name, table.columns.name) == ("stated", "given")
    assert table.to_numpy().tolist() == [
        [0, 0, 1, 0],
        [0, 2, 0, 0],
        [0, 0, 0, 0],
        [0, 1, 0, 0],
    ]


def test_report_names_each_miss() -> None:
    """The report holds both shares, the table, and each miss by id, the worst rank first."""
    assert patients.report(FOUR).splitlines() == [
        "top-1 0.250 (0.006 to 0.806, 1 of 4)",
        "top-3 0.750 (0.194 to 0.994, 3 of 4)",
        "",
        "stated level (rows) against given level (columns):",
        *patients.triage_table(FOUR).to_string().splitlines(),
        "",
        "not ranked first:",
        "  rank  4  p3: spinal_infection; first shingles",
        "  rank  3  p4: spinal_injury; first shingles",
        "  rank  2  p2: lyme_disease, spinal_infection; first shingles",
        "",
        "given a lower level than stated:",
        "  p2: stated emergency, given primary_care by model (shingles, lyme_disease)",
        "",
        "given a higher level than stated:",
        "  p3: stated self_care, given urgent by model (lyme_disease)",
    ]


class BySetting:
    """A model that puts one condition first under `balanced` and another under the rest."""

    def __init__(self, ids: Sequence[str], balanced: str, other: str) -> None:
        self.thresholds = dict.fromkeys(Urgency, 0.5)
        self._ids, self._balanced, self._other = ids, balanced, other

    def rank(self, cases: Sequence[Case], setting: str) -> list[Ranking]:
        """Give the first condition 0.8 and share the rest out."""
        shown = self._first(self._balanced if setting == "balanced" else self._other)
        ranking = Ranking(shown, self._first(self._other), frozenset({self._other}))
        return [ranking for _ in cases]

    def _first(self, id: str) -> dict[str, float]:
        return dict.fromkeys(self._ids, 0.2 / (len(self._ids) - 1)) | {id: 0.8}


def test_judge_ranks_balanced_and_triages_in_primary_care(
    conditions: Mapping[str, Condition],
) -> None:
    """The ranking is that of equal priors, before the screen; the level that of primary care."""
    model = BySetting(list(conditions), "piriformis_syndrome", "spinal_infection")
    excluding = Case(
        frozenset({"urinary_incontinence"}),
        frozenset(),
        {},
        frozenset({"urinary_incontinence"}),
    )
    people = [
        Patient("p1", NOTHING, frozenset({"spinal_infection"}), Urgency.URGENT),
        Patient("p2", excluding, frozenset({"piriformis_syndrome"}), Urgency.URGENT),
    ]

    first, second = patients.judge(people, model, conditions)

    assert [first.patient, second.patient] == people
    assert first.ranked[0] == second.ranked[0] == "piriformis_syndrome"
    assert sorted(first.ranked) == sorted(conditions)
    assert (second.rank, first.rank > 1) == (1, True)
    assert first.assessment.triage == Triage(Urgency.URGENT, "model", ("spinal_infection",))


def test_published_row_becomes_a_patient(tmp_path: Path, words: Vocabulary) -> None:
    """A row's case is closed, each acceptable diagnosis accepted, `triage` the stated level."""
    row = {
        "id": "p1",
        "source": "a report",
        "kind": "case_report",
        "diagnosis": "lumbar_disc_herniation",
        "also_acceptable": ["lumbar_spinal_stenosis"],
        "triage": "primary_care",
        "attributes": {"age_years": 42},
        "present": ["lower_back_pain"],
        "absent": ["fever"],
        "unmapped": [],
    }
    path = tmp_path / "published.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")

    assert patients.read_published(path, words) == [
        Patient(
            id="p1",
            case=Case(
                present=frozenset({"lower_back_pain", "back_pain"}),
                absent=frozenset({"fever"}),
                attributes={"age_years": 42},
                stated=frozenset({"lower_back_pain", "fever"}),
            ),
            accepted=frozenset({"lumbar_disc_herniation", "lumbar_spinal_stenosis"}),
            level=Urgency.PRIMARY_CARE,
        )
    ]


def test_published_patients_are_of_our_ids(
    words: Vocabulary, conditions: Mapping[str, Condition]
) -> None:
    """All 94 published patients are read, with ids of their own and conditions of the catalogue."""
    people = patients.read_published(PUBLISHED, words)

    assert len({patient.id for patient in people}) == len(people) == 94
    for patient in people:
        assert patient.accepted <= conditions.keys()
        assert patient.case.present | patient.case.absent <= words.findings.keys()
        assert patient.case.attributes.keys() <= words.attributes.keys()
