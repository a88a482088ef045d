/** The end of an interview that an emergency flag has brought: what to do now, and why. */

import { findings } from "./case.js";
import { spoken } from "./control.js";
import { button, element, list, paragraph, section, ways } from "./element.js";
import { level, reason } from "./level.js";

/** Build the banner, the flags that were raised, and what to tell those who help. */
export function emergency(interview, { found }) {
  const raised = found.red_flags.raised.filter((flag) => flag.level === "emergency");
  return [
    level(found.triage),
    section(
      "Why",
      raised.map((flag) => reason(flag, interview)),
    ),
    section("Show this to those who help you", told(interview)),
    ways(
      button("Back, to correct an answer", () => interview.back()),
      button("Print", () => print()),
    ),
  ];
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
  const absent = meanings(false);
  return [
    list([...attributes, ...meanings(true)]),
    absent.length > 0 &&
      paragraph([element("strong", {}, "Not present: "), `${absent.join("; ")}.`]),
  ];
}
