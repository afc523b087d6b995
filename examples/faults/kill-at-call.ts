// Runs an agent and kills it at one of its calls to the engine.
import type { LabHost } from "#lab/host.ts";
import { startAgentOutside } from "#lab/outside-agent.ts";
import type { OutsideAgent, OutsideAgentOptions } from "#lab/outside-agent.ts";
import { startProxy } from "#lab/proxy.ts";
import type { ProxiedRequest } from "#lab/proxy.ts";

/** Before Docker sees anything of the call, or after it has answered and before the agent hears of it. */
export type Moment = "before" | "after";

export type Kill = {
  readonly moment: Moment;
  /** Counts, from 1, the calls that change the host and the wait for a container's end. Reads run in parallel, so they do not count. */
  readonly n: number;
};

/** What came of one agent. */
export type Killed = {
  /** The call at which it was killed; undefined when it came to its end before the n-th. */
  readonly cut: ProxiedRequest | undefined;
  readonly calls: number;
  /** Its output. */
  readonly said: string;
};

/** Resolves when the agent is gone. */
export async function killAtCall(host: LabHost, options: OutsideAgentOptions, { moment, n }: Kill): Promise<Killed> {
  const started = Promise.withResolvers<OutsideAgent>();
  let count = 0;
  let place: number | undefined;
  let cut: ProxiedRequest | undefined;
  const kill = async (request: ProxiedRequest): Promise<never> => {
    cut = request;
    await (await started.promise).kill();
    throw dead();
  };
  const proxy = await startProxy(host, {
    before: async (index, request) => {
      // what was on its way beside the call may have reached Docker, as it may in life; what comes later may not
      if (cut !== undefined) throw dead();
      if (!counts(request) || ++count !== n) return;
      place = index;
      if (moment === "before") await kill(request);
    },
    after: async (index, request) => {
      if (moment === "after" && index === place) await kill(request);
    },
  });
  try {
    const agent = await startAgentOutside(host, { ...options, socket: proxy.socket });
    started.resolve(agent);
    const { stdout, stderr } = await agent.ended;
    return { cut, calls: count, said: stdout + stderr };
  } finally {
    await proxy.close();
  }
}

function counts({ mutating, path }: ProxiedRequest): boolean {
  return mutating || /^\/containers\/[^/?]+\/wait\b/.test(path);
}

function dead(): Error {
  return new Error("the client is dead");
}
