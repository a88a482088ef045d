/** One question, for the first time or once more. */

import { because } from "./case.js";
import { UNKNOWN, choices, isNumber, number } from "./control.js";
import { button, element, heading, ways } from "./element.js";

/** The question that tells the most of what is still open. */
export function question(interview, { id, left, found }) {
  return [
    progress(left, interview.round, found),
    ...asked(interview, id),
    ways(
      button("Back", () => interview.back()),
      button("Show the result now", () => interview.finish()),
    ),
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
  // The second of two quick clicks would answer the question that the first has brought.
  const options = choices(id, vocabulary).map(({ label, answer }) =>
    button(label, ({ detail }) => detail < 2 && next(answer), {
      "aria-pressed": String(answers.get(id) === answer),
    }),
  );
  return [title, element("div", { class: "answers" }, options)];
}

function follows(other) {
  const text = `Yes: it follows from your answer to “${other}”, which has to be changed first.`;
  return element("p", {}, text);
}

function typed(id, vocabulary, given, next) {
  const field = number(id, vocabulary.meaning(id), vocabulary, given);
  const submit = (event) => {
    event.preventDefault();
    const value = field.read();
    if (value === undefined) return field.querySelector("input").focus();
    next(value);
  };
  const form = element(
    "form",
    { onsubmit: submit, novalidate: true },
    field,
    ways(
      element("button", { class: "primary" }, "Next"),
      button(UNKNOWN, () => next(null)),
    ),
  );
  return form;
}

function progress(left, round, { prediction_set: set, model_ranking: ranking }) {
  const open = set && `${set.size} of ${ranking.length} conditions are still in question. `;
  return element(
    "div",
    { class: "progress" },
    element(
      "label",
      { for: "progress" },
      left === 1
        ? "The last question of this round"
        : `At most ${left} more questions, fewer if they tell nothing new`,
    ),
    element("progress", { id: "progress", max: round, value: round - left }),
    element("p", { class: "soft" }, open, "You can see the result at any time."),
  );
}
