// The Secret that brings a sealed host config to its host once Kubernetes runs. Pure.

/** Where these Secrets are; nothing else is in it. */
export const deliveryNamespace = "flexkube-delivery";
/** Key of the Secret's data. */
export const deliveryKey = "host.age";
/** Annotation of the Secret: the generation of what it holds, as whoever wrote it says. */
export const generationAnnotation = "flexkube.io/generation";
/** A number that somebody has written; undefined for anything else. */
export function generationIn(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined;
}
