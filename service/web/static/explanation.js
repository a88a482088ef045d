/** The explanation: what each answer does to the leading conditions, for and against. */

import { spoken } from "./control.js";
import { element, list, note, section } from "./element.js";

const MOST = 5; // reasons on each side that are shown
const LEAST = 0.05; // of log-odds: what is less would be shown as 0.0

/** Build the section, for an answer with an explanation. */
export function explained(interview, { explanation, conditions }) {
  const of = (id) => explanation.filter(({ condition }) => condition === id);
  const leading = conditions.filter(({ id }) => of(id).length);
  return section(
    "Why the model ranks them so",
    note(
      "What each answer adds to the log-odds of a condition, or takes from them; 1 multiplies the odds by 2.7.",
    ),
    element(
      "div",
      { class: "reasons" },
      leading.map(({ id, name }) => moved(interview, name, of(id))),
    ),
  );
}

function moved(interview, name, reasons) {
  const side = (title, sign) => {
    const own = reasons
      .filter(({ weight }) => sign * weight >= LEAST)
      .toSorted((one, other) => sign * (other.weight - one.weight))
      .slice(0, MOST);
    const shown = own.map((each) => weighed(interview, each));
    return [element("h4", {}, title), own.length ? list(shown) : note("nothing")];
  };
  return element("div", {}, element("h3", {}, name), side("For", 1), side("Against", -1));
}

function weighed({ answers, vocabulary }, { stated, weight }) {
  const answer = spoken(answers.get(stated), vocabulary.attributes.get(stated)?.unit);
  const number = `${weight > 0 ? "+" : "−"}${Math.abs(weight).toFixed(1)}`;
  return [
    `${vocabulary.meaning(stated)}: ${answer} `,
    element("span", { class: "weight" }, number),
  ];
}
