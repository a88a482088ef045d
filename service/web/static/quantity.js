/** A quantity: a field for a number, with its unit. */

import { element } from "./element.js";

const DAYS = [
  ["days", 1],
  ["weeks", 7],
  ["months", 30],
  ["years", 365],
];

let serial = 0; // of the fields, for ids of their own

/**
 * Build a field for a number. `given` is the number so far, in the unit of the vocabulary. The
 * element has `read()`, which returns `{answer}`, null for an empty field, or the `{fault}`, and
 * `tell()`, which shows the fault, or none any more, and returns the answer or undefined.
 */
export function quantity(id, label, vocabulary, given) {
  serial += 1;
  const { unit, ...bounds } = vocabulary.attributes.get(id);
  const fault = element("p", { class: "fault", id: `fault-${serial}`, role: "alert" });
  const input = element("input", {
    id: `number-${serial}`,
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    size: 6,
    value: given ?? "",
    "aria-describedby": fault.id,
  });
  const units = unit === "days" ? choice(label) : element("span", { class: "soft" }, unit);
  const field = element(
    "div",
    { class: "number" },
    element("label", { for: input.id }, label),
    element("span", { class: "typed" }, input, units),
    fault,
  );
  field.read = () => parsed(input.value, unitOf(units, unit), bounds);
  field.tell = () => {
    const found = field.read();
    fault.textContent = found.fault ?? "";
    input.setAttribute("aria-invalid", String("fault" in found));
    return found.answer;
  };
  field.empty = () => (input.value = "");
  return field;
}

function choice(label) {
  const options = DAYS.map(([name, factor]) => element("option", { value: factor }, name));
  return element("select", { "aria-label": `Unit: ${label}` }, options);
}

function unitOf(units, unit) {
  if (!units.selectedOptions) return { name: unit, factor: 1 };
  return { name: units.selectedOptions[0].textContent, factor: Number(units.value) };
}

function parsed(typed, { name, factor }, { minimum, maximum }) {
  const text = typed.trim().replace(",", ".");
  if (text === "") return { answer: null };
  const answer = Number(text) * factor;
  const isNumber = /^\d+(\.\d+)?$/.test(text);
  if (isNumber && answer >= minimum && answer <= maximum) return { answer };
  const most = Math.floor(maximum / factor);
  const allowed = `a number from ${minimum / factor} to ${most} ${name}`;
  return { fault: `Found “${typed.slice(0, 40)}”, expected ${allowed}.` };
}
