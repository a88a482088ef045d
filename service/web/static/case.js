/**
 * A case as it is answered: a map from id to answer, in the order of the answers.
 *
 * A finding is true, false, or null for "don't know"; an attribute is its value or null. What was
 * not asked is not in the map. A map is never changed: each answer gives a new one.
 */

/**
 * Return a case with one answer more. A presence outweighs an absence that contradicts it: the
 * safe way, and the service refuses a case with both.
 */
export function answered(given, id, answer, vocabulary) {
  const found = new Map(given);
  found.delete(id);
  if (vocabulary.findings.has(id)) {
    if (answer === false && because(found, id, vocabulary).length) return given;
    if (answer === true) {
      for (const other of vocabulary.implied(id)) {
        if (found.get(other) === false) found.delete(other);
      }
    }
  }
  return found.set(id, answer);
}

/** Return a case without an answer. */
export function unanswered(given, id) {
  const found = new Map(given);
  found.delete(id);
  return found;
}

/** Return the findings that are stated present and make another one present. */
export function because(given, id, vocabulary) {
  if (!vocabulary.findings.has(id)) return [];
  return [...given.keys()].filter(
    (other) =>
      given.get(other) === true &&
      vocabulary.findings.has(other) &&
      vocabulary.implied(other).has(id),
  );
}

/** Return the findings that are answered so. */
export function findings(given, answer, vocabulary) {
  return [...given.keys()].filter((id) => vocabulary.findings.has(id) && given.get(id) === answer);
}

/** Return the body of a request about a case; "don't know" states nothing, and is not asked again. */
export function request(given, vocabulary, setting) {
  const attributes = [...given].filter(
    ([id, answer]) => vocabulary.attributes.has(id) && answer !== null,
  );
  const absent = findings(given, false, vocabulary);
  const unknown = [...given.keys()].filter((id) => given.get(id) === null);
  return {
    present: findings(given, true, vocabulary),
    ...(absent.length ? { absent } : {}),
    ...(attributes.length ? { attributes: Object.fromEntries(attributes) } : {}),
    ...(unknown.length ? { passed_over: unknown } : {}),
    setting,
  };
}

/** Return the case that the body of a request states, which the service has accepted. */
export function read({ present, absent = [], attributes = {}, passed_over: unknown = [] }) {
  return new Map([
    ...unknown.map((id) => [id, null]),
    ...present.map((id) => [id, true]),
    ...absent.map((id) => [id, false]),
    ...Object.entries(attributes),
  ]);
}
