// Reads the fields of a message of protocol buffers, as far as answers of a container runtime need it.

/** A number of up to 64 bits, or the bytes of a text or of a message within. */
export type ProtobufField = { readonly number: number; readonly value: number | Buffer };

/** Fields in their order; those of a fixed width are left out. Undefined for what is no message. */
export function protobufFields(message: Buffer): readonly ProtobufField[] | undefined {
  const fields: ProtobufField[] = [];
  let at = 0;
  while (at < message.length) {
    const tag = varint(message, at);
    if (tag === undefined) return undefined;
    const field = fieldAt(message, tag.next, tag.value % 8);
    if (field === undefined) return undefined;
    if (field.value !== undefined) fields.push({ number: Math.floor(tag.value / 8), value: field.value });
    at = field.next;
  }
  return fields;
}

/** The bytes of the last field of this number; undefined where there is none. */
export function bytesIn(fields: readonly ProtobufField[], number: number): Buffer | undefined {
  return fields
    .flatMap((field) => (field.number === number && typeof field.value !== "number" ? [field.value] : []))
    .at(-1);
}

type Read = { readonly value: number | Buffer | undefined; readonly next: number };

/** Wire types: 0 a number, 1 and 5 eight and four bytes, 2 a length and as many bytes. */
function fieldAt(message: Buffer, at: number, wireType: number): Read | undefined {
  if (wireType === 0) return varint(message, at);
  if (wireType === 1 || wireType === 5) return within(message, at, wireType === 1 ? 8 : 4, false);
  const length = wireType === 2 ? varint(message, at) : undefined;
  return length === undefined ? undefined : within(message, length.next, length.value, true);
}

function within(message: Buffer, at: number, bytes: number, isKept: boolean): Read | undefined {
  const next = at + bytes;
  return next > message.length ? undefined : { value: isKept ? message.subarray(at, next) : undefined, next };
}

/** Seven bits a byte, the lowest first; the highest bit says that more follow. */
function varint(message: Buffer, at: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = message[at + index];
    if (byte === undefined) return undefined;
    value += (byte % 128) * 128 ** index;
    if (byte < 128) return { value, next: at + index + 1 };
  }
  return undefined;
}
