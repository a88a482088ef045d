/** What went wrong between page and service, in words, with the way on. */

import { button, element, list } from "./element.js";
import { Refusal, Silence } from "./service.js";

const SIGNS = "If you have one of the emergency signs below, do not wait for this page: get help now.";

/** Build the message of a fault; `again` repeats what failed. The answers are kept by the caller. */
export function trouble(error, again) {
  const isSilent = error instanceof Silence;
  if (!isSilent && !(error instanceof Refusal)) throw error;
  const faults = (error.problem?.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`.trim());
  return element(
    "section",
    { class: "trouble", role: "alert" },
    element("h2", {}, isSilent ? "The service does not answer" : "The service refused the request"),
    element("p", {}, isSilent ? "It is down or out of reach." : `Status ${error.status}: ${error.message}`),
    faults.length > 0 && list(faults),
    element("p", {}, "Your answers are kept in this page. ", element("strong", {}, SIGNS)),
    button("Try again", again, { class: "primary" }),
  );
}
