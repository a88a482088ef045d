/** Sources: who says so, read once when the first one is cited. */

import { element, list } from "./element.js";
import { get } from "./service.js";

let read = null;

/** List the sources of ids; their citations follow when they are there, for nothing waits for them. */
export function citations(ids) {
  const items = ids.map((id) => element("span", {}, `[${id}]`));
  read ??= get("/v1/sources").then(
    ({ sources }) => new Map(sources.map((source) => [source.id, source])),
  );
  read.then(
    (sources) =>
      ids.forEach((id, i) => (items[i].textContent = `[${id}] ${sources.get(id)?.citation ?? ""}`)),
    () => (read = null), // the ids stay, and the next ones try again
  );
  return list(items, { class: "sources" });
}
