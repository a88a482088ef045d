import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from service.clinical import catalogue
from service.clinical.catalogue import Catalogue, Condition, Source, Text
from service.clinical.table import TableError
from service.clinical.vocabulary import Urgency, Vocabulary

SHIPPED = Path(catalogue.__file__).parent
DATA = Path(__file__).parents[2] / "data"

SHARED = (
    ("cauda_equina_syndrome", "ultra_rare", "emergency", "G83.4"),
    ("piriformis_syndrome", "common", "primary_care", "G57.0"),
    ("lumbar_disc_herniation", "common", "primary_care", "M51.1"),
    ("lumbar_spinal_stenosis", "common", "primary_care", "M48.0"),
    ("spondylolisthesis", "uncommon", "primary_care", "M43.1"),
    ("sacroiliac_joint_dysfunction", "common", "primary_care", "M53.3"),
    ("gluteal_tendinopathy", "common", "primary_care", "M76.0"),
    ("gluteal_muscle_strain", "common", "self_care", "S76.0"),
    ("peripheral_arterial_disease", "uncommon", "primary_care", "I73.9"),
    ("positional_paresthesia", "common", "self_care", "R20.2"),
    ("back_muscle_spasm", "common", "self_care", "M62.8"),
    ("degenerative_spine_disease", "common", "primary_care", "M47.8"),
    ("spinal_injury", "rare", "emergency", "T09.3"),
    ("spinal_malignancy", "rare", "urgent", "C79.5"),
    ("spinal_infection", "rare", "urgent", "M46.2"),
    ("shingles", "uncommon", "urgent", "B02.2"),
    ("lyme_disease", "rare", "urgent", "A69.2"),
    ("autoimmune_neuropathy", "rare", "urgent", "G61.9"),
    ("vitamin_b_deficiency", "uncommon", "primary_care", "E53.9"),
    ("upper_spine_radiculopathy", "uncommon", "primary_care", "M54.1"),
    ("nonspecific_low_back_pain", "common", "self_care", "M54.5"),
)
"""Id, rarity, urgency and ICD-10 code of each condition, as agreed with other products."""

