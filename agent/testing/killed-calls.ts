// Calls of an agent that may be killed before or after each of them.
import { Cut } from "./memory-disk.ts";

export class KilledCalls {
  /** Calls that change something until the agent is killed: before one of an even number, after it where odd. */
  killAfter: number | undefined;

  /** `act`: what the call does; rejects with what it throws, or with Cut. */
  protected async call(act: () => void): Promise<void> {
    const kill = this.killAfter;
    if (kill !== undefined) this.killAfter = kill - 2;
    if (kill === 0) return Promise.reject(new Cut());
    try {
      act();
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    return kill === 1 ? Promise.reject(new Cut()) : Promise.resolve();
  }
}
