// The version of the API that is spoken with the engine at hand: asked for once, and anew when the engine is another one. It must not
// import dockerode.
import { keptAnswer } from "./kept-answer.ts";
import { apiVersionFor } from "./api-version.ts";
import { dialectOf, type Dialect } from "./dialect.ts";
import { dialled, dialOptionsOf, jsonOf, type Dial, type DialOptions, type DockerAnswer } from "./docker-request.ts";
import { answerStatus, isOtherVersion } from "./errors.ts";
import * as answers from "./inspect.ts";
import { twice } from "./twice.ts";
import { withDeadline } from "./with-deadline.ts";

export type Connection = {
  readonly dial: Dial;
  readonly apiVersion: string;
  readonly dialect: Dialect;
  /** Id of the network that is asked for as `bridge`, where the engine has another name for it. */
  readonly bridgeId?: string | undefined;
};

export type DockerConnection = {
  /** The version is asked for once, and again after a failure. */
  readonly connected: () => Promise<Connection>;
  /** It may come back as another version. */
  readonly forget: () => void;
  /** One request; what another engine refuses because of the version is sent once more in one that it speaks. */
  readonly send: (connection: Connection, options: DialOptions) => Promise<DockerAnswer>;
};

const versionDeadlineMs = 60_000;

/** `closed`: the signal of its end. */
export function createDockerConnection(
  dialOf: (apiVersion: string | undefined) => Dial,
  closed: AbortSignal,
): DockerConnection {
  const negotiate = async (): Promise<Connection> =>
    withDeadline({ call: "version", deadlineMs: versionDeadlineMs, signal: closed }, async ({ signal }) => {
      const request = dialOptionsOf({ method: "GET", path: "/version" }, signal);
      const version = await twice(async () => {
        const answer = await jsonOf(await dialled(dialOf(undefined), request));
        return answers.understood(answers.VersionAnswer, answer, "version");
      }, signal);
      const apiVersion = apiVersionFor(version);
      const dialect = dialectOf(version.Components.map(({ Name }) => Name));
      const connection = { apiVersion, dialect, dial: dialOf(apiVersion) };
      return dialect.engine === "docker"
        ? connection
        : { ...connection, bridgeId: await bridgeIdOf(connection, signal) };
    });
  const { get: connected, forget } = keptAnswer(negotiate);
  return {
    connected,
    forget,
    send: async (connection, options) => {
      try {
        return await dialled(connection.dial, options);
      } catch (error) {
        if (!isOtherVersion(error)) throw error;
        // others may have asked since
        forget(connection);
        // a stream has been sent in part
        if (options.file !== undefined && !Buffer.isBuffer(options.file)) throw error;
        return dialled((await connected()).dial, options);
      }
    },
  };
}

/** Undefined where there is no such network. */
async function bridgeIdOf({ dial }: Pick<Connection, "dial">, signal: AbortSignal): Promise<string | undefined> {
  const request = dialOptionsOf({ method: "GET", path: "/networks/bridge" }, signal);
  try {
    return await twice(async () => {
      const answer = await jsonOf(await dialled(dial, request));
      return answers.understood(answers.IdAnswer, answer, "version").Id;
    }, signal);
  } catch (error) {
    if (answerStatus(error) === 404) return undefined;
    throw error;
  }
}
