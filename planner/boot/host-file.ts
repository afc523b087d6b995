// A file that a document writes on its host, for root alone.

export type HostFile = {
  readonly path: string;
  /** Of any kind: what is in it is not looked at. */
  readonly bytes: Uint8Array;
};
