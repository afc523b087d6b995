// The addresses of the network that the agent lives in: the host's own, since it shares the host's network.
import { networkInterfaces } from "node:os";
import { errorCode } from "#shared/error-code.ts";

/** Without prefix lengths and zones, loopback ones included; undefined when the system does not tell. */
export function ownAddresses(): readonly string[] | undefined {
  try {
    return Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address));
  } catch (error) {
    // the only error that it throws: a system that hides its interfaces
    if (errorCode(error) === "ERR_SYSTEM_ERROR") return undefined;
    throw error;
  }
}
