/**
 * The interview: from age and place over the emergency signs to one question at a time, until an
 * emergency flag is raised or nothing more is to be gained.
 *
 * What the service found holds for the answers as they are, and is forgotten with every change of
 * them; the answers stay when one goes back.
 */

import { answered, findings, request, unanswered } from "./case.js";
import { person, place } from "./complaint.js";
import { emergency, reminder } from "./emergency.js";
import { Journey } from "./journey.js";
import { question, revision } from "./question.js";
import { result } from "./result.js";
import { flags } from "./screening.js";
import { predict } from "./service.js";
import { alone, hideSigns, showSigns } from "./signs.js";
import { trouble } from "./trouble.js";
import { wait } from "./wait.js";

const SETTING = "general_public"; // people who look up their complaint themselves

/** Bits about the condition that an answer is expected to give, for its question to be asked. */
const LEAST = 0.015;

/**
 * Questions besides the emergency signs after which the result is shown, and more are offered.
 * `make interview` measures on synthetic people what an interview tells that ends so.
 */
const ROUND = 20;

const REST = 1500; // milliseconds after the last key, for arrows pass over answers on their way

const VIEWS = { person, place, flags, question, revision, emergency, result };
const ENDS = new Set(["emergency", "result"]);

/** One interview in the page; `root` is the element that shows it. */
export class Interview {
  #root;
  #journey = new Journey((moment) => this.#show(moment));
  #found = null; // by the service, for the answers as they are
  #until; // answers that end the round
  #later; // the screen that waits for the keyboard to rest
  #pending = new AbortController();

  /** Take the element that shows the interview, and begin. */
  constructor(root, vocabulary) {
    this.#root = root;
    this.vocabulary = vocabulary;
    this.round = ROUND;
    this.begin();
  }

  /** What the service found for the answers as they are; null when it was not asked since. */
  get found() {
    return this.#found;
  }

  /** Begin with no answer, and forget those that were. */
  begin() {
    this.leave();
    this.answers = new Map();
    this.#found = null;
    this.#until = undefined;
    this.#journey.begin({ step: "person" });
  }

  /** Go on to a step. */
  go(moment) {
    this.#journey.go(moment);
  }

  /** Show what the browser's history has come to, or what was shown last. */
  restore(number) {
    this.#journey.restore(number);
  }

  /** Show what was shown last, after the page has shown something else. */
  resume() {
    this.#journey.go(this.#journey.moment);
  }

  /** Ask the service nothing more until something is shown again. */
  leave() {
    clearTimeout(this.#later);
    this.#pending.abort();
    this.#root.setAttribute("aria-busy", "false");
    this.#calm();
  }

  /** Take an answer. */
  answer(id, answer) {
    this.#take(answered(this.answers, id, answer, this.vocabulary));
  }

  /** Take an answer back. */
  withdraw(id) {
    this.#take(unanswered(this.answers, id));
  }

  /** End the interview at once if the answers so far raise an emergency flag. */
  async screen() {
    this.leave();
    if (!this.#isComplaining()) return;
    const found = await this.#ask(() => this.screen());
    if (found && isEmergency(found)) this.go({ step: "emergency" });
  }

  /** Screen once the keyboard rests. */
  screenSoon() {
    this.leave();
    this.#later = setTimeout(() => this.screen(), REST);
  }

  /** Go on to what the service wants to know next, or to the result. */
  async advance() {
    if (!this.#isComplaining()) return this.go({ step: "place", isEmpty: true });
    const found = await this.#ask(() => this.advance());
    if (found) this.go(this.#next(found));
  }

  /** Show what is known now, though more could be asked. */
  async finish() {
    const found = await this.#ask(() => this.finish());
    if (found) this.go({ step: isEmergency(found) ? "emergency" : "result" });
  }

  /** Ask another round of questions. */
  more() {
    this.#until = this.answers.size + ROUND;
    return this.advance();
  }

  /** Tell whether a further question tells enough. */
  hasMore() {
    return this.#telling(this.#found) !== undefined;
  }

  /** Return the request about the case, as any client sends it. */
  request() {
    return request(this.answers, this.vocabulary, SETTING);
  }

  /** Go back to the step before. */
  back() {
    history.back();
  }

  #take(answers) {
    this.leave(); // what is on its way is of the answers before
    this.answers = answers;
    this.#found = null;
    this.#journey.forget();
    this.#root.querySelector(".reminder")?.remove();
  }

  #isComplaining() {
    return findings(this.answers, true, this.vocabulary).length > 0;
  }

  /** Ask the service; undefined when a later question overtook this one, or no answer came. */
  async #ask(again) {
    this.leave();
    this.#pending = new AbortController();
    const { signal } = this.#pending;
    this.#root.setAttribute("aria-busy", "true");
    const waited = wait(signal);
    try {
      const found = await predict(this.request(), signal);
      if (signal.aborted) return undefined;
      this.#calm();
      this.#found = found;
      return found;
    } catch (error) {
      if (!signal.aborted) this.#complain(error, again);
      return undefined;
    } finally {
      waited();
      if (!signal.aborted) this.#root.setAttribute("aria-busy", "false");
    }
  }

  /** Say what went wrong, but first of all what is an emergency without any service. */
  #complain(error, again) {
    const found = alone(this.answers, this.vocabulary);
    if (found) {
      this.#found = found;
      return this.go({ step: "emergency" });
    }
    this.#calm();
    this.#root.append(trouble(error, again));
    showSigns();
  }

