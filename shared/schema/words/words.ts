// Words that the cluster config and the host config share. Same word, same meaning in both.
import * as z from "zod";
import { all, domain } from "#shared/schema/types/domain.ts";
import type { Fault } from "#shared/schema/types/domain.ts";
import { notReachable, notServable } from "#shared/schema/types/address-kind.ts";
import { between } from "#shared/schema/types/duration-bounds.ts";
import { notDataDirectory } from "#shared/schema/types/host-directory.ts";
import { notImage } from "#shared/schema/types/image-reference.ts";
import { foreignName } from "#shared/schema/types/own-name.ts";
import { notRequestPath } from "#shared/schema/types/url.ts";
import { illFormed, notOneLine } from "#shared/schema/types/well-formed.ts";

/** DNS label: hosts, pools, groups, members. */
export const Name = domain(
  "name",
  z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "lower-case letters, digits and inner dashes, at most 63")
    .meta({ description: "A name: lower-case letters, digits and inner dashes, at most 63 characters." }),
  foreignName,
);
export type Name = z.infer<typeof Name>;

/** Name of an entry of the host config's `secrets`. */
export const SecretName = domain(
  "name of a secret",
  z
    .string()
    .regex(/^[a-z0-9]([a-z0-9./-]{0,120}[a-z0-9])?$/, "lower-case letters, digits, dots, slashes and dashes")
    .meta({ description: "Name of an entry of `secrets`." }),
  foreignName,
);
export type SecretName = z.infer<typeof SecretName>;

/** Duration as text: `500ms`, `10s`, `5m`, `8760h`; `1h30m` is allowed. */
export const Duration = durationBetween("0s", "876000h");
export type Duration = z.infer<typeof Duration>;

/** A duration within bounds, which the cluster config is held to. */
export function durationBetween(least: string, most: string): z.ZodString {
  return domain(
    "duration",
    z
      .string()
      .regex(/^([0-9]{1,9}(ms|s|m|h))+$/, "a duration such as 500ms, 10s, 5m or 1h30m")
      .meta({ description: "A duration such as 500ms, 10s, 5m or 1h30m." }),
    between(least, most),
  );
}

/** How long a container may take to end. */
export const StopTimeout = durationBetween("0s", "24h");

export const Port = z.int().min(1).max(65535).meta({ description: "A TCP or UDP port, 1 to 65535." });
export type Port = z.infer<typeof Port>;

/** IPv4 or IPv6 address, without brackets. */
export const Address = domain(
  "address",
  z
    .union([z.ipv4(), z.ipv6()], { error: "an IPv4 or IPv6 address" })
    .meta({ description: "An IPv4 or IPv6 address, without brackets." }),
);
export type Address = z.infer<typeof Address>;

/** Of a host or a server, as others reach it. */
export const PeerAddress = domain("address of a peer", Address, notReachable);

/** Where something serves on its host, or is asked there. */
export const ServedAddress = domain("address to serve at", Address, notServable);

/** Absolute host path without `.`, `..`, doubled or trailing slashes and control characters. */
export const AbsolutePath = domain(
  "absolute path",
  z
    .string()
    .max(4096)
    // eslint-disable-next-line no-control-regex
    .regex(/^\/(?!.*(\/\.{1,2}(\/|$)|\/\/))[^\u0000-\u001f]*[^/\u0000-\u001f]$/, "an absolute path without . .. or //")
    .meta({ description: "An absolute path, without `.`, `..` or doubled slashes." }),
  all(notOneLine, singleParts),
);
export type AbsolutePath = z.infer<typeof AbsolutePath>;

/** A host directory that is one component's alone. */
export const DataDirectory = domain("data directory", AbsolutePath, notDataDirectory);

/** A part of a path, as file systems take it. */
function singleParts(path: string): Fault | undefined {
  return path.startsWith("/.") && /^\/\.{1,2}(\/|$)/.test(path)
    ? { problem: "an absolute path has no . or .." }
    : path.split("/").some((part) => Buffer.byteLength(part) > 255)
      ? { problem: "a part of the path is longer than 255 bytes" }
      : undefined;
}

/** File mode as an octal string, so that YAML cannot turn it into another number. */
export const Mode = domain(
  "file mode",
  z
    .string()
    .regex(/^0[0-7]{3,4}$/, 'an octal file mode in quotes, such as "0644"')
    .meta({ description: 'Octal file mode in quotes, such as "0644".' }),
);
export type Mode = z.infer<typeof Mode>;

