// How a plug-in and its caller find each other: variables of the environment, and one line on standard output.

/** Of Terraform's and OpenTofu's plug-ins. */
export const protocol = 6;
const coreProtocol = 1;
/** Public: it tells a person who starts the program by hand from Terraform. */
const cookie = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

export type Environment = Readonly<Record<string, string | undefined>>;

export type Asked = {
  /** The only certificate whose holder may call, in PEM; unset where nobody checks. */
  readonly client: string | undefined;
  /** Where sockets go. */
  readonly directory: string | undefined;
  readonly isMultiplexAsked: boolean;
};

/** Undefined when no caller has started the program. */
export function askedBy(environment: Environment): Asked | undefined {
  if (environment["TF_PLUGIN_MAGIC_COOKIE"] !== cookie) return undefined;
  const { PLUGIN_CLIENT_CERT: client = "", PLUGIN_UNIX_SOCKET_DIR: directory = "" } = environment;
  return {
    client: client === "" ? undefined : client,
    directory: directory === "" ? undefined : directory,
    isMultiplexAsked: environment["PLUGIN_MULTIPLEX_GRPC"] !== undefined,
  };
}

/** `certificate`: of the plug-in, in DER. Several connections in one are not offered. */
export function handshakeLine(
  socket: string,
  certificate: Uint8Array | undefined,
  { isMultiplexAsked }: Asked,
): string {
  const own = certificate === undefined ? "" : Buffer.from(certificate).toString("base64").replace(/=+$/, "");
  const fields = [coreProtocol, protocol, "unix", socket, "grpc", own, ...(isMultiplexAsked ? ["false"] : [])];
  return `${fields.join("|")}\n`;
}

/** For tests, which call as Terraform does. */
export const callerEnvironment = { TF_PLUGIN_MAGIC_COOKIE: cookie } as const;
