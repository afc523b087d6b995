// A cluster config whose agents look every few seconds instead of every minute: for tests that wait for what a tick finds.

/** For `edit` of a cluster that has no section `agent`. */
export function lookOften(text: string): string {
  const often = text.replace("\nhosts:", "\nagent: { interval: 5s, jitter: 500ms }\nhosts:");
  if (often === text || /^agent:/m.test(text)) throw new Error("no place for a section agent in this cluster config");
  return often;
}
