// Faults on demand for the fake engine: failing and hanging calls, and the agent's death at a chosen call.
import type { Engine } from "#agent/engine/engine.ts";

export type EngineMethod = keyof Engine;

export type FakeCall = {
  readonly method: EngineMethod | "step";
  /** True when it changes something; those are what `crashAfter` counts. */
  readonly mutating: boolean;
  /** A container's name, an image, or `container:path`. */
  readonly subject: string;
};

/** Where in the n-th call the agent dies; `within` leaves an upload half done and is `before` for other calls. */
export type CrashPoint = "before" | "within" | "after";

/**
 * What befalls one call: its answer is `error`, or never comes, and the engine has or has not done what was asked; or the engine does
 * it and answers something else, which must have the form of the true answer.
 */
export type CallFault =
  | { readonly error: Error | "hang"; readonly isDone: boolean }
  | { readonly lie: (answer: unknown) => unknown };

/** Thrown by every call of an agent that is dead. */
export class FakeCrash extends Error {
  override readonly name = "FakeCrash";
}

export function isFakeCrash(error: unknown): error is FakeCrash {
  return error instanceof Error && error.name === "FakeCrash";
}

type Planned = {
  readonly method: EngineMethod;
  readonly error: Error | "hang";
  readonly concerns: (subject: string) => boolean;
  times: number;
};
const everything = (): boolean => true;

/** Switches that tests turn; the engine asks it at each call. */
export class FakeFaults {
  #planned: readonly Planned[] = [];
  #crash: { left: number; readonly at: CrashPoint } | undefined;
  #dead = false;
  #spoiled: { left: number; readonly fault: (call: FakeCall) => CallFault; met?: FakeCall } | undefined;

  /** The next calls of this method, on the subjects that `concerns` names, fail with `error` and change nothing. */
  fail(method: EngineMethod, error: Error, times = 1, concerns: Planned["concerns"] = everything): void {
    this.#planned = [...this.#planned, { method, error, times, concerns }];
  }

  /** The next calls of this method hang until their deadline or signal and change nothing. */
  hang(method: EngineMethod, times = 1): void {
    this.#planned = [...this.#planned, { method, error: "hang", times, concerns: everything }];
  }

  /** The agent dies at the n-th mutating call from now (1 is the next): that call and all later ones throw FakeCrash. */
  crashAfter(n: number, at: CrashPoint = "after"): void {
    this.#crash = { left: n, at };
    this.#dead = false;
  }

  /** The n-th call from now (1 is the next), whatever it is, meets the fault; the steps of programs are no calls. */
  spoilCall(n: number, fault: (call: FakeCall) => CallFault): void {
    this.#spoiled = { left: n, fault };
  }

  /** The call that `spoilCall` has met. */
  get spoiled(): FakeCall | undefined {
    return this.#spoiled?.met;
  }

  /** Counts the call for `spoilCall` and answers what befalls it. */
  spoil(call: FakeCall): CallFault | undefined {
    const spoiled = this.#spoiled;
    if (spoiled === undefined || (spoiled.left -= 1) !== 0) return undefined;
    spoiled.met = call;
    return spoiled.fault(call);
  }

  /** Forgets all faults; a dead agent's successor may call. */
  clear(): void {
    this.#planned = [];
    this.#crash = undefined;
    this.#spoiled = undefined;
    this.#dead = false;
  }

  /** True when `crashAfter` has come into force. */
  get dead(): boolean {
    return this.#dead;
  }

  /** Counts the call. Answers where it is to die, if at all; throws when the agent is dead already. */
  enter(call: FakeCall): CrashPoint | undefined {
    if (this.#dead) throw new FakeCrash("The agent is dead.");
    if (!call.mutating || this.#crash === undefined) return undefined;
    this.#crash.left -= 1;
    return this.#crash.left === 0 ? this.#crash.at : undefined;
  }

  /** Kills the agent. */
  die(): never {
    this.#dead = true;
    throw new FakeCrash("The agent dies here.");
  }

  /** The planned fault of this call, used up. */
  take({ method, subject }: FakeCall): Error | "hang" | undefined {
    const planned = this.#planned.find((candidate) => candidate.method === method && candidate.concerns(subject));
    if (planned === undefined) return undefined;
    planned.times -= 1;
    if (planned.times <= 0) this.#planned = this.#planned.filter((other) => other !== planned);
    return planned.error;
  }
}
