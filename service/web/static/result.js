/** The result: how soon to be seen, what it could be and why, what is open, what the sources say. */

import { care } from "./care.js";
import { spoken } from "./control.js";
import { differential } from "./differential.js";
import { button, element, list } from "./element.js";
import { banner, reason } from "./emergency.js";
import { heading } from "./step.js";
import { LEVELS } from "./words.js";

const MOST = 5; // reasons for or against a condition that are shown
const LEAST = 0.05; // of log-odds: what is less is shown as 0.0

/** Build the result of an interview. */
export function result(interview, { found, hasMore }) {
  return [
    level(found),
    element("p", { class: "notice" }, found.notice),
    decision(interview, found),
    element("section", {}, element("h2", {}, "What it could be"), causes(found)),
    found.explanation?.length > 0 && why(interview, found),
    open(interview, found, hasMore),
    care(interview, found),
    given(interview),
    ways(interview, found, hasMore),
  ].filter(Boolean);
}

function level({ triage }) {
  if (triage.level === "emergency") return banner(triage);
  return element(
    "section",
    { class: "level", "data-level": triage.level },
    heading(LEVELS[triage.level]),
    element("p", {}, triage.advice),
  );
}

function decision(interview, { triage, red_flags: { raised }, conditions = [] }) {
  const names = conditions.filter(({ id }) => triage.because.includes(id)).map(({ name }) => name);
  const sentences = {
    red_flags: "A red-flag rule decided this, whatever the model makes of the answers:",
    model: `No rule demands more. The model decided this: not unlikely enough to be left aside is ${names.join("; ")}.`,
    incomplete_screening: "Not all emergency signs are ruled out, so it is not left to home care.",
    fallback: "No model answered and no red flag was raised, so somebody should have a look.",
  };
  return element(
    "section",
    {},
    element("p", {}, sentences[triage.decided_by]),
    raised.map((flag) => reason(flag, interview)),
  );
}

function causes(found) {
  if (found.degraded) {
    return element("p", {}, "The model is not available. The red flags alone have screened your answers.");
  }
  const isVague = found.information === "insufficient";
  return [
    isVague && element("p", { class: "vague" }, "The answers fit more than half of all conditions: take the order below lightly."),
    differential(found),
  ];
}

function why(interview, { explanation, conditions }) {
  const leading = [...new Set(explanation.map(({ condition }) => condition))];
  const ordered = conditions.filter(({ id }) => leading.includes(id));
  return element(
    "section",
    {},
    element("h2", {}, "Why the model ranks them so"),
    element("p", { class: "soft" }, "What each answer adds to the log-odds of a condition, or takes from them; 1 multiplies the odds by 2.7."),
    element("div", { class: "reasons" }, ordered.map(({ id, name }) => moved(interview, name, explanation.filter(({ condition }) => condition === id)))),
  );
}

function moved(interview, name, reasons) {
  const side = (title, own) => [
    element("h4", {}, title),
    own.length ? list(own.slice(0, MOST).map((each) => weighed(interview, each))) : element("p", { class: "soft" }, "nothing"),
  ];
  const against = reasons.filter(({ weight }) => weight <= -LEAST).reverse(); // the strongest first
  return element("div", {}, element("h3", {}, name), side("For", reasons.filter(({ weight }) => weight >= LEAST)), side("Against", against));
}

function weighed({ answers, vocabulary }, { stated, weight }) {
  const answer = spoken(answers.get(stated), vocabulary.attributes.get(stated)?.unit);
  const number = `${weight > 0 ? "+" : "−"}${Math.abs(weight).toFixed(1)}`;
  return [`${vocabulary.meaning(stated)}: ${answer} `, element("span", { class: "weight" }, number)];
}

function open({ answers, vocabulary }, { red_flags: { not_screened: unscreened } }, hasMore) {
  const unknown = [...answers].filter(([, answer]) => answer === null).map(([id]) => id);
  const asked = new Set(unscreened.flatMap(({ ask }) => ask));
  const screening = [...asked].filter((id) => !unknown.includes(id));
  const fold = (title, ids) =>
    ids.length > 0 &&
    element("details", {}, element("summary", {}, `${title} (${ids.length})`), list(ids.map((id) => vocabulary.meaning(id))));
  return element(
    "section",
    {},
    element("h2", {}, "What was not asked"),
    element("p", {}, openWords(unscreened.length)),
    hasMore && element("p", {}, "More questions could still tell the causes apart; you can answer them below."),
    fold("You did not know", unknown),
    fold("Not known, and part of an emergency sign", screening),
  );
}

function openWords(number) {
  const rest = "An interview sees and examines nothing: reflexes, strength, feeling and pulses take a doctor.";
  if (!number) return `Every emergency sign that this service knows was asked for. ${rest}`;
  return `${number} of the emergency rules could not be ruled out by your answers. ${rest}`;
}

function given(interview) {
  const { answers, vocabulary } = interview;
  const rows = [...answers].map(([id, answer]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, vocabulary.question(id)),
      element("td", {}, spoken(answer, vocabulary.attributes.get(id)?.unit)),
      element("td", {}, button("Change", () => interview.go({ step: "revision", id }), { "aria-label": `Change: ${vocabulary.meaning(id)}` })),
    ),
  );
  return element(
    "details",
    { class: "given" },
    element("summary", {}, `Your ${rows.length} answers`),
    element("table", {}, element("caption", { class: "unseen" }, "Your answers"), element("tbody", {}, rows)),
  );
}

function ways(interview, found, hasMore) {
  const content = JSON.stringify({ request: interview.request(), answer: found }, null, 2);
  return element(
    "p",
    { class: "ways" },
    button("Back", () => interview.back()),
    hasMore && button(`Answer up to ${interview.round} more questions`, () => interview.more()),
    button("Print", () => print()),
    button("Download as JSON", () => download("cauda-result.json", content)),
    button("Start again", () => interview.begin()),
  );
}

function download(name, content) {
  const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  element("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
