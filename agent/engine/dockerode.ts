// The engine port over Docker's socket. The only place that knows dockerode; it decides and retries nothing.
// dockerode's modem is used as it is: the methods above it put whole bodies into query strings, take no abort signal
// in some calls, and parse log text that happens to be JSON.
import Docker from "dockerode";
import { bounded, maxLogBytes } from "./bounded.ts";
import { createBody } from "./create-body.ts";
import { dockerAnswerOf, dockerItemOf, imageNames } from "./dialect.ts";
import { demultiplex } from "./demultiplex.ts";
import { eventsIn } from "./docker-events.ts";
import { outputIn, outputQuery } from "./docker-output.ts";
import type { OutputPiece } from "./frames.ts";
import { createDockerConnection, type Connection } from "./docker-connection.ts";
import { dialOptionsOf, drain, jsonOf, unlessMissing, type Dial, type Send } from "./docker-request.ts";
import { findImage } from "./find-image.ts";
import { load, pull } from "./docker-transfer.ts";
import type * as port from "./engine.ts";
import { answerStatus, engineUnreachable, isEngineUnreachable } from "./errors.ts";
import * as answers from "./inspect.ts";
import { liftedLimitsOf } from "./limits.ts";
import { pathStatOf } from "./path-stat.ts";
import * as podman from "./podman-calls.ts";
import { QuietAgent } from "./quiet-agent.ts";
import { twice } from "./twice.ts";
import { withDeadline, type Scope } from "./with-deadline.ts";

const defaultDeadlineMs = 60_000;
/** Pulls and loads may take long, but not in silence. */
const transfer = { deadlineMs: 3_600_000, idleMs: 120_000 } as const;

/** What a call is bound by; the caller's options win over the limits given here. */
type Frame = {
  readonly call: string;
  readonly options: port.CallOptions | undefined;
  readonly deadlineMs?: number;
  readonly idleMs?: number;
};

/** Keeps connections open between calls; close it when it is no longer needed. Safe for calls at the same time. */
export class DockerodeEngine implements port.Engine {
  readonly #socketPath: string;
  readonly #agent = new QuietAgent({ keepAlive: true });
  readonly #closed = new AbortController();
  readonly #connection = createDockerConnection((apiVersion) => this.#dialOf(apiVersion), this.#closed.signal);

  readonly #existsOnHost: podman.ExistsOnHost | undefined;

  /** `existsOnHost`: for engines that make what a mount lacks; without it they get no mounts but of `/`. */
  constructor(options: { readonly socketPath: string; readonly existsOnHost?: podman.ExistsOnHost | undefined }) {
    this.#socketPath = options.socketPath;
    this.#existsOnHost = options.existsOnHost;
  }

  /** Drops all connections; calls under way fail. */
  close(): void {
    this.#closed.abort(engineUnreachable("version", "the connection to it was closed here"));
    this.#agent.destroy();
  }

