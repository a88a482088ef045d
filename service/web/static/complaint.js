/** The complaint: who has it, and where. */

import { anatomy } from "./anatomy.js";
import { findings } from "./case.js";
import { radios } from "./control.js";
import { element, heading, note, onward, paragraph } from "./element.js";
import { quantity } from "./quantity.js";

const NOTHING =
  "Nothing is marked. Mark at least one place or complaint: this service knows only a numb, painful or weak back, buttock or leg.";

/** Age and sex, either of which may be left out. */
export function person(interview) {
  const { answers, vocabulary } = interview;
  const age = quantity("age_years", "How old are you?", vocabulary, answers.get("age_years"));
  const sex = radios("sex", vocabulary, answers.get("sex"), (given) =>
    interview.answer("sex", given),
  );
  const submit = (event) => {
    event.preventDefault();
    const years = age.tell();
    if (years === undefined) return age.querySelector("input").focus();
    interview.answer("age_years", years);
    interview.go({ step: "place" });
  };
  return [
    heading("About you"),
    note("Both help to tell causes apart. You may leave them open."),
    element("form", { onsubmit: submit, novalidate: true }, age, sex, onward(interview)),
  ];
}

/** The main complaint, on the picture of a body or in the list beside it. */
export function place(interview, { isEmpty }) {
  const { vocabulary } = interview;
  const fault = element("p", { class: "fault", role: "alert" }, isEmpty && NOTHING);
  const isPresent = (id) => interview.answers.get(id) === true;
  const mark = (id, isMarked) => {
    if (isMarked) interview.answer(id, true);
    else interview.withdraw(id);
    interview.screenSoon();
    fault.textContent = "";
  };
  const submit = (event) => {
    event.preventDefault();
    if (findings(interview.answers, true, vocabulary).length) return interview.advance();
    fault.textContent = NOTHING;
  };
  return [
    heading("Where is it?"),
    paragraph("Mark every place that hurts or is numb. What you leave open counts as unknown."),
    anatomy(isPresent, mark, () => interview.screen()),
    element("form", { onsubmit: submit }, fault, onward(interview)),
  ];
}
