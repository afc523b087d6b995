// What engines that speak Docker's API do in different ways, as one table. Pure. What cannot be made alike here is refused by
// agent/cli/check-engine.ts, or is a row of its own in contract/. Seen on Podman 5.4.2; each row is told in README.md.
import { imageName } from "#shared/image-name.ts";
import { epochMs, type InspectedContainer, type ListedContainer } from "./inspect.ts";
import type { LimitsBody } from "./limits.ts";

export type Dialect = {
  readonly engine: "docker" | "podman";
  /** Limits that a new container of no limits is made with, so that the engine adds none of its own. */
  readonly unlimited: LimitsBody;
  /** A tmpfs may belong to another user than root. */
  readonly tmpfsHasOwner: boolean;
  /** An update that does not name the restart policy leaves it as it is. */
  readonly updateKeepsPolicy: boolean;
  /** What has been stopped stays so, also when its program had just ended and its policy was about to start it. */
  readonly stopIsFinal: boolean;
  /** A mount whose source is missing, and an upload to a directory that is missing, are refused and make nothing. */
  readonly refusesMissing: boolean;
  /** Where an image of Docker's registry is that an archive brought, `docker.io/` and `library/` taken off. */
  readonly loadedBelow: string | undefined;
};

export const docker: Dialect = {
  engine: "docker",
  unlimited: {},
  tmpfsHasOwner: true,
  updateKeepsPolicy: true,
  stopIsFinal: true,
  refusesMissing: true,
  loadedBelow: undefined,
};

const podman: Dialect = {
  engine: "podman",
  // else it is the 2048 of containers.conf
  unlimited: { PidsLimit: -1 },
  tmpfsHasOwner: false,
  updateKeepsPolicy: false,
  stopIsFinal: false,
  refusesMissing: false,
  loadedBelow: "localhost/",
};

/** By the names of the components in the answer to "version". */
export function dialectOf(components: readonly string[]): Dialect {
  return components.includes("Podman Engine") ? podman : docker;
}

/**
 * Names under which an image may be on the host: first that by which it is pulled. An archive of `docker save` names images of Docker's
 * registry without it, and Podman takes what has no registry for a local one; what such a name means to it in a config is a matter of
 * `containers.conf` and of aliases, so it is spelled out. Ids stay as they are.
 */
export function imageNames(reference: string, { loadedBelow }: Dialect): readonly [string, ...string[]] {
  if (loadedBelow === undefined || /^(?:sha256:)?[0-9a-f]{12,64}$/.test(reference)) return [reference];
  const { registry, repository, tag, digest } = imageName(reference);
  if (registry !== "docker.io") return [reference];
  const which = `${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
  return [`docker.io/${repository}${which}`, `${loadedBelow}${repository.replace(/^library\//, "")}${which}`];
}

/**
 * Options of a tmpfs. Where it cannot be given to a user it is open to all of its container, which are processes of that user; nobody
 * else sees it.
 */
export function tmpfsOptions(options: string, { tmpfsHasOwner }: Pick<Dialect, "tmpfsHasOwner">): string {
  const all = options.split(",");
  const others = all.filter((option) => !/^[ug]id=/.test(option));
  if (tmpfsHasOwner || others.length === all.length) return options;
  return [...others.filter((option) => !option.startsWith("mode=")), "mode=1777"].join(",");
}

/** A program that ended is cleaned up after within a second or two. Where that does not happen, nothing starts it again. */
const cleanUpMs = 30_000;

/**
 * Podman's state in Docker's words. `stopped` is between the end of a program and the cleaning up after it, which also starts it again
 * where its policy says so. `now`: by the machine's clock, in epoch milliseconds.
 */
function dockerStateOf({ State: state, HostConfig: host }: InspectedContainer, now: number): string {
  const { Status: status, ExitCode: exitCode } = state;
  if (status !== "stopped") return podmanStates[status] ?? status;
  const policy = host.RestartPolicy?.Name;
  const isStarted = policy === "always" || policy === "unless-stopped" || (policy === "on-failure" && exitCode !== 0);
  const isSoon = Math.abs(now - (epochMs(state.FinishedAt) ?? now)) < cleanUpMs;
  return isStarted && isSoon ? "restarting" : "exited";
}

const podmanStates: Readonly<Partial<Record<string, string>>> = {
  configured: "created",
  initialized: "created",
  stopping: "running",
  stopped: "exited",
};

/** What Docker would have answered: a state that it has, and `bridge` among the networks of what is attached to that by another name. */
export function dockerAnswerOf(
  answer: InspectedContainer,
  { dialect, bridgeId }: { readonly dialect: Dialect; readonly bridgeId?: string | undefined },
  now: number,
): InspectedContainer {
  if (dialect.engine === "docker") return answer;
  const networks = answer.NetworkSettings?.Networks ?? {};
  const bridge =
    bridgeId === undefined ? undefined : Object.values(networks).find((one) => one?.NetworkID === bridgeId);
  return {
    ...answer,
    State: { ...answer.State, Status: dockerStateOf(answer, now) },
    NetworkSettings: { Networks: bridge ? { ...networks, bridge } : networks },
  };
}

/** The same for one of a list, which does not tell its policy. */
export function dockerItemOf(item: ListedContainer, { engine }: Dialect): ListedContainer {
  return engine === "docker" ? item : { ...item, State: podmanStates[item.State] ?? item.State };
}
