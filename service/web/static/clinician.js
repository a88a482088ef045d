/** Clinician mode: all that a case may state on one page, and what the service makes of it. */

import { answered, findings, request, unanswered } from "./case.js";
import { differential } from "./differential.js";
import { element, fold, heading, note, paragraph } from "./element.js";
import { finding } from "./finding.js";
import { reason } from "./level.js";
import { loader } from "./loader.js";
import { patient } from "./patient.js";
import { search } from "./search.js";
import { predict } from "./service.js";
import { alone } from "./signs.js";
import { trouble } from "./trouble.js";
import { verdict } from "./verdict.js";

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
  #verdict = verdict();
  #fault = element("div", {});
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
    this.#changed();
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

  /** Go on where the clinician left. */
  enter() {
    this.#root.querySelector("h1").focus();
    this.#changed();
  }

  /** Ask the service nothing more for now. */
  leave() {
    clearTimeout(this.#timer);
    this.#pending.abort();
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
      this.#verdict,
      element("div", { class: "desk" }, form, element("div", {}, this.#fault, this.#live)),
    );
  }

  #changed() {
    this.leave();
    for (const row of this.#rows.values()) row.show();
    this.#live.setAttribute("aria-busy", "true");
    this.#verdict.wait();
    this.#timer = setTimeout(() => this.#ask(), PAUSE);
  }

  async #ask() {
    this.leave();
    if (!findings(this.answers, true, this.vocabulary).length) return this.#settle(null);
    this.#pending = new AbortController();
    const { signal } = this.#pending;
    try {
      const body = request(this.answers, this.vocabulary, this.setting);
      const found = await predict(body, signal);
      if (!signal.aborted) this.#settle(found);
    } catch (error) {
      if (signal.aborted) return;
      const found = alone(this.answers, this.vocabulary);
      if (found) this.#verdict.show(found, new Map());
      else this.#verdict.fail();
      this.#fault.replaceChildren(trouble(error, () => this.#ask()));
    }
  }

  /** Show what the service has found for the case as it is stated, null when it states nothing. */
  #settle(found) {
    const conditions = found?.conditions ?? [];
    this.#verdict.show(found, new Map(conditions.map(({ id, name }) => [id, name])));
    this.#fault.replaceChildren();
    this.#live.setAttribute("aria-busy", "false");
    this.#live.replaceChildren(...(found ? this.#found(found) : []));
  }

  #found({ red_flags: { raised, not_screened: open }, ...found }) {
    const ranked = found.degraded
      ? paragraph("The model is not available: red flags alone.")
      : differential(found);
    return [
      ...raised.map((flag) => reason(flag, this)),
      open.length > 0 && note(`${open.length} emergency rules are not ruled out yet.`),
      ranked,
    ]
      .flat()
      .filter(Boolean);
  }
}
