/**
 * The interview: from age and place over the emergency signs to one question at a time, until an
 * emergency flag is raised or nothing more is to be gained.
 *
 * What a patient sees is a moment: a step and what it asks or what the service found. Moments lie on
 * the browser's history, so that its Back is the interview's; the answers stay when one goes back.
 */

import { answered, body, findings, unanswered } from "./case.js";
import { person, place } from "./complaint.js";
import { paragraph } from "./element.js";
import { emergency } from "./emergency.js";
import { question, revision } from "./question.js";
import { result } from "./result.js";
import { flags } from "./screening.js";
import { predict } from "./service.js";
import { trouble } from "./trouble.js";

const SETTING = "general_public"; // people who look up their complaint themselves

/**
 * Bits about the condition that an answer is expected to give, for its question to be asked. Who
 * stops there is asked some 19 questions besides the emergency signs, and fewer bits would make the
 * condition first hardly more often (`make interview`: synthetic people).
 */
const LEAST = 0.015;

/** Questions besides the emergency signs after which the result is shown, and more are offered. */
const ROUND = 20;

const SIGNS =
  "If you have one of the emergency signs below, do not wait for this page: get help now.";

const VIEWS = { person, place, flags, question, revision, emergency, result };

/** One interview in the page; `root` is the element that shows it. */
export class Interview {
  #root;
  #moments = [];
  #now = -1;
  #until; // answers that end the round
  #pending = new AbortController();

  /** Take the element that shows the interview, and begin. */
  constructor(root, vocabulary) {
    this.#root = root;
    this.vocabulary = vocabulary;
    this.round = ROUND;
    this.begin();
  }

  /** Begin with no answer, and forget those that were. */
  begin() {
    this.answers = new Map();
    this.#until = undefined;
    this.#moments.fill(null);
    this.go({ step: "person" });
  }

  /** Show a moment, as the next one of the browser's history. */
  go(moment) {
    this.#moments.length = this.#now + 1;
    this.#moments.push(moment);
    this.#now += 1;
    history.pushState({ moment: this.#now }, "");
    this.#show();
  }

  /** Show the moment that the browser's history has come to, or the present one. */
  restore(number = this.#now) {
    // What lay ahead when an answer changed is no longer true, and is gone.
    if (!this.#moments[number]) return history.go(this.#now - number);
    this.#now = number;
    this.#show();
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
    this.#pending.abort();
    if (!findings(this.answers, true, this.vocabulary).length) return;
    const found = await this.#ask(() => this.screen());
    if (found && isEmergency(found)) this.go({ step: "emergency", found });
  }

  /** Go on to what the service wants to know next, or to the result. */
  async advance() {
    const found = await this.#ask(() => this.advance());
    if (found) this.go(this.#next(found));
  }

  /** Show what is known now, though more could be asked. */
  async finish() {
    const found = await this.#ask(() => this.finish());
    if (found) this.go(isEmergency(found) ? { step: "emergency", found } : this.#result(found));
  }

  /** Ask another round of questions. */
  more() {
    this.#until = this.answers.size + ROUND;
    return this.advance();
  }

  /** Return the request about the case, as any client sends it. */
  request() {
    return body(this.answers, this.vocabulary, SETTING);
  }

  /** Go back to the step before. */
  back() {
    history.back();
  }

  #take(answers) {
    this.answers = answers;
    this.#moments.length = this.#now + 1;
  }

  /** Ask the service; undefined when a later question overtook this one, or no answer came. */
  async #ask(again) {
    this.#pending.abort();
    this.#pending = new AbortController();
    const { signal } = this.#pending;
    this.#root.setAttribute("aria-busy", "true");
    try {
      const found = await predict(this.request(), signal);
      if (signal.aborted) return undefined;
      this.#root.querySelector(".trouble")?.remove();
      return found;
    } catch (error) {
      if (!signal.aborted) this.#complain(error, again);
      return undefined;
    } finally {
      if (!signal.aborted) this.#root.setAttribute("aria-busy", "false");
    }
  }

  #complain(error, again) {
    const message = trouble(error, again);
    message.append(paragraph(SIGNS, { class: "fault" }));
    this.#root.querySelector(".trouble")?.remove();
    this.#root.append(message);
    document.getElementById("signs").hidden = false;
    message.scrollIntoView({ block: "nearest" });
  }

  #next(found) {
    if (isEmergency(found)) return { step: "emergency", found };
    const asks = this.#open(found)
      .filter(({ reason }) => reason === "red_flag")
      .map(({ ask }) => ask);
    if (asks.length) return { step: "flags", asks };
    this.#until ??= this.answers.size + ROUND;
    const left = this.#until - this.answers.size;
    const id = this.#telling(found);
    return id && left > 0 ? { step: "question", id, left, found } : this.#result(found);
  }

  #result(found) {
    return { step: "result", found, hasMore: Boolean(this.#telling(found)) };
  }

  /** Return the question that tells the most, if it tells enough. */
  #telling(found) {
    return this.#open(found).find(({ gain }) => gain >= LEAST)?.ask;
  }

  /** Return the questions that a patient can answer and has not passed over. */
  #open({ next_questions: questions }) {
    return questions.filter(({ ask, kind }) => kind !== "examination" && !this.answers.has(ask));
  }

  #show() {
    this.#pending.abort();
    this.#root.setAttribute("aria-busy", "false");
    const moment = this.#moments[this.#now];
    document.getElementById("signs").hidden = true;
    this.#root.dataset.step = moment.step;
    this.#root.replaceChildren(...VIEWS[moment.step](this, moment));
    scrollTo(0, 0);
    this.#root.querySelector("h1").focus();
  }
}

function isEmergency({ red_flags: { raised } }) {
  return raised.some(({ level }) => level === "emergency");
}
