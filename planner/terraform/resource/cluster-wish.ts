// What a person asks of a cluster, once all of it is known: the config, and where its keys lie.
import { relative } from "node:path";
import { notRecipient } from "#shared/schema/types/age-recipient.ts";
import type { Diagnostic } from "#planner/terraform/wire/diagnostics.ts";
import { errorAt } from "#planner/terraform/wire/diagnostics.ts";
import type { Unknown } from "#planner/terraform/wire/value.ts";
import { unknown } from "#planner/terraform/wire/value.ts";
import type { clusterInputs } from "./cluster-attributes.ts";
import type { ClusterRow } from "./cluster-attributes.ts";

/** Where keys and host configs lie. */
export type Place =
  | { readonly kind: "state" }
  | { readonly kind: "directory"; readonly pki: string; readonly hosts: string }
  | { readonly kind: "sealed"; readonly recipients: readonly string[] };

export type ClusterWish = {
  readonly config: string;
  /** Where its relative paths begin. */
  readonly directory: string;
  readonly bootstrapped: boolean;
  readonly place: Place;
  /** Opens what is sealed, also when it is taken out of there. */
  readonly identity: string | undefined;
};

type Inputs = Pick<ClusterRow, keyof typeof clusterInputs>;

/** Unknown while any of it is. What `inputProblems` refuses must not come here. */
export function wishOf(inputs: Inputs): ClusterWish | Unknown {
  const { config, directory, bootstrapped, identity_wo: identity } = inputs;
  if (config === unknown || directory === unknown || bootstrapped === unknown || identity === unknown) return unknown;
  const place = placeOf(inputs);
  if (place === unknown) return unknown;
  const said = { config: config ?? "", directory: directory ?? ".", bootstrapped: bootstrapped ?? false };
  return { ...said, place, identity: identity ?? undefined };
}

function placeOf({ pki_directory: pki, hosts_directory: hosts, recipients }: Inputs): Place | Unknown {
  if (pki === unknown || hosts === unknown || recipients === unknown) return unknown;
  if (pki !== null) return { kind: "directory", pki, hosts: hosts ?? besideOf(pki) };
  if (recipients !== null) return { kind: "sealed", recipients };
  return { kind: "state" };
}

/** As the planner does where pki/ and hosts/ lie beside the cluster config. */
export function besideOf(pki: string): string {
  const parent = pki.replace(/\/+$/, "").replace(/[^/]*$/, "");
  return `${parent}hosts`;
}

/** What goes together with what. An identity that is not known yet counts as given. */
export function inputProblems(inputs: Omit<Inputs, "bootstrapped">): readonly Diagnostic[] {
  const { pki_directory: pki, hosts_directory: hosts, recipients, identity_wo: identity } = inputs;
  const isSealed = recipients !== null;
  return [
    ...(pki !== null && isSealed
      ? [errorAt("recipients", "keys lie either in pki_directory or sealed in the state", "Remove one of the two.")]
      : []),
    ...(hosts !== null && pki === null
      ? [errorAt("hosts_directory", "it is for host configs beside pki_directory", "Set pki_directory, or remove it.")]
      : []),
    ...(pki === "" ? [errorAt("pki_directory", "it is empty")] : []),
    ...(typeof pki === "string" && typeof hosts === "string" && relative(pki, hosts) === ""
      ? [errorAt("hosts_directory", "it is pki_directory", "A host config could replace what the planner keeps there.")]
      : []),
    ...recipientProblems(recipients),
    ...(recipients !== null && recipients !== unknown && recipients.length === 0
      ? [
          errorAt(
            "recipients",
            "nobody could open what is sealed",
            "Give a recipient of age, age1…, as age-keygen prints it.",
          ),
        ]
      : []),
    ...(isSealed && identity === null
      ? [
          errorAt(
            "identity_wo",
            "recipients need the identity that opens what is sealed",
            "Without it no plan can be made after the first one.",
          ),
        ]
      : []),
  ];
}

/** What is not known yet is not judged. */
function recipientProblems(recipients: Inputs["recipients"]): readonly Diagnostic[] {
  if (recipients === null || recipients === unknown) return [];
  return recipients.flatMap((each) => {
    const fault = notRecipient(each);
    return fault === undefined ? [] : [errorAt("recipients", `one is ${fault.problem}`, `Expected: ${fault.hint}.`)];
  });
}
