/** Clinician mode: all that a case may state on one page, and what the service makes of it. */

import { answered, body, findings, unanswered } from "./case.js";
import { differential } from "./differential.js";
import { element, fold, heading, note, paragraph, section } from "./element.js";
import { finding } from "./finding.js";
import { reason } from "./level.js";
import { loader } from "./loader.js";
import { patient } from "./patient.js";
import { search } from "./search.js";
import { predict } from "./service.js";
import { trouble } from "./trouble.js";
import { LEVELS } from "./words.js";

const PAUSE = 150; // milliseconds without a change, after which the service is asked
const SETTING = "primary_care"; // the default of the contract

const GROUPS = {
  pain: "Pain",
  sensory: "Sensation",
  motor: "Motor function and gait",
  bladder_bowel: "Bladder, bowel and sexual function",
  exam: "Examination",
  modifier: "What changes it",
  systemic: "Systemic",
  risk_factor: "History and risk factors",
};

/** The form and its live differential; `root` is the element that shows them. */
export class Clinician {
  #root;
  #rows;
  #timer;
  #pending = new AbortController();
  #live = element("section", { class: "live", "aria-label": "Live differential" });

  constructor(root, vocabulary) {
    this.#root = root;
    this.vocabulary = vocabulary;
    this.load(new Map());
  }

  /** Replace all that is stated. */
  load(answers, setting = SETTING) {
    this.answers = answers;
    this.setting = setting;
    this.#draw();
    this.#ask();
  }

  /** State a finding or an attribute; undefined leaves it unknown. */
  state(id, answer) {
    this.answers =
      answer === undefined
        ? unanswered(this.answers, id)
        : answered(this.answers, id, answer, this.vocabulary);
    this.#changed();
  }

  /** Say whose patient it is. */
  setIn(setting) {
    this.setting = setting;
    this.#changed();
  }

  #draw() {
    const known = [...this.vocabulary.findings.values()];
    this.#rows = new Map(known.map((each) => [each.id, finding(each, this)]));
    const groups = Object.entries(GROUPS).map(([group, title]) => {
      const own = known.filter((each) => each.group === group).map(({ id }) => this.#rows.get(id));
      return fold(element("h2", {}, title), own);
    });
    for (const group of groups) group.open = true;
    const found = search(this.#rows, groups, this.vocabulary);
    const form = element("div", { class: "form" }, loader(this), patient(this), found, groups);
    this.#root.replaceChildren(
      heading("Clinician mode"),
      paragraph(
        "State what you know; what you leave unknown is never taken as absent. The differential follows as you type.",
      ),
      element("div", { class: "desk" }, form, element("div", {}, this.#live)),
    );
    this.#show();
    this.#root.querySelector("h1").focus();
  }

  #show() {
    for (const row of this.#rows.values()) row.show();
  }

  #changed() {
    this.#show();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), PAUSE);
  }

  async #ask() {
    this.#pending.abort();
    if (!findings(this.answers, true, this.vocabulary).length) {
      const nothing = section("Differential", note("State at least one finding as present."));
      return this.#live.replaceChildren(nothing);
    }
    this.#pending = new AbortController();
    const { signal } = this.#pending;
    try {
      const found = await predict(body(this.answers, this.vocabulary, this.setting), signal);
      if (!signal.aborted) this.#live.replaceChildren(...this.#verdict(found));
    } catch (error) {
      if (!signal.aborted) this.#live.replaceChildren(trouble(error, () => this.#ask()));
    }
  }

  #verdict({ triage, red_flags: { raised, not_screened: open }, ...found }) {
    const decided = `Decided by ${triage.decided_by.replaceAll("_", " ")}: ${triage.because.join(", ") || "nothing in particular"}`;
    const level = element(
      "div",
      { class: "level", "data-level": triage.level, role: "status" },
      element("h2", {}, LEVELS[triage.level]),
      paragraph(decided),
    );
    const ranked = found.degraded
      ? paragraph("The model is not available: red flags alone.")
      : differential(found);
    return [
      level,
      ...raised.map((flag) => reason(flag, this)),
      open.length > 0 && note(`${open.length} emergency rules are not ruled out yet.`),
      ranked,
    ].filter(Boolean);
  }
}
