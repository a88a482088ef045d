/** The result: how soon to be seen, what it could be and why, what is open, what the sources say. */

import { because } from "./case.js";
import { care } from "./care.js";
import { spoken } from "./control.js";
import { differential } from "./differential.js";
import { button, element, fold, list, note, paragraph, section, ways } from "./element.js";
import { answeredAt, change } from "./emergency.js";
import { explained } from "./explanation.js";
import { level, reason } from "./level.js";

/** Build the result of an interview. */
export function result(interview) {
  const { found } = interview;
  const isOpen = found.red_flags.not_screened.length > 0;
  return [
    level(found.triage),
    decision(found),
    ...flags(interview, found),
    note([found.notice, " ", answeredAt()]),
    isOpen && unscreened(interview, found),
    section("What it could be", causes(found)),
    found.explanation?.length > 0 && explained(interview, found),
    open(interview),
    care(interview, found),
    given(interview),
    onward(interview, found),
  ].filter(Boolean);
}

function decision({ triage, red_flags: { not_screened: unknown }, conditions = [] }) {
  const names = conditions.filter(({ id }) => triage.because.includes(id)).map(({ name }) => name);
  const ruled = unknown.length ? "No rule was raised so far" : "No rule demands more";
  const sentences = {
    red_flags: "A red-flag rule decided this, whatever the model makes of the answers.",
    model: `${ruled}. The model decided this: ${names.join("; ")} cannot be left aside.`,
    incomplete_screening: "Not all emergency signs are ruled out, so it is not left to home care.",
    fallback: "No model answered and no red flag was raised, so somebody should have a look.",
  };
  return paragraph(sentences[triage.decided_by]);
}

/** Build the raised flags: those of the level, and apart from them the lower ones. */
function flags(interview, { triage, red_flags: { raised } }) {
  const shown = (title, own) =>
    own.length > 0 &&
    section(
      title,
      own.map((flag) => reason(flag, interview, (id) => change(interview, id))),
    );
  return [
    shown(
      "What decided it",
      raised.filter((flag) => flag.level === triage.level),
    ),
    shown(
      "Other flags that were raised",
      raised.filter((flag) => flag.level !== triage.level),
    ),
  ];
}

/** Build what could still be an emergency, for the answers do not tell. */
function unscreened({ answers, vocabulary }, { red_flags: { not_screened: rules } }) {
  const ids = new Set(rules.flatMap(({ ask }) => ask));
  const isSign = (id) => (vocabulary.findings.get(id)?.group ?? "exam") !== "exam";
  const isAlone = (id) => rules.some(({ ask }) => ask.length === 1 && ask[0] === id);
  const able = [...ids].filter(isSign);
  const first = able.filter(isAlone);
  const rest = able.filter((id) => !isAlone(id) && answers.get(id) === null);
  const signs = [...first, ...rest].map((id) => vocabulary.meaning(id));
  const advice = signs.length
    ? "If you find one of these signs, get help at once."
    : "A doctor who examines you can rule them out.";
  return element(
    "section",
    { class: "level", "data-level": "urgent" },
    element("h2", {}, "Not ruled out"),
    paragraph(`Your answers leave ${rules.length} of the emergency rules open. ${advice}`),
    list(signs),
  );
}

function causes(found) {
  if (found.degraded) {
    return paragraph("The model is not available. The red flags alone have screened your answers.");
  }
  const isVague = found.information === "insufficient";
  const vague = "The answers fit more than half of all conditions: take the order below lightly.";
  return [isVague && paragraph(vague), differential(found)];
}

function open(interview) {
  const { answers, found, vocabulary } = interview;
  const unknown = [...answers.keys()].filter(
    (id) => answers.get(id) === null && !because(answers, id, vocabulary).length,
  );
  const screened =
    "Your answers rule out every emergency rule of this service, as far as an interview can.";
  const meanings = list(unknown.map((id) => vocabulary.meaning(id)));
  return section(
    "What is still open",
    !found.red_flags.not_screened.length && paragraph(screened),
    paragraph(
      "An interview sees and examines nothing: reflexes, strength, feeling and pulses take a doctor.",
    ),
    interview.hasMore() &&
      paragraph("More questions could still tell the causes apart; you can answer them below."),
    unknown.length > 0 && fold(`You did not know (${unknown.length})`, meanings),
  );
}

function given(interview) {
  const { answers, vocabulary } = interview;
  const rows = [...answers].map(([id, answer]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, vocabulary.question(id)),
      element("td", {}, spoken(answer, vocabulary.attributes.get(id)?.unit)),
      element("td", {}, change(interview, id)),
    ),
  );
  const caption = element("caption", { class: "unseen" }, "Your answers");
  return fold(
    `Your ${rows.length} answers`,
    element("table", { class: "given" }, caption, element("tbody", {}, rows)),
  );
}

function onward(interview, found) {
  const content = JSON.stringify({ request: interview.request(), answer: found }, null, 2);
  const more = `Answer up to ${interview.round} more questions`;
  return ways(
    button("Back", () => interview.back()),
    interview.hasMore() && button(more, () => interview.more()),
    button("Print", () => print()),
    button("Download as JSON", () => download("cauda-result.json", content)),
    button("Start again", () => interview.begin()),
  );
}

function download(name, content) {
  const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser may still be reading it
}
