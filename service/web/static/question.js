/** One question, for the first time or once more. */

import { because } from "./case.js";
import { UNKNOWN, choices, isNumber } from "./control.js";
import { button, element, heading, note, paragraph, ways } from "./element.js";
import { quantity } from "./quantity.js";

/** The question that tells the most of what is still open. */
export function question(interview, { id, left }) {
  return [
    ...asked(interview, id),
    ways(
      button("Back", () => interview.back()),
      button("Show the result now", () => interview.finish()),
    ),
    progress(left, interview.round),
  ];
}

/** A question once more, with what was answered. */
export function revision(interview, { id }) {
  return [...asked(interview, id), ways(button("Back", () => interview.back()))];
}

function asked(interview, id) {
  const { answers, vocabulary } = interview;
  const title = heading(vocabulary.question(id));
  const next = (given) => {
    interview.answer(id, given);
    interview.advance();
  };
  const [implying] = because(answers, id, vocabulary);
  if (implying) return [title, follows(vocabulary.question(implying))];
  if (isNumber(id, vocabulary)) return [title, typed(id, vocabulary, answers.get(id), next)];
  const options = choices(id, vocabulary).map(({ label, answer }) =>
    button(label, () => next(answer), { "aria-pressed": String(answers.get(id) === answer) }),
  );
  return [title, element("div", { class: "answers" }, options)];
}

function follows(other) {
  return paragraph(
    `Yes: it follows from your answer to “${other}”, which has to be changed first.`,
  );
}

function typed(id, vocabulary, given, next) {
  const field = quantity(id, vocabulary.meaning(id), vocabulary, given);
  const submit = (event) => {
    event.preventDefault();
    const answer = field.tell();
    if (answer === undefined) return field.querySelector("input").focus();
    next(answer);
  };
  return element(
    "form",
    { onsubmit: submit, novalidate: true },
    field,
    ways(
      element("button", { class: "primary" }, "Next"),
      button(UNKNOWN, () => next(null)),
    ),
  );
}

function progress(left, round) {
  const words =
    left === 1
      ? "The last question of this round"
      : `At most ${left} more questions, fewer if they tell nothing new`;
  return element(
    "div",
    { class: "progress" },
    element("label", { for: "progress" }, words),
    element("progress", { id: "progress", max: round, value: round - left }),
    note("You can see the result at any time."),
  );
}