  /** Take away what went wrong before. */
  #calm() {
    hideSigns();
    const message = this.#root.querySelector(".trouble");
    if (message?.contains(document.activeElement)) this.#root.querySelector("h1")?.focus();
    message?.remove();
  }

  #next(found) {
    if (isEmergency(found)) return { step: "emergency" };
    const asks = askable(found).filter(({ reason }) => reason === "red_flag");
    if (asks.length) return { step: "flags", asks: asks.map(({ ask }) => ask) };
    this.#until ??= this.answers.size + ROUND;
    const left = this.#until - this.answers.size;
    const id = this.#telling(found);
    return id && left > 0 ? { step: "question", id, left } : { step: "result" };
  }

  /** Return the question that tells the most, if it tells enough. */
  #telling(found) {
    return askable(found).find(({ gain }) => gain >= LEAST)?.ask;
  }

  #show(moment) {
    this.leave();
    if (ENDS.has(moment.step) && !this.#found) return this.#renew();
    const calls = this.#found !== null && isEmergency(this.#found);
    const isHidden = calls ? moment.step !== "emergency" : this.#isRated(moment);
    // An end that other answers had, and these have not.
    if (ENDS.has(moment.step) && calls !== (moment.step === "emergency"))
      return this.#journey.replace(this.#next(this.#found));
    const view = VIEWS[moment.step](this, moment);
    this.#root.dataset.step = moment.step;
    this.#root.replaceChildren(...(isHidden ? [reminder(this), ...view] : view));
    const title = this.#root.querySelector("h1");
    document.title = `${title.textContent} · Cauda`;
    scrollTo(0, 0);
    title.focus();
    if (!this.#found) this.screen(); // an answer may have been left before it was screened
  }

  /** Tell whether the model, and no flag, makes an emergency of what is being asked on about. */
  #isRated({ step }) {
    return step === "question" && this.#found?.triage.level === "emergency";
  }

  /** Put what the changed answers lead to in the place of an end that they no longer have. */
  async #renew() {
    this.#root.replaceChildren();
    if (!this.#isComplaining()) return this.#journey.replace({ step: "place", isEmpty: true });
    const found = await this.#ask(() => this.#renew());
    if (found) this.#journey.replace(this.#next(found));
  }
}

function askable({ next_questions: questions = [] }) {
  return questions.filter(({ kind }) => kind !== "examination");
}

function isEmergency({ red_flags: { raised } }) {
  return raised.some(({ level }) => level === "emergency");
}
