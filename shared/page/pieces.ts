// Pieces that more than one page shows. Pure.
import { markup } from "./markup.ts";
import type { Markup } from "./markup.ts";

const signs = { true: { kind: "good", sign: "✔" }, false: { kind: "bad", sign: "✘" } } as const;

/** A sign and a name: the state of something, for who sees no colours too. `undefined` is what is not known. */
export function signed(isWell: boolean | undefined, name: string): Markup {
  const { kind, sign } = isWell === undefined ? { kind: "wait", sign: "?" } : signs[`${isWell}`];
  return markup`<span class="${kind}">${sign} ${name}</span>`;
}

/** A member of etcd and its role. */
export function memberPiece(member: {
  readonly name: string;
  readonly role: string;
  readonly isWell: boolean;
}): Markup {
  return markup`${signed(member.isWell, member.name)} ${member.role}`;
}

/** Nothing for no content, so that a page has no empty sections. */
export function section(title: string, ...content: readonly (Markup | undefined)[]): Markup {
  const shown = content.filter((piece) => piece !== undefined);
  return shown.length === 0 ? markup`` : markup`<section><h2>${title}</h2>${shown}</section>\n`;
}
