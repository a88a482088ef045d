/** Where it hurts and where it is numb: a picture to tap, and a list that says the same. */

import { element } from "./element.js";

/** The places, each with the finding that pain there and numbness there is. */
const PLACES = [
  { id: "neck", label: "Neck", pain: "neck_pain" },
  { id: "upper_back", label: "Upper back", pain: "upper_back_pain", numb: "upper_back_numbness" },
  { id: "lower_back", label: "Lower back", pain: "lower_back_pain", numb: "lower_back_numbness" },
  { id: "buttock", label: "Buttock", pain: "buttock_pain", numb: "buttock_numbness" },
  { id: "hip", label: "Hip, at the side", pain: "hip_pain", numb: "hip_numbness" },
  { id: "groin", label: "Groin", pain: "groin_pain" },
  {
    id: "saddle",
    label: "Between the legs: genitals, anus, inner thighs",
    numb: "saddle_numbness",
  },
  { id: "pelvis", label: "Lower belly, pelvis", pain: "pelvic_pain" },
  { id: "trunk", label: "Chest or belly", numb: "trunk_numbness" },
  { id: "thigh", label: "Thigh", pain: "thigh_pain", numb: "thigh_numbness" },
  { id: "lower_leg", label: "Lower leg", pain: "calf_or_foot_pain", numb: "leg_numbness" },
  { id: "foot", label: "Foot", pain: "calf_or_foot_pain", numb: "foot_numbness" },
  { id: "arm", label: "Arm or hand", numb: "arm_weakness_or_numbness" },
];

const FEELINGS = { pain: "Pain", numb: "Numbness" };

/** What else somebody comes with, in the words of a patient. */
const OTHERS = {
  tingling: "Tingling, or pins and needles",
  pain_radiating_down_leg: "Pain that shoots down a leg",
  leg_weakness: "A leg that is weaker than usual",
  difficulty_walking: "Trouble walking",
};

/**
 * Build the picture and the list. `isPresent(id)` tells what is marked now; `mark(id, isPresent)`
 * is called for each change, after which the picture shows what `isPresent` tells, and `sure()`
 * after a mark in the list. A tap on the small places of the picture is easily a slip.
 */
export function anatomy(isPresent, mark, sure) {
  const picture = document.getElementById("body").content.cloneNode(true).firstElementChild;
  const brush = brushes();
  const said = element("p", { class: "soft", role: "status" });
  const boxes = [];
  const show = () => {
    for (const box of boxes) box.checked = isPresent(box.value);
    for (const zone of picture.querySelectorAll("[data-place]")) paint(zone, isPresent);
  };
  const toggle = (id, isMarked) => {
    mark(id, isMarked);
    show();
  };
  const checkbox = (id, label) => {
    const change = ({ target }) => {
      toggle(id, target.checked);
      sure();
    };
    const box = element("input", {
      type: "checkbox",
      value: id,
      onchange: change,
      "aria-label": label,
    });
    boxes.push(box);
    return box;
  };
  picture.addEventListener("click", ({ target }) => {
    const place = placeOf(target.closest("[data-place]"));
    if (!place) return;
    const feeling = brush.elements.brush.value;
    const finding = place[feeling];
    if (finding) toggle(finding, !isPresent(finding));
    said.textContent = tapped(place, feeling, finding && isPresent(finding));
  });
  const found = element(
    "div",
    { class: "where" },
    element("div", { class: "picture" }, brush, picture, said),
    element("div", {}, table(checkbox), others(checkbox)),
  );
  show();
  return found;
}

function tapped({ label }, feeling, isMarked) {
  const what = `${FEELINGS[feeling]}: ${label}`;
  if (isMarked === undefined) return `${what} cannot be marked.`;
  return isMarked ? `${what}.` : `${what} is not marked any more.`;
}

function placeOf(zone) {
  return zone && PLACES.find((place) => place.id === zone.dataset.place);
}

function paint(zone, isPresent) {
  const place = placeOf(zone);
  const marks = Object.keys(FEELINGS).filter(
    (feeling) => place[feeling] && isPresent(place[feeling]),
  );
  zone.dataset.marked = marks.length === 2 ? "both" : (marks[0] ?? "");
}

/** The choice of what a tap on the picture means; the list needs none. */
function brushes() {
  const choices = Object.entries(FEELINGS).map(([feeling, label], i) =>
    element(
      "label",
      { class: `brush ${feeling}` },
      element("input", { type: "radio", name: "brush", value: feeling, checked: i === 0 }),
      label,
    ),
  );
  return element(
    "form",
    {},
    element(
      "fieldset",
      { class: "brushes" },
      element("legend", {}, "Tap the picture to mark"),
      choices,
    ),
  );
}

function table(checkbox) {
  const rows = PLACES.map((place) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, place.label),
      Object.entries(FEELINGS).map(([feeling, label]) =>
        element(
          "td",
          {},
          place[feeling] ? checkbox(place[feeling], `${label}: ${place.label}`) : null,
        ),
      ),
    ),
  );
  const heads = Object.values(FEELINGS).map((label) => element("th", { scope: "col" }, label));
  return element(
    "table",
    { class: "places" },
    element("caption", {}, "Or mark it in this list"),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Place"), heads)),
    element("tbody", {}, rows),
  );
}

function others(checkbox) {
  const rows = Object.entries(OTHERS).map(([id, label]) =>
    element("label", { class: "tick" }, checkbox(id, label), label),
  );
  return element("fieldset", { class: "others" }, element("legend", {}, "And do you have"), rows);
}
