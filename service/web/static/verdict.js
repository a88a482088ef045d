/** The verdict of clinician mode: the level, always in sight, and whether it is of this case. */

import { element, paragraph } from "./element.js";
import { LEVELS } from "./words.js";

const NOTHING = "State at least one finding as present";

/**
 * Build the bar. It has `show(found, names)` for what the service has found, null for nothing,
 * `wait()` for a case that has changed, and `fail()` for one that the service did not answer about.
 */
export function verdict() {
  const title = paragraph(NOTHING, { role: "status" });
  const alarm = element("p", { class: "unseen", role: "alert" });
  const said = element("p", {});
  const bar = element("div", { class: "verdict" }, title, said, alarm);
  bar.show = (found, names) => {
    bar.dataset.level = found?.triage.level ?? "";
    bar.dataset.state = "";
    title.textContent = found ? LEVELS[found.triage.level] : NOTHING;
    said.textContent = found ? decided(found, names) : "";
    alarm.textContent = bar.dataset.level === "emergency" ? LEVELS.emergency : "";
  };
  bar.wait = () => {
    bar.dataset.state = "old";
    said.textContent = "The case has changed: asking…";
  };
  bar.fail = () => {
    bar.dataset.level = "";
    title.textContent = "No verdict on this case";
    said.textContent = "The service has not answered about the case as it stands.";
  };
  return bar;
}

function decided({ triage, red_flags: { raised } }, names) {
  const titles = new Map(raised.map(({ id, title }) => [id, title]));
  const because = triage.because.map((id) => titles.get(id) ?? names.get(id) ?? id);
  const by = triage.decided_by.replaceAll("_", " ");
  return `Decided by ${by}${because.length ? `: ${because.join("; ")}` : ""}`;
}
