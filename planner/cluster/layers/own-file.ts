// Files of the user's own PKI.

/** File of the user's own PKI for a host: `{host}` stands for its name. */
export function ownFile(file: string, host: string): string {
  return file.replaceAll("{host}", host);
}
