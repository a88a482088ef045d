/** The wait for the service: said after a moment, with the emergency signs after a longer one. */

import { showSigns } from "./signs.js";

const MOMENT = 500; // milliseconds
const LONG = 5000;

/** Begin to wait; the function that is returned ends it, as does the signal. */
export function wait(signal) {
  const status = document.getElementById("status");
  const timers = [
    setTimeout(() => (status.textContent = "Asking the service…"), MOMENT),
    setTimeout(showSigns, LONG),
  ];
  const end = () => {
    for (const timer of timers) clearTimeout(timer);
    status.textContent = "";
  };
  signal.addEventListener("abort", end);
  return end;
}
