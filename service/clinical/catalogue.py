"""The catalogue: conditions, sources and texts, read from their tables into frozen records.

It is apart from the vocabulary because the red flags need none of it: a damaged catalogue costs
the model's answer, never the screen.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from service.clinical import table
from service.clinical.rule import sources_of
from service.clinical.vocabulary import URGENCY_BY_ID, Urgency, Vocabulary

CONDITION_COLUMNS = (
    "id", "name", "icd10", "rarity", "urgency", "documented_in", "never", "never_facts",
)  # fmt: skip
SOURCE_COLUMNS = ("id", "kind", "citation", "note")
TEXT_COLUMNS = ("subject", "kind", "text", "fact")
TEXT_KINDS = (
    "accompanying", "advice", "course", "definition", "diagnosis", "disclaimer", "exam", "imaging",
    "mechanism", "note", "pitfall", "prevention", "question", "self_care", "statistic", "treatment",
)  # fmt: skip
GENERAL = "general"
"""The subject of a text that is about no single condition, finding or attribute."""

RARITIES = ("common", "uncommon", "rare", "ultra_rare")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that a case may come from.

    `never` holds the findings that a documented fact (`never_facts`) rules out in it.
    """

    id: str
    name: str
    icd10: str
    rarity: str
    urgency: Urgency
    sources: tuple[str, ...]
    never: frozenset[str]
    never_facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A publication or article that a clinical fact or number is taken from."""

    id: str
    kind: str
    citation: str
    note: str


@dataclass(frozen=True, slots=True)
class Text:
    """What a documented fact says of a subject: a condition, a finding, an attribute, `general`."""

    subject: str
    kind: str
    text: str
    facts: tuple[str, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of the facts, each once."""
        return sources_of(self.facts)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All conditions and sources by id and all texts, in the order of their tables."""

    conditions: Mapping[str, Condition]
    sources: Mapping[str, Source]
    texts: tuple[Text, ...]


def read(vocabulary: Vocabulary, folder: Path = Path(__file__).parent) -> Catalogue:
    """Read `conditions.csv`, `sources.csv` and `texts.csv`; raises TableError with every fault."""
    source_rows = table.read(folder / "sources.csv", SOURCE_COLUMNS)
    condition_rows = table.read(folder / "conditions.csv", CONDITION_COLUMNS)
    sources = {row["id"]: Source(**row) for row in source_rows}
    faults = table.repeated(folder / "sources.csv", [row["id"] for row in source_rows])
    faults += table.repeated(folder / "conditions.csv", [row["id"] for row in condition_rows])
    for row in condition_rows:
        faults += [f"conditions.csv: {fault}" for fault in _faults(row, sources, vocabulary)]
    text_rows = table.read(folder / "texts.csv", TEXT_COLUMNS)
    subjects = {row["id"] for row in condition_rows} | {GENERAL}
    subjects |= vocabulary.findings.keys() | vocabulary.attributes.keys()
    for row in text_rows if not faults else ():
        faults += [f"texts.csv: {fault}" for fault in _text_faults(row, subjects, sources)]
    if faults:
        raise table.TableError(faults)
    conditions = {row["id"]: _condition(row) for row in condition_rows}
    texts = tuple(
        Text(row["subject"], row["kind"], row["text"], table.several(row["fact"]))
        for row in text_rows
    )
    return Catalogue(MappingProxyType(conditions), MappingProxyType(sources), texts)


def _text_faults(
    row: Mapping[str, str], subjects: Set[str], sources: Mapping[str, Source]
) -> list[str]:
    faults = []
    if row["subject"] not in subjects:
        faults.append(f"the subject {row['subject']!r} is no condition, finding or attribute")
    if row["kind"] not in TEXT_KINDS:
        faults.append(
            f"{row['subject']!r}: the kind is {row['kind']!r}, expected one of {TEXT_KINDS}"
        )
    named = sources_of(table.several(row["fact"]))
    if not row["text"] or not named or not set(named) <= sources.keys():
        faults.append(
            f"{row['subject']!r}, {row['kind']!r}: needs a text and facts of known sources"
        )
    return faults


def _faults(
    row: Mapping[str, str], sources: Mapping[str, Source], vocabulary: Vocabulary
) -> list[str]:
    id, named = row["id"], table.several(row["documented_in"])
    faults = [f"{id!r} has no {column}" for column in ("id", "name", "icd10") if not row[column]]
    if row["rarity"] not in RARITIES:
        faults.append(f"{id!r}: the rarity is {row['rarity']!r}, expected one of {RARITIES}")
    if row["urgency"] not in URGENCY_BY_ID:
        faults.append(f"{id!r}: the urgency is {row['urgency']!r}, expected {list(URGENCY_BY_ID)}")
    if not named:
        faults.append(f"{id!r} names no source")
    faults += [
        f"{id!r}: {source!r} is not in sources.csv" for source in named if source not in sources
    ]
    never = table.several(row["never"])
    faults += [f"{id!r}: {f!r} is no finding" for f in never if f not in vocabulary.findings]
    if bool(never) != bool(row["never_facts"]):
        faults.append(f"{id!r}: what never occurs needs a documented fact, and the reverse")
    return faults


def _condition(row: Mapping[str, str]) -> Condition:
    return Condition(
        id=row["id"],
        name=row["name"],
        icd10=row["icd10"],
        rarity=row["rarity"],
        urgency=URGENCY_BY_ID[row["urgency"]],
        sources=table.several(row["documented_in"]),
        never=frozenset(table.several(row["never"])),
        never_facts=table.several(row["never_facts"]),
    )
