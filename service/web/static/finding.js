/** A finding in clinician mode: what it means, and a toggle of its three states. */

import { because } from "./case.js";
import { element } from "./element.js";

const STATES = [
  { label: "Present", answer: true },
  { label: "Absent", answer: false },
  { label: "Unknown", answer: undefined },
];

/**
 * Build the row of a finding. It has `show()`, after which it shows what the clinician has stated,
 * or that another finding decides it.
 */
export function finding({ id, meaning, clinician: method = "" }, clinician) {
  const note = element("p", { class: "soft" });
  const toggles = STATES.map(({ label, answer }) => {
    const change = () => clinician.state(id, answer);
    const input = element("input", { type: "radio", name: `state-${id}`, onchange: change });
    return {
      answer,
      input,
      node: element("label", { class: "state" }, input, element("span", {}, label)),
    };
  });
  const row = element(
    "fieldset",
    { class: "row" },
    element("legend", {}, meaning),
    element(
      "div",
      { class: "states" },
      toggles.map(({ node }) => node),
    ),
    note,
  );
  row.show = () => {
    const [implying] = because(clinician.answers, id, clinician.vocabulary);
    for (const { answer, input } of toggles) {
      input.checked = answer === (implying ? true : clinician.answers.get(id));
      input.disabled = Boolean(implying);
    }
    note.textContent = implying
      ? `Follows from: ${clinician.vocabulary.meaning(implying)}`
      : method;
  };
  return row;
}
