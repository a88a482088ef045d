/** The search among the findings of clinician mode. */

import { element } from "./element.js";

/**
 * Build the field: of `rows`, by id, those stay whose finding holds every word that is typed, and
 * of `groups` those with such a row.
 */
export function search(rows, groups, vocabulary) {
  const count = element("p", { class: "soft", role: "status" });
  const show = ({ target }) => {
    const words = target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const [id, row] of rows) row.hidden = !holds(vocabulary.findings.get(id), words);
    for (const group of groups) group.hidden = !group.querySelector("fieldset:not([hidden])");
    const shown = [...rows.values()].filter((row) => !row.hidden);
    count.textContent = words.length ? `${shown.length} of ${rows.size} findings` : "";
  };
  return element(
    "div",
    { class: "search" },
    element("label", { for: "search" }, "Search findings"),
    element("input", { type: "search", id: "search", autocomplete: "off", oninput: show }),
    count,
  );
}

function holds({ id, meaning, question, clinician = "" }, words) {
  const text = `${id} ${meaning} ${question} ${clinician}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
