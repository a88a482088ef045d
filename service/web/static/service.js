/** The service: the one way to `/v1`, by the same contract as any other client. */

import { askForKey } from "./key.js";

const PATIENCE = 20_000; // milliseconds; the longest answer under load took 1 s
const INCLUDE = "/v1/predict?include=explanation,next_questions,model_ranking";

/** A refusal of the service; `problem` is its RFC 9457 object, or what can be said without one. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail);
    this.status = status;
    this.problem = problem;
  }
}

/** No answer came: the service is down, out of reach, or takes too long. */
export class Silence extends Error {}

/** Dispatches `exchange` with `{path, body, answer, isKeyed}` after each answer about a case. */
export const exchanges = new EventTarget();

let key = ""; // in memory alone, until the page is left

/** GET what the catalogue holds at a path. Raises Refusal and Silence. */
export function get(path) {
  return request(path, {});
}

/** POST a text as a case, to see whether the service takes it. Raises Refusal and Silence. */
export function check(text) {
  return post(text);
}

/** POST a case; return the whole answer. Raises Refusal and Silence, or the signal's AbortError. */
export async function predict(body, signal) {
  const answer = await post(JSON.stringify(body), signal);
  const detail = { path: INCLUDE, body, answer, isKeyed: key !== "" };
  exchanges.dispatchEvent(new CustomEvent("exchange", { detail }));
  return answer;
}

function post(body, signal) {
  const headers = { "Content-Type": "application/json" };
  return request(INCLUDE, { method: "POST", body, headers, signal });
}

async function request(path, options) {
  const used = key;
  const response = await send(path, options);
  if (response.status !== 401) return read(response);
  if (key === used) key = await askForKey(used !== "");
  return key ? request(path, options) : read(response);
}

async function send(path, { signal, headers, ...options }) {
  const authorization = key ? { Authorization: `Bearer ${key}` } : {};
  const limit = AbortSignal.timeout(PATIENCE);
  try {
    return await fetch(path, {
      ...options,
      headers: { ...headers, ...authorization },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      cache: "no-cache",
      credentials: "omit",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Silence("The service does not answer.");
  }
}

async function read(response) {
  let content;
  try {
    content = await response.json();
  } catch {
    if (response.ok) throw new Silence("The answer of the service broke off.");
    content = { detail: `The service answered with status ${response.status}.` };
  }
  if (!response.ok) throw new Refusal(response.status, content);
  return content;
}
