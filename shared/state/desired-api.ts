// The Kubernetes API as an agent reaches it.
import type { Secret } from "#shared/secret.ts";

/** The Kubernetes API and who we are there; PEM texts, no names of secrets. */
export type DesiredApi = {
  /** URL without a path. */
  readonly server: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: Secret<string>;
};
