// A program's manual in the language of man(7), made of its help texts.
import type { Program } from "./program.ts";

/** One page for the program and all its commands. Same program and version, same bytes: it has no date. */
export function manPage({ name, does, help, commands }: Program, version: string): string {
  const [usage = "", ...rest] = help.trimEnd().split("\n");
  // each command has a section of its own
  const isList = (line: string): boolean =>
    line === "commands:" || commands.some((command) => line.startsWith(`  ${command.name} `));
  const general = rest.filter((line) => !isList(line));
  return [
    `.TH ${name.toUpperCase()} 1 "" "flexkube ${version}" "flexkube"`,
    ".SH NAME",
    `${escaped(name)} \\- ${escaped(does.replace(/^[A-Z]/, (letter) => letter.toLowerCase()))}`,
    ".SH SYNOPSIS",
    escaped(usage.replace(/^usage: /, "")),
    ".SH DESCRIPTION",
    ...roffOf(general),
    ".SH COMMANDS",
    ...commands.flatMap((command) => {
      const [own = "", ...lines] = command.help.trimEnd().split("\n");
      // one that needs none has no help of its own
      if (own === "") return [`.SS ${escaped(command.name)}`, escaped(command.does)];
      return [`.SS ${escaped(command.name)}`, escaped(own.replace(/^usage: /, "")), ...roffOf(lines)];
    }),
    "",
  ].join("\n");
}

/** Paragraphs, and items that are set in by spaces: what is an option with its text becomes one. */
function roffOf(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line, index) => {
    const item = /^ {2,6}((?:-[a-z], +)?(?:--[a-z-]+ [A-Z]+(?= )|\S+(?: \S+)*?(?= {2}))) +(\S.*)$/.exec(line);
    const before = lines[index - 1] ?? "";
    if (line === "") return [];
    if (item !== null && /^ {0,8}\S/.test(line) && !/^ {9}/.test(line))
      return [".TP", escaped(item[1] ?? ""), escaped(item[2] ?? "")];
    if (line.startsWith("  ")) {
      // a list within an item keeps its lines
      const isRow = /^ +\S+ {2,}\S/.test(line);
      return [...(isRow ? [".br"] : []), escaped(line.trim().replaceAll(/ {2,}/g, ": "))];
    }
    return [...(before === "" || before.startsWith("  ") ? [".PP"] : []), escaped(line)];
  });
}

/** No line is a request, no dash a hyphen, and what is not ASCII is named. */
function escaped(text: string): string {
  const plain = text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(
      /[^\x20-\x7e]/gu,
      (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
    );
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}
