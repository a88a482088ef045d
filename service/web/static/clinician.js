/** Clinician mode: all that a case may state on one page, and what the service makes of it. */

import { answered, because, body, findings, read, unanswered } from "./case.js";
import { isNumber, number, spoken } from "./control.js";
import { differential } from "./differential.js";
import { button, element } from "./element.js";
import { reason } from "./emergency.js";
import { get, predict } from "./service.js";
import { trouble } from "./trouble.js";
import { LEVELS } from "./words.js";

const PAUSE = 150; // milliseconds without a change, after which the service is asked
const DEFAULT = "primary_care";

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

const STATES = [
  { label: "Present", answer: true },
  { label: "Absent", answer: false },
  { label: "Unknown", answer: undefined },
];

/** The form and its live differential; `root` is the element that shows them. */
export class Clinician {
  #timer;
  #pending = new AbortController();
  #rows = new Map();
  #live = element("section", { class: "live", "aria-label": "Live differential" });

  constructor(root, vocabulary) {
    this.vocabulary = vocabulary;
    this.answers = new Map();
    this.setting = DEFAULT;
    this.#draw(root);
  }

  #draw(root) {
    const groups = Object.entries(GROUPS).map(([group, title]) => this.#group(group, title));
    const form = element("div", { class: "form" }, this.#loader(root), this.#frame(), this.#search(groups), groups);
    root.replaceChildren(
      element("h1", { tabindex: -1 }, "Clinician mode"),
      element("p", {}, "State what you know; what you leave unknown is never taken as absent. The differential follows as you type."),
      element("div", { class: "desk" }, form, element("div", {}, this.#live)),
    );
    root.querySelector("h1").focus();
    this.#ask();
  }

  /** Whose patient it is, and the attributes. */
  #frame() {
    const setting = this.#select("Setting", [{ id: this.setting, meaning: this.setting }], this.setting, (value) => {
      this.setting = value;
      this.#changed();
    });
    get("/v1/settings").then(({ settings }) => {
      const options = settings.map(({ id, meaning }) => element("option", { value: id, selected: id === this.setting }, meaning));
      setting.querySelector("select").replaceChildren(...options);
    }, () => null); // the default stays
    const attributes = [...this.vocabulary.attributes.keys()].map((id) => this.#attribute(id));
    return element("section", { class: "frame" }, element("h2", {}, "Patient"), element("div", { class: "fields" }, setting, attributes));
  }

  #attribute(id) {
    const { meaning, values } = this.vocabulary.attributes.get(id);
    if (isNumber(id, this.vocabulary)) {
      const field = number(id, meaning, this.vocabulary, this.answers.get(id), () => {
        const value = field.read();
        if (value !== undefined) this.#state(id, value ?? undefined);
      });
      return field;
    }
    const options = [{ id: "", meaning: "unknown" }, ...values.map((value) => ({ id: value, meaning: spoken(value) }))];
    return this.#select(meaning, options, this.answers.get(id) ?? "", (value) => this.#state(id, value || undefined));
  }

  #select(label, options, chosen, choose) {
    return element(
      "label",
      { class: "number" },
      element("span", {}, label),
      element(
        "select",
        { onchange: (event) => choose(event.target.value) },
        options.map(({ id, meaning }) => element("option", { value: id, selected: id === chosen }, meaning)),
      ),
    );
  }

  #search(groups) {
    const count = element("p", { class: "soft", role: "status" });
    const search = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const [id, { row }] of this.#rows) {
        const { meaning, question, clinician = "" } = this.vocabulary.findings.get(id);
        const text = `${id} ${meaning} ${question} ${clinician}`.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      for (const group of groups) group.hidden = !group.querySelector("fieldset:not([hidden])");
      count.textContent = words.length ? `${shown} of ${this.#rows.size} findings` : "";
    };
    const input = element("input", { type: "search", id: "search", autocomplete: "off", oninput: search });
    return element("div", { class: "search" }, element("label", { for: "search" }, "Search findings"), input, count);
  }

  #group(group, title) {
    const own = [...this.vocabulary.findings.values()].filter((finding) => finding.group === group);
    return element("details", { open: true }, element("summary", {}, element("h2", {}, title)), own.map((finding) => this.#row(finding)));
  }

  /** One finding with its three states; it says so when another finding decides it. */
  #row({ id, meaning, clinician }) {
    const note = element("p", { class: "soft" }, clinician ?? null);
    const inputs = STATES.map(({ label, answer }) => {
      const input = element("input", { type: "radio", name: `state-${id}`, onchange: () => this.#state(id, answer) });
      return { answer, input, label: element("label", { class: "state" }, input, element("span", {}, label)) };
    });
    const row = element("fieldset", { class: "row" }, element("legend", {}, meaning), element("div", { class: "states" }, inputs.map(({ label }) => label)), note);
    const show = () => {
      const [implying] = because(this.answers, id, this.vocabulary);
      for (const { answer, input } of inputs) {
        input.checked = answer === (implying ? true : this.answers.get(id));
        input.disabled = Boolean(implying);
      }
      note.textContent = implying ? `Follows from: ${this.vocabulary.meaning(implying)}` : (clinician ?? "");
    };
    this.#rows.set(id, { row, show });
    show();
    return row;
  }

  #state(id, answer) {
    this.answers = answer === undefined ? unanswered(this.answers, id) : answered(this.answers, id, answer, this.vocabulary);
    for (const { show } of this.#rows.values()) show();
    this.#changed();
  }

  #changed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), PAUSE);
  }

  async #ask() {
    this.#pending.abort();
    if (!findings(this.answers, true, this.vocabulary).length) {
      this.#live.replaceChildren(element("h2", {}, "Differential"), element("p", {}, "State at least one finding as present."));
      return;
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

  #verdict(found) {
    const { triage, red_flags: { raised, not_screened: open } } = found;
    const level = element(
      "div",
      { class: "level", "data-level": triage.level, role: "status" },
      element("h2", {}, LEVELS[triage.level]),
      element("p", {}, `Decided by ${triage.decided_by.replaceAll("_", " ")}: ${triage.because.join(", ") || "nothing in particular"}`),
    );
    return [
      level,
      ...raised.map((flag) => reason(flag, this)),
      open.length > 0 && element("p", { class: "soft" }, `${open.length} emergency rules are not ruled out yet.`),
      found.degraded ? element("p", {}, "The model is not available: red flags alone.") : differential(found),
    ].filter(Boolean);
  }

  #loader(root) {
    const fault = element("div", {});
    const text = element("textarea", { id: "pasted", rows: 5, spellcheck: "false", autocomplete: "off" });
    const load = async () => {
      fault.replaceChildren();
      try {
        const given = JSON.parse(text.value);
        const sent = given?.request ?? given; // a downloaded result holds its request
        await predict(sent);
        this.answers = read(sent);
        this.setting = sent.setting ?? DEFAULT;
        this.#draw(root);
      } catch (error) {
        const said = error instanceof SyntaxError ? element("p", { class: "fault", role: "alert" }, `This is no JSON: ${error.message}`) : trouble(error, load);
        fault.replaceChildren(said);
      }
    };
    const clear = () => {
      this.answers = new Map();
      this.setting = DEFAULT;
      this.#draw(root);
    };
    return element(
      "details",
      { class: "loader" },
      element("summary", {}, element("h2", {}, "Load a case")),
      element("label", { for: "pasted" }, "Paste a JSON case, as POST /v1/predict takes it"),
      text,
      element("p", { class: "ways" }, button("Load", load), button("Clear everything", clear)),
      fault,
    );
  }
}
