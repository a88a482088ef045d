/** The loader of clinician mode: a pasted JSON case takes the place of what is stated. */

import { read } from "./case.js";
import { button, element, fold, paragraph, ways } from "./element.js";
import { predict } from "./service.js";
import { trouble } from "./trouble.js";

/** Build the field for a case; nothing changes before the service has accepted it. */
export function loader(clinician) {
  const fault = element("div", {});
  const pasted = element("textarea", { id: "pasted", rows: 5, spellcheck: "false" });
  const load = async () => {
    fault.replaceChildren();
    try {
      const given = JSON.parse(pasted.value);
      const sent = given?.request ?? given; // a downloaded result holds its request
      await predict(sent);
      clinician.load(read(sent), sent.setting);
    } catch (error) {
      fault.replaceChildren(complaint(error, load));
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

function complaint(error, again) {
  if (!(error instanceof SyntaxError)) return trouble(error, again);
  return paragraph(`This is no JSON: ${error.message}`, { class: "fault", role: "alert" });
}
