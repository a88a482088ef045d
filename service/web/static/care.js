/** Care: what the documented facts say of what leads the ranking and of what was answered yes. */

import { findings } from "./case.js";
import { element } from "./element.js";
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
  const wait = element("p", { class: "soft", role: "status" }, "Reading what the sources say.");
  const section = element("section", { class: "care" }, element("h2", {}, "What the sources say"), wait);
  read(interview, found).then(
    (pages) => wait.replaceWith(...parts(pages, found.triage.level)),
    () => (wait.textContent = "The service does not answer, so its sources cannot be shown now."),
  );
  return section;
}

/** Read the texts of the leading conditions, of what is present, and the general ones. */
async function read({ answers, vocabulary }, { conditions = [] }) {
  const leading = conditions.slice(0, LEADING).map(({ id, name }) => ["conditions", id, name]);
  const present = findings(answers, true, vocabulary).map((id) => ["findings", id, vocabulary.meaning(id)]);
  const subjects = [...leading, ...present];
  const own = await Promise.all(subjects.map(([kind, id]) => get(`/v1/${kind}/${id}`)));
  const pages = own.map((page, i) => ({ subject: subjects[i][2], page }));
  return [...pages, { subject: "In general", page: await get("/v1/texts") }];
}

function parts(pages, level) {
  const isForHome = level === "self_care" || level === "primary_care";
  const shown = PARTS.filter((part) => !part.isForHome || isForHome);
  const cited = new Set();
  return [...shown.map((part) => fold(part, pages, cited)).filter(Boolean), citations([...cited].sort())];
}

function fold({ title, kinds, isForHome }, pages, cited) {
  const seen = new Set();
  const groups = pages.map(({ subject, page }) => {
    const texts = kinds.flatMap((kind) => page[kind] ?? []).filter(({ text }) => !seen.has(text) && seen.add(text));
    return texts.length > 0 && [element("h3", {}, subject), element("ul", { class: "facts" }, texts.map((text) => fact(text, cited)))];
  });
  if (!seen.size) return null;
  return element("details", { open: isForHome }, element("summary", {}, title), groups);
}

function fact({ text, sources }, cited) {
  for (const id of sources) cited.add(id);
  return element("li", {}, text, element("span", { class: "soft" }, ` [${sources.join(", ")}]`));
}
