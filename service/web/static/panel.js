/** The panel for developers: the last request and answer, and the same as a line of curl. */

import { button, element } from "./element.js";
import { exchanges } from "./service.js";

/** Fill a `details` element with each exchange about a case. */
export function panel(root) {
  exchanges.addEventListener("exchange", ({ detail }) => {
    const sent = JSON.stringify(detail.body, null, 2);
    const line = curl(detail);
    const said = element("span", { role: "status", class: "soft" });
    const copy = () =>
      // Absent where the page came over plain HTTP from another machine.
      (navigator.clipboard?.writeText(line) ?? Promise.reject(new Error("no clipboard"))).then(
        () => (said.textContent = " Copied."),
        () => (said.textContent = " The browser does not allow it: select the line."),
      );
    root.hidden = false;
    root.replaceChildren(
      root.querySelector("summary"),
      ...block("The same by curl", line),
      element("p", {}, button("Copy the line", copy), said),
      ...block(`Request: POST ${detail.path}`, sent),
      ...block("Answer", JSON.stringify(detail.answer, null, 2)),
    );
  });
}

function block(title, text) {
  return [
    element("h2", {}, title),
    element("pre", { tabindex: 0, role: "region", "aria-label": title }, text),
  ];
}

function curl({ path, body, isKeyed }) {
  const key = isKeyed ? ' -H "Authorization: Bearer $CAUDA_KEY"' : "";
  const type = " -H 'Content-Type: application/json'";
  return `curl ${quoted(location.origin + path)}${type}${key} -d ${quoted(JSON.stringify(body))}`;
}

/** Quote a text for a shell. */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