CONDITIONS = "id,name,icd10,rarity,urgency,documented_in,never,never_facts"
SOURCES = "id,kind,citation,note"


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a fixed table of these tests."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def shipped(words: Vocabulary) -> Catalogue:
    """The catalogue of this installation."""
    return catalogue.read(words)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped tables."""
    for name in ("conditions.csv", "sources.csv", "texts.csv"):
        shutil.copy(SHIPPED / name, tmp_path)
    return tmp_path


def edit(folder: Path, id: str, /, **cells: str) -> None:
    """Change cells of the one condition with an id."""
    path = folder / "conditions.csv"
    with path.open(encoding="utf-8", newline="") as file:
        conditions = list(csv.DictReader(file))
    (row,) = [row for row in conditions if row["id"] == id]
    row |= cells
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerows(conditions)


def faults(folder: Path, words: Vocabulary) -> tuple[str, ...]:
    """Return the faults for which the tables of a folder are refused."""
    with pytest.raises(TableError) as refusal:
        catalogue.read(words, folder)
    assert str(refusal.value) == "\n".join(refusal.value.faults)
    return refusal.value.faults


def test_conditions_are_the_shared_ones(shipped: Catalogue) -> None:
    """The 21 conditions have the agreed ids, order, rarity, urgency and code."""
    conditions = shipped.conditions.values()
    assert tuple((c.id, c.rarity, c.urgency.id, c.icd10) for c in conditions) == SHARED
    assert list(shipped.conditions) == [c.id for c in conditions]


def test_conditions_have_the_shared_names(shipped: Catalogue) -> None:
    """The names of the conditions are the agreed ones."""
    expected = {row["id"]: row["meaning"] for row in rows("shared_ids.csv")}
    names = {c.id: c.name for c in shipped.conditions.values()}
    assert names == {id: expected[id] for id, *_ in SHARED}


def test_every_named_source_exists(shipped: Catalogue, words: Vocabulary) -> None:
    """Each source of a condition, finding or attribute is listed and cited.

    The shared tables say `literature` where a finding is in none of the five articles.
    """
    named = {
        source
        for entries in (shipped.conditions, words.findings, words.attributes)
        for entry in entries.values()
        for source in entry.sources
    }
    assert sorted(named - shipped.sources.keys()) == ["literature"]
    assert [s.id for s in shipped.sources.values() if not (s.kind and s.citation)] == []


def test_what_never_occurs_is_documented(shipped: Catalogue) -> None:
    """The findings that exclude a condition are those of the documented facts, and no others."""
    facts = [row for row in rows("seed_facts.csv") if row["kind"] == "never"]
    assert [
        (fact, finding)
        for condition in shipped.conditions.values()
        for fact, finding in zip(
            sorted(condition.never_facts), sorted(condition.never), strict=True
        )
    ] == [(row["id"], row["refers_to"]) for row in facts]
    assert {id: c.never for id, c in shipped.conditions.items() if c.never} == {
        "piriformis_syndrome": {"fecal_incontinence", "urinary_incontinence"}
    }
    assert {row["conditions"] for row in facts} == {"piriformis_syndrome"}


def test_rows_become_records(words: Vocabulary, tmp_path: Path) -> None:
    """Every cell of the three tables is read, with lists split."""
    (tmp_path / "sources.csv").write_text(
        f"{SOURCES}\ns1,article,An article,\ns2,study,A study,small\n", encoding="utf-8"
    )
    (tmp_path / "texts.csv").write_text(
        "subject,kind,text,fact\nflu,advice,Rest.,s1-01;s2-01\n", encoding="utf-8"
    )
    (tmp_path / "conditions.csv").write_text(
        f"{CONDITIONS}\nflu,Influenza,J11,rare,urgent,s1;s2,limping;foot_drop,000-01;000-02\n",
        encoding="utf-8",
    )
    influenza = Condition(
        id="flu",
        name="Influenza",
        icd10="J11",
        rarity="rare",
        urgency=Urgency.URGENT,
        sources=("s1", "s2"),
        never=frozenset({"limping", "foot_drop"}),
        never_facts=("000-01", "000-02"),
    )
    assert catalogue.read(words, tmp_path) == Catalogue(
        conditions={"flu": influenza},
        sources={
            "s1": Source("s1", "article", "An article", ""),
            "s2": Source("s2", "study", "A study", "small"),
        },
        texts=(Text("flu", "advice", "Rest.", ("s1-01", "s2-01")),),
    )


def test_catalogue_cannot_be_changed(shipped: Catalogue) -> None:
    """No part of the running service can alter what the others read."""
    for mapping in (shipped.conditions, shipped.sources):
        with pytest.raises(TypeError, match="does not support item assignment"):
            mapping["new"] = None  # type: ignore[index]


RARITIES = "('common', 'uncommon', 'rare', 'ultra_rare')"
URGENCIES = "['self_care', 'primary_care', 'urgent', 'emergency']"
NEEDS_FACT = "what never occurs needs a documented fact, and the reverse"


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"id": "spinal_injury"}, "the id 'spinal_injury' stands in 2 rows"),
        ({"id": ""}, "'' has no id"),
        ({"name": ""}, "'shingles' has no name"),
        ({"icd10": " "}, "'shingles' has no icd10"),
        ({"rarity": "Rare"}, f"'shingles': the rarity is 'Rare', expected one of {RARITIES}"),
        ({"rarity": ""}, f"'shingles': the rarity is '', expected one of {RARITIES}"),
        ({"urgency": "soon"}, f"'shingles': the urgency is 'soon', expected {URGENCIES}"),
        ({"urgency": ""}, f"'shingles': the urgency is '', expected {URGENCIES}"),
        ({"documented_in": ""}, "'shingles' names no source"),
        ({"documented_in": "000;hearsay"}, "'shingles': 'hearsay' is not in sources.csv"),
        ({"never": "itch", "never_facts": "000-49"}, "'shingles': 'itch' is no finding"),
        ({"never": "fever"}, f"'shingles': {NEEDS_FACT}"),
        ({"never_facts": "000-49"}, f"'shingles': {NEEDS_FACT}"),
    ],
)
def test_a_faulty_condition_is_refused(
    folder: Path, words: Vocabulary, cells: Mapping[str, str], fault: str
) -> None:
    """Each rule of the table of conditions is checked, and its breach told in one sentence."""
    edit(folder, "shingles", **cells)
    assert faults(folder, words) == (f"conditions.csv: {fault}",)


def test_a_source_stands_once(folder: Path, words: Vocabulary) -> None:
    """A source that is listed twice is told."""
    with (folder / "sources.csv").open("a", encoding="utf-8") as file:
        file.write("000,article,Another article,\n")
    assert faults(folder, words) == ("sources.csv: the id '000' stands in 2 rows",)


def test_every_fault_is_told_at_once(folder: Path, words: Vocabulary) -> None:
    """One reading lists all that is wrong with both tables."""
    with (folder / "sources.csv").open("a", encoding="utf-8") as file:
        file.write("000,article,Another article,\n")
    edit(folder, "shingles", urgency="soon", documented_in="hearsay")
    edit(folder, "lyme_disease", id="spinal_injury")
    edit(folder, "spondylolisthesis", name="", never="itch")
    assert sorted(faults(folder, words)) == [
        "conditions.csv: 'shingles': 'hearsay' is not in sources.csv",
        f"conditions.csv: 'shingles': the urgency is 'soon', expected {URGENCIES}",
        "conditions.csv: 'spondylolisthesis' has no name",
        "conditions.csv: 'spondylolisthesis': 'itch' is no finding",
        f"conditions.csv: 'spondylolisthesis': {NEEDS_FACT}",
        "conditions.csv: the id 'spinal_injury' stands in 2 rows",
        "sources.csv: the id '000' stands in 2 rows",
    ]


@pytest.mark.parametrize(
    ("name", "columns"), [("conditions.csv", CONDITIONS), ("sources.csv", SOURCES)]
)
@pytest.mark.parametrize("found", [[], ["id"], ["id", "name", "icd10"]])
def test_other_columns_are_refused(
    folder: Path, words: Vocabulary, name: str, columns: str, found: Sequence[str]
) -> None:
    """A header that is not the expected one is told with the expected one."""
    (folder / name).write_text(",".join(found) + "\n" if found else "", encoding="utf-8")
    expected = columns.split(",")
    assert faults(folder, words) == (f"{name}: the columns are {found}, expected {expected}",)


@pytest.mark.parametrize(
    ("name", "columns", "cells"), [("conditions.csv", CONDITIONS, 8), ("sources.csv", SOURCES, 4)]
)
def test_ragged_rows_are_refused(
    folder: Path, words: Vocabulary, name: str, columns: str, cells: int
) -> None:
    """Each row with too few cells is told by its number."""
    (folder / name).write_text(f"{columns}\na,b\nc\n", encoding="utf-8")
    assert faults(folder, words) == (
        f"{name}, line 2: 2 cells, expected {cells}",
        f"{name}, line 3: 1 cells, expected {cells}",
    )


@pytest.mark.parametrize("name", ["conditions.csv", "sources.csv"])
def test_a_missing_table_is_refused(folder: Path, words: Vocabulary, name: str) -> None:
    """A table that is not there is told by its name."""
    (folder / name).unlink()
    (fault,) = faults(folder, words)
    assert fault.startswith(f"{name}: cannot be read: ")


EMPTY = "'shingles', 'advice': needs a text and facts of known sources"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("itch,advice,Rest.,000-54", "the subject 'itch' is no condition, finding or attribute"),
        (
            "shingles,advice,,000-54",
            EMPTY,
        ),
        ("shingles,advice,Rest.,", EMPTY),
        (
            "shingles,advice,Rest.,999-1",
            EMPTY,
        ),
    ],
)
def test_a_faulty_text_is_refused(folder: Path, words: Vocabulary, row: str, fault: str) -> None:
    """A text has a known subject, words, and a fact whose source is listed."""
    with (folder / "texts.csv").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")
    assert faults(folder, words) == (f"texts.csv: {fault}",)


def test_a_text_of_an_unknown_kind_is_refused(folder: Path, words: Vocabulary) -> None:
    """The kinds of texts are fixed, for clients show them by kind."""
    with (folder / "texts.csv").open("a", encoding="utf-8") as file:
        file.write("shingles,gossip,Rest.,000-54\n")
    (fault,) = faults(folder, words)
    assert fault.startswith("texts.csv: 'shingles': the kind is 'gossip', expected one of (")
