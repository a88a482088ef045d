/** The question for an API key, where the service wants one. */

import { element } from "./element.js";

let asked = null; // one dialog, however many requests wait for it

/** Ask for a key, empty for none; `wasWrong` says that the one before was refused. */
export function askForKey(wasWrong) {
  asked ??= show(wasWrong).finally(() => {
    asked = null;
  });
  return asked;
}

function show(wasWrong) {
  const input = element("input", {
    id: "key",
    type: "password",
    required: true,
    autocomplete: "off",
    pattern: "[A-Za-z0-9._~+\\/\\-]+=*",
    title: "letters, digits and . _ ~ + / - only",
    "aria-describedby": "key-fault key-note",
  });
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", { id: "key-title" }, "This service needs a key"),
    wasWrong &&
      element(
        "p",
        { role: "alert", class: "fault", id: "key-fault" },
        "The service does not know that key.",
      ),
    element("label", { for: "key" }, "API key"),
    input,
    element(
      "p",
      { id: "key-note", class: "soft" },
      "It stays in the memory of this page until you leave it.",
    ),
    element(
      "p",
      { class: "ways" },
      element("button", { class: "primary", value: "use" }, "Use this key"),
      element("button", { value: "", formnovalidate: true }, "I have none"),
    ),
  );
  const dialog = element("dialog", { "aria-labelledby": "key-title" }, form);
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "use" ? input.value : "");
    });
  });
}
