// Reads reports that were carried from the hosts: every file of a directory, bounded, whatever is in it.
import { join } from "node:path";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { Effects } from "#planner/effects.ts";
import type { Carried } from "#planner/fleet/fleet.ts";
import { maxReportBytes, reportIn } from "#planner/fleet/host-report.ts";
import { inWords } from "#planner/io/reason-of.ts";

type Files = Pick<Effects, "files">;

/** What cannot be read, or is no report, says why in its place. Hidden files are left out. Throws FILES_UNREADABLE for the directory. */
export async function carriedReports(directory: string, { files }: Files): Promise<readonly Carried[]> {
  const names = (await files.list(directory)).filter((name) => !name.startsWith("."));
  if (names.length === 0 && (await files.accessOf(directory)) === undefined)
    throw new FlexkubeError("FILES_UNREADABLE", "a file cannot be read", { path: directory, reason: "ENOENT" });
  const carried: Carried[] = [];
  for (const name of names) carried.push({ file: name, report: await reportAt(join(directory, name), { files }) });
  return carried;
}

async function reportAt(path: string, { files }: Files): Promise<Carried["report"]> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  const take = (piece: Uint8Array, size: number): void => {
    bytes = Math.max(bytes + piece.byteLength, size);
    // ends the reading
    if (bytes > maxReportBytes)
      throw new FlexkubeError("FILES_UNREADABLE", "a file cannot be read", { path, reason: "" });
    // the memory of a piece is used again
    pieces.push(Buffer.from(piece));
  };
  try {
    if (!(await files.readPieces(path, take))) return { problem: "is gone" };
  } catch (error) {
    if (!isFlexkubeError(error, "FILES_UNREADABLE")) throw error;
    if (bytes > maxReportBytes)
      return { problem: `is no report: it is larger than ${maxReportBytes / 1024 / 1024} MiB` };
    return { problem: `cannot be read: ${inWords(error.details.reason)}` };
  }
  return reportIn(Buffer.concat(pieces).toString("utf8"));
}
