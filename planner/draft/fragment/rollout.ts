// The hash of a component's cluster-wide settings, equal on all its hosts.
import { hashOf } from "#shared/canonical.ts";

const digits = 16;

/** Overrides and what differs from host to host by nature must not be in `settings`. */
export function rolloutOf(settings: unknown): string {
  return hashOf(settings).slice(0, digits);
}
