/** The level: how soon to be seen, who decided it, and by which answers. */

import { because } from "./case.js";
import { spoken } from "./control.js";
import { element, heading, list, note, paragraph } from "./element.js";
import { citations } from "./source.js";
import { LEVELS } from "./words.js";

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
  const numbers = document.getElementById("numbers").content.cloneNode(true);
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

/**
 * Build a raised flag: what it says, the answers that raised it, its sources. `said` holds answers
 * and vocabulary; `change`, where there is one, makes the control that changes an answer.
 */
export function reason({ title, because: ids, sources }, said, change = () => null) {
  const answers = ids.map((id) => answer(id, said, change));
  return element(
    "div",
    { class: "reason" },
    element("h3", {}, title),
    paragraph(ids.length === 1 ? "The answer that caused it:" : "The answers that caused it:"),
    list(answers),
    sources.length > 0 && note(sources.length === 1 ? "Source:" : "Sources:"),
    citations(sources),
  );
}

/** Build an answer of a flag; one that follows from another is changed there. */
function answer(id, { answers, vocabulary }, change) {
  const isOpen = (answers.get(id) ?? null) === null;
  const [implying] = isOpen ? because(answers, id, vocabulary) : [];
  const given = implying ? true : answers.get(id);
  return [
    `${vocabulary.question(id)} `,
    element("strong", {}, spoken(given, vocabulary.attributes.get(id)?.unit)),
    " ",
    change(implying ?? id),
  ];
}
