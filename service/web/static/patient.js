/** The patient in clinician mode: whose patient it is, and the attributes. */

import { isNumber, spoken } from "./control.js";
import { element, section } from "./element.js";
import { quantity } from "./quantity.js";
import { get } from "./service.js";

/** Build the fields with what the clinician has stated. */
export function patient(clinician) {
  const attributes = [...clinician.vocabulary.attributes.values()];
  const fields = attributes.map((attribute) => field(attribute, clinician));
  return section("Patient", element("div", { class: "fields" }, setting(clinician), fields));
}

/** Build the choice of the setting; the meanings follow when the service has sent them. */
function setting(clinician) {
  const now = clinician.setting;
  const choice = select("Setting", [[now, now]], now, (id) => clinician.setIn(id));
  const fill = ({ settings }) => {
    const options = settings.map(({ id, meaning }) => option(id, meaning, id === now));
    choice.querySelector("select").replaceChildren(...options);
  };
  get("/v1/settings").then(fill, () => null); // the present one stays
  return choice;
}

function field({ id, meaning, values }, clinician) {
  const { answers, vocabulary } = clinician;
  if (isNumber(id, vocabulary)) {
    const typed = quantity(id, meaning, vocabulary, answers.get(id));
    // A number that cannot be read is unknown, so that no answer rests on the one before it.
    typed.addEventListener("input", () => clinician.state(id, typed.tell() ?? undefined));
    return typed;
  }
  const options = [["", "unknown"], ...values.map((value) => [value, spoken(value)])];
  const choose = (value) => clinician.state(id, value || undefined);
  return select(meaning, options, answers.get(id) ?? "", choose);
}

function select(label, options, chosen, choose) {
  return element(
    "label",
    { class: "number" },
    element("span", {}, label),
    element(
      "select",
      { onchange: ({ target }) => choose(target.value) },
      options.map(([value, words]) => option(value, words, value === chosen)),
    ),
  );
}

function option(value, words, selected) {
  return element("option", { value, selected }, words);
}