  async info(options?: port.CallOptions): Promise<port.EngineInfo> {
    return this.#read({ call: "info", options }, async (send, { apiVersion, dialect: { engine } }) => {
      const answer = await jsonOf(await send({ method: "GET", path: "/info" }));
      return answers.engineInfoOf(answers.understood(answers.InfoAnswer, answer, "info"), { engine, apiVersion });
    });
  }

  async list(
    options?: port.CallOptions & { readonly label?: string | undefined },
  ): Promise<readonly port.ContainerSummary[]> {
    return this.#read({ call: "list", options }, async (send, { dialect }) => {
      const filters = options?.label === undefined ? undefined : JSON.stringify({ label: [options.label] });
      const answer = await jsonOf(
        await send({ method: "GET", path: "/containers/json", query: { all: true, filters } }),
      );
      const items = answers.understood(answers.ContainerList, answer, "list");
      return items.map((item) => answers.containerSummaryOf(dockerItemOf(item, dialect)));
    });
  }

  async inspect(id: string, options?: port.CallOptions): Promise<port.ContainerDetails> {
    return this.#read({ call: "inspect", options }, async (send, connection) => {
      const answer = await jsonOf(await send({ method: "GET", path: container(id, "json") }));
      return answers.containerDetailsOf(dockerAnswerOf(answers.inspectedFor(id, answer), connection, Date.now()));
    });
  }

  async create(request: port.CreateRequest, options?: port.CallOptions): Promise<string> {
    return this.#call({ call: "create", options }, async (send, { dialect, signal }) => {
      if (!dialect.refusesMissing) await podman.refuseMissingSources(request, this.#existsOnHost, signal);
      const query = { name: request.name };
      const body = createBody(request, dialect);
      const names = imageNames(body.Image, dialect);
      const Image = (names.length === 1 ? undefined : (await findImage(send, names))?.name) ?? names[0];
      const answer = await send({ method: "POST", path: "/containers/create", query, body: { ...body, Image } });
      return answers.understood(answers.IdAnswer, await jsonOf(answer), "create").Id;
    });
  }

  async rename(id: string, name: string, options?: port.CallOptions): Promise<void> {
    return this.#tell({ call: "rename", options }, { method: "POST", path: container(id, "rename"), query: { name } });
  }

  async update(
    id: string,
    change: {
      readonly restart?: port.ContainerDetails["restart"] | undefined;
      readonly resources?: port.ContainerDetails["resources"] | undefined;
    },
    options?: port.CallOptions,
  ): Promise<void> {
    return this.#call({ call: "update", options }, async (send, { dialect }) => {
      const kept = dialect.updateKeepsPolicy ? undefined : await podman.presentPolicy(send, container(id));
      const restart = change.restart ?? kept;
      const body = {
        ...(change.resources === undefined ? {} : liftedLimitsOf(change.resources)),
        ...(restart === undefined ? {} : { RestartPolicy: { Name: restart, MaximumRetryCount: 0 } }),
      };
      await drain(await send({ method: "POST", path: container(id, "update"), body }));
    });
  }

  async start(id: string, options?: port.CallOptions): Promise<void> {
    return this.#tell({ call: "start", options }, { method: "POST", path: container(id, "start") });
  }

  async stop(id: string, timeoutSeconds: number, options?: port.CallOptions): Promise<void> {
    const deadlineMs = defaultDeadlineMs + timeoutSeconds * 1000;
    const request = { method: "POST", path: container(id, "stop"), query: { t: timeoutSeconds } } as const;
    return this.#call({ call: "stop", options, deadlineMs }, async (send, { dialect, signal }) => {
      await drain(await send(request));
      if (!dialect.stopIsFinal) await podman.stopForGood(send, container(id), request, signal);
    });
  }

  async kill(id: string, signal: string, options?: port.CallOptions): Promise<void> {
    return this.#tell({ call: "kill", options }, { method: "POST", path: container(id, "kill"), query: { signal } });
  }

  async wait(id: string, options?: port.CallOptions): Promise<number> {
    return this.#read({ call: "wait", options }, async (send) => {
      const answer = await jsonOf(await send({ method: "POST", path: container(id, "wait") }));
      return answers.understood(answers.WaitAnswer, answer, "wait").StatusCode;
    });
  }

  async remove(id: string, options?: port.CallOptions): Promise<void> {
    return this.#call({ call: "remove", options }, async (send) => {
      try {
        await drain(await send({ method: "DELETE", path: container(id), query: { force: true, v: true } }));
      } catch (error) {
        // 404: it is gone; 409 on a forced removal: another one is under way
        if (![404, 409].includes(answerStatus(error) ?? 0)) throw error;
      }
    });
  }

  async logs(id: string, lines: number, options?: port.CallOptions): Promise<string> {
    return this.#read({ call: "logs", options }, async (send) => {
      const query = { stdout: true, stderr: true, tail: lines };
      const answer = await send({ method: "GET", path: container(id, "logs"), query });
      return demultiplex(Buffer.from(await bounded(answer, maxLogBytes)));
    });
  }

  async *output(id: string, wanted: port.OutputWanted, options?: port.CallOptions): AsyncGenerator<OutputPiece> {
    const stream = await this.#call({ call: "logs", options }, (send) =>
      send({ method: "GET", path: container(id, "logs"), query: outputQuery(wanted) }),
    );
    yield* outputIn(stream, options?.signal);
  }

  async inspectImage(reference: string, options?: port.CallOptions): Promise<string | undefined> {
    return (await this.#image(reference, options))?.Id;
  }

  async imageLabels(reference: string, options?: port.CallOptions): ReturnType<port.Engine["imageLabels"]> {
    return (await this.#image(reference, options))?.Config.Labels;
  }

  async #image(reference: string, options?: port.CallOptions): Promise<answers.InspectedImage | undefined> {
    const found = this.#read({ call: "inspectImage", options }, async (send, { dialect }) =>
      findImage(send, imageNames(reference, dialect)),
    );
    return (await found)?.image;
  }

  async pullImage(
    reference: string,
    credentials: { readonly server: string; readonly username: string; readonly password: string } | undefined,
    options?: port.CallOptions & { readonly onProgress?: ((progress: port.PullProgress) => void) | undefined },
  ): Promise<void> {
    const registry = credentials && {
      username: credentials.username,
      password: credentials.password,
      serveraddress: credentials.server,
    };
    const onProgress = options?.onProgress;
    return this.#call({ call: "pullImage", options, ...transfer }, (send, { dialect, progress: alive }) =>
      pull(send, { reference: imageNames(reference, dialect)[0], registry, alive, onProgress }),
    );
  }

  async loadImage(archive: NodeJS.ReadableStream, options?: port.CallOptions): Promise<readonly string[]> {
    return this.#call({ call: "loadImage", options, ...transfer }, (send, { progress }) =>
      load(send, archive, progress),
    );
  }

  async putArchive(id: string, path: string, tar: Uint8Array, options?: port.CallOptions): Promise<void> {
    const upload = Buffer.from(tar.buffer, tar.byteOffset, tar.byteLength);
    const query = { path, noOverwriteDirNonDir: 1 };
    return this.#call({ call: "putArchive", options }, async (send, { dialect }) => {
      const to = container(id, "archive");
      if (!dialect.refusesMissing) await podman.refuseNoDirectory(send, { path: to, at: path });
      await drain(await send({ method: "PUT", path: to, query, upload }));
    });
  }

  async getArchive(
    id: string,
    path: string,
    options?: port.CallOptions & { readonly maxBytes?: number | undefined },
  ): Promise<Uint8Array> {
    return this.#read({ call: "getArchive", options }, async (send) =>
      bounded(await send({ method: "GET", path: container(id, "archive"), query: { path } }), options?.maxBytes),
    );
  }

  async statArchive(id: string, path: string, options?: port.CallOptions): Promise<port.ArchiveStat | undefined> {
    return this.#read({ call: "statArchive", options }, async (send) => {
      const answer = await unlessMissing(send({ method: "HEAD", path: container(id, "archive"), query: { path } }));
      if (answer !== undefined) {
        await drain(answer);
        return pathStatOf(answer.headers["x-docker-container-path-stat"]);
      }
      // 404 without a word: the path, or the whole container? Throws when it is the container.
      await drain(await send({ method: "GET", path: container(id, "json") }));
      return undefined;
    });
  }

  async *events(options?: port.EventOptions): AsyncGenerator<port.EngineEvent> {
    const stream = await this.#call({ call: "events", options }, (send) =>
      send({ method: "GET", path: "/events", query: { filters: JSON.stringify({ type: ["container"] }) } }),
    );
    options?.onOpen?.();
    yield* eventsIn(stream, options?.signal);
  }

  /** A call whose answer says nothing. */
  async #tell(frame: Frame, request: Parameters<Send>[0]): Promise<void> {
    return this.#call(frame, async (send) => drain(await send(request)));
  }

  /** A call that changes nothing: when its answer breaks on the way, or is none of an engine's, it is made once more. */
  async #read<T>(frame: Frame, act: (send: Send, scope: Scope & Connection) => Promise<T>): Promise<T> {
    return this.#call(frame, async (send, scope) => twice(async () => act(send, scope), scope.signal));
  }

  async #call<T>(frame: Frame, act: (send: Send, scope: Scope & Connection) => Promise<T>): Promise<T> {
    const { call, options, idleMs } = frame;
    const deadlineMs = options?.deadlineMs ?? frame.deadlineMs ?? defaultDeadlineMs;
    try {
      return await withDeadline({ call, deadlineMs, idleMs, signal: options?.signal }, async (scope) => {
        const connection = await this.#connection.connected();
        const send: Send = async (request) => this.#connection.send(connection, dialOptionsOf(request, scope.signal));
        return act(send, { ...scope, ...connection });
      });
    } catch (error) {
      if (isEngineUnreachable(error)) this.#connection.forget();
      throw error;
    }
  }

  #dialOf(apiVersion: string | undefined): Dial {
    const options = {
      socketPath: this.#socketPath,
      agent: this.#agent,
      version: apiVersion === undefined ? undefined : `v${apiVersion}`,
      // what DOCKER_HOST and its like would set otherwise
      protocol: "http",
      host: undefined,
      port: undefined,
      timeout: undefined,
    } as const;
    const docker = new Docker(options);
    // dockerode's types leave its modem open; `dial` is its one request function
    const modem = docker.modem as { readonly dial: Dial };
    return modem.dial.bind(modem);
  }
}

function container(id: string, what?: string): string {
  return `/containers/${encodeURIComponent(id)}${what === undefined ? "" : `/${what}`}`;
}
