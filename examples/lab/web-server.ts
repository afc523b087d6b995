// A web server of static files at the operator's place of a lab, with a certificate of its own CA, that can be told to mean no good.
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { firstLine } from "./first-line.ts";
import type { Lab } from "./lab.ts";
import { runCommand } from "./run-command.ts";

/**
 * files: those of the directory, with entity tags. page: a page of HTML for everything; unchanged: 304 for everything; elsewhere: a redirect;
 * broken: 500; cut: half of the file, then the connection ends; endless: an answer that never ends; drip: one byte after the other, slowly.
 */
export type Manner = "files" | "page" | "unchanged" | "elsewhere" | "broken" | "cut" | "endless" | "drip";

export type WebServer = {
  readonly answer: (manner: Manner) => void;
  /** Answers so far, as `STATUS PATH TAG`; TAG is the entity tag that was asked with, or `-`. */
  readonly told: () => readonly string[];
  /** Ends it; resolves when it is gone. */
  readonly stop: () => Promise<void>;
};

export type WebServerOptions = {
  /** Served; a program of this machine may change what is in it. */
  readonly directory: string;
  /** Where its keys lie, and its CA's certificate as `ca.pem`. */
  readonly keys: string;
  readonly port: number;
  /** How it answers from its first request on; "files" unless told. */
  readonly manner?: Manner | undefined;
};

const script = fileURLToPath(new URL("hosts", import.meta.url));
const program = fileURLToPath(new URL("web-server-program.ts", import.meta.url));

/** A CA, `ca.pem`, and a certificate with its key for the operator's address of the lab, `server.pem`. */
export async function makeServerKeys(directory: string, address: string): Promise<void> {
  const at = (name: string): string => join(directory, name);
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"];
  const ca = ["-x509", ...kind, "-subj", "/CN=web CA", "-keyout", at("ca.key"), "-out", at("ca.pem")];
  await runCommand(["openssl", "req", ...ca]);
  const by = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-addext", `subjectAltName=IP:${address}`];
  const own = ["-x509", ...kind, "-subj", "/CN=web", ...by, "-keyout", at("server.key"), "-out", at("server.crt")];
  await runCommand(["openssl", "req", ...own]);
  const texts = await Promise.all(["server.crt", "server.key"].map(async (name) => readFile(at(name), "utf8")));
  await writeFile(at("server.pem"), texts.join(""), { mode: 0o600 });
}

/** Resolves when it listens at the operator's address. It ends with this process at the latest. */
export async function startWebServer(lab: Lab, options: WebServerOptions): Promise<WebServer> {
  const { directory, keys, port, manner: first = "files" } = options;
  const where = [`${lab.prefix}.1`, String(port), join(keys, "server.pem"), directory];
  const line = ["net", execPath, program, ...where, first];
  const child = spawn(script, line, { env: { ...env, LAB_DIR: lab.dir }, stdio: ["pipe", "pipe", "inherit"] });
  const { told, exit } = await firstLine(child, "the web server");
  return {
    answer: (manner) => void child.stdin.write(`${manner}\n`),
    told,
    stop: async () => {
      child.stdin.end();
      await exit;
    },
  };
}
