// Where an API is and as whom it is asked, from a kubeconfig as this planner and kubeadm write them.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { FlexkubeError } from "#shared/errors.ts";
import { parseYaml } from "#shared/document/parse-yaml.ts";
import { at, listAt, textAt } from "#shared/json-fields.ts";
import { usage } from "#shared/command-line/usage.ts";
import type { Effects } from "#planner/effects.ts";
import type { ApiAccess } from "#planner/io/https-api.ts";
import { besides } from "#planner/split/read/load-cluster.ts";

type Files = Pick<Effects, "files">;

/** Of its current context. Throws FILES_UNREADABLE, and INTERNAL_USAGE for one that has no CA or no client certificate. */
export async function kubeconfigAccess(file: string, effects: Files): Promise<ApiAccess> {
  const { raw } = parseYaml((await bytesAt(file, effects)).toString("utf8"), file);
  const context = at(named(raw, "contexts", textAt(raw, "current-context")), "context");
  const cluster = at(named(raw, "clusters", textAt(context, "cluster")), "cluster");
  const user = at(named(raw, "users", textAt(context, "user")), "user");
  const server = textAt(cluster, "server").replace(/\/$/, "");
  if (!/^https:\/\/[^\s/?#@]+$/.test(server) || !URL.canParse(server))
    throw usage(file, "its current context has no server such as https://10.0.0.1:6443");
  const get = async (section: unknown, key: string): Promise<string> => {
    const data = textAt(section, `${key}-data`);
    if (data !== "") return Buffer.from(data, "base64").toString("utf8");
    const path = textAt(section, key);
    if (path !== "") return (await bytesAt(besides(file, path), effects)).toString("utf8");
    throw usage(file, `its current context has no ${key}-data; flexkube-planner kubeconfig makes one that has`);
  };
  const ca = await get(cluster, "certificate-authority");
  const certificate = await get(user, "client-certificate");
  const key = await get(user, "client-key");
  const isPair = read(file, "client-certificate", () => new X509Certificate(certificate)).checkPrivateKey(
    read(file, "client-key", () => createPrivateKey(key)),
  );
  if (!isPair) throw usage(file, "the client-key of its current context does not belong to the client-certificate");
  read(file, "certificate-authority", () => new X509Certificate(ca));
  return { server, ca, certificate, key };
}

/** Found out here, and not as an API that does not answer. */
function read<Found>(file: string, name: string, parse: () => Found): Found {
  try {
    return parse();
  } catch {
    throw usage(file, `the ${name} of its current context cannot be read: it is cut, or not in PEM`);
  }
}

function named(raw: unknown, list: string, name: string): unknown {
  return listAt(raw, list).find((each) => name !== "" && textAt(each, "name") === name);
}

async function bytesAt(path: string, { files }: Files): Promise<Buffer> {
  const found = await files.readFile(path);
  if (found === undefined)
    throw new FlexkubeError("FILES_UNREADABLE", "a file cannot be read", { path, reason: "ENOENT" });
  return Buffer.from(found.bytes);
}
