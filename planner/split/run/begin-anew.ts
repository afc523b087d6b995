// A new cluster in the place of one before: nothing of it is taken over, and nothing of it is lost.
import { join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import { stateFileName } from "#planner/state/planner-state.ts";
import type { Effects } from "#planner/effects.ts";
import type { OpenedCluster, SetAside } from "#planner/split/prepared-split.ts";
import { hostFiles } from "#planner/split/read/read-life.ts";
import type { Known } from "#planner/split/read/read-state.ts";
import { stateAnew } from "#planner/split/read/read-state.ts";
import { headOf } from "#planner/life/host-file.ts";

export type Anew = {
  /** The PKI and the host configs as they are once all is set aside. */
  readonly effects: Effects;
  readonly known: Known;
  readonly setAside: readonly SetAside[];
};

/** What split makes in a directory of the PKI; the rest may be the user's. */
const ours: ReadonlySet<string> = new Set(["etcd", "kubernetes", "front-proxy", "delivery", stateFileName]);

/** Reads what is there; writes nothing. Throws PKI_UNREADABLE and PKI_MISMATCH for a state that is not of this cluster. */
export async function beginAnew({ directories, loaded }: OpenedCluster, effects: Effects): Promise<Anew> {
  const { out, pki } = directories;
  const state: PlannerState = await stateAnew(loaded, directories, effects);
  const hosts: string[] = [];
  for await (const { host, bytes } of hostFiles(out, effects))
    if (headOf(bytes.toString("utf8"))?.cluster === loaded.config.name) hosts.push(`${host}.yaml`);
  const inPki = await effects.files.list(pki);
  const inOut = await effects.files.list(out);
  const to = `old-${freeNumber([...inPki, ...inOut])}`;
  const setAside = [
    { from: out, to: join(out, to), names: hosts },
    { from: pki, to: join(pki, to), names: inPki.filter((name) => ours.has(name)) },
  ].filter(({ names }) => names.length > 0);
  return {
    effects: withoutPki(effects, new Set(hosts.map((name) => join(out, name))), join(pki, stateFileName)),
    known: { state, text: undefined, proofs: [], warnings: [] },
    setAside,
  };
}

/** Moves what is set aside, the state last: a run that is killed on the way is refused by the next, not mixed. */
export async function moveAside(
  setAside: readonly SetAside[],
  founding: string,
  { files }: Pick<Effects, "files">,
): Promise<void> {
  for (const { from, names, to } of setAside) {
    await files.makeDirectory(to, 0o700);
    for (const name of names.filter((each) => each !== stateFileName))
      await files.move(join(from, name), join(to, name));
    if (!names.includes(stateFileName)) continue;
    const state = await files.readFile(join(from, stateFileName));
    if (state === undefined)
      throw new FlexkubeError("FILES_UNREADABLE", "a file cannot be read", {
        path: join(from, stateFileName),
        reason: "it was removed meanwhile",
      });
    await files.writeFileAtomic(join(to, stateFileName), state.bytes, 0o600);
    // the generations stay known from one file to the other
    await files.writeFileAtomic(join(from, stateFileName), Buffer.from(founding), 0o600);
  }
}

function freeNumber(names: readonly string[]): number {
  const used = names.map((name) => Number(/^old-([0-9]+)$/.exec(name)?.[1] ?? "0"));
  return Math.max(0, ...used) + 1;
}

function withoutPki(effects: Effects, hosts: ReadonlySet<string>, state: string): Effects {
  const { files, pki } = effects;
  return {
    ...effects,
    files: {
      ...files,
      readFile: (path) => (path === state || hosts.has(path) ? Promise.resolve(undefined) : files.readFile(path)),
      list: async (path) => (await files.list(path)).filter((name) => !hosts.has(join(path, name))),
    },
    pki: { ...pki, readFile: () => Promise.resolve(undefined) },
  };
}
