/* A busy machine is slow: a step waits as long as a tour may let it, in place of ten seconds. */
const PATIENCE_MS = 60000;

/* The steps of a tour, for its `steps`. */
export const patient = (steps) => () => steps.map((step) => ({timeout: PATIENCE_MS, ...step}));
