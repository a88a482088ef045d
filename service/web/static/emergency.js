/** The end of an interview that an emergency flag has brought: what to do now, and why. */

import { because, findings } from "./case.js";
import { spoken } from "./control.js";
import { button, element, list, note, paragraph, section, ways } from "./element.js";
import { level, reason } from "./level.js";

/** Build the banner, the flags that were raised, and what to tell those who help. */
export function emergency(interview) {
  const { triage, red_flags: flags } = interview.found;
  const raised = flags.raised.filter((flag) => flag.level === "emergency");
  return [
    level(triage),
    section(
      "Why",
      raised.map((flag) => reason(flag, interview, (id) => change(interview, id))),
    ),
    section("Show this to those who help you", told(interview), note(answeredAt())),
    ways(
      button("Back", () => interview.back()),
      button("Print", () => print()),
    ),
  ];
}

/** Build what stands above any other step while the answers call for emergency help. */
export function reminder(interview) {
  return element(
    "section",
    { class: "reminder", role: "alert" },
    paragraph("Your answers call for emergency help now."),
    button("Show what to do", () => interview.finish()),
  );
}

/** Build the control that changes an answer. */
export function change(interview, id) {
  return button("Change", () => interview.go({ step: "revision", id }), {
    "aria-label": `Change: ${interview.vocabulary.meaning(id)}`,
  });
}

/** Say when the answers were given, for who reads a printed page. */
export function answeredAt() {
  return `Answered on ${new Date().toLocaleString([], { dateStyle: "long", timeStyle: "short" })}.`;
}

function told({ answers, vocabulary }) {
  const meanings = (answer) =>
    findings(answers, answer, vocabulary).map((id) => vocabulary.meaning(id));
  const attributes = [...answers]
    .filter(([id, answer]) => vocabulary.attributes.has(id) && answer !== null)
    .map(([id, answer]) => {
      const { unit } = vocabulary.attributes.get(id);
      return `${vocabulary.meaning(id)}: ${spoken(answer, unit)}`;
    });
  const unknown = findings(answers, null, vocabulary)
    .filter((id) => !because(answers, id, vocabulary).length)
    .map((id) => vocabulary.meaning(id));
  return [
    list([...attributes, ...meanings(true)]),
    listed("Not present", meanings(false)),
    listed("Not known", unknown),
  ];
}

function listed(title, meanings) {
  return (
    meanings.length > 0 &&
    paragraph([element("strong", {}, `${title}: `), `${meanings.join("; ")}.`])
  );
}
