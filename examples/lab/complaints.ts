// What programs of Kubernetes say of their own flags and documents when those are not, or will soon not be, theirs.

/** A flag that goes, a feature gate that goes, a field or flag that is unknown. */
const complaint =
  /Flag --[a-z0-9-]+ has been deprecated|setting (?:GA|deprecated) feature gate|(?:strict|lenient) decoding|unknown (?:flag|field|shorthand flag)\b/i;

/** Lines of a log that complain of a flag or of a document's field, in order, each once. */
export function complaintsIn(log: string): readonly string[] {
  return [...new Set(log.split("\n").filter((line) => complaint.test(line)))];
}
