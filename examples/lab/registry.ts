// An image registry on a host's loopback, where Docker speaks plain HTTP; it asks for a name and a password.
import { spawn } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { firstLine } from "./first-line.ts";
import type { LabHost } from "./host.ts";

export type RegistryOptions = {
  /** Archive of images/lab/make: one image of one layer. */
  readonly tar: string;
  /** What it is called here, such as "tools/busybox:1". */
  readonly image: string;
  readonly username: string;
  readonly password: string;
  /** How long it takes to send the layer; default 0. */
  readonly layerMs?: number;
};

export type Registry = {
  /** As host configs name it. */
  readonly server: string;
  /** Requests so far, as `STATUS METHOD PATH`. */
  readonly requests: () => readonly string[];
  /** Ends it; resolves when it is gone. */
  readonly stop: () => Promise<void>;
};

const program = fileURLToPath(new URL("registry-program.ts", import.meta.url));

/** Resolves when it listens. It ends with this process at the latest. */
export async function startRegistry(host: LabHost, options: RegistryOptions): Promise<Registry> {
  const { tar, image, username, password, layerMs = 0 } = options;
  const line = [
    `--net=/proc/${await host.pid()}/ns/net`,
    execPath,
    program,
    tar,
    image,
    username,
    password,
    `${layerMs}`,
  ];
  const child = spawn("nsenter", line, { stdio: ["ignore", "pipe", "inherit"] });
  const { told, exit } = await firstLine(child, "the registry");
  return {
    server: "127.0.0.1:5000",
    requests: told,
    stop: async () => {
      child.kill();
      await exit;
    },
  };
}
