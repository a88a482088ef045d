/** The vocabulary: what a case may state, as the service lists it. */

import { get } from "./service.js";

/** Read findings and attributes, in their order, by id. Raises Refusal and Silence. */
export async function readVocabulary() {
  const [{ findings }, { attributes }] = await Promise.all([
    get("/v1/findings"),
    get("/v1/attributes"),
  ]);
  return new Vocabulary(findings, attributes);
}

/** Findings and attributes by id, and what implies what. */
class Vocabulary {
  constructor(findings, attributes) {
    this.findings = new Map(findings.map((finding) => [finding.id, finding]));
    this.attributes = new Map(attributes.map((attribute) => [attribute.id, attribute]));
  }

  /** Return the question of a finding or attribute, as a page asks it that lets choose a unit. */
  question(id) {
    if (id === "duration_days") return "How long ago did these symptoms begin?";
    return (this.findings.get(id) ?? this.attributes.get(id)).question;
  }

  /** Return what a finding or attribute means, without what tells it from another id. */
  meaning(id) {
    return (this.findings.get(id) ?? this.attributes.get(id)).meaning.split(";")[0];
  }

  /** Return all that is present where a finding is, the finding left out. */
  implied(id) {
    const found = new Set();
    const open = [...this.findings.get(id).implies];
    while (open.length) {
      const next = open.pop();
      if (!found.has(next)) {
        found.add(next);
        open.push(...this.findings.get(next).implies);
      }
    }
    return found;
  }
}
