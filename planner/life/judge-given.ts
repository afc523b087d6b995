// CAs that the user brings, beside those that host configs trust: a new one is first handed out besides the old one.
// Pure: it must not read, make or write anything.
import type { Finding } from "#shared/document/finding.ts";
import { ownField } from "#planner/draft/fragment/etcd-secrets.ts";
import { ownEtcdClientField } from "#planner/draft/fragment/etcd-client.ts";
import type { HostDraft } from "#planner/draft/host-draft.ts";
import type { FoundProof } from "./judge-life.ts";
import { authorityMarks, fingerprintOf } from "./marks.ts";
import { beginAnew } from "./judgement.ts";

/** Secrets that such a CA is on a host, and the section of the cluster config that names its file. */
const authorities = [
  { secret: "etcd/ca.crt", section: "etcd", field: ownField },
  { secret: "kubernetes/etcd-ca.crt", section: "etcdClient", field: ownEtcdClientField },
] as const;

/** Paths are those of the cluster config. Hosts that left count only where no other tells. */
export function judgeGiven(drafts: readonly HostDraft[], proofs: readonly FoundProof[]): readonly Finding[] {
  return authorities.flatMap(({ secret, section, field }) => {
    const given = drafts.flatMap(({ secrets }) => {
      const origin = secrets[secret];
      return origin?.from === "given" ? [origin.value] : [];
    });
    const telling = proofs.filter(({ secrets }) => authorityMarks(secrets[secret] ?? "").length > 0);
    const current = telling.filter(({ isCurrent }) => isCurrent);
    const witnesses = current.length > 0 ? current : telling;
    return [...new Set(given)].flatMap((pem) =>
      disagreement(pem, witnesses, secret).map((problem) => ({
        path: ["pki", section, field(secret) ?? ""],
        problem,
        hint: `put its file back; a new CA is first put into the file besides the old one, and the old one is taken out when all hosts have both; ${beginAnew}`,
      })),
    );
  });
}

/** One certificate in common is enough: then each side still trusts what the other shows. */
function disagreement(pem: string, witnesses: readonly FoundProof[], secret: string): readonly string[] {
  const marks = authorityMarks(pem);
  // that it cannot be read is told where it is read
  if (marks.length === 0) return [];
  const other = witnesses.find(
    ({ secrets }) => !authorityMarks(secrets[secret] ?? "").some((mark) => marks.includes(mark)),
  );
  if (other === undefined) return [];
  const trusted = `${other.file} (generation ${other.generation}) trusts (${fingerprintOf(other.secrets[secret] ?? "")})`;
  return [`this CA (${fingerprintOf(pem)}) is not the one that ${trusted}`];
}
