/** The steps of the interview before its end: each returns what the page shows. */

import { body } from "./body.js";
import { because, findings } from "./case.js";
import { UNKNOWN, choices, isNumber, number, radios } from "./control.js";
import { button, element } from "./element.js";

/** The topics under which the emergency signs are asked, by group of finding. */
const TOPICS = {
  bladder_bowel: "Bladder, bowel and sex",
  sensory: "Feeling",
  motor: "Strength and walking",
  pain: "Pain",
  systemic: "The whole body",
  risk_factor: "What came before",
  modifier: "What changes it",
  attributes: "The course of it",
};

/** Age and sex, either of which may be left out. */
export function person(interview) {
  const { answers, vocabulary } = interview;
  const age = number("age_years", "How old are you?", vocabulary, answers.get("age_years"));
  const sex = radios("sex", vocabulary, answers.get("sex"), (given) => interview.answer("sex", given));
  const submit = (event) => {
    event.preventDefault();
    const years = age.read();
    if (years === undefined) return focusFirstFault(form);
    interview.answer("age_years", years);
    interview.go({ step: "place" });
  };
  const form = element("form", { onsubmit: submit, novalidate: true }, age, sex, onward(interview));
  return [
    heading("About you"),
    element("p", { class: "soft" }, "Both help to tell causes apart. You may leave them open."),
    form,
  ];
}

/** The main complaint, on the picture of a body or in the list beside it. */
export function place(interview) {
  const { vocabulary } = interview;
  const isPresent = (id) => interview.answers.get(id) === true;
  const mark = (id, isMarked) => {
    if (isMarked) interview.answer(id, true);
    else interview.withdraw(id);
    interview.screen();
  };
  const fault = element("p", { class: "fault", role: "alert" });
  const submit = (event) => {
    event.preventDefault();
    if (findings(interview.answers, true, vocabulary).length) return interview.advance();
    fault.textContent =
      "Nothing is marked. Mark at least one place or complaint: this service knows only a numb, painful or weak back, buttock or leg.";
  };
  return [
    heading("Where is it?"),
    element("p", {}, "Mark every place that hurts or is numb. What you leave open counts as unknown."),
    body(isPresent, mark),
    element("form", { onsubmit: submit }, fault, onward(interview)),
  ];
}

/** All questions that an emergency flag still hangs on, together. */
export function flags(interview, { asks }) {
  const { vocabulary } = interview;
  const controls = new Map(asks.map((id) => [id, screened(interview, id, () => follow())]));
  const follow = () => {
    for (const [id, control] of controls) {
      if (!control.show) continue;
      const reasons = because(interview.answers, id, vocabulary);
      const why = reasons.map((other) => `“${vocabulary.question(other)}”`).join(" and ");
      control.show(...(why ? [true, `Follows from your answer to ${why}.`] : [interview.answers.get(id)]));
    }
  };
  const fault = element("p", { class: "fault", role: "alert" });
  const submit = (event) => {
    event.preventDefault();
    const open = [...controls.values()].filter((control) => !control.isAnswered());
    if (!open.length) return interview.advance();
    fault.textContent = `${open.length} of ${controls.size} questions are still open. “${UNKNOWN}” is an answer too.`;
    open[0].querySelector("input").focus();
  };
  follow();
  return [
    heading("Emergency signs"),
    element(
      "p",
      {},
      `${asks.length === 1 ? "One question" : `${asks.length} questions`} that an emergency still hangs on. If an answer needs help at once, the page says so immediately.`,
    ),
    element("form", { class: "signs", onsubmit: submit, novalidate: true }, topics(controls, vocabulary), fault, onward(interview)),
  ];
}

/** The question that tells the most of what is still open. */
export function question(interview, { id, left, found }) {
  return [
    progress(left, interview.round, found),
    ...asked(interview, id),
    element(
      "p",
      { class: "ways" },
      button("Back", () => interview.back()),
      button("Show the result now", () => interview.finish()),
    ),
  ];
}

/** A question once more, with what was answered. */
export function revision(interview, { id }) {
  return [...asked(interview, id), element("p", { class: "ways" }, button("Back", () => interview.back()))];
}

/** The heading of a step, which gets the focus when the step is shown. */
export function heading(text) {
  return element("h1", { tabindex: -1 }, text);
}

function asked(interview, id) {
  const { answers, vocabulary } = interview;
  const [reason] = because(answers, id, vocabulary).map((other) => vocabulary.question(other));
  const next = (given) => {
    interview.answer(id, given);
    interview.advance();
  };
  if (reason) {
    return [heading(vocabulary.question(id)), element("p", {}, `Yes: it follows from your answer to “${reason}”, which has to be changed first.`)];
  }
  if (isNumber(id, vocabulary)) return [heading(vocabulary.question(id)), numberAsked(id, vocabulary, answers.get(id), next)];
  const options = choices(id, vocabulary).map(({ label, answer }) =>
    button(label, () => next(answer), { "aria-pressed": String(answers.get(id) === answer) }),
  );
  return [heading(vocabulary.question(id)), element("div", { class: "answers" }, options)];
}

function numberAsked(id, vocabulary, given, next) {
  const field = number(id, vocabulary.meaning(id), vocabulary, given);
  const submit = (event) => {
    event.preventDefault();
    const value = field.read();
    if (value === undefined) return focusFirstFault(form);
    next(value);
  };
  const form = element(
    "form",
    { onsubmit: submit, novalidate: true },
    field,
    element("p", { class: "ways" }, element("button", { class: "primary" }, "Next"), button(UNKNOWN, () => next(null))),
  );
  return form;
}

/** Build the control of one emergency question, which answers as soon as it is touched. */
function screened(interview, id, follow) {
  const { answers, vocabulary } = interview;
  if (!isNumber(id, vocabulary)) {
    return radios(id, vocabulary, answers.get(id), (given) => {
      interview.answer(id, given);
      interview.screen();
      follow();
    });
  }
  const take = (value) => {
    if (value === undefined) return;
    interview.answer(id, value);
    interview.screen();
  };
  const field = number(id, vocabulary.question(id), vocabulary, answers.get(id), () => {
    unknown.checked = false;
    take(field.read());
  });
  const unknown = element("input", {
    type: "checkbox",
    checked: answers.get(id) === null,
    onchange: () => {
      field.querySelector("input").value = "";
      take(field.read());
    },
  });
  field.append(element("label", { class: "tick" }, unknown, UNKNOWN));
  field.isAnswered = () => unknown.checked || typeof field.read() === "number";
  return field;
}

function topics(controls, vocabulary) {
  return Object.entries(TOPICS).map(([group, title]) => {
    const own = [...controls].filter(([id]) => (vocabulary.findings.get(id)?.group ?? "attributes") === group);
    if (!own.length) return null;
    return element("section", { class: "topic" }, element("h2", {}, title), own.map(([, control]) => control));
  });
}

function progress(left, round, { prediction_set: set, model_ranking: ranking }) {
  const open = set && `${set.size} of ${ranking.length} conditions are still in question. `;
  return element(
    "div",
    { class: "progress" },
    element("label", { for: "progress" }, left === 1 ? "The last question of this round" : `At most ${left} more questions, fewer if they tell nothing new`),
    element("progress", { id: "progress", max: round, value: round - left }),
    element("p", { class: "soft" }, open, "You can see the result at any time."),
  );
}

function onward(interview) {
  return element(
    "p",
    { class: "ways" },
    button("Back", () => interview.back()),
    element("button", { class: "primary" }, "Continue"),
  );
}

function focusFirstFault(form) {
  form.querySelector('[aria-invalid="true"]').focus();
}
