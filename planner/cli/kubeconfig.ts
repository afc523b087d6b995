// flexkube-planner kubeconfig: a client certificate of the cluster's CA, in the form that kubectl reads.
import { X509Certificate } from "node:crypto";
import { privateFile } from "#planner/io/modes.ts";
import { dirname } from "node:path";
import { exitCodes, FlexkubeError } from "#shared/errors.ts";
import { faultOfWord } from "#shared/schema/typed-word.ts";
import { durationBetween } from "#shared/schema/words/words.ts";
import { usage } from "#shared/command-line/usage.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { clusterOf } from "#planner/cluster/cluster.ts";
import { lifeOf, timeText } from "#planner/pki/certificate.ts";
import type { PkiCertificate } from "#planner/pki/types.ts";
import { renderDocument } from "#planner/yaml/render-document.ts";
import type { Effects } from "#planner/effects.ts";
import { admin, issue, serverOf } from "./admin-access.ts";
import type { Identity } from "./admin-access.ts";
import { checkOwnFile } from "./own-file.ts";
import type { Options } from "./parse-options.ts";
import { openCluster } from "#planner/split/run/prepare-split.ts";

const defaultLife = "720h";
/** A hundred years at most, as for every duration. */
const Lifetime = durationBetween("1m", "876000h");
const comment = "Made by flexkube-planner kubeconfig; whoever has this file is its user.";
/** RFC 5280's bound of names and organizations. */
const longestName = 64;

/** Throws INTERNAL_USAGE, CONFIG_INVALID, and PKI_* where the CA is not to be had. */
export async function kubeconfigCommand(options: Options, effects: Effects): Promise<number> {
  const identity = identityOf(options);
  const { loaded, directories } = await openCluster({ ...options, out: undefined }, effects);
  if (loaded.problems.length > 0)
    throw new FlexkubeError("CONFIG_INVALID", "the cluster config is not valid", { problems: loaded.problems });
  const cluster = clusterOf(loaded.config, { inputs: new Map(), bootstrapped: false });
  const server = serverOf(cluster, options);
  const pair = await issue(cluster, identity, { directory: directories.pki, effects });
  const text = renderDocument(comment, kubeconfig(cluster, { ...identity, ...pair, server }));
  if (options.out === undefined) effects.print(text);
  else await writeOut(options.out, text, { force: options.force, effects });
  const [ownEnd, caEnd] = [pair.certificate, pair.ca].map((pem) => lifeOf(new X509Certificate(pem)).notAfter);
  if (ownEnd !== undefined && ownEnd === caEnd)
    effects.printError(`warning: it ends ${timeText(ownEnd)}, as its CA does, and not after ${identity.life}\n`);
  if (identity.groups.includes("system:masters"))
    effects.printError("warning: system:masters may do everything, and no rule of the cluster can take that back\n");
  return exitCodes.ok;
}

function identityOf({ user, group, expires }: Options): Identity {
  const life = expires ?? defaultLife;
  const fault = faultOfWord(Lifetime, life);
  if (fault !== undefined) throw usage(life, `not a duration of a minute or more, such as 8h: ${fault}`);
  const identity = user === undefined ? admin : { user, groups: [] };
  const groups = group ?? identity.groups;
  for (const name of [identity.user, ...groups])
    if (name.length === 0 || name.length > longestName || /[\p{Cc}\p{Cf}]/u.test(name))
      throw usage(name, `a name has 1 to ${longestName} characters that can be printed`);
  return { user: identity.user, groups, life };
}

function kubeconfig(
  { config }: Cluster,
  made: PkiCertificate & { readonly ca: string; readonly user: string; readonly server: string },
): object {
  const context = `${made.user}@${config.name}`;
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: config.name, cluster: { server: made.server, "certificate-authority-data": base64(made.ca) } }],
    users: [
      {
        name: made.user,
        user: {
          "client-certificate-data": base64(made.certificate),
          "client-key-data": base64(made.key.reveal()),
        },
      },
    ],
    contexts: [{ name: context, context: { cluster: config.name, user: made.user } }],
    "current-context": context,
  };
}

async function writeOut(
  out: string,
  text: string,
  { force, effects }: { readonly force: boolean; readonly effects: Effects },
): Promise<void> {
  const { files } = effects;
  // a kubeconfig often holds the ways to several clusters
  if (!force) await checkOwnFile(out, { begin: `# ${comment}`, hint: "--force overwrites it" }, effects);
  await files.makeDirectory(dirname(out), 0o700);
  await files.writeFileAtomic(out, Buffer.from(text), privateFile);
  effects.printError(`${out} written\n`);
}
