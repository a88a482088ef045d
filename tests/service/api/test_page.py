"""The pages of the service: `/` and `/model`."""

import json
import re
import shutil
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.assessment import NOTICE
from service.clinical import catalogue
from service.clinical.red_flags import RED_FLAGS
from service.clinical.vocabulary import Urgency
from service.limits import LIMITS
from service.manifest import BANDS
from service.settings import Settings
from training.figure import Figure, metrics
from training.view import answers_name

PATHS = ("/", "/model")

FIGURES = (
    Figure("top_1", 0.6249, 1000, 0.6221, 0.6279),
    Figure("top_1", 0.5391, 1000, 0.5361, 0.5421, world="stress"),
    Figure("top_1", 0.6702, 94, 0.5662, 0.7636, world="published"),
    Figure("coverage", 0.9507, 1000, 0.9494, 0.952),
    *(Figure("top_1", 0.5, 100, 0.4, 0.6, answers=answers_name(*band)) for band in BANDS),
    *(Figure("top_3", 0.7, 100, 0.6, 0.8, answers=answers_name(*band)) for band in BANDS),
    Figure("top_1", 0.6, 1000, 0.5799, 0.6201, group="age 40-59"),
    Figure("top_1.lyme_disease", 0.3333, 100, 0.2, 0.4),
)


class Parts(HTMLParser):
    """Collects of a page what a content policy would refuse, what it loads, ids and elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        given = dict(attrs)
        self.found.append((tag, given))
        inline = tag == "style" or (tag == "script" and "src" not in given) or "style" in given
        if inline or any(name.startswith("on") for name in given):
            self.refused.append(self.get_starttag_text() or tag)
        if tag in ("link", "script", "img"):
            self.loaded += [given[name] or "" for name in ("src", "href") if name in given]
        self.ids += [given["id"] or ""] if "id" in given else []

    def handle_data(self, data: str) -> None:
        """Note what is read."""
        self.text.append(data)

    def all(self, tag: str, name: str = "") -> list[dict[str, str | None]]:
        """Return the attributes of the elements of a tag, of those with a class if one is named."""
        given = [given for found, given in self.found if found == tag]
        return [each for each in given if name in (each.get("class") or "").split() or not name]

    def said(self) -> str:
        """Return the words of the page, each space a usual one."""
        return " ".join(" ".join(self.text).split())


def parts(client: FlaskClient, path: str) -> Parts:
    """Return what is on a page."""
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    return Parts(response.text)


def edited(models: Path, folder: Path, **changed: Any) -> FlaskClient:
    """Return a client of a service whose manifest has other fields."""
    shutil.copytree(models, folder, dirs_exist_ok=True)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) | changed
    path.write_text(json.dumps(manifest), encoding="utf-8")
    client = create_app(Settings(models=folder)).test_client()
    assert client.get("/readyz").status_code == 200
    return client


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("service", ["client", "degraded"])
def test_a_page_is_of_its_own_files(
    request: pytest.FixtureRequest, service: str, path: str
) -> None:
    """Nothing is inline, nothing comes from elsewhere, and what is loaded is there."""
    client = request.getfixturevalue(service)
    page = parts(client, path)
    assert page.refused == []
    assert page.loaded
    for file in page.loaded:
        with client.get(file) as answer:
            assert answer.status_code == 200, file
    assert len(page.ids) == len(set(page.ids))
    assert NOTICE in page.said()


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_asked_for_again_and_not_sent_again(client: FlaskClient, path: str) -> None:
    """A browser asks each time and gets a 304 without a body while nothing has changed."""
    first = client.get(path)
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head(path)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", first.headers["ETag"])


def test_the_pages_are_made_once(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time what was made is sent: these routes have no key and no limit."""
    first = [client.get(path).data for path in PATHS]
    monkeypatch.setattr("service.api.page.render_template", None)
    assert [client.get(path).data for path in PATHS] == first


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("path", PATHS)
def test_without_pages_nothing_is_there(models: Path, path: str, method: str) -> None:
    """Where the pages are off, each is a 404 like any path that there is not."""
    client = create_app(Settings(models=models, page=False)).test_client()
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_without_pages_nothing_leads_there(models: Path) -> None:
    """The contract does not list what is off, and its page has no link to it."""
    client = create_app(Settings(models=models, page=False)).test_client()
    assert not set(PATHS) & client.get("/openapi.json").get_json()["paths"].keys()
    assert not set(PATHS) & linked(client)
    shown = create_app(Settings(models=models)).test_client()
    assert set(PATHS) <= linked(shown)


