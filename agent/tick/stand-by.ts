// What a loop does while another one is at work on the host: it says so, and keeps its hands off containers and state.
import { openLedger } from "./keep-ledger.ts";
import { lockedByLoop } from "#agent/presence/locked-by-loop.ts";
import type { Presence } from "#agent/presence/presence.ts";
import { elapsed, reportOf } from "./run-tick.ts";
import type { TickOptions } from "./run-tick.ts";
import type { Agent } from "./tick.ts";

export type StandByOptions = TickOptions & {
  /** Tells of another loop on this host; without it nobody is waited for. */
  readonly presence?: Pick<Presence, "other"> | undefined;
  /** Called once when it begins to stand by. */
  readonly onStandBy?: (() => Promise<void>) | undefined;
};

const everyMs = 2000;

/**
 * Waits until no other loop is at work here, or the signal aborts; resolves to whether it had to. Writes no file: the
 * state directory may be the other one's. Only its own health endpoint is told.
 */
export async function standBy(options: StandByOptions, count: number): Promise<boolean> {
  const { agent, presence, signal, alive, onReport } = options;
  const failingSince = elapsed(options);
  let stands = false;
  for (;;) {
    alive?.();
    const begun = elapsed(options);
    const other = signal.aborted ? undefined : await presence?.other();
    if (other === undefined) break;
    const error = lockedByLoop(other);
    const { container, since } = other;
    if (!stands) await options.onStandBy?.();
    stands = true;
    agent.log.lasts({
      level: "warn",
      message: `${error.message}; this one stands by and does nothing`,
      over: "the other agent's loop has ended; this one goes to work",
      about: {},
      is: { container, since },
    });
    agent.log.endRound(false);
    const facts = { result: "locked", error } as const;
    onReport(reportOf(options, { count, before: undefined, failingSince }, { facts, begun }), undefined);
    await agent.clock.sleep(everyMs, signal).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
    });
  }
  if (stands && !signal.aborted) agent.log.endRound(true);
  return stands;
}

/** What was read of the state before the other loop ended is read anew. */
export async function takingOver(agent: Agent): Promise<Agent> {
  return { ...agent, ledger: await openLedger(agent.state, agent.log), startedAt: agent.clock.now() };
}
