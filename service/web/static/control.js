/** Controls for one answer: what may be chosen or typed for a finding or an attribute. */

import { element } from "./element.js";

export const UNKNOWN = "Don't know";

/** The values of attributes as a patient says them; others are written as they are. */
const VALUES = {
  both: "both sides equally",
  both_one_worse: "both sides, one is worse",
  persistent: "there all the time",
  intermittent: "they come and go",
  stable: "staying the same",
  gradual: "gradually",
  sudden: "suddenly",
  worsening: "getting worse",
  improving: "getting better",
};

let serial = 0; // of the fields, for ids of their own

const YEAR = { label: "years", factor: 365 };
const UNITS = {
  days: [
    { label: "days", factor: 1 },
    { label: "weeks", factor: 7 },
    { label: "months", factor: 30 },
    YEAR,
  ],
};

/** Return the choices for a finding or an attribute of few values, each with its label. */
export function choices(id, vocabulary) {
  const attribute = vocabulary.attributes.get(id);
  const known = attribute
    ? attribute.values.map((value) => ({ label: spoken(value), answer: value }))
    : [
        { label: "Yes", answer: true },
        { label: "No", answer: false },
      ];
  return [...known, { label: id === "sex" ? "Rather not say" : UNKNOWN, answer: null }];
}

/** Tell whether the answer is a number. */
export function isNumber(id, vocabulary) {
  return vocabulary.attributes.get(id)?.type === "number";
}

/** Write an answer as a patient says it. */
export function spoken(answer, unit = "") {
  if (answer === null) return UNKNOWN.toLowerCase();
  if (typeof answer === "boolean") return answer ? "yes" : "no";
  if (typeof answer === "number") return `${answer} ${unit}`.trim();
  return VALUES[answer] ?? answer.replaceAll("_", " ");
}

/**
 * Build a group of radio buttons. `given` is the answer so far, undefined for none, and `answer`
 * is called with each new one. The element has `show(answer, why)`, which sets it from outside;
 * with a reason it cannot be changed.
 */
export function radios(id, vocabulary, given, answer) {
  const note = element("p", { class: "soft", hidden: true });
  const options = choices(id, vocabulary).map((choice) => {
    const input = element("input", {
      type: "radio",
      name: id,
      onchange: () => answer(choice.answer),
    });
    return {
      choice,
      input,
      label: element("label", { class: "option" }, input, element("span", {}, choice.label)),
    };
  });
  const group = element(
    "fieldset",
    { class: "ask" },
    element("legend", {}, vocabulary.question(id)),
    element(
      "div",
      { class: "options" },
      options.map(({ label }) => label),
    ),
    note,
  );
  group.show = (now, why = "") => {
    for (const { choice, input } of options) {
      input.checked = choice.answer === now;
      input.disabled = Boolean(why);
    }
    note.textContent = why;
    note.hidden = !why;
  };
  group.isAnswered = () => options.some(({ input }) => input.checked);
  group.show(given);
  return group;
}

/**
 * Build a field for a number. `given` is the number so far, in the unit of the vocabulary. The
 * element has `read()`: the number, null for an empty field, or undefined after it has said what
 * was found and what is allowed.
 */
export function number(id, label, vocabulary, given, changed = () => {}) {
  serial += 1;
  const { minimum, maximum, unit } = vocabulary.attributes.get(id);
  const units = UNITS[unit] ?? [{ label: unit, factor: 1 }];
  const fault = element("p", { class: "fault", id: `fault-${serial}`, role: "alert" });
  const input = element("input", {
    id: `number-${serial}`,
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    size: 6,
    value: given ?? "",
    onchange: changed,
    "aria-describedby": fault.id,
  });
  const select =
    units.length > 1 &&
    element(
      "select",
      { "aria-label": `Unit: ${label}`, onchange: changed },
      units.map(({ label: name, factor }) => element("option", { value: factor }, name)),
    );
  const field = element(
    "div",
    { class: "number" },
    element("label", { for: input.id }, label),
    element("span", { class: "typed" }, input, select || element("span", { class: "soft" }, unit)),
    fault,
  );
  field.read = () => {
    const text = input.value.trim().replace(",", ".");
    const factor = select ? Number(select.value) : 1;
    const value = Number(text) * factor;
    const isRight = /^\d+(\.\d+)?$/.test(text) && value >= minimum && value <= maximum;
    fault.textContent =
      text === "" || isRight
        ? ""
        : `Found “${input.value.slice(0, 40)}”, expected a number from ${minimum / factor} to ${Math.floor(maximum / factor)}.`;
    input.setAttribute("aria-invalid", String(fault.textContent !== ""));
    if (fault.textContent) return undefined;
    return text === "" ? null : value;
  };
  return field;
}
