/** What went wrong between page and service, in words, with the way on. */

import { button, element, list, paragraph } from "./element.js";
import { Refusal, Silence } from "./service.js";

const REPEATED = new Set([401, 429]); // and what is a fault of the service, from 500 on

/**
 * Build the message of a fault; `again`, if given, repeats what failed, also once the network is
 * back, if the message is still in sight. Nothing
 * that was answered is lost: it is kept by the caller.
 */
export function trouble(error, again) {
  const faults = error.problem?.errors ?? [];
  const isFinal = error instanceof Refusal && error.status < 500 && !REPEATED.has(error.status);
  const message = element(
    "section",
    { class: "trouble", role: "alert" },
    words(error),
    faults.length > 0 && list(faults.map(({ pointer, detail }) => `${pointer} ${detail}`.trim())),
    again && !isFinal && button("Try again", again, { class: "primary" }),
  );
  if (again) addEventListener("online", () => message.checkVisibility() && again(), { once: true });
  return message;
}

function words(error) {
  if (error instanceof Silence) {
    const kept = "It is down or out of reach. Your answers are kept in this page.";
    return [title("The service does not answer"), paragraph(kept)];
  }
  if (error instanceof Refusal) {
    const said = `Status ${error.status}: ${error.message}`;
    return [title("The service refused the request"), paragraph(said)];
  }
  console.error(error);
  return [title("This page has a fault"), paragraph("Your answers are kept in it.")];
}

function title(text) {
  return element("h2", {}, text);
}
