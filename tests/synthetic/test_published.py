import json
from pathlib import Path

from service.clinical.vocabulary import Vocabulary
from synthetic import published
from synthetic.profiles import World
from synthetic.states import states

CLEAR = {
    "id": "clear",
    "diagnosis": "shingles",
    "also_acceptable": [],
    "present": ["blistering_rash", "burning_sensation", "stinging_sensation"],
    "absent": ["recent_trauma"],
    "attributes": {"age_years": 66, "side": "left"},
}


def test_patients_are_ranked_and_misses_named(world: World, tmp_path: Path) -> None:
    """A textbook rash is shingles; the same one called by another name is a miss."""
    path = tmp_path / "patients.jsonl"
    wrong = CLEAR | {"id": "wrong", "diagnosis": "spondylolisthesis"}
    path.write_text(f"{json.dumps(CLEAR)}\n{json.dumps(wrong)}\n", encoding="utf-8")

    lines = published.report(world, states(world), path).splitlines()

    assert lines[1] == "top-1 0.500 (0.013 to 0.987, 1 of 2)"
    assert lines[3] == "not ranked first:"
    assert len(lines) == 5
    assert "wrong: spondylolisthesis; first shingles" in lines[4]


def test_table_is_closed(words: Vocabulary) -> None:
    """What is implied is present or absent in the row, the rest is null."""
    row = {"present": ["pain_below_knee"], "absent": ["new_urinary_symptoms"], "attributes": {}}

    table = published.table([row], words)

    assert (table["leg_pain"][0], table["urinary_retention"][0]) == (1, 0)
    assert table["fever"].isna()[0]
    assert table["age_years"].isna()[0]
