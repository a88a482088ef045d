/** The result: how soon to be seen, what it could be and why, what is open, what the sources say. */

import { care } from "./care.js";
import { spoken } from "./control.js";
import { differential } from "./differential.js";
import { button, element, fold, list, paragraph, section, ways } from "./element.js";
import { explained } from "./explanation.js";
import { decision, level } from "./level.js";

/** Build the result of an interview; `hasMore` says that further questions could tell more. */
export function result(interview, { found, hasMore }) {
  return [
    level(found.triage),
    paragraph(found.notice, { class: "soft" }),
    decision(interview, found),
    section("What it could be", causes(found)),
    found.explanation?.length > 0 && explained(interview, found),
    open(interview, found, hasMore),
    care(interview, found),
    given(interview),
    onward(interview, found, hasMore),
  ].filter(Boolean);
}

function causes(found) {
  if (found.degraded) {
    return paragraph("The model is not available. The red flags alone have screened your answers.");
  }
  const isVague = found.information === "insufficient";
  const vague = "The answers fit more than half of all conditions: take the order below lightly.";
  return [isVague && paragraph(vague), differential(found)];
}

function open({ answers, vocabulary }, { red_flags: { not_screened: unscreened } }, hasMore) {
  const meanings = (ids) => list(ids.map((id) => vocabulary.meaning(id)));
  const unknown = [...answers].filter(([, answer]) => answer === null).map(([id]) => id);
  const asks = new Set(unscreened.flatMap(({ ask }) => ask));
  const screening = [...asks].filter((id) => !unknown.includes(id));
  const further = "More questions could still tell the causes apart; you can answer them below.";
  return section(
    "What was not asked",
    paragraph(screenedWords(unscreened.length)),
    hasMore && paragraph(further),
    unknown.length > 0 && fold(`You did not know (${unknown.length})`, meanings(unknown)),
    screening.length > 0 &&
      fold(`Not known, and part of an emergency sign (${screening.length})`, meanings(screening)),
  );
}

function screenedWords(number) {
  const rest =
    "An interview sees and examines nothing: reflexes, strength, feeling and pulses take a doctor.";
  if (!number) return `Every emergency sign that this service knows was asked for. ${rest}`;
  return `${number} of the emergency rules could not be ruled out by your answers. ${rest}`;
}

function given(interview) {
  const { answers, vocabulary } = interview;
  const rows = [...answers].map(([id, answer]) => {
    const change = button("Change", () => interview.go({ step: "revision", id }), {
      "aria-label": `Change: ${vocabulary.meaning(id)}`,
    });
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, vocabulary.question(id)),
      element("td", {}, spoken(answer, vocabulary.attributes.get(id)?.unit)),
      element("td", {}, change),
    );
  });
  const caption = element("caption", { class: "unseen" }, "Your answers");
  return fold(
    `Your ${rows.length} answers`,
    element("table", { class: "given" }, caption, element("tbody", {}, rows)),
  );
}

function onward(interview, found, hasMore) {
  const content = JSON.stringify({ request: interview.request(), answer: found }, null, 2);
  return ways(
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
