// The engine port over Docker's socket. The only place that knows dockerode; it decides and retries nothing.
// dockerode's modem is used as it is: the methods above it put whole bodies into query strings, take no abort signal
// in some calls, and parse log text that happens to be JSON.
import { Agent } from "node:http";
import { buffer } from "node:stream/consumers";
import { inspect } from "node:util";
import Docker from "dockerode";
import { FlexkubeError } from "#shared/errors.ts";
import { apiVersionFor } from "./api-version.ts";
import { createBody } from "./create-body.ts";
import { demultiplex } from "./demultiplex.ts";
import { dialOptionsOf, jsonOf, type DialOptions, type DockerAnswer, type DockerRequest } from "./docker-request.ts";
import type * as port from "./engine.ts";
import { answerStatus, engineNotFound, engineRefused, engineUnreachable, isEngineUnreachable } from "./errors.ts";
import * as answers from "./inspect.ts";
import { jsonLines } from "./json-lines.ts";
import { liftedLimitsOf } from "./limits.ts";
import { pathStatOf } from "./path-stat.ts";
import { pullProgressOf, pullStateAfter, type PullState } from "./pull-progress.ts";
import { withDeadline, type Bounds, type Scope } from "./with-deadline.ts";

/** Limits of calls that are given none, in milliseconds. A transfer is also ended by `idle` without progress. */
const limits = { call: 60_000, transfer: 3_600_000, idle: 120_000 } as const;

type Send = (request: DockerRequest) => Promise<DockerAnswer>;
type Connection = { readonly send: (request: DockerRequest, signal: AbortSignal) => Promise<DockerAnswer>; readonly apiVersion: string };

/** Keeps connections open between calls; close it when it is no longer needed. Safe for calls at the same time. */
export class DockerodeEngine implements port.Engine {
  readonly #socketPath: string;
  readonly #agent = new QuietAgent({ keepAlive: true });
  #connection: Promise<Connection> | undefined;

  constructor(options: { readonly socketPath: string }) {
    this.#socketPath = options.socketPath;
  }

  /** Drops all connections; calls under way fail. */
  close(): void {
    this.#agent.destroy();
  }

