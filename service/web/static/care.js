/** Care: what the documented facts say of what leads the ranking and of what was answered yes. */

import { findings } from "./case.js";
import { element, fold, list, note, section } from "./element.js";
import { get } from "./service.js";
import { citations } from "./source.js";

const LEADING = 3; // conditions whose facts are shown

/** The parts, each with the kinds of text that it holds. */
const PARTS = [
  { title: "At home", kinds: ["self_care"], isForHome: true },
  { title: "When to see a doctor", kinds: ["advice"] },
  { title: "What a doctor may ask", kinds: ["questions"] },
  { title: "What a doctor may examine", kinds: ["exam", "diagnosis", "imaging", "pitfall"] },
  { title: "How it is treated and prevented", kinds: ["treatment", "prevention"] },
];

/** Build the section; its texts follow when the service has sent them. */
export function care(interview, found) {
  const wait = note("Reading what the sources say.");
  wait.role = "status";
  read(interview, found).then(
    (pages) => wait.replaceWith(...parts(pages, found.triage.level)),
    (error) => (wait.textContent = `The sources cannot be shown now: ${error.message}`),
  );
  return section("What the sources say", element("div", { class: "care" }, wait));
}

/** Read the texts of the leading conditions, of what is present, and the general ones. */
async function read({ answers, vocabulary }, { conditions = [] }) {
  const leading = conditions.slice(0, LEADING);
  const present = findings(answers, true, vocabulary);
  const paths = [
    ...leading.map(({ id }) => `/v1/conditions/${id}`),
    ...present.map((id) => `/v1/findings/${id}`),
    "/v1/texts",
  ];
  const names = leading.map(({ name }) => name);
  const subjects = [...names, ...present.map((id) => vocabulary.meaning(id)), "In general"];
  const pages = await Promise.allSettled(paths.map((path) => get(path)));
  if (pages.every(({ status }) => status === "rejected")) throw pages[0].reason;
  return pages.map(({ value = {} }, i) => ({ subject: subjects[i], page: value }));
}

function parts(pages, level) {
  const isForHome = level === "self_care" || level === "primary_care";
  const cited = new Set();
  const shown = PARTS.filter((part) => !part.isForHome || isForHome).map((part) =>
    folded(part, pages, cited),
  );
  return [...shown.filter(Boolean), fold("Sources", citations([...cited].toSorted()))];
}

function folded({ title, kinds, isForHome }, pages, cited) {
  const seen = new Set();
  const isNew = ({ text }) => !seen.has(text) && seen.add(text);
  const groups = pages.map(({ subject, page }) => {
    const facts = kinds
      .flatMap((kind) => page[kind] ?? [])
      .filter(isNew)
      .map((text) => fact(text, cited));
    return facts.length > 0 && [element("h3", {}, subject), list(facts)];
  });
  if (!seen.size) return null;
  const part = fold(title, groups);
  part.open = Boolean(isForHome);
  return part;
}

function fact({ text, sources }, cited) {
  for (const id of sources) cited.add(id);
  return [text, element("span", { class: "soft" }, ` [${sources.join(", ")}]`)];
}
