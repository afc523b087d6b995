// Decides when the host's packet filter is looked at: a look takes a container, and a host on which all is well gets one an hour.
import { hourMs } from "#shared/duration.ts";
import type { Log } from "#agent/log/round-log.ts";
import type { Clock } from "#shared/clock.ts";
import { canonical } from "#shared/canonical.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";
import { lookAtFirewall } from "./look-at-firewall.ts";
import type { FirewallQuestion, FirewallSources } from "./look-at-firewall.ts";

/** `isWell`: the plan is empty and nothing is blocked. */
export type WatchFirewall = (
  question: FirewallQuestion,
  about: { readonly isWell: boolean; readonly signal: AbortSignal },
) => Promise<readonly PreflightFinding[]>;

export type WatchSources = FirewallSources & {
  readonly clock: Clock;
  readonly log: Pick<Log, "debug">;
  /** For a command that ends after one plan: where all is well it looks at nothing. The loop does that once an hour. */
  readonly once: boolean;
};

/** Shorter than an interval between ticks, longer than one tick's looks are apart. */
const soonMs = 30_000;

/**
 * The newest findings, or those of a look that is fresh: of the last half minute while something is not well, of the last hour otherwise. A look
 * that fails is logged and tells nothing, as that of a host on which nobody can look.
 */
export function createFirewallWatch({ clock, log, once, ...sources }: WatchSources): WatchFirewall {
  let last: { readonly of: string; readonly at: number; readonly findings: readonly PreflightFinding[] } | undefined;
  return async (question, { isWell, signal }) => {
    if (question.ports.length === 0 || (once && isWell)) return [];
    const of = canonical(question);
    const freshMs = isWell && last?.findings.length === 0 ? hourMs : soonMs;
    if (last?.of === of && clock.now() - last.at < freshMs) return last.findings;
    let findings: readonly PreflightFinding[] = [];
    try {
      findings = await lookAtFirewall(sources, question);
    } catch (error) {
      signal.throwIfAborted();
      if (!isFlexkubeError(error)) throw error;
      log.debug({ err: error, reason: reasonOf(error) }, "the packet filter cannot be looked at");
    }
    last = { of, at: clock.now(), findings };
    return findings;
  };
}
