// What is remembered of a try that failed: which wish it was about, how often, and when it is tried again.
import type { Ledger, Verdict } from "#shared/state/ledger.ts";

/** What was tried: a container or objects of the cluster, by the digest of the wish, under the host config with this hash. */
export type Tried = { readonly name: string; readonly digest: string; readonly config: string };

/** The engine or the check of files refused it; `engineError` when that may be the engine's own trouble. */
export function refusedVerdict(
  ledger: Ledger,
  tried: Tried,
  failure: { readonly reason: string; readonly now: number; readonly engineError: boolean },
): Verdict {
  const { reason, now: at, engineError } = failure;
  return {
    ...about(tried),
    state: "failed",
    reason,
    at,
    tries: triesOf(ledger, tried) + 1,
    ...(engineError ? { engineError: true } : {}),
  };
}

const firstPauseMs = 10_000;
const longestPauseMs = 600_000;

/** Objects of the cluster that failed are tried again after 10 s, then after twice as long each time, up to ten minutes. */
export function postponedObjects(
  ledger: Ledger,
  tried: Tried,
  { reason, now }: { readonly reason: string; readonly now: number },
): Verdict {
  const tries = triesOf(ledger, tried) + 1;
  const until = now + Math.min(firstPauseMs * 2 ** Math.min(tries - 1, 10), longestPauseMs);
  return { ...about(tried), state: "postponed", until, reason, at: now, tries };
}

function about({ digest, config }: Tried): Pick<Verdict, "digest" | "config"> {
  return { digest, config };
}

/** How often this wish failed under this host config. */
function triesOf({ verdicts }: Ledger, { name, digest, config }: Tried): number {
  const before = verdicts[name];
  return before?.digest === digest && before.config === config ? before.tries : 0;
}
