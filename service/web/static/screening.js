/** The screening: all questions that an emergency flag still hangs on, together. */

import { because } from "./case.js";
import { UNKNOWN, isNumber, number, radios } from "./control.js";
import { element, heading, onward } from "./element.js";

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

/** All questions that an emergency flag still hangs on, together. */
export function flags(interview, { asks }) {
  const { vocabulary } = interview;
  const controls = new Map(asks.map((id) => [id, screened(interview, id, () => follow())]));
  const follow = () => {
    for (const [id, control] of controls) {
      if (!control.show) continue;
      const reasons = because(interview.answers, id, vocabulary);
      const why = reasons.map((other) => `“${vocabulary.question(other)}”`).join(" and ");
      control.show(
        ...(why ? [true, `Follows from your answer to ${why}.`] : [interview.answers.get(id)]),
      );
    }
  };
  const fault = element("p", { class: "fault", role: "alert" });
  const submit = (event) => {
    event.preventDefault();
    const open = [...controls.values()].filter((control) => !control.isAnswered());
    if (!open.length) return interview.advance();
    fault.textContent = `${open.length} of ${controls.size} questions are still open. “${UNKNOWN}” is an answer too.`;
    open[0].querySelector("input").focus();
  };
  follow();
  return [
    heading("Emergency signs"),
    element(
      "p",
      {},
      `${asks.length === 1 ? "One question" : `${asks.length} questions`} that an emergency still hangs on. If an answer needs help at once, the page says so immediately.`,
    ),
    element(
      "form",
      { class: "signs", onsubmit: submit, novalidate: true },
      topics(controls, vocabulary),
      fault,
      onward(interview),
    ),
  ];
}

/** Build the control of one emergency question, which answers as soon as it is touched. */
function screened(interview, id, follow) {
  const { answers, vocabulary } = interview;
  if (!isNumber(id, vocabulary)) {
    return radios(id, vocabulary, answers.get(id), (given) => {
      interview.answer(id, given);
      interview.screen();
      follow();
    });
  }
  const take = (value) => {
    if (value === undefined) return;
    interview.answer(id, value);
    interview.screen();
  };
  const field = number(id, vocabulary.question(id), vocabulary, answers.get(id), () => {
    unknown.checked = false;
    take(field.read());
  });
  const unknown = element("input", {
    type: "checkbox",
    checked: answers.get(id) === null,
    onchange: () => {
      field.querySelector("input").value = "";
      take(field.read());
    },
  });
  field.append(element("label", { class: "tick" }, unknown, UNKNOWN));
  field.isAnswered = () => unknown.checked || typeof field.read() === "number";
  return field;
}

function topics(controls, vocabulary) {
  return Object.entries(TOPICS).map(([group, title]) => {
    const own = [...controls].filter(
      ([id]) => (vocabulary.findings.get(id)?.group ?? "attributes") === group,
    );
    if (!own.length) return null;
    return element(
      "section",
      { class: "topic" },
      element("h2", {}, title),
      own.map(([, control]) => control),
    );
  });
}
