/** The entry: the start, the interview or the clinician's form, as address and history say. */

const views = ["start", "interview", "clinician"];
const lost = document.getElementById("lost");
const signs = document.getElementById("signs");

let interview = null;
let clinician = null;

/** Show what the address and the browser's history have come to. */
function route() {
  const { hash } = location;
  if (hash === "#clinician") return openClinician();
  if (interview && (history.state || hash === "#interview")) {
    show("interview");
    return interview.restore(history.state?.moment);
  }
  show("start");
}

function show(id) {
  for (const view of views) document.getElementById(view).hidden = view !== id;
  signs.hidden = id !== "start";
  lost.hidden = true;
}

async function begin() {
  const loaded = await load("./interview.js");
  if (!loaded) return;
  show("interview");
  interview = new loaded.Interview(document.getElementById("interview"), loaded.vocabulary);
}

async function openClinician() {
  const loaded = clinician ? {} : await load("./clinician.js");
  if (!loaded) return;
  show("clinician");
  clinician ??= new loaded.Clinician(document.getElementById("clinician"), loaded.vocabulary);
}

/** Load a module and what every view needs; where the service does not answer, say so. */
async function load(module) {
  try {
    const [own, { readVocabulary }, { panel }] = await Promise.all(
      [module, "./vocabulary.js", "./panel.js"].map((each) => import(each)),
    );
    const vocabulary = await readVocabulary();
    panel(document.getElementById("panel"));
    return { ...own, vocabulary };
  } catch (error) {
    lost.textContent = `The service does not answer as it should, so nothing can be asked. Try again. (${error.message})`;
    lost.hidden = signs.hidden = false;
    return null;
  }
}

function unfold() {
  for (const fold of document.querySelectorAll("main details:not(#panel)")) fold.open = true;
}

document.getElementById("begin").addEventListener("click", begin);
document.getElementById("ways").hidden = false;
addEventListener("popstate", route);
addEventListener("beforeprint", unfold);
if (history.state) history.replaceState(null, ""); // of an interview that a reload has forgotten
route();
