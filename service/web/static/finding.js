/** A finding in clinician mode: what it means, and a toggle of its three states. */

import { because } from "./case.js";
import { element } from "./element.js";

const STATES = [
  { label: "Present", value: "present", answer: true },
  { label: "Absent", value: "absent", answer: false },
  { label: "Unknown", value: "unknown", answer: undefined },
];

/**
 * Build the row of a finding. It has `show()`, after which it shows what the clinician has stated,
 * or that another finding decides it.
 */
export function finding({ id, clinician: method = "" }, clinician) {
  const note = element("p", { class: "soft", id: `note-of-${id}` });
  const toggles = STATES.map(({ label, value, answer }) => {
    const change = () => clinician.state(id, answer);
    const input = element("input", { type: "radio", name: `state-${id}`, value, onchange: change });
    return {
      answer,
      input,
      node: element("label", { class: "state" }, input, element("span", {}, label)),
    };
  });
  const row = element(
    "fieldset",
    { class: "row", "aria-describedby": note.id },
    element("legend", {}, clinician.vocabulary.meaning(id)),
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
      input.checked = answer === (implying ? true : (clinician.answers.get(id) ?? undefined));
      input.disabled = Boolean(implying);
    }
    note.textContent = implying
      ? `Follows from: ${clinician.vocabulary.meaning(implying)}`
      : method;
  };
  return row;
}
