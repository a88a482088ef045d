/** The journey through the interview: its moments, which lie on the browser's history. */

/** What was shown, in order, and where among it the visitor is. */
export class Journey {
  #moments = [];
  #now = -1;
  #show;

  /** Take the function that shows a moment. */
  constructor(show) {
    this.#show = show;
  }

  /** What is shown now. */
  get moment() {
    return this.#moments[this.#now];
  }

  /** Begin with a moment, and forget all others; entries behind it show it too. */
  begin(moment) {
    this.#moments = [moment];
    this.#now = 0;
    history.pushState({ moment: 0 }, "");
    this.#show(moment);
  }

  /** Go on to a moment. */
  go(moment) {
    this.forget();
    this.#moments.push(moment);
    this.#now += 1;
    history.pushState({ moment: this.#now }, "");
    this.#show(moment);
  }

  /** Put a moment in the place of the present one. */
  replace(moment) {
    this.#moments[this.#now] = moment;
    this.#show(moment);
  }

  /** Show the moment that the browser's history has come to, or by a link the present one. */
  restore(number) {
    if (number === undefined) history.replaceState({ moment: this.#now }, "");
    else {
      // One that was forgotten is of answers that are no more.
      this.#moments[number] ??= this.moment;
      this.#now = number;
    }
    this.#show(this.moment);
  }

  /** Forget what lies ahead. */
  forget() {
    this.#moments.length = this.#now + 1;
  }
}
