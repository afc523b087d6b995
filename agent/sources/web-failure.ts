// Why a web server of host configs could not be asked: it has nothing of the cluster's, so what is done about it is another thing. Pure.
import { failureText } from "#agent/health/failure-text.ts";
import { errorCode } from "#shared/error-code.ts";
import { strangeCertificate } from "#shared/network-words.ts";

const ended: ReadonlySet<string> = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);

export function webFailure(error: unknown): string {
  const code = errorCode(error) ?? "";
  if (ended.has(code))
    return `its certificate is out of its validity (${code}): renew it there, or set this host's clock right`;
  return strangeCertificate(error, "counts here: --config-ca FILE says which do") ?? failureText(error);
}
