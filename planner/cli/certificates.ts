// flexkube-planner certificates: a list of all, or one made anew before it is due.
import { nearest } from "#shared/nearest.ts";
import { exitCodes } from "#shared/errors.ts";
import { rowsText } from "#shared/printable.ts";
import { usage } from "#shared/command-line/usage.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import type { CertificatesOutput } from "#planner/output/certificates-output.ts";
import type { Effects } from "#planner/effects.ts";
import { timeText } from "#planner/pki/certificate.ts";
import { preparePki } from "#planner/pki/prepare-pki.ts";
import type { PreparedSplit } from "#planner/split/prepared-split.ts";
import { certificateRows, certificatesJson, certificatesText } from "#planner/split/report/report-certificates.ts";
import { openCluster, prepareSplit } from "#planner/split/run/prepare-split.ts";
import { openSplitCluster } from "./open-split-cluster.ts";
import type { Options } from "./parse-options.ts";

/** Throws INTERNAL_USAGE for a name that no certificate has, CONFIG_*, PKI_* as a split does. */
export async function certificatesCommand(options: Options, effects: Effects): Promise<number> {
  if (options.renew !== undefined) return renew(options.renew, options, effects);
  const prepared = await prepareSplit(await openCluster(options, effects), options, effects);
  const rows = certificateRows(prepared.pki);
  const now = effects.clock.now();
  if (options.json) {
    const { name } = prepared.cluster.config;
    const certificates = certificatesJson(rows);
    const output: CertificatesOutput = { version: outputVersion, cluster: name, at: timeText(now), certificates };
    effects.print(`${JSON.stringify(output, undefined, 2)}\n`);
  } else effects.print(certificatesText(rows, now));
  return exitCodes.ok;
}

/** This one alone, as a split does when it is due. Killed anywhere, the pair is whole; host configs follow with the next split. */
async function renew(name: string, options: Options, effects: Effects): Promise<number> {
  if (options.json) throw usage("--renew", "prints no data: leave --json and --output out");
  const opened = await openSplitCluster(options, effects);
  const { pki: directory } = opened.directories;
  const lock = await effects.lock.acquire(directory);
  try {
    // all that a split refuses is refused here too: keys of another life, a clock that is wrong
    const prepared = await prepareSplit(opened, options, effects);
    const { request, ca, host } = chosen(name, prepared);
    const made = await preparePki({
      directory,
      cas: [ca],
      certificates: [request],
      renew: new Set([request.id]),
      io: effects.pki,
      clock: effects.clock,
    });
    await lock.check();
    await made.write();
    const [leaf] = made.leaves;
    const end = leaf === undefined ? "" : `, ends at ${timeText(leaf.given.notAfter)}`;
    effects.print(
      rowsText([
        `${directory}/${request.id}.crt: made anew${end}`,
        `now: flexkube-planner split, and deliver to ${host}; until then it has the one before`,
      ]),
    );
  } finally {
    await lock.release();
  }
  return exitCodes.ok;
}

function chosen(name: string, { pki }: PreparedSplit) {
  const leaf = pki.leaves.find(({ request }) => request.id === name);
  if (leaf === undefined) throw usage(name, unknownText(name, pki));
  const { request } = leaf;
  const ca = pki.authorities.find(({ id }) => id === request.ca);
  if (ca === undefined || pki.changes.some(({ id }) => id === `${request.ca}/ca`))
    throw usage(name, "its CA is not made yet: run flexkube-planner split first");
  return { request, ca, host: pki.holders.get(name) ?? "its host" };
}

function unknownText(name: string, { leaves, cas }: PreparedSplit["pki"]): string {
  if ([...cas.keys()].some((id) => name === `${id}/ca`))
    return "a CA is not renewed: all that trusts it would have to be told first";
  const near = nearest(
    name,
    leaves.map(({ request }) => request.id),
  );
  const hint = near === undefined ? "; flexkube-planner certificates lists all" : ` (did you mean ${near}?)`;
  return `there is no such certificate${hint}`;
}
