/** The screening: all questions that an emergency flag still hangs on, together. */

import { because } from "./case.js";
import { UNKNOWN, isNumber, radios } from "./control.js";
import { element, heading, onward, paragraph } from "./element.js";
import { quantity } from "./quantity.js";

/** The topics under which the emergency signs are asked, by group of finding. */
const TOPICS = {
  bladder_bowel: "Bladder, bowel and sex",
  sensory: "Feeling",
  motor: "Strength and walking",
  pain: "Pain",
  systemic: "The whole body",
  risk_factor: "What came before",
  modifier: "What changes it",
  attributes: "The course of it",
};

/** Build the form; each answer is screened as soon as it is given. */
export function flags(interview, { asks }) {
  const { vocabulary } = interview;
  const controls = inTopics(asks, vocabulary).map((id) => [
    id,
    control(interview, id, () => follow(interview, controls)),
  ]);
  const fault = element("p", { class: "fault", role: "alert" });
  const submit = (event) => {
    event.preventDefault();
    const open = controls.map(([, each]) => each).filter((each) => !each.isAnswered());
    if (!open.length) return interview.advance();
    for (const each of open) each.ask("Still open.");
    fault.textContent = `${open.length} of ${controls.length} questions are still open. “${UNKNOWN}” is an answer too.`;
    open[0].querySelector("input").focus();
  };
  follow(interview, controls);
  const number = asks.length === 1 ? "One question decides" : `${asks.length} questions decide`;
  return [
    heading("Emergency signs"),
    paragraph(`${number} whether you need help at once. If you do, the page says so immediately.`),
    element(
      "form",
      { onsubmit: submit, novalidate: true },
      sections(controls, vocabulary),
      fault,
      onward(interview),
    ),
  ];
}

/** Show what follows from other answers. */
function follow({ answers, vocabulary }, controls) {
  for (const [id, each] of controls) {
    if (!each.show) continue;
    const [implying] = because(answers, id, vocabulary);
    if (implying)
      each.show(true, `Follows from your answer to “${vocabulary.question(implying)}”.`);
    else each.show(answers.get(id));
  }
}

/** Build the control of one question, of a number or of few choices. */
function control(interview, id, changed) {
  const { answers, vocabulary } = interview;
  if (isNumber(id, vocabulary)) return numeric(interview, id);
  let isTyped = false; // arrow keys pass over answers on their way to another
  const group = radios(id, vocabulary, answers.get(id), (given) => {
    interview.answer(id, given);
    changed();
    if (isTyped) interview.screenSoon();
    else interview.screen();
  });
  group.addEventListener("keydown", () => (isTyped = true));
  group.addEventListener("pointerdown", () => (isTyped = false));
  return group;
}

function numeric(interview, id) {
  const { answers, vocabulary } = interview;
  const field = quantity(id, vocabulary.question(id), vocabulary, answers.get(id));
  const unknown = element("input", {
    type: "checkbox",
    checked: answers.get(id) === null,
    "aria-label": `${UNKNOWN}: ${vocabulary.question(id)}`,
  });
  const open = element("p", { class: "fault" });
  field.append(element("label", { class: "tick" }, unknown, UNKNOWN), open);
  field.addEventListener("change", ({ target }) => {
    if (target === unknown) field.empty();
    else unknown.checked = false;
    const answer = field.tell();
    open.textContent = "";
    if (answer === undefined || (answer === null && !unknown.checked)) interview.withdraw(id);
    else interview.answer(id, answer);
    interview.screen();
  });
  field.isAnswered = () => unknown.checked || typeof field.read().answer === "number";
  field.ask = (words) => (open.textContent = words);
  return field;
}

function topic(id, vocabulary) {
  return vocabulary.findings.get(id)?.group ?? "attributes";
}

/** Return the ids in the order of the topics. */
function inTopics(ids, vocabulary) {
  return Object.keys(TOPICS).flatMap((each) => ids.filter((id) => topic(id, vocabulary) === each));
}

function sections(controls, vocabulary) {
  return Object.entries(TOPICS).map(([group, title]) => {
    const own = controls.filter(([id]) => topic(id, vocabulary) === group);
    if (!own.length) return null;
    return element(
      "section",
      { class: "topic" },
      element("h2", {}, title),
      own.map(([, each]) => each),
    );
  });
}
