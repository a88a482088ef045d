/** Elements of the page. Text is always text: nothing here or elsewhere parses a string as HTML. */

/**
 * Build an element. Members of `given` that begin with `on` are listeners, `true` sets an empty
 * attribute, `false`, null and undefined leave one away; children may be nested lists.
 */
export function element(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => (child ?? false) !== false));
  return node;
}

/** Build a button that does something when it is pressed. */
export function button(label, press, given = {}) {
  return element("button", { type: "button", onclick: press, ...given }, label);
}

/** Build a list with an item for each entry that is not empty. */
export function list(items, given = {}) {
  return element(
    "ul",
    given,
    items.map((item) => element("li", {}, item)),
  );
}

/** Build a paragraph. */
export function paragraph(words, given = {}) {
  return element("p", given, words);
}

/** Build a paragraph that explains rather than tells. */
export function note(words) {
  return paragraph(words, { class: "soft" });
}

/** Build a section under a heading. */
export function section(title, ...children) {
  return element("section", {}, element("h2", {}, title), children);
}

/** Build a part that is folded under its title. */
export function fold(title, ...children) {
  return element("details", {}, element("summary", {}, title), children);
}

/** Build the heading of a view, which gets the focus when the view is shown. */
export function heading(text) {
  return element("h1", { tabindex: -1 }, text);
}

/** Build the row of buttons at the end of a view. */
export function ways(...buttons) {
  return element("p", { class: "ways" }, buttons);
}

/** Build the ways out of a form of the interview. */
export function onward(interview) {
  return ways(
    button("Back", () => interview.back()),
    element("button", { class: "primary" }, "Continue"),
  );
}
