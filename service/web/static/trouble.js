/** What went wrong between page and service, in words, with the way on. */

import { button, element, list, paragraph } from "./element.js";
import { Refusal, Silence } from "./service.js";

/**
 * Build the message of a fault; `again` repeats what failed. Nothing that was answered is lost: it
 * is kept by the caller. Raises any other error.
 */
export function trouble(error, again) {
  const isSilent = error instanceof Silence;
  if (!isSilent && !(error instanceof Refusal)) throw error;
  const faults = error.problem?.errors ?? [];
  return element(
    "section",
    { class: "trouble", role: "alert" },
    element("h2", {}, isSilent ? "The service does not answer" : "The service refused the request"),
    paragraph(
      isSilent ? "It is down or out of reach." : `Status ${error.status}: ${error.message}`,
    ),
    faults.length > 0 && list(faults.map(({ pointer, detail }) => `${pointer} ${detail}`.trim())),
    paragraph("What you have answered is kept in this page."),
    button("Try again", again, { class: "primary" }),
  );
}
