/** Controls for an answer of few choices. */

import { element } from "./element.js";

export const UNKNOWN = "Don't know";

/** The values of attributes as a patient says them; others are written as they are. */
const VALUES = {
  both: "both sides equally",
  both_one_worse: "both sides, one is worse",
  persistent: "there all the time",
  intermittent: "they come and go",
  stable: "staying the same",
  gradual: "gradually",
  sudden: "suddenly",
  worsening: "getting worse",
  improving: "getting better",
};

let serial = 0; // of the groups, for ids of their own

/** Return the choices for a finding or an attribute of few values, each with its label. */
export function choices(id, vocabulary) {
  const attribute = vocabulary.attributes.get(id);
  const known = attribute
    ? attribute.values.map((value) => ({ label: spoken(value), answer: value }))
    : [
        { label: "Yes", answer: true },
        { label: "No", answer: false },
      ];
  return [...known, { label: id === "sex" ? "Rather not say" : UNKNOWN, answer: null }];
}

/** Tell whether the answer is a number. */
export function isNumber(id, vocabulary) {
  return vocabulary.attributes.get(id)?.type === "number";
}

/** Write an answer as a patient says it. */
export function spoken(answer, unit = "") {
  if (answer === null) return UNKNOWN.toLowerCase();
  if (typeof answer === "boolean") return answer ? "yes" : "no";
  if (typeof answer === "number") return `${answer} ${unit}`.trim();
  return VALUES[answer] ?? answer.replaceAll("_", " ");
}

/**
 * Build a group of radio buttons. `given` is the answer so far, undefined for none, and `answer`
 * is called with each new one. The element has `show(answer, why)`, which sets it from outside and
 * with a reason lets nobody change it, `isAnswered()`, and `ask(words)`, which says what is missing.
 */
export function radios(id, vocabulary, given, answer) {
  serial += 1;
  const note = element("p", { class: "soft", id: `note-${serial}` });
  const options = choices(id, vocabulary).map((choice) => option(id, choice, answer));
  const group = element(
    "fieldset",
    { class: "ask", "aria-describedby": note.id },
    element("legend", {}, vocabulary.question(id)),
    element(
      "div",
      { class: "options" },
      options.map(({ label }) => label),
    ),
    note,
  );
  const say = (words, kind) => {
    note.textContent = words;
    note.className = kind;
  };
  group.show = (now, why = "") => {
    for (const { choice, input } of options) {
      input.checked = choice.answer === now;
      input.disabled = why !== "";
    }
    say(why, "soft");
  };
  group.isAnswered = () => options.some(({ input }) => input.checked);
  group.ask = (words) => say(words, "fault");
  group.show(given);
  return group;
}

function option(name, choice, answer) {
  const change = () => answer(choice.answer);
  const input = element("input", { type: "radio", name, onchange: change });
  const label = element("label", { class: "option" }, input, element("span", {}, choice.label));
  return { choice, input, label };
}