  async info(options?: port.CallOptions): Promise<port.EngineInfo> {
    return this.#call({ call: "info", options }, async (send, { apiVersion }) => {
      const answer = await jsonOf(await send({ method: "GET", path: "/info" }));
      return answers.engineInfoOf(answers.understood(answers.InfoAnswer, answer, "info"), apiVersion);
    });
  }

  async list(
    options?: port.CallOptions & { readonly label?: string | undefined },
  ): Promise<readonly port.ContainerSummary[]> {
    return this.#call({ call: "list", options }, async (send) => {
      const filters = options?.label === undefined ? undefined : JSON.stringify({ label: [options.label] });
      const answer = await jsonOf(await send({ method: "GET", path: "/containers/json", query: { all: true, filters } }));
      return answers.understood(answers.ContainerList, answer, "list").map(answers.containerSummaryOf);
    });
  }

  async inspect(id: string, options?: port.CallOptions): Promise<port.ContainerDetails> {
    return this.#call({ call: "inspect", options }, async (send) => {
      const answer = await jsonOf(await send({ method: "GET", path: container(id, "json") }));
      return answers.containerDetailsOf(answers.understood(answers.InspectedContainer, answer, "inspect"));
    });
  }

  async create(request: port.CreateRequest, options?: port.CallOptions): Promise<string> {
    return this.#call({ call: "create", options }, async (send) => {
      const query = { name: request.name };
      const answer = await send({ method: "POST", path: "/containers/create", query, body: createBody(request) });
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
    const body = {
      ...(change.resources === undefined ? {} : liftedLimitsOf(change.resources)),
      ...(change.restart === undefined ? {} : { RestartPolicy: { Name: change.restart, MaximumRetryCount: 0 } }),
    };
    return this.#tell({ call: "update", options }, { method: "POST", path: container(id, "update"), body });
  }

  async start(id: string, options?: port.CallOptions): Promise<void> {
    return this.#tell({ call: "start", options }, { method: "POST", path: container(id, "start") });
  }

  async stop(id: string, timeoutSeconds: number, options?: port.CallOptions): Promise<void> {
    const defaults = { deadlineMs: limits.call + timeoutSeconds * 1000 };
    const request = { method: "POST", path: container(id, "stop"), query: { t: timeoutSeconds } } as const;
    return this.#tell({ call: "stop", options, defaults }, request);
  }

  async kill(id: string, signal: string, options?: port.CallOptions): Promise<void> {
    return this.#tell({ call: "kill", options }, { method: "POST", path: container(id, "kill"), query: { signal } });
  }

  async wait(id: string, options?: port.CallOptions): Promise<number> {
    return this.#call({ call: "wait", options }, async (send) => {
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
    return this.#call({ call: "logs", options }, async (send) => {
      const query = { stdout: true, stderr: true, tail: lines };
      return demultiplex(await buffer(await send({ method: "GET", path: container(id, "logs"), query })));
    });
  }

  async inspectImage(reference: string, options?: port.CallOptions): Promise<string | undefined> {
    return this.#call({ call: "inspectImage", options }, async (send) => {
      const path = `/images/${encodeURI(reference)}/json`;
      const answer = await unlessMissing(send({ method: "GET", path }));
      if (answer === undefined) return undefined;
      return answers.understood(answers.IdAnswer, await jsonOf(answer), "inspectImage").Id;
    });
  }

  async pullImage(
    reference: string,
    credentials: { readonly server: string; readonly username: string; readonly password: string } | undefined,
    options?: port.CallOptions & { readonly onProgress?: ((progress: port.PullProgress) => void) | undefined },
  ): Promise<void> {
    return this.#call({ call: "pullImage", options, defaults: transfer }, async (send, _connection, scope) => {
      const registry =
        credentials === undefined
          ? undefined
          : { username: credentials.username, password: credentials.password, serveraddress: credentials.server };
      const query = imageQuery(reference);
      const answer = await send({ method: "POST", path: "/images/create", query, registry });
      let state: PullState = new Map();
      for await (const line of progressLines(answer, "pullImage", scope)) {
        state = pullStateAfter(state, line);
        options?.onProgress?.(pullProgressOf(state));
      }
    });
  }

  async loadImage(archive: NodeJS.ReadableStream, options?: port.CallOptions): Promise<readonly string[]> {
    return this.#call({ call: "loadImage", options, defaults: transfer }, async (send, _connection, scope) => {
      archive.on("data", scope.progress);
      const broken = failureOf(archive);
      const references: string[] = [];
      const load = async (): Promise<void> => {
        const answer = await send({ method: "POST", path: "/images/load", upload: archive });
        for await (const line of progressLines(answer, "loadImage", scope)) {
          const loaded = /^Loaded image: (\S+)/.exec(line.stream ?? "")?.[1];
          if (loaded !== undefined) references.push(loaded);
        }
      };
      await Promise.race([load(), broken]);
      return references;
    });
  }

  async putArchive(id: string, path: string, tar: Uint8Array, options?: port.CallOptions): Promise<void> {
    const upload = Buffer.from(tar.buffer, tar.byteOffset, tar.byteLength);
    const query = { path, noOverwriteDirNonDir: 1 };
    const request = { method: "PUT", path: container(id, "archive"), query, upload } as const;
    return this.#tell({ call: "putArchive", options }, request);
  }

  async getArchive(id: string, path: string, options?: port.CallOptions): Promise<Uint8Array> {
    return this.#call({ call: "getArchive", options }, async (send) =>
      buffer(await send({ method: "GET", path: container(id, "archive"), query: { path } })),
    );
  }

  async statArchive(id: string, path: string, options?: port.CallOptions): Promise<port.ArchiveStat | undefined> {
    return this.#call({ call: "statArchive", options }, async (send) => {
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

  async *events(options?: port.CallOptions): AsyncGenerator<port.EngineEvent> {
    const stream = await this.#call({ call: "events", options }, (send) =>
      send({ method: "GET", path: "/events", query: { filters: JSON.stringify({ type: ["container"] }) } }),
    );
    try {
      for await (const line of jsonLines(stream))
        yield answers.engineEventOf(answers.understood(answers.EventLine, line, "events"));
    } catch (error) {
      if (options?.signal?.aborted === true) return;
      throw engineErrorOf(error, "events");
    }
    if (options?.signal?.aborted !== true) throw engineUnreachable("events", "the engine ended the stream of events");
  }
