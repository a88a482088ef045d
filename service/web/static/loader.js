/** The loader of clinician mode: a pasted JSON case takes the place of what is stated. */

import { read } from "./case.js";
import { button, element, fold, paragraph, ways } from "./element.js";
import { check } from "./service.js";
import { trouble } from "./trouble.js";

/** Build the field for a case; nothing changes before the service has accepted it. */
export function loader(clinician) {
  const fault = element("div", {});
  const pasted = element("textarea", { id: "pasted", rows: 5, spellcheck: "false" });
  const load = async () => {
    fault.replaceChildren();
    const before = clinician.answers;
    try {
      const { text, given } = parsed(pasted.value);
      await check(text);
      if (clinician.answers === before) clinician.load(read(given), given.setting);
      else fault.replaceChildren(paragraph("The case was changed meanwhile: nothing was loaded."));
    } catch (error) {
      fault.replaceChildren(complaint(error));
    }
  };
  return fold(
    "Load a case",
    element("label", { for: "pasted" }, "Paste a JSON case, as POST /v1/predict takes it"),
    pasted,
    ways(
      button("Load", load),
      button("Clear everything", () => clinician.load(new Map())),
    ),
    fault,
  );
}

/** Read a case, or the request of a downloaded result; as text it is what was pasted, for the
 * service refuses what JSON here would pass over, such as a key that stands twice. */
function parsed(text) {
  const given = JSON.parse(text);
  if (given?.request === undefined) return { text, given };
  return { text: JSON.stringify(given.request), given: given.request };
}

function complaint(error) {
  const kept = paragraph("Nothing was loaded: what is stated and found is still the case before.");
  if (!(error instanceof SyntaxError)) return element("div", {}, trouble(error), kept);
  const fault = paragraph(`This is no JSON: ${error.message}`, { class: "fault", role: "alert" });
  return element("div", {}, fault, kept);
}
