// The report that an agent keeps on its host, read without the agent and without the engine, whatever becomes of them.
import type { LabHost } from "./host.ts";

/** What report.json says, as far as tests look at it. */
export type HostReport = {
  readonly tick: number;
  readonly result: string;
  /** RFC 3339. */
  readonly writtenAt: string;
  readonly configDigest?: string;
  readonly generation?: number;
  readonly components: readonly { readonly container: string; readonly state: string; readonly healthy: boolean }[];
  readonly blocked: readonly { readonly container: string; readonly code: string; readonly reason: string }[];
  readonly etcdBackup?: {
    readonly newest?: { readonly name: string; readonly takenAt: string };
    readonly restoredAt?: string;
    readonly failures: number;
  };
  readonly warnings: readonly string[];
  readonly error?: { readonly code: string; readonly message: string; readonly details: string };
};

/** Of the last tick that has written one. Throws while there is none. */
export async function readReport(host: LabHost): Promise<HostReport> {
  // the agent's own report; a test that reads more than is there fails by itself
  return JSON.parse((await host.readFile("/var/lib/flexkube/report.json")).toString()) as HostReport;
}
