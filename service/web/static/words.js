/** Numbers and levels in plain words. */

/** The levels, the most urgent first, as a heading says them. */
export const LEVELS = {
  emergency: "Emergency: get help now",
  urgent: "Urgent: within 24 hours",
  primary_care: "Soon: within days",
  self_care: "Self-care",
};

/**
 * From which probability on a word is used: the scale of the IPCC (2010, guidance note, table 1)
 * without its ends, for nothing that was learned from synthetic cases is certain.
 */
const LIKELIHOODS = [
  [0.9, "very likely"],
  [0.66, "likely"],
  [0.33, "about as likely as not"],
  [0.1, "unlikely"],
  [0, "very unlikely"],
];

/** Return the word for a probability. */
export function likelihood(probability) {
  return LIKELIHOODS.find(([least]) => probability >= least)[1];
}

/** Write a probability as people out of a hundred. */
export function outOf100(probability) {
  if (probability === 0) return "not possible by these answers";
  if (probability < 0.01) return "fewer than 1 in 100";
  return probability > 0.99
    ? "more than 99 in 100"
    : `about ${Math.round(100 * probability)} in 100`;
}

/** Write a probability in percent, with as many digits as say something. */
export function percent(probability) {
  if (probability > 0 && probability < 0.0001) return "<0.01 %";
  if (probability > 0.99 && probability < 1) return ">99 %";
  return `${(100 * probability).toFixed(probability < 0.01 ? 2 : probability < 0.1 ? 1 : 0)} %`;
}