export const Id = z.int().min(0).max(4294967294).meta({ description: "A numeric user or group id." });
export type Id = z.infer<typeof Id>;

/** Image reference: repository with optional tag or digest. */
export const Image = domain(
  "image reference",
  z
    .string()
    .min(1)
    .max(512)
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$/, "an image reference such as registry.example.org/etcd:3.6.16")
    .meta({ description: "An image reference: repository with optional tag or digest." }),
  notImage,
);
export type Image = z.infer<typeof Image>;

/** One word of a command line, at most what Linux takes. */
export const Argument = domain("argument", z.string(), all(illFormed, tooLongArgument));

/** A program and its first arguments. */
export const Command = domain("command", z.array(Argument), noProgram);

/** Text of any content, at most 1 MiB. */
export const Content = domain("content", z.string().max(1_048_576), illFormed);

/** A word or sentence in one line. */
export function line(least: number, most: number): z.ZodString {
  return domain("line", z.string().min(least).max(most), notOneLine);
}

/** The path of an HTTP request, with query. */
export const RequestPath = domain("path of a request", z.string().startsWith("/").max(1024), notRequestPath);

function tooLongArgument(text: string): Fault | undefined {
  return Buffer.byteLength(text) < 131_072 ? undefined : { problem: "an argument has at most 128 KiB" };
}

function noProgram(command: readonly string[]): Fault | undefined {
  if (command.length === 0) return { problem: "no program is named", hint: "leave it out for the image's own" };
  return command[0] === "" ? { problem: "the program's name is empty", at: [0] } : undefined;
}

export const HttpProbe = z.strictObject({
  scheme: z.enum(["http", "https"]).default("http").meta({ description: "Default http." }),
  address: ServedAddress.default("127.0.0.1").meta({ description: "Default 127.0.0.1." }),
  port: Port,
  path: RequestPath.meta({ description: "Request path with query." }),
  ca: SecretName.optional().meta({
    description: "Secret with the CA to verify an https server by; without it the server is not verified.",
  }),
  status: z.int().min(100).max(599).default(200).meta({ description: "Expected status code. Default 200." }),
});
export type HttpProbe = z.infer<typeof HttpProbe>;

export const TcpProbe = z.strictObject({
  address: ServedAddress.default("127.0.0.1").meta({ description: "Default 127.0.0.1." }),
  port: Port,
});
export type TcpProbe = z.infer<typeof TcpProbe>;

/** How the agent finds out that a container works. With neither http nor tcp: it has run for `settle` without a break. */
export const Probe = z
  .strictObject({
    http: HttpProbe.optional().meta({ description: "Probe by an HTTP(S) request." }),
    tcp: TcpProbe.optional().meta({ description: "Probe by opening a TCP connection." }),
    settle: durationBetween("0s", "1h").default("2s").meta({
      description: "Without http and tcp: how long it must have run. Default 2s.",
    }),
    interval: durationBetween("10ms", "10m")
      .default("500ms")
      .meta({ description: "Time between two tries while waiting. Default 500ms." }),
    timeout: durationBetween("10ms", "10m").default("2s").meta({ description: "Limit of one try. Default 2s." }),
    threshold: z.int().min(1).max(100).default(1).meta({ description: "Tries in a row that must succeed. Default 1." }),
    deadline: durationBetween("1s", "24h")
      .default("60s")
      .meta({ description: "How long a new container may take. Default 60s." }),
  })
  .refine((probe) => probe.http === undefined || probe.tcp === undefined, "http or tcp, not both")
  .meta({ description: "How the agent finds out that the container works." });
export type Probe = z.infer<typeof Probe>;

export const RestartPolicy = z
  .enum(["no", "always", "unless-stopped", "on-failure"])
  .meta({ description: "Docker's restart policy; the agent starts what should run in any case." });
export type RestartPolicy = z.infer<typeof RestartPolicy>;

export const Resources = z
  .strictObject({
    memoryBytes: z.int().min(6291456).optional().meta({ description: "Memory limit in bytes, at least 6 MiB." }),
    cpus: z
      .number()
      .min(0.01)
      .max(4096)
      .multipleOf(0.01)
      .optional()
      .meta({ description: "CPU limit in cores, in steps of 0.01." }),
    cpuShares: z.int().min(2).max(262144).optional().meta({ description: "Relative CPU weight." }),
    pids: z.int().min(1).optional().meta({ description: "Limit of processes and threads." }),
  })
  .meta({ description: "Limits of what the container may use. Default none." });
export type Resources = z.infer<typeof Resources>;
