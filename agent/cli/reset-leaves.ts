// What `reset` leaves on the host, told before and after, since only a person may remove it.
import { rowsText } from "#shared/printable.ts";
import type { Engine } from "#agent/engine/engine.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import { dataDirectories } from "./data-directories.ts";
import type { Options } from "./options.ts";

export type Leaves = {
  readonly data: readonly string[];
  /** Directories of backups, which stay with --data too. */
  readonly backups: readonly string[];
  /** References that are on the host. */
  readonly images: readonly string[];
  readonly files: readonly string[];
};

/** Nothing is known of data and images without a host config. */
export async function leavesOf(
  before: DesiredState | undefined,
  { config, state, data }: Options,
  engine: Pick<Engine, "inspectImage">,
): Promise<Leaves> {
  const wanted = [...new Set((before?.containers ?? []).map(({ spec }) => spec.image))].toSorted();
  const there = await Promise.all(wanted.map(async (image) => (await engine.inspectImage(image)) !== undefined));
  return {
    data: data ? [] : dataDirectories(before),
    backups: before?.etcdBackup === undefined ? [] : [before.etcdBackup.directory],
    images: wanted.filter((_, index) => there[index] === true),
    files: [...(config === "-" ? [] : [config]), state],
  };
}

/** A line each. */
export function leavesLines({ data, backups, images, files }: Leaves): string {
  const lines = [
    ...data.map((path) => `# data stays: ${path} (--data removes it)`),
    ...backups.map((path) => `# backups of etcd stay: ${path}`),
    ...images.map((image) => `# image stays: ${image}`),
    ...files.map((path) => `# stays: ${path}`),
  ];
  return rowsText(lines);
}
