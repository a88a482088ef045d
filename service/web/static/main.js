/** The entry: the start, the interview or the clinician's form, as address and history say. */

const views = ["start", "interview", "clinician"];
const begin = document.getElementById("begin");
const resume = document.getElementById("resume");
const lost = document.getElementById("lost");
const main = document.getElementById("main");
const { title } = document;

let interview = null;
let clinician = null;
let vocabulary = null; // as it is being read, once
let isCalling = false;

/** Show what the address and the browser's history have come to. */
function route() {
  const { hash } = location;
  if (hash === "#clinician") return openClinician();
  clinician?.leave();
  if (interview && (history.state || hash === "#interview")) {
    show("interview");
    return interview.restore(history.state?.moment);
  }
  interview?.leave();
  show("start");
  document.title = title;
}

/** Show where the visitor has come by Back, Forward or a link within the page. */
function arrive() {
  route();
  if (!document.getElementById("start").hidden) document.querySelector("#start h1").focus();
}

function show(id) {
  for (const view of views) document.getElementById(view).hidden = view !== id;
  document.getElementById("signs").hidden = id !== "start";
  document.getElementById("ways").hidden = id !== "start";
  resume.hidden = !interview;
  lost.hidden = true;
}

async function start() {
  const loaded = await load("./interview.js");
  if (!loaded || location.hash === "#clinician") return;
  interview?.leave();
  interview = new loaded.Interview(document.getElementById("interview"), await vocabulary);
  show("interview");
  interview.restore();
}

async function openClinician() {
  interview?.leave();
  const loaded = clinician ? {} : await load("./clinician.js");
  if (location.hash !== "#clinician") return;
  if (!loaded) return fail(lost.textContent);
  show("clinician");
  document.title = "Clinician mode · Cauda";
  clinician ??= new loaded.Clinician(document.getElementById("clinician"), await vocabulary);
  clinician.enter();
}

/** Load a module, and the vocabulary; where the service does not answer, say so. */
async function load(module) {
  begin.disabled = true;
  try {
    const own = await import(module);
    vocabulary ??= read();
    await vocabulary;
    return own;
  } catch (error) {
    vocabulary = null;
    say(
      `The service does not answer as it should, so nothing can be asked. Try again. (${error.message})`,
    );
    return null;
  } finally {
    begin.disabled = false;
  }
}

async function read() {
  const [{ readVocabulary }, { panel }] = await Promise.all([
    import("./vocabulary.js"),
    import("./panel.js"),
  ]);
  const words = await readVocabulary();
  panel(document.getElementById("panel"));
  return words;
}

/** Say what went wrong, with the signs, which hold without anything else. */
function say(words) {
  lost.textContent = words;
  lost.hidden = document.getElementById("signs").hidden = false;
}

/** Go back to the start, from where everything can be tried again. */
function fail(words) {
  history.replaceState(null, "", location.pathname);
  show("start");
  say(words);
}

function unfold() {
  for (const fold of document.querySelectorAll("main details:not(#panel)")) fold.open = true;
}

/** Skip without an entry in the history, which would lead out of what is shown. */
function skip(event) {
  event.preventDefault();
  main.focus();
}

/** Take note of a call for help, which the browser takes for leaving the page. */
function call({ target }) {
  if (!target.closest("a[href^='tel:']")) return;
  isCalling = true;
  setTimeout(() => (isCalling = false), 1000);
}

/** Warn before answers are lost, which are in this page alone; a call for help loses none. */
function warn(event) {
  if (isCalling) return;
  if (interview?.answers.size || clinician?.answers.size) event.preventDefault();
}

begin.addEventListener("click", start);
resume.addEventListener("click", () => {
  show("interview");
  interview.resume();
});
document.querySelector(".skip").addEventListener("click", skip);
addEventListener("popstate", arrive);
addEventListener("beforeprint", unfold);
addEventListener("beforeunload", warn);
addEventListener("click", call);
for (const kind of ["error", "unhandledrejection"]) {
  addEventListener(kind, () => say("This page has a fault. Your answers are kept in it."));
}
history.scrollRestoration = "manual";
// Of an interview that a reload has forgotten, or of a link from another page.
if (history.state || location.hash === "#interview") {
  history.replaceState(null, "", location.pathname);
}
route();
