/** The emergency signs that the service has written into the page: they hold without it. */

import { because } from "./case.js";

const section = document.getElementById("signs");

/** Show the signs below whatever is shown. */
export function showSigns() {
  section.hidden = false;
}

/** Hide the signs. */
export function hideSigns() {
  section.hidden = true;
}

/**
 * Return what an answer of the service would say of a case that has a sign which is an emergency by
 * itself, null when it has none: for when the service gives none.
 */
export function alone(answers, vocabulary) {
  const isPresent = (id) => answers.get(id) === true || because(answers, id, vocabulary).length > 0;
  const raised = [...section.querySelectorAll("[data-sign]")]
    .filter(({ dataset }) => isPresent(dataset.sign))
    .map(({ dataset, textContent }) => ({
      id: dataset.sign,
      level: "emergency",
      title: textContent,
      because: [dataset.sign],
      sources: [],
    }));
  if (!raised.length) return null;
  const triage = {
    level: "emergency",
    decided_by: "red_flags",
    because: raised.map(({ id }) => id),
    advice: section.dataset.advice,
  };
  return { triage, red_flags: { raised } };
}