def linked(client: FlaskClient) -> set[str]:
    """Return the paths that the page of the contract leads to."""
    links = (link.get("href") or "" for link in parts(client, "/docs").all("a"))
    return {path for link in links if (path := link.partition("#")[0])}


def test_the_interview_lists_the_emergency_signs(client: FlaskClient) -> None:
    """Without JavaScript each rule that calls for help now stands there, and no other."""
    said = parts(client, "/").said()
    titles = {level: [f.title for f in RED_FLAGS if f.level is level] for level in Urgency}
    assert [title for title in titles[Urgency.EMERGENCY] if title not in said] == []
    calm = titles[Urgency.PRIMARY_CARE]
    assert calm
    assert [title for title in calm if title in said] == []


def test_the_model_shows_its_figures(models: Path, tmp_path: Path) -> None:
    """Each share stands there as a percentage with its interval; synthetic ones are called so."""
    said = parts(edited(models, tmp_path, metrics=metrics(FIGURES)), "/model").said()
    for shown in (
        "On synthetic cases",
        "62.5 % 62.2 to 62.8 %",
        "95.1 % 94.9 to 95.2 %",
        "On published patients",
        "67.0 % 56.6 to 76.4 %",
        "Lyme disease 33.3 % 20.0 to 40.0 %",
        "53.9 % instead of 62.5 % (8.6 points less)",
        "Age 40 to 59: the right condition stands first in 60.0 %",
        "Synthetic cases alone",
        *LIMITS,
    ):
        assert shown in said, shown


def test_the_pictures_are_to_scale_and_named(models: Path, tmp_path: Path) -> None:
    """A bar is as long as its share, has a name for who does not see it, and a table beside it."""
    page = parts(edited(models, tmp_path, metrics=metrics(FIGURES)), "/model")
    drawn = [chart for chart in page.all("svg", "chart") if chart.get("role") == "img"]
    assert len(drawn) == 3  # the bases, two of figures: by answers, by world
    for chart in drawn:
        assert set((chart["aria-labelledby"] or "").split()) <= set(page.ids)
    bars = [float(bar["width"] or 0) for bar in page.all("rect", "bar")]
    assert bars == pytest.approx([84, 117.6] * 4 + [105.0, 90.6, 112.6], abs=0.06)
    stack = [
        bar
        for basis in ("measured", "described", "assumed")
        for bar in page.all("rect", f"basis-{basis}")
        if "x" in bar
    ]
    starts = [float(bar["x"] or 0) for bar in stack]
    assert starts == sorted(starts)
    assert float(stack[-1]["width"] or 0) + starts[-1] == pytest.approx(360, abs=0.2)
    ends = [float(bar["x"] or 0) + float(bar["width"] or 0) for bar in stack]
    gaps = [start - end for start, end in zip(starts[1:], ends, strict=False)]
    assert gaps == pytest.approx([2.6] * (len(stack) - 1), abs=0.11)


def test_tables_are_named_and_their_heads_say_of_what(models: Path, tmp_path: Path) -> None:
    """Each table has a caption and stands in a region that a keyboard can scroll."""
    page = parts(edited(models, tmp_path, metrics=metrics(FIGURES)), "/model")
    assert len(page.all("table")) == len(page.all("caption")) == len(page.all("div", "scrolled"))
    assert all(head.get("scope") in ("row", "col") for head in page.all("th"))
    for region in page.all("div", "scrolled"):
        assert (region["role"], region["tabindex"]) == ("region", "0")
        assert region["aria-labelledby"] in page.ids


def test_the_model_shows_where_it_comes_from(models: Path, client: FlaskClient) -> None:
    """The chain names commit, seeds, hashes, run and versions, and the commands that rebuild it."""
    manifest = json.loads((models / "manifest.json").read_text(encoding="utf-8"))
    said = parts(client, "/model").said()
    for fact in (
        manifest["data"]["sha256"],
        manifest["data"]["commit"],
        manifest["sha256"],
        manifest["model"]["run_id"],
        manifest["model"]["candidate"],
        f"scikit-learn {manifest['libraries']['scikit-learn']}",
        "make cases N=20000 SEED=7 make stress make train RECIPE=tiny TRAIN_SEED=1",
    ):
        assert fact in said, fact


