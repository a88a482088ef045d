/** The differential: the conditions that an answer names, as labelled bars. */

import { element, fold, note, paragraph } from "./element.js";
import { likelihood, outOf100, percent } from "./words.js";

const SIGN = "◆ ";
const SHOWN = 0.01; // rarer ones stand under a fold

/** Build the bars of an answer, the most probable first, with what the marks mean. */
export function differential({ conditions, model_ranking, prediction_set, withheld }) {
  const set = new Set(model_ranking.filter((entry) => entry.in_prediction_set).map(({ id }) => id));
  const rest = conditions.filter(({ probability }) => probability < SHOWN);
  return [
    bars(conditions.slice(0, conditions.length - rest.length), set),
    rest.length > 0 && fold(`${rest.length} more, each under 1 in 100`, bars(rest, set)),
    withheld.count > 0 && paragraph(withheldWords(withheld)),
    note([
      SIGN,
      ` marks the prediction set, for which all conditions are alike common: in ${percent(prediction_set.coverage)} of synthetic cases such a set holds the condition. A probability is one of a synthetic world, most numbers of which are assumed; it is no probability of a disease in a person.`,
    ]),
  ];
}

function withheldWords({ count, probability }) {
  const what = count === 1 ? "1 less urgent condition is" : `${count} less urgent conditions are`;
  return `${what} not listed, because a red flag comes first (together ${outOf100(probability)}).`;
}

function bars(conditions, set) {
  return element(
    "ol",
    { class: "bars" },
    conditions.map((condition) => bar(condition, set.has(condition.id))),
  );
}

function bar({ name, probability, urgency }, isInSet) {
  const fill = element("span", { class: "fill" });
  fill.style.width = `${100 * probability}%`;
  return element(
    "li",
    { "data-urgency": urgency },
    element("span", { class: "name" }, isInSet && mark(), name),
    element("span", { class: "chance" }, chance(probability)),
    element("span", { class: "percent" }, percent(probability)),
    element("span", { class: "bar", "aria-hidden": "true" }, fill),
  );
}

function chance(probability) {
  const number = outOf100(probability);
  return probability === 0 ? number : `${likelihood(probability)}, ${number}`;
}

function mark() {
  return element(
    "span",
    { class: "mark" },
    element("span", { "aria-hidden": "true" }, SIGN),
    element("span", { class: "unseen" }, "In the prediction set: "),
  );
}
