// A value that must not be shown: it prints as [secret] wherever something would turn it into text.
// It must not offer any way to its value but `reveal`.

const shown = "[secret]";

/** Holds key material or anything else that no log, plan, report, label or error may contain. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Call it only where the value leaves for its one purpose. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return shown;
  }
}

/** The text of a value that may be a secret. */
export function reveal(value: string | Secret<string>): string {
  return typeof value === "string" ? value : value.reveal();
}
