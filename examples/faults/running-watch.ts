// Watches over the whole time which containers run, by the label that says what they were made for: no two may have the same.
import { createInterface } from "node:readline";
import { eventually } from "#lab/eventually.ts";
import { askDocker, openDocker } from "#lab/ask-docker.ts";
import type { LabHost } from "#lab/host.ts";

export type RunningWatch = {
  /** One line for each container that started while another with the same label ran. */
  readonly clashes: readonly string[];
  /** Resolves when the watch has seen all that has happened; throws when it has missed something. */
  readonly caughtUp: () => Promise<void>;
  readonly close: () => void;
};

const label = "flexkube.container";

type DockerEvent = {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
};

/** For a host on which none of ours runs yet. */
export async function watchRunning(host: LabHost): Promise<RunningWatch> {
  // Podman's events cannot be asked for by a label's key alone
  const stream = await openDocker(host, `/events?filters=${filters({ type: ["container"] })}`);
  const running = new Map<string, string>();
  const clashes: string[] = [];
  createInterface({ input: stream }).on("line", (line) => {
    // Docker's own document
    const { Action, Actor } = JSON.parse(line) as DockerEvent;
    const { [label]: of = "", name = "" } = Actor.Attributes;
    if (Action === "die" || Action === "destroy" || Action === "remove") running.delete(Actor.ID);
    if (Action !== "start" || of === "") return;
    if (Array.from(running.values()).includes(of)) clashes.push(`${name} started while another ${of} ran`);
    running.set(Actor.ID, of);
  });
  const isSame = async (): Promise<boolean> => {
    const found = await askDocker(host, `/containers/json?filters=${filters({ label: [label] })}`);
    // Docker's own document
    const ids = (found as readonly { readonly Id: string }[]).map(({ Id }) => Id);
    return ids.toSorted().join() === Array.from(running.keys()).toSorted().join();
  };
  return {
    clashes,
    caughtUp: async () => {
      await eventually(isSame, { what: "the watch knows what runs", everyMs: 20 });
    },
    close: () => void stream.destroy(),
  };
}

function filters(by: Readonly<Record<string, readonly string[]>>): string {
  return encodeURIComponent(JSON.stringify(by));
}