def test_the_model_calls_the_levels_as_the_interview_does(client: FlaskClient) -> None:
    """A reader of both pages meets one name for each level, the most urgent first."""
    with client.get("/static/words.js") as words:
        listed = re.search(r"LEVELS = \{(.*?)\};", words.get_data(as_text=True), re.DOTALL)
    assert listed
    names = dict(re.findall(r'(\w+): "([^"]+)"', listed[1]))
    assert names.keys() == {level.name.lower() for level in Urgency}
    said = parts(client, "/model").said()
    costs = said.index("(rows), in no unit")
    assert said[costs:].startswith(f"(rows), in no unit Needed {' '.join(names.values())}")
    given = re.findall("|".join(map(re.escape, names.values())), said[:costs])
    assert [name for name in names.values() if name != names["self_care"]] == given[-3:]


def test_small_thresholds_are_not_none(models: Path, tmp_path: Path) -> None:
    """Almost never and almost always are not written as never and always."""
    limits = {"emergency": 5e-07, "urgent": 0.9996, "primary_care": 0.0096}
    said = parts(edited(models, tmp_path, thresholds=limits), "/model").said()
    for shown in ("get help now <0.01 %", "within 24 hours >99.9 %", "within days 1.0 %"):
        assert shown in said, shown


OWN: dict[str, Any] = {"sha256": "f" * 64, "number": 512, "weight": 0.2, "counts": {"shingles": 71}}


def test_own_cases_are_told_and_not_counted(models: Path, tmp_path: Path) -> None:
    """Who reads the page learns that people's cases were learned from, not which there were."""
    data = json.loads((models / "manifest.json").read_text(encoding="utf-8"))["data"]
    page = parts(edited(models, tmp_path, data=data | {"own": OWN}), "/model").said()
    assert "Mostly synthetic cases: 20.0 % were drawn, again and again, from 512 cases" in page
    assert f"A program drew {data['training_cases']:,}" not in page
    assert "Synthetic cases alone" not in page
    assert OWN["sha256"] not in page
    assert " 71" not in page


@pytest.mark.parametrize(
    "changed",
    [
        {"metrics": {}},
        {"metrics": {"top_1": "high", "age x/top_1": 0.5, "sex /top_1": None, "top_1_low": []}},
        {"metrics": {"top_1": 0.5, "stress/top_1": 0.4, "age 9-/top_1": 0.1, "age /top_1": 0.2}},
        {"data": {"sha256": "x"}},
        {"data": {"sha256": "x", "rows_by_basis": [1], "number": "many", "own": 3}},
        {"data": {"sha256": "x", "rows_by_basis": {"a": 1, "b": {"assumed": "?", "new": 3}}}},
        {"data": {"sha256": "x", "own": {"number": 5}, "training_cases": None, "seed": 1}},
        {"libraries": {"scikit-learn": "1.9.1"}},
        {"model": {"name": "cauda", "version": "<b>7</b>", "run_id": ""}},
    ],
)
def test_what_a_manifest_lacks_is_left_out(
    models: Path, tmp_path: Path, changed: dict[str, Any]
) -> None:
    """Whatever an older or odd manifest holds that the service takes, the page shows the rest."""
    if "libraries" in changed:
        manifest = json.loads((models / "manifest.json").read_text(encoding="utf-8"))
        changed = {"libraries": {"scikit-learn": manifest["libraries"]["scikit-learn"]}}
    page = parts(edited(models, tmp_path, **changed), "/model")
    assert "Where it comes from" in page.said()
    assert page.all("b") == []


def test_without_a_model_the_page_says_so(tmp_path: Path) -> None:
    """It answers 200, says what still answers and why there is no model, and names no folder."""
    page = parts(create_app(Settings(models=tmp_path / "inner")).test_client(), "/model").said()
    for said in (
        "No model is in use",
        "red flags",
        "There is no manifest.json in the model folder.",
        *LIMITS,
    ):
        assert said in page, said
    assert str(tmp_path) not in page


def test_a_table_that_cannot_be_read_tells_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason names the table, and neither page nor `/readyz` says where it lies."""
    gone = partial(catalogue.read, folder=tmp_path / "gone")
    monkeypatch.setattr("service.runtime.catalogue.read", gone)
    client = create_app(Settings(models=tmp_path)).test_client()
    for said in (parts(client, "/model").said(), client.get("/readyz").text):
        assert "sources.csv: cannot be read: No such file or directory" in said
        assert str(tmp_path) not in said
