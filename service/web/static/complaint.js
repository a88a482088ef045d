/** The complaint: who has it, and where. */

import { body } from "./body.js";
import { findings } from "./case.js";
import { number, radios } from "./control.js";
import { element, heading, onward } from "./element.js";

/** Age and sex, either of which may be left out. */
export function person(interview) {
  const { answers, vocabulary } = interview;
  const age = number("age_years", "How old are you?", vocabulary, answers.get("age_years"));
  const sex = radios("sex", vocabulary, answers.get("sex"), (given) =>
    interview.answer("sex", given),
  );
  const submit = (event) => {
    event.preventDefault();
    const years = age.read();
    if (years === undefined) return age.querySelector("input").focus();
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
    element(
      "p",
      {},
      "Mark every place that hurts or is numb. What you leave open counts as unknown.",
    ),
    body(isPresent, mark),
    element("form", { onsubmit: submit }, fault, onward(interview)),
  ];
}
