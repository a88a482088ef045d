/** The level: how soon to be seen, who decided it, and by which answers. */

import { spoken } from "./control.js";
import { element, heading, list, note, paragraph } from "./element.js";
import { citations } from "./source.js";
import { LEVELS } from "./words.js";

/** The emergency numbers of some countries, for a reader who does not know the own one. */
const NUMBERS = [
  ["112", "European Union and many others"],
  ["999", "United Kingdom"],
  ["911", "United States, Canada"],
  ["000", "Australia"],
];

/** Build the full-width banner of an emergency, or the frame of a calmer level. */
export function level({ level: id, advice }) {
  if (id === "emergency") return banner(advice);
  return element(
    "section",
    { class: "level", "data-level": id },
    heading(LEVELS[id]),
    paragraph(advice),
  );
}

function banner(advice) {
  const numbers = NUMBERS.map(([digits, where]) =>
    element(
      "span",
      { class: "call" },
      element("a", { href: `tel:${digits}` }, digits),
      ` ${where}`,
    ),
  );
  return element(
    "section",
    { class: "banner", role: "alert" },
    element(
      "div",
      {},
      heading(LEVELS.emergency),
      paragraph(advice, { class: "advice" }),
      paragraph(numbers),
    ),
  );
}

/** Build the reasons of the level: who decided it, and every flag that was raised. */
export function decision(interview, { triage, red_flags: { raised }, conditions = [] }) {
  const names = conditions.filter(({ id }) => triage.because.includes(id)).map(({ name }) => name);
  const sentences = {
    red_flags: "A red-flag rule decided this, whatever the model makes of the answers:",
    model: `No rule demands more. The model decided this: not unlikely enough to be left aside is ${names.join("; ")}.`,
    incomplete_screening: "Not all emergency signs are ruled out, so it is not left to home care.",
    fallback: "No model answered and no red flag was raised, so somebody should have a look.",
  };
  return element(
    "section",
    {},
    paragraph(sentences[triage.decided_by]),
    raised.map((flag) => reason(flag, interview)),
  );
}

/** Build a raised flag: what it says, the answers that raised it, its sources. */
export function reason({ title, because, sources }, interview) {
  const answers = because.map((id) => [
    `${interview.vocabulary.question(id)} `,
    element("strong", {}, given(interview, id)),
  ]);
  const caused =
    answers.length === 1 ? "The answer that caused it:" : "The answers that caused it:";
  return element(
    "div",
    { class: "reason" },
    element("h3", {}, title),
    paragraph(caused),
    list(answers),
    note(sources.length === 1 ? "Source:" : "Sources:"),
    citations(sources),
  );
}

function given({ answers, vocabulary }, id) {
  const answer = answers.get(id) ?? true; // a finding that another one implies
  return spoken(answer, vocabulary.attributes.get(id)?.unit);
}
