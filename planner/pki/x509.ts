// The X.509 library with what it needs at its load. Loading takes a fifth of a second, so only what issues imports this
// file, and that is imported when there is something to issue.
// First, because the library asks for it while it loads: it adds `Reflect.getMetadata` and its like to the globals.
// oxlint-disable-next-line import/no-unassigned-import -- what it adds has no name to import
import "reflect-metadata";

export {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
