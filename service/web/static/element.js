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
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== false));
  return node;
}

/** Build a button that does something when it is pressed. */
export function button(label, press, given = {}) {
  return element("button", { type: "button", onclick: press, ...given }, label);
}

/** Build a list with an item for each entry that is not empty. */
export function list(items, given = {}) {
  return element("ul", given, items.map((item) => element("li", {}, item)));
}
