/** The end of an interview that an emergency flag has brought: what to do now, and why. */

import { findings } from "./case.js";
import { spoken } from "./control.js";
import { button, element, list } from "./element.js";
import { citations } from "./source.js";
import { heading } from "./step.js";
import { LEVELS } from "./words.js";

/** The emergency numbers of some countries, for a reader who does not know the own one. */
const NUMBERS = [
  ["112", "European Union and many others"],
  ["999", "United Kingdom"],
  ["911", "United States, Canada"],
  ["000", "Australia"],
];

/** Build the banner, the flags that were raised, and what to tell those who help. */
export function emergency(interview, { found }) {
  const raised = found.red_flags.raised.filter(({ level }) => level === "emergency");
  return [
    banner(found.triage),
    element("section", {}, element("h2", {}, "Why"), raised.map((flag) => reason(flag, interview))),
    element("section", {}, element("h2", {}, "Show this to those who help you"), told(interview)),
    element(
      "p",
      { class: "ways" },
      button("Back, to correct an answer", () => interview.back()),
      button("Print", () => print()),
    ),
  ];
}

/** Build the full-width banner of an emergency. */
export function banner({ advice }) {
  return element(
    "section",
    { class: "banner", role: "alert" },
    element(
      "div",
      {},
      heading(LEVELS.emergency),
      element("p", { class: "advice" }, advice),
      element("p", {}, NUMBERS.map(([digits, where]) => call(digits, where))),
    ),
  );
}

function call(digits, where) {
  return element("span", { class: "call" }, element("a", { href: `tel:${digits}` }, digits), ` ${where}`);
}

/** Build a raised flag: what it says, the answers that raised it, its sources. */
export function reason({ title, because, sources }, interview) {
  const answers = because.map((id) => [`${interview.vocabulary.question(id)} `, element("strong", {}, given(interview, id))]);
  return element(
    "div",
    { class: "reason" },
    element("h3", {}, title),
    element("p", {}, because.length === 1 ? "The answer that caused it:" : "The answers that caused it:"),
    list(answers),
    citations(sources),
  );
}

function given({ answers, vocabulary }, id) {
  const answer = answers.get(id) ?? true; // a finding that another one implies
  return spoken(answer, vocabulary.attributes.get(id)?.unit);
}

function told({ answers, vocabulary }) {
  const attributes = [...answers]
    .filter(([id, answer]) => vocabulary.attributes.has(id) && answer !== null)
    .map(([id, answer]) => `${vocabulary.meaning(id)}: ${spoken(answer, vocabulary.attributes.get(id).unit)}`);
  const present = findings(answers, true, vocabulary).map((id) => vocabulary.meaning(id));
  const absent = findings(answers, false, vocabulary).map((id) => vocabulary.meaning(id));
  return [
    list([...attributes, ...present]),
    absent.length > 0 && element("p", {}, element("strong", {}, "Not present: "), `${absent.join("; ")}.`),
  ];
}
