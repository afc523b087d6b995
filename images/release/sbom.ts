// The software bill of materials of one artifact, as CycloneDX 1.6 in JSON. The same parts give the same bytes.
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import type { Part } from "./packages.ts";

export type Artifact = {
  readonly name: string;
  readonly version: string;
  readonly kind: "application" | "container";
  /** Of Node, whose executable it is: a part of its own, which holds V8, OpenSSL and more (its LICENSE names all). */
  readonly node: string;
  readonly parts: readonly Part[];
};

const kinds: Readonly<Record<Artifact["kind"], Enums.ComponentType>> = {
  application: Enums.ComponentType.Application,
  container: Enums.ComponentType.Container,
};

export function sbom({ name, version, kind, node, parts }: Artifact): string {
  const bom = new Models.Bom();
  bom.metadata.component = new Models.Component(kinds[kind], name, {
    bomRef: name,
    version,
    licenses: new Models.LicenseRepository([new Models.LicenseExpression("Apache-2.0")]),
  });
  const runtime = new Models.Component(Enums.ComponentType.Framework, "node", {
    bomRef: `pkg:generic/node@${node}`,
    version: node,
    purl: `pkg:generic/node@${node}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${node}:*:*:*:-:*:*:*`,
    licenses: new Models.LicenseRepository([new Models.SpdxLicense("MIT")]),
  });
  for (const one of [runtime, ...parts.map(componentOf)]) {
    bom.components.add(one);
    bom.metadata.component.dependencies.add(one.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function componentOf({ name, version, licence, purl }: Part): Models.Component {
  const licenses = licence === undefined ? [] : [new Models.LicenseExpression(licence)];
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: purl,
    version,
    purl,
    licenses: new Models.LicenseRepository(licenses),
  });
}
