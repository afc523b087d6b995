// One CA of the PKI beside the one that host configs and the state know: it must be one of those that they trust.
// Pure: it must not read, make or write anything.
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { filesOf } from "./kept.ts";
import { authorityMark, authorityMarks, fingerprintOf } from "./marks.ts";
import type { Compared, Restored, Judgement, Witness } from "./judgement.ts";
import { beginAnew, lost, nothingToSay } from "./judgement.ts";

/** Rotations pass: a new CA is first trusted by all hosts, as a further certificate of the file, and then put first. */
export function judgeAuthority(compared: Compared): Judgement {
  const { shared, own } = compared.found;
  if (shared !== undefined) return own === undefined ? withoutKey(compared, shared) : agreement(compared, shared);
  return own === undefined ? judgeMissing(compared) : judgeKeyAlone(compared, own);
}

/** Every host config and the state must know what the PKI issues with. */
function agreement(compared: Compared, pem: string): Judgement {
  const { directory, kept, known, witnesses } = compared;
  const [issuing] = authorityMarks(pem);
  // that it cannot be read is told where it is read
  if (issuing === undefined) return nothingToSay;
  const file = join(directory, `${kept.id}/ca.crt`);
  const other = witnesses.find(({ shared = "" }) => !authorityMarks(shared).includes(issuing));
  const told = (problem: string): Judgement => ({
    problems: [
      {
        path: "",
        file,
        problem,
        hint: `restore the ${directory} that belongs to the cluster from a backup; ${beginAnew}`,
      },
    ],
    restored: [],
  });
  if (other !== undefined)
    return told(
      `this CA (${fingerprintOf(pem)}) is not the one that ${nameOf(other)} trusts (${fingerprintOf(other.shared ?? "")})`,
    );
  if (known !== undefined && !known.includes(issuing))
    return told(
      `this CA (${fingerprintOf(pem)}) is not the one of the last split, by ${join(directory, "state.yaml")}`,
    );
  return nothingToSay;
}

/** It may be held elsewhere; what a host config holds of it is put back. */
function withoutKey(compared: Compared, pem: string): Judgement {
  const judgement = agreement(compared, pem);
  if (judgement.problems.length > 0) return judgement;
  const witness = compared.witnesses.find(({ own }) => own !== undefined && isKeyOf(pem, own));
  return witness?.own === undefined ? judgement : { problems: [], restored: [keyBack(compared, witness.own, witness)] };
}

function judgeMissing(compared: Compared): Judgement {
  const { directory, isNew, kept, witnesses } = compared;
  const [witness] = witnesses;
  if (witness === undefined) {
    if (isNew) return nothingToSay;
    return lost(
      join(directory, `${kept.id}/ca.crt`),
      "the CA is missing, and what is known of the cluster says that it had one, or cannot say that it had none",
      `restore ca.crt and ca.key from a backup, or put back the host configs of ${kept.hosts.join(", ")} (/etc/flexkube/host.yaml of each host)`,
    );
  }
  const whole = witnesses.find(
    ({ shared, own }) => shared !== undefined && own !== undefined && isKeyOf(shared, own) && agrees(compared, shared),
  );
  if (whole?.shared !== undefined && whole.own !== undefined)
    return {
      problems: [],
      restored: [certificateBack(compared, whole.shared, whole), keyBack(compared, whole.own, whole)],
    };
  return lost(
    join(directory, `${kept.id}/ca.key`),
    `the CA that ${nameOf(witness)} trusts (${fingerprintOf(witness.shared ?? "")}) is missing, certificate and key`,
    kept.secrets.own === undefined
      ? `restore both from a backup: no host config holds its key. If the key is held elsewhere, put back ca.crt alone: it is the secret ${kept.secrets.shared ?? ""} of ${witness.file}`
      : `restore both from a backup, or put back the host config of ${kept.hosts.join(", ")}: it holds the key as the secret ${kept.secrets.own}`,
  );
}

function judgeKeyAlone(compared: Compared, own: string): Judgement {
  const { directory, kept, known, witnesses } = compared;
  const [first] = witnesses;
  const file = join(directory, `${kept.id}/ca.key`);
  if (first !== undefined) {
    const fitting = witnesses.find(({ shared = "" }) => isKeyOf(shared, own));
    if (fitting?.shared !== undefined && agrees(compared, fitting.shared))
      return { problems: [], restored: [certificateBack(compared, fitting.shared, fitting)] };
    return lost(
      file,
      `this key is not that of the CA that ${nameOf(first)} trusts (${fingerprintOf(first.shared ?? "")})`,
      "restore ca.crt and ca.key of the cluster from a backup",
    );
  }
  const again = markOfAgain(own, kept.commonName);
  if (known === undefined || again === undefined || known.includes(again)) return nothingToSay;
  return lost(
    join(directory, `${kept.id}/ca.crt`),
    "the CA's certificate is missing, and one that is made again by this key would not be the one of the last split",
    `restore it from a backup, or from the secret ${kept.secrets.shared ?? ""} of a host's /etc/flexkube/host.yaml`,
  );
}

/** A certificate that all others agree with, so that the next split does not refuse what this one put back. */
function agrees(compared: Compared, pem: string): boolean {
  return agreement(compared, pem).problems.length === 0;
}

function certificateBack({ kept }: Compared, content: string, { file }: Witness): Restored {
  return { id: `${kept.id}/ca`, path: filesOf(kept).shared ?? "", content, from: file };
}

function keyBack({ kept }: Compared, content: string, { file }: Witness): Restored {
  return { id: `${kept.id}/ca`, path: filesOf(kept).own, content, from: file };
}

function nameOf({ file, generation }: Witness): string {
  return `${file} (generation ${generation})`;
}

function isKeyOf(pem: string, key: string): boolean {
  try {
    return new X509Certificate(pem).checkPrivateKey(createPrivateKey(key));
  } catch {
    // neither of them need be readable: then they do not fit
    return false;
  }
}

/** The mark of the CA that would be made of this key; undefined for a key that cannot be read. */
function markOfAgain(key: string, commonName: string): string | undefined {
  try {
    const spki = createPublicKey(key).export({ type: "spki", format: "der" });
    return authorityMark(`CN=${commonName}`, spki);
  } catch {
    // that it cannot be read is told where it is read
    return undefined;
  }
}
